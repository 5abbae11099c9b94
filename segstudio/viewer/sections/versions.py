"""The candidate beside the version in use."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidgetItem

from segstudio.learning import ClassVerdict
from segstudio.library import ModelEntry
from segstudio.viewer import look
from segstudio.viewer.models.subject import candidate_of
from segstudio.viewer.models.window import ModelsWindow, show_models
from segstudio.viewer.models.words import reason_in_words
from segstudio.viewer.sections.section import Section, button, label, row, table
from segstudio.viewer.session import Session

_ROW = 24


class VersionSection(Section):
    """Per class Dice and HD95 before and after, the gate's sentence, and the two buttons that only a person presses."""

    def __init__(self, session: Session) -> None:
        super().__init__("Versions")
        self._session = session
        self._candidate: ModelEntry | None = None
        self.said = label(kind="quiet", wrap=True)
        self.table = table(("", "Dice", "HD95 mm"), chosen=QAbstractItemView.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 96), (2, 90)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.table.setColumnWidth(column, width)
        self.up = button("Promote", "Put the candidate in use", "submit")
        self.back = button("Roll back", "Put the version that was in use before back in use", "undo")
        self.up.clicked.connect(self._promote)
        self.back.clicked.connect(self._roll_back)
        for widget in (self.said, self.table):
            self.body.addWidget(widget)
        tip = "What the candidate does better and worse, patient by patient"
        self.more = button("Figures and patients…", tip, kind="link")
        self.more.clicked.connect(self._show)
        self.body.addLayout(row(self.up, self.back))
        self.body.addWidget(self.more)
        session.model_changed.connect(self.redraw)
        session.library_changed.connect(lambda kind: self.redraw() if kind == "models" else None)
        self.redraw()

    def redraw(self) -> None:
        """Read the versions again."""
        name = self._session.model.partition("@")[0]
        versions = [each for each in self._session.entries() if each.name == name]
        current = next((each for each in versions if each.state == "current"), None)
        self._candidate = candidate_of(versions)
        rows = self._candidate.verdict.classes if self._candidate and self._candidate.verdict else ()
        self._list(rows)
        self.table.setVisible(bool(rows))
        self.more.setVisible(any(each.verdict for each in versions))
        self.up.setVisible(self._candidate is not None)
        self.back.setVisible(any(each.state == "retired" for each in versions))
        self.said.setText(describe(current, self._candidate))
        if self._candidate is not None:
            self.up.setText(f"Promote {name} {self._candidate.spec.version}")

    def _list(self, rows: tuple[ClassVerdict, ...]) -> None:
        self.table.setRowCount(len(rows))
        for at, each in enumerate(rows):
            dice = _cell(each.dice_before, each.dice_after, 2, better=1)
            distance = _cell(each.hd95_before, each.hd95_after, 1, better=-1)
            for column, cell in enumerate((QTableWidgetItem(each.name), dice, distance)):
                self.table.setItem(at, column, cell)
            self.table.setRowHeight(at, _ROW)
        self.table.setFixedHeight(_ROW * (len(rows) + 1) + 6)

    def _promote(self) -> None:
        candidate = self._candidate
        if candidate is not None:
            studio = self._session.studio
            self._act(lambda person: studio.promote(candidate.label, person=person))

    def _roll_back(self) -> None:
        studio, name = self._session.studio, self._session.model.partition("@")[0]
        self._act(lambda person: studio.rollback(name, person=person))

    def _show(self) -> ModelsWindow:
        return show_models(self._session, "compare", of=self._session.model.partition("@")[0])

    def _act(self, deed: Callable[[str], object]) -> None:
        """Where nobody has said who they are, the page is opened, which asks."""
        if not self._session.reader:
            self._show().subject.person_wanted.emit()
        else:
            self._session.command(lambda: deed(self._session.reader))


def describe(current: ModelEntry | None, candidate: ModelEntry | None) -> str:
    """What is in use, what is offered, and the gate's sentence."""
    if current is None:
        return "No model is in use yet."
    now = f"{current.name} {current.spec.version} is in use"
    if candidate is None:
        return f"{now}; candidates that learned from corrections appear here."
    verdict = candidate.verdict
    offered = f"{now}, {candidate.name} {candidate.spec.version} is a candidate."
    return f"{offered} {reason_in_words(verdict.reason)}" if verdict else f"{offered} Nothing was compared."


def before_after(before: float | None, after: float | None, digits: int) -> str:
    """Two figures with an arrow; a dash where there is none."""
    left, right = ("–" if value is None else f"{value:.{digits}f}" for value in (before, after))
    return f"{left} → {right}"


def _cell(before: float | None, after: float | None, digits: int, *, better: int) -> QTableWidgetItem:
    cell = QTableWidgetItem(before_after(before, after, digits))
    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if before is not None and after is not None and round(after, digits) != round(before, digits):
        cell.setForeground(QColor(look.GOOD if (after - before) * better > 0 else look.BAD))
    return cell
