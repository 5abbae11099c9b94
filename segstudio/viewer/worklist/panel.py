"""The left column: the list of cases, with search, filter and order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from qtpy.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from segstudio.errors import SegStudioError
from segstudio.library import STATUSES, Job, Order, Query, Status
from segstudio.viewer.messages import Message
from segstudio.viewer.sections.section import label
from segstudio.viewer.session import Session
from segstudio.viewer.worklist.menu import CaseMenu
from segstudio.viewer.worklist.progress import WorkStrip, under_way
from segstudio.viewer.worklist.rows import CasePainter, CaseRows

WIDE, NARROW = 240, 124
"""Of the column, in pixels: the picture keeps its share of a small window."""

_SMALL_WINDOW = 1440

_ORDERS: dict[Order, str] = {
    "date": "By date",
    "priority": "By priority",
    "benefit": "By expected benefit",
    "random": "In random order",
}
_OPEN: tuple[Status, ...] = ("new", "predicted", "in review", "flagged")
_WAITING: tuple[Status, ...] = ("new", "predicted", "in review")
_FILTERS: dict[str, tuple[Status, ...]] = {
    "All cases": (),
    "To be read": _OPEN,
    **{each.capitalize(): (each,) for each in STATUSES},
}
_TYPING_MS = 150
_SOON_MS = 200


class WorklistPanel(QWidget):
    """Which case: a list that is searched, filtered and ordered; a double click opens one.

    Signals
    -------
    chosen
        A case is to be opened, by its number.
    review
        Cases are to be reviewed one after the other, as this query has them.
    review_from
        The same, from a case on.
    add
        Scans are to be taken in.
    predict
        Masks of these cases are to be drawn; none means all that have none.
    """

    chosen = Signal(int)
    review = Signal(object)
    review_from = Signal(object, int)
    add = Signal()
    predict = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.shown_case = 0
        self.setObjectName("studio")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.rows = CaseRows(session.studio.worklist, self)
        self._typing = self._timer(_TYPING_MS)
        self._soon = self._timer(_SOON_MS)
        self._make_filters()
        self._make_list()
        self._make_buttons()
        self._lay_out()
        self.fit(_SMALL_WINDOW)
        session.library_changed.connect(self._heard)
        self.refresh()

    @property
    def query(self) -> Query:
        """What is listed, and in which order."""
        order: Order = self.order.currentData()
        return Query(
            text=self.search.text(), status=self.filter.currentData(), order=order, seed=self._seed, descending=False
        )

    @property
    def to_read(self) -> Query:
        """What a review goes through: of all cases those that wait for a read, else what was filtered for."""
        query = self.query
        return query if query.status else replace(query, status=_WAITING)

    def refresh(self) -> None:
        """List the cases as the library has them now."""
        try:
            self.rows.show_cases(self.query)
            every = self._session.studio.worklist.count(Query())
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
            return
        listed = self.rows.rowCount()
        cases = f"{every} case{'s' if every > 1 else ''}" if every else ""
        self.count.setText(f"{listed} of {every}" if listed != every else cases)
        self._pages.setCurrentIndex(0 if listed else 1 if every else 2)
        for part in (self.search, self.filter, self.order, self.draw):
            part.setEnabled(every > 0)
        self.begin.setEnabled(listed > 0)

    def fit(self, window: int) -> None:
        """Take a width that leaves room for the picture in a window of so many pixels."""
        narrow = window < _SMALL_WINDOW
        self.setFixedWidth(NARROW if narrow else WIDE)
        for row in self._foldable:
            row.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def show_case(self, case: int) -> None:
        """Mark the case that is on the screen; 0 is none."""
        self.shown_case = case
        self.list.viewport().update()

    def show_work(self, jobs: Sequence[Job]) -> None:
        """Say how far jobs have come that add cases or draw them."""
        self.work.show_jobs(jobs)
        self.rows.show_under_way(under_way(jobs))

    def rename(self, case: int, label: str) -> None:
        """Give a case a label of the reader's own."""
        self._session.command(lambda: self._session.studio.worklist.set_label(case, label))

    def marked(self) -> list[int]:
        """Numbers of the cases that are marked in the list, top to bottom."""
        places = sorted(index.row() for index in self.list.selectedIndexes())
        rows = [self.rows.case(place) for place in places]
        return [row.id for row in rows if row is not None]

    def menu(self) -> CaseMenu | None:
        """What can be done with the marked cases; None where none is marked."""
        cases = self.marked()
        if not cases:
            return None
        return CaseMenu(
            self._session,
            cases,
            self,
            open_case=self.chosen.emit,
            review=self._review_from,
            predict=self.predict.emit,
            rename=lambda: self.list.edit(self.list.currentIndex()),
        )

    # Making

    def _make_filters(self) -> None:
        self._seed = 0
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip("Label, patient, case, modality, reader, model or reason")
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.filter, self.order = QComboBox(), QComboBox()
        for words, status in _FILTERS.items():
            self.filter.addItem(words, status)
        for order, words in _ORDERS.items():
            self.order.addItem(words, order)
        self.filter.setToolTip("Which cases are listed")
        self.order.setToolTip("Which case comes first")
        self.filter.currentIndexChanged.connect(lambda _at: self.refresh())
        self.order.currentIndexChanged.connect(lambda _at: self._reorder())
        self.count = label("", "quiet")

    def _make_list(self) -> None:
        self.list = QListView()
        self.list.setObjectName("cases")
        self.list.setModel(self.rows)
        self.list.setItemDelegate(CasePainter(self.rows, lambda: self.shown_case, self.rename, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.activated.connect(self._open)
        self.list.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.list.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)

    def _make_buttons(self) -> None:
        self.work = WorkStrip()
        self.work.cancelled.connect(lambda job: self._session.command(lambda: self._session.studio.cancel(job)))
        self.take_in = QPushButton("Add…")
        self.take_in.setToolTip("Take scans into the list: files or folders")
        self.take_in.clicked.connect(self.add.emit)
        self.draw = QPushButton("Predict")
        self.draw.setToolTip("Let the model draw the marked cases, or all that have no mask")
        self.draw.clicked.connect(lambda: self.predict.emit(self.marked() if len(self.marked()) > 1 else []))
        self.begin = QPushButton("Review")
        self.begin.setObjectName("primary")
        self.begin.setToolTip("Go through these cases one after the other: accept, fix or reject")
        self.begin.clicked.connect(lambda: self.review.emit(self.to_read))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label("WORKLIST", "heading"), 1)
        head.addWidget(self.count)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.list)
        self._pages.addWidget(_told("No case is like that."))
        self._pages.addWidget(_told("No cases yet.\nDrop scans or folders here, or add them below."))
        buttons = (self.take_in, self.draw, self.begin)
        for button in buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(6)
        choices, work = _row(self.filter, self.order), _row(*buttons)
        self._foldable = (head, choices, work)
        for part in (head, _row(self.search), choices):
            column.addLayout(_indented(part))
        column.addLayout(self._pages, 1)
        column.addWidget(self.work)
        column.addLayout(_indented(work))

    def _timer(self, milliseconds: int) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(milliseconds)
        made.timeout.connect(self.refresh)
        return made

    def _show_menu(self, at: QPoint) -> None:
        menu = self.menu()
        if menu is not None:
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self.list.viewport().mapToGlobal(at))

    # Hearing

    def _heard(self, kind: str) -> None:
        if kind in ("cases", "models") and not self._soon.isActive():
            self._soon.start()

    def _reorder(self) -> None:
        """A random order is drawn anew each time it is asked for, and kept by its seed."""
        if self.order.currentData() == "random":
            self._seed = random.randrange(1 << 31)
        self.refresh()

    def _review_from(self, case: int) -> None:
        """From a case on: what waits for a read, unless that case does not."""
        rows = (self.rows.case(index.row()) for index in self.list.selectedIndexes())
        waits = any(row is not None and row.id == case and row.status in _WAITING for row in rows)
        self.review_from.emit(self.to_read if waits else self.query, case)

    def _open(self, index: QModelIndex) -> None:
        row = self.rows.case(index.row())
        if row is not None:
            self.chosen.emit(row.id)


def _row(*parts: QWidget) -> QBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for part in parts:
        row.addWidget(part, 1)
    return row


def _indented(row: QBoxLayout) -> QBoxLayout:
    row.setContentsMargins(8, 0, 8, 0)
    return row


def _told(text: str) -> QLabel:
    made = label(text, "quiet", wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setContentsMargins(8, 0, 8, 0)
    return made
