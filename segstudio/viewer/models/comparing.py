"""The candidate beside the version in use, for the person who says yes or no."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from segstudio.library import ModelEntry
from segstudio.studio.versions import Comparison
from segstudio.viewer import look
from segstudio.viewer.messages import named
from segstudio.viewer.models.both import open_with_both
from segstudio.viewer.models.figures import ClassFigures
from segstudio.viewer.models.patients import PatientDots
from segstudio.viewer.models.subject import Page, Subject, candidate_of, scrolled
from segstudio.viewer.models.words import reason_in_words
from segstudio.viewer.sections.model import STATES
from segstudio.viewer.sections.section import button, label, row

_TEACH = (
    "Nothing was compared yet. When a model has learned from corrections, its new version stands here beside the one "
    "in use: Dice and HD95 of each class on patients that neither has learned from, and what became of every one of "
    "them. Nothing is put in use without your yes."
)


class ComparePage(Page):
    """The gate's sentence and the buttons on top; figures of the classes; patients as dots.

    Attributes
    ----------
    label
        NAME@VERSION that is looked at; "" for the newest candidate.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self.label = ""
        self.choice = QComboBox()
        self.choice.setToolTip("Which version is looked at, beside the one that was in use when it was made")
        self.said = label(kind="strong", wrap=True)
        self.basis = label(kind="quiet", wrap=True)
        self.up = button("Promote", "Put this version in use; the one before can be put back with one click", "submit")
        self.back = button("Roll back", "Put the version that was in use before back in use", "undo")
        self.figures = ClassFigures()
        self.legend = label(
            "Bars to the right are improvements, with their 95 % interval over patients; coloured only where the "
            "interval excludes zero.",
            "quiet",
            wrap=True,
        )
        self.heading = label(kind="strong")
        self.hint = label("A click opens the case with both masks.", "quiet")
        self.dots = PatientDots()
        self.pinned = label(kind="quiet", wrap=True)
        self.empty = label(_TEACH, "quiet", wrap=True)
        self._lay_out()
        self.choice.activated.connect(lambda _at: self._choose())
        self.up.clicked.connect(self._promote)
        self.back.clicked.connect(self._roll_back)
        self.dots.chosen.connect(lambda case: open_with_both(subject.session, self.label, case))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.said)
        words.addWidget(self.basis)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addLayout(words, 1)
        for each in (self.choice, self.back, self.up):
            top.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
        inner = QWidget()
        self._inner = QVBoxLayout(inner)
        self._inner.setContentsMargins(0, 0, 8, 0)
        self._inner.setSpacing(10)
        self._inner.addWidget(self.figures)
        self._inner.addWidget(self.legend)
        self._inner.addLayout(row(self.heading, self.hint, stretch=1))
        for widget in (self.pinned, self.dots, self.empty):
            self._inner.addWidget(widget)
        self._inner.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(scrolled(inner), 1)

    def redraw(self) -> None:
        """Read the versions again."""
        self._subject.read(self._read)

    def _read(self) -> None:
        versions = self._subject.versions()
        compared = [each for each in versions if each.verdict is not None]
        entry = next((each for each in compared if each.label == self.label), None)
        entry = entry or candidate_of(versions) or next(iter(compared), None)
        self.label = entry.label if entry else ""
        self._list(compared)
        found = self._subject.session.studio.versions.comparison(entry.label) if entry else None
        self._show_deeds(versions, entry, found)
        self._show_comparison(entry, found)

    def _list(self, compared: list[ModelEntry]) -> None:
        self.choice.clear()
        for each in compared:
            self.choice.addItem(f"{named(each.label)}  ·  {STATES[each.state]}", each.label)
        self.choice.setCurrentIndex(self.choice.findData(self.label))
        self.choice.setVisible(len(compared) > 1)

    def _show_deeds(self, versions: list[ModelEntry], entry: ModelEntry | None, found: Comparison | None) -> None:
        offered = entry is not None and entry.state == "candidate"
        advised = offered and found is not None and found.verdict.promote
        self.up.setVisible(offered)
        self.up.setText(f"Promote {named(self.label)}{'' if advised else ' all the same'}")
        self.up.setDefault(False)
        self.back.setVisible(any(each.state == "retired" for each in versions))
        if self.up.objectName() != ("primary" if advised else ""):
            self.up.setObjectName("primary" if advised else "")
            look.set_icon(self.up, "submit", "ink" if advised else "text")
            self.up.style().unpolish(self.up)
            self.up.style().polish(self.up)

    def _show_comparison(self, entry: ModelEntry | None, found: Comparison | None) -> None:
        for part in (self.figures, self.legend, self.heading, self.hint, self.dots, self.pinned):
            part.setVisible(found is not None)
        self.empty.setVisible(found is None)
        self.said.setText(reason_in_words(found.verdict.reason) if found else "")
        self.basis.setText(basis_in_words(found) if found else "")
        if entry is None or found is None:
            return
        states = {each.label: STATES[each.state] for each in self._subject.versions()}
        sides = [f"{named(side)}, {states.get(side, 'gone')}" if side else "none" for side in _sides(found)]
        self.figures.show_rows(found.verdict.classes, *sides)
        self.heading.setText(f"Patients: {len(found.better)} better, {len(found.worse)} worse")
        self.hint.setVisible(bool(found.verdict.cases))
        self.dots.show_cases(found.verdict.cases, [each.case for each in found.pinned])
        self.pinned.setText(pinned_in_words(found))

    def _choose(self) -> None:
        self.label = str(self.choice.currentData())
        self.redraw()

    def _promote(self) -> None:
        studio, chosen = self._subject.session.studio, self.label
        self._subject.act(lambda person: studio.promote(chosen, person=person))

    def _roll_back(self) -> None:
        studio, name = self._subject.session.studio, self._subject.name
        self._subject.act(lambda person: studio.rollback(name, person=person))


def _sides(found: Comparison) -> tuple[str, str]:
    return found.current, found.candidate


def basis_in_words(found: Comparison) -> str:
    """On whom the figures were measured, and against what."""
    patients = "1 patient" if found.verdict.patients == 1 else f"{found.verdict.patients} patients"
    against = f"{named(found.candidate)} against {named(found.current)}" if found.current else named(found.candidate)
    if found.verdict.basis == "holdout":
        return f"{against}, on {patients} that no version has learned from."
    if found.verdict.basis == "corrections":
        return f"{against}, on cases that it has learned from itself: these figures prove nothing."
    return f"{against}; there was nobody to measure it on."


def pinned_in_words(found: Comparison) -> str:
    """What became of the regression set."""
    if not found.pinned:
        return "No case is in the regression set: cases on which no candidate may do worse."
    worse = [each.patient for each in found.pinned if (each.change or 0) <= -0.005]
    count = len(found.pinned)
    cases = "the one case" if count == 1 else f"the {count} cases"
    return (
        f"Regression set: none of {cases} got worse." if not worse else f"Regression set: {', '.join(worse)} got worse."
    )
