"""A table of classes, and what each of them is to become."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QIcon, QWheelEvent
from qtpy.QtWidgets import QComboBox, QHeaderView, QTableWidget, QTableWidgetItem

from segstudio.viewer.outcome import in_ml

ROW = 34
"""Pixels from row to row."""

NAME, VOXELS, VOLUME, BECOMES = range(4)
_BECOMES_WIDTH = 250


class ClassTable(QTableWidget):
    """Name, voxels and volume of each class, and a choice of what it becomes.

    Parameters
    ----------
    first
        What stands over the names.
    """

    def __init__(self, first: str, choices: list[Choice]) -> None:
        super().__init__(len(choices), BECOMES + 1)
        self.setHorizontalHeaderLabels([first, "Voxels", "Volume", "Becomes"])
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.setShowGrid(False)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        header = self.horizontalHeader()
        for column, mode in enumerate(("Stretch", "ResizeToContents", "ResizeToContents", "Fixed")):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode[mode])
        self.setColumnWidth(BECOMES, _BECOMES_WIDTH)
        for at, choice in enumerate(choices):
            for column in (NAME, VOXELS, VOLUME):
                self.setItem(at, column, QTableWidgetItem())
            for column in (VOXELS, VOLUME):
                self._cell(at, column).setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setCellWidget(at, BECOMES, choice)

    def name(self, at: int, text: str, *, icon: QIcon | None = None, tip: str = "") -> None:
        """Say which class a row is of."""
        cell = self._cell(at, NAME)
        cell.setText(text)
        cell.setToolTip(tip)
        if icon is not None:
            cell.setIcon(icon)

    def count(self, at: int, voxels: int, voxel_ml: float) -> None:
        """Say how large the class of a row is."""
        self._cell(at, VOXELS).setText(spaced(voxels))
        self._cell(at, VOLUME).setText(in_ml(voxels * voxel_ml))

    def _cell(self, at: int, column: int) -> QTableWidgetItem:
        found = self.item(at, column)
        assert found is not None
        return found


class Choice(QComboBox):
    """A choice that the wheel does not change: it scrolls the list in which the choice stands."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the list."""
        event.ignore()


def spaced(count: int) -> str:
    """A number with its thousands apart: "12 345"."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
