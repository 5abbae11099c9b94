"""The classes: which one is painted, which are seen, how large each is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QSize, Qt, QTimer, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from segstudio.viewer import look
from segstudio.viewer.layers import mask_voxels
from segstudio.viewer.sections.section import Section, label
from segstudio.viewer.session import Session

_ROW = 26
_PIECE = 1 << 20
"""Voxels counted at a time, so that painting never waits for counting."""


class Counting(QObject):
    """Counts a mask's voxels by class, a few slices whenever the window has nothing else to do."""

    counted = Signal(object)

    def __init__(self, parent: QObject | None = None, *, wait_ms: int = 300) -> None:
        super().__init__(parent)
        self._voxels: NDArray[np.uint8] | NDArray[np.uint16] | None = None
        self._counts = np.zeros(65536, np.int64)
        self._next = 0
        self._wait = QTimer(self, singleShot=True, interval=wait_ms)
        self._wait.timeout.connect(self._begin)
        self._step = QTimer(self, interval=0)
        self._step.timeout.connect(self._count)

    def start(self, voxels: NDArray[np.uint8] | NDArray[np.uint16] | None) -> None:
        """Count again, once nothing has been asked for a moment."""
        self._voxels = voxels
        self._counts[:] = 0
        self._next = 0
        self.hold()

    def hold(self) -> None:
        """Let counting wait while the hand moves."""
        if self._voxels is not None and self._next < len(self._voxels):
            self._step.stop()
            self._wait.start()

    def _begin(self) -> None:
        if self._voxels is not None:
            self._step.start()

    def _count(self) -> None:
        voxels = self._voxels
        if voxels is None:
            self._step.stop()
            return
        slices = max(1, _PIECE // max(1, voxels[0].size))
        piece = np.bincount(voxels[self._next : self._next + slices].ravel())
        self._counts[: len(piece)] += piece
        self._next += slices
        if self._next >= len(voxels):
            self._step.stop()
            self.counted.emit(self._counts)


class ClassSection(Section):
    """One row a class: colour, name, eye, millilitres; the chosen row is what the brush paints."""

    def __init__(self, session: Session) -> None:
        super().__init__("Classes")
        self._session = session
        self.table = QTableWidget(0, 4)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().hide()
        self.table.setIconSize(QSize(18, 18))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.table.horizontalHeader()
        for column, width in ((0, 30), (2, 32), (3, 76)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.unknown = label(kind="quiet", wrap=True)
        self.empty = label("The classes of the chosen model are listed here.", "quiet", wrap=True)
        for widget in (self.table, self.unknown, self.empty):
            self.body.addWidget(widget)
        self._counting = Counting(self)
        self._counting.counted.connect(self._show_volumes)
        self.table.cellClicked.connect(self._clicked)
        session.classes_changed.connect(self.redraw)
        session.scan_changed.connect(self.redraw)
        session.mask_changed.connect(self._recount)
        session.hand_moved.connect(self._counting.hold)
        self.redraw()

    def redraw(self) -> None:
        """List the classes that there are now."""
        session = self._session
        self.table.setRowCount(len(session.classes))
        for row, each in enumerate(session.classes):
            hidden = each.value in session.hidden
            cells = [QTableWidgetItem() for _ in range(4)]
            cells[0].setIcon(look.swatch(each.color))
            cells[1].setText(each.name)
            cells[1].setToolTip(f"{each.name}: click to paint it")
            cells[2].setIcon(look.icon("eye-off" if hidden else "eye", look.QUIET if hidden else look.TEXT))
            cells[2].setToolTip("Show this class" if hidden else "Hide this class")
            cells[3].setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, cell in enumerate(cells):
                self.table.setItem(row, column, cell)
            self.table.setRowHeight(row, _ROW)
        self.table.setFixedHeight(_ROW * min(12, max(1, len(session.classes))) + 2)
        self.table.setVisible(bool(session.classes))
        self.empty.setVisible(not session.classes)
        self._mark_chosen()
        self._recount()

    def _clicked(self, row: int, column: int) -> None:
        session = self._session
        value = session.classes[row].value
        if column == 2:
            session.show_classes(session.hidden ^ {value})
        elif session.scan is not None:
            session.scan.mask.selected_label = value
        self._mark_chosen()

    def _mark_chosen(self) -> None:
        scan = self._session.scan
        values = [each.value for each in self._session.classes]
        if scan is None or scan.mask.selected_label not in values:
            self.table.clearSelection()
        else:
            self.table.selectRow(values.index(scan.mask.selected_label))

    def _recount(self) -> None:
        scan = self._session.scan
        self._counting.start(mask_voxels(scan.mask) if scan else None)
        if scan is None:
            self.unknown.hide()
            for row in range(self.table.rowCount()):
                self._item(row).setText("")

    def _show_volumes(self, counts: NDArray[np.int64]) -> None:
        scan = self._session.scan
        if scan is None:
            return
        voxel_ml = scan.volume.geometry.voxel_ml
        for row, each in enumerate(self._session.classes):
            self._item(row).setText(millilitres(float(counts[each.value]) * voxel_ml))
        known = [0, *(each.value for each in self._session.classes)]
        others = [int(value) for value in counts.nonzero()[0] if value not in known]
        self.unknown.setVisible(bool(others))
        self.unknown.setText(f"The mask also holds {', '.join(map(str, others))}, which the model does not name.")

    def _item(self, row: int) -> QTableWidgetItem:
        item = self.table.item(row, 3)
        assert item is not None
        return item


def millilitres(volume: float) -> str:
    """A volume as "12.4 ml", small ones with more digits, none as a dash."""
    if volume == 0:
        return "–"
    return f"{volume:.1f} ml" if volume >= 10 else f"{volume:.2f} ml"
