"""Two masks of one scan: how much they have in common, and where they differ."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QFileDialog, QHeaderView, QTableWidget, QTableWidgetItem

from segstudio.imaging import LabelClass, nameless
from segstudio.measure.differences import KINDS, Difference
from segstudio.viewer import look
from segstudio.viewer.compare import Comparison, Result
from segstudio.viewer.messages import named
from segstudio.viewer.outcome import in_ml
from segstudio.viewer.panes.content import DIFFERENCES
from segstudio.viewer.sections.section import Section, button, label, row, table, tool
from segstudio.viewer.session import Session

_ROW = 24
_SEEN = 6
"""Rows without scrolling."""

_MASKS = "Masks (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd);;All files (*)"


class CompareSection(Section):
    """With what to compare, Dice of each class, and the places that differ; a click goes there.

    Attributes
    ----------
    comparison
        What is compared.
    """

    def __init__(self, session: Session) -> None:
        super().__init__("Compare")
        self._session = session
        self.comparison = Comparison(session)
        self._listed: Result | None = None
        self.model = button("With the model", "What the model drew, against the mask as it is now", "compare")
        self.file = button("With a file…", "Another mask of this scan, against the mask as it is now")
        self.done = tool("close", "Compare no more")
        self.said = label(kind="quiet", wrap=True)
        self.classes = _table()
        self.place = label(kind="quiet")
        self.back = tool("previous", "Previous difference (P)")
        self.on = tool("next", "Next difference (N)")
        self.places = _table()
        self._lay_out()
        self._connect()
        self.redraw()

    def _lay_out(self) -> None:
        self.head.addWidget(self.done)
        self.body.addLayout(row(self.model, self.file))
        for widget in (self.said, self.classes):
            self.body.addWidget(widget)
        self.body.addLayout(row(self.place, self.back, self.on, stretch=0))
        self.body.addWidget(self.places)

    def _connect(self) -> None:
        self.model.clicked.connect(lambda: self.comparison.with_model())
        self.file.clicked.connect(self._ask)
        self.done.clicked.connect(self.comparison.end)
        self.on.clicked.connect(self.comparison.next)
        self.back.clicked.connect(self.comparison.previous)
        self.places.cellClicked.connect(lambda at, _column: self.comparison.go_to(at))
        self.comparison.changed.connect(self.redraw)
        self._session.scan_changed.connect(self.redraw)
        self._session.classes_changed.connect(self._renamed)

    def redraw(self) -> None:
        """Show how the masks compare."""
        session, result, name = self._session, self.comparison.result, self.comparison.name
        for asked in (self.model, self.file):
            asked.setEnabled(session.scan is not None)
            asked.setVisible(not name)
        self.done.setVisible(bool(name))
        self.said.setText(_in_words(name, result))
        self.said.setVisible(bool(name))
        for widget in (self.classes, self.places, self.place, self.back, self.on):
            widget.setVisible(result is not None and bool(result.places))
        if result is not None and result is not self._listed:
            self._list_classes(result)
            self._list_places(result.places)
        self._listed = result
        self._choose(self.comparison.at)

    def _renamed(self) -> None:
        self._listed = None
        self.redraw()

    def _list_classes(self, result: Result) -> None:
        """Of each class how much is in common, the worst first."""
        dice = sorted((each.dice or 0.0, value) for value, each in result.overlaps.items())
        _fit(self.classes, len(dice))
        for at, (score, value) in enumerate(dice):
            name, color = _class(value, self._session.classes)
            first = QTableWidgetItem(look.swatch(color), name)
            self.classes.setItem(at, 0, first)
            self.classes.setItem(at, 1, _number(f"Dice {score:.2f}"))

    def _list_places(self, places: tuple[Difference, ...]) -> None:
        _fit(self.places, len(places))
        for index, each in enumerate(places):
            color = DIFFERENCES[KINDS.index(each.kind) + 1]
            self.places.setItem(index, 0, QTableWidgetItem(look.swatch(color), self._told(each)))
            self.places.setItem(index, 1, _number(in_ml(each.ml)))

    def _choose(self, at: int | None) -> None:
        count = len(self.comparison.places)
        many = "1 difference" if count == 1 else f"{count} differences"
        self.place.setText(many if at is None else f"difference {at + 1} of {count}")
        if at is None:
            self.places.clearSelection()
        else:
            self.places.selectRow(at)

    def _told(self, place: Difference) -> str:
        """ "added: liver", "removed: liver", "liver, was spleen"."""
        classes = self._session.classes
        before, now = (_class(value, classes)[0] if value else "" for value in (place.before, place.now))
        return {"added": f"added: {now}", "removed": f"removed: {before}"}.get(place.kind, f"{now}, was {before}")

    def _ask(self) -> None:
        scan = self._session.scan
        folder = str(scan.path.parent) if scan else ""
        name, _ = QFileDialog.getOpenFileName(self, "Compare with a mask", folder, _MASKS)
        if name:
            self.comparison.with_file(Path(name))


def _in_words(name: str, result: Result | None) -> str:
    against = f"Against {named(name)}"
    if result is None:
        return f"{against} …"
    if not result.places:
        return f"{against}: no difference."
    total = sum(each.ml for each in result.places)
    return f"{against}: {in_ml(total)} differ."


def _class(value: int, classes: tuple[LabelClass, ...]) -> tuple[str, tuple[int, int, int]]:
    found = next((each for each in classes if each.value == value), None) or nameless(value)
    return found.name, found.color


def _table() -> QTableWidget:
    """Rows of a name and a number without a head; one can be chosen."""
    made = table(("", ""), chosen=QAbstractItemView.SelectionMode.SingleSelection)
    made.horizontalHeader().hide()
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    made.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
    made.setColumnWidth(1, 80)
    made.verticalHeader().setDefaultSectionSize(_ROW)
    return made


def _fit(shown: QTableWidget, rows: int) -> None:
    shown.setRowCount(rows)
    shown.setFixedHeight(_ROW * min(rows, _SEEN) + 2)


def _number(text: str) -> QTableWidgetItem:
    made = QTableWidgetItem(text)
    made.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made
