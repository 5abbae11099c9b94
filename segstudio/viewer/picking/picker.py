"""The list of series to choose from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, QObject, QSize, Qt, QTimer
from qtpy.QtGui import QColor, QIcon, QImage, QKeyEvent, QPixmap
from qtpy.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio.imaging.dicom.thumbnail import thumbnail
from segstudio.viewer import look
from segstudio.viewer.desk import Desk
from segstudio.viewer.picking.rows import Choosing, Reading, Row, rows_of
from segstudio.viewer.sections.section import button, label, row, table

SIDE = 56
"""Of a picture in the list, in pixels."""

_HEADS = ("", "Series", "Kind", "Plane", "Slices", "Spacing, mm", "Date")
_SERIES = 1
_ROW = SIDE + 8
_GROUP_ROW = 28
_SIZE = (940, 640)
_SOON_MS = 60


class SeriesPicker(QDialog):
    """Lists what was found; Enter opens the chosen row, Shift+Enter beside the open scan, letters search.

    Parameters
    ----------
    beside
        Opens a choice beside the scan that is open; None where that cannot be.
    """

    def __init__(
        self,
        choosing: Choosing,
        parent: QWidget | None = None,
        *,
        beside: Callable[[Path, Reading], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Choose a series")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setStyleSheet(look.STYLE)
        self.resize(*_SIZE)
        self._choosing, self._open_beside = choosing, beside
        self._desk = Desk(self)
        self._shown: dict[int, Row] = {}
        self._pictured: set[int] = set()
        self._under_way = False
        self.rows = rows_of(choosing.found)
        self.search = QLineEdit(placeholderText="Search", clearButtonEnabled=True)
        self.table = _table()
        self.problem = label("", "quiet", wrap=True)
        self.open_button = button("Open", "Open the chosen series (Enter)", "open", kind="primary")
        self.beside_button = button("Open beside", "Show it beside the scan that is open (Shift+Enter)")
        self.beside_button.setVisible(beside is not None)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._lay_out()
        self._connect()
        self._fill()

    @property
    def chosen(self) -> Row | None:
        """The row that is lit."""
        return self._shown.get(self.table.currentRow())

    def open_chosen(self) -> None:
        """Open the row that is lit."""
        chosen = self.chosen
        if chosen is not None and chosen.can_be_opened:
            found = self._choosing.found
            self.accept()
            self._choosing.open(Path(chosen.choice(found).named), chosen.read(found))

    def open_chosen_beside(self) -> None:
        """Show the row that is lit beside the scan."""
        chosen = self.chosen
        if chosen is not None and chosen.can_be_opened and self._open_beside is not None:
            found = self._choosing.found
            self.accept()
            self._open_beside(Path(chosen.choice(found).named), chosen.read(found))

    def done(self, result: int) -> None:
        """Leave the pictures that are not drawn yet."""
        self._soon.stop()
        self._desk.close()
        super().done(result)

    # Making

    def _lay_out(self) -> None:
        found = self._choosing.found
        told = [f"{len(found.series)} series in {found.path.name}"]
        if found.unread:
            told.append(f"{len(found.unread)} files cannot be read")
        told += [note.rstrip(".") for note in found.notes]
        cancel = button("Cancel", "Open nothing (Esc)")
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(row(label(f"{'; '.join(told)}.", "strong"), self.search, stretch=0))
        column.addWidget(self.table, 1)
        column.addLayout(row(self.problem, self.beside_button, self.open_button, cancel, stretch=0))
        self.search.setMaximumWidth(260)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.table.installEventFilter(self)
        self.table.itemSelectionChanged.connect(self._rest)
        self.table.itemDoubleClicked.connect(lambda _item: self.open_chosen())
        self.table.verticalScrollBar().valueChanged.connect(lambda _at: self._soon.start())
        self._soon.timeout.connect(self._draw_next)
        self.open_button.clicked.connect(self.open_chosen)
        self.beside_button.clicked.connect(self.open_chosen_beside)

    def _fill(self) -> None:
        """List the rows in which the words that are searched for stand, under the name of their study."""
        words = self.search.text().lower().split()
        rows = [each for each in self.rows if each.says(words)]
        several = len({each.group for each in self.rows}) > 1
        self.table.setRowCount(0)
        self._shown.clear()
        self._pictured.clear()
        group = None
        for each in rows:
            if several and each.group != group:
                group = each.group
                self._add_group(group)
            self._add(each)
        first = next((at for at, each in self._shown.items() if each.can_be_opened), next(iter(self._shown), -1))
        self.table.setCurrentCell(first, _SERIES)
        self._rest()
        self._soon.start()

    def _add_group(self, name: str) -> None:
        at = self.table.rowCount()
        self.table.insertRow(at)
        item = QTableWidgetItem(name)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setForeground(QColor(look.QUIET))
        self.table.setItem(at, 0, item)
        self.table.setSpan(at, 0, 1, len(_HEADS))
        self.table.setRowHeight(at, _GROUP_ROW)

    def _add(self, each: Row) -> None:
        at = self.table.rowCount()
        self.table.insertRow(at)
        self._shown[at] = each
        title = f"{each.title}\n{each.problem}" if each.problem else each.title
        texts = ("", title, each.modality, each.plane, each.slices, each.spacing, each.date)
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            if column == _SERIES:
                item.setToolTip(title)
            if not each.can_be_opened:
                item.setForeground(QColor(look.QUIET))
            self.table.setItem(at, column, item)
        self.table.setRowHeight(at, _ROW)

    def _rest(self) -> None:
        chosen = self.chosen
        opens = chosen is not None and chosen.can_be_opened
        self.open_button.setEnabled(opens)
        self.beside_button.setEnabled(opens)
        tilted = chosen is not None and chosen.is_tilted
        self.open_button.setText("Open with the tilt corrected" if tilted else "Open")
        self.problem.setText(chosen.problem if chosen is not None else "Nothing fits the search.")

    # Pictures

    def _draw_next(self) -> None:
        """Draw the picture of a row in sight that has none yet; one after the other."""
        at = next((at for at in self._in_sight() if at not in self._pictured), None)
        if at is None or self._under_way:
            return
        stack = self._shown[at].stack
        self._pictured.add(at)
        if stack is None:
            self._soon.start()
            return
        self._under_way = True
        each = self._shown[at]
        self._desk.do(
            lambda: thumbnail(stack, SIDE), partial(self._drawn, at, each), lambda _error: self._drawn(at, each)
        )

    def _drawn(self, at: int, each: Row, picture: NDArray[np.uint8] | None = None) -> None:
        self._under_way = False
        item = self.table.item(at, 0)
        if picture is not None and item is not None and self._shown.get(at) is each:
            height, width = picture.shape[:2]
            image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            icon = QIcon(QPixmap.fromImage(image))
            icon.addPixmap(QPixmap.fromImage(image), QIcon.Mode.Selected)  # Qt would tint it where its row is chosen
            item.setIcon(icon)
        self._soon.start(0)

    def _in_sight(self) -> list[int]:
        height = self.table.viewport().height()
        first, last = self.table.rowAt(0), self.table.rowAt(height - 1)
        last = self.table.rowCount() - 1 if last < 0 else last
        return [at for at in range(max(first, 0), last + 1) if at in self._shown]

    # Keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter opens from the search too, arrows go to the list from there, and letters from the list to it."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.open_chosen_beside() if shift else self.open_chosen()
                return True
            if watched is self.search and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.table.setFocus()
                return bool(self.table.event(event))
            if watched is self.table and event.text().isalnum():
                self.search.setFocus()
                self.search.setText(self.search.text() + event.text())
                return True
        return super().eventFilter(watched, event)


def _table() -> QTableWidget:
    made = table(_HEADS, chosen=QAbstractItemView.SelectionMode.SingleSelection)
    made.setIconSize(QSize(SIDE, SIDE))
    made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    made.setWordWrap(True)
    made.setTabKeyNavigation(False)
    head = made.horizontalHeader()
    head.setHighlightSections(False)
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    head.setSectionResizeMode(_SERIES, QHeaderView.ResizeMode.Stretch)
    for column, width in ((0, SIDE + 12), (2, 56), (3, 76), (4, 76), (5, 130), (6, 96)):
        made.setColumnWidth(column, width)
    return made
