"""Where versions come from: the tree, what entered the chosen one, and cases that are taken back."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from segstudio.library import Ancestor
from segstudio.viewer.messages import Message, named
from segstudio.viewer.models.subject import Page, Subject, scrolled
from segstudio.viewer.models.tree import Tree
from segstudio.viewer.models.words import cases_in_words, figure, reason_in_words
from segstudio.viewer.sections.model import STATES
from segstudio.viewer.sections.section import button, label, row

_TEACH = "There is no model yet. Import one, or train one; each version that it grows into is drawn here."
_CASE = Qt.ItemDataRole.UserRole
_WORDS = {"promote": "put in use", "rollback": "put back in use"}
_MOST_LINES = 12
"""Figures of classes that are written out."""


class DescentPage(Page):
    """The tree on top; below it the chosen version at the left and its cases at the right.

    Attributes
    ----------
    label
        NAME@VERSION that is chosen.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self.label = ""
        self.tree = Tree()
        self.told = label(wrap=True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.heading = label(kind="strong")
        self.cases = QListWidget()
        self.seen = label(kind="quiet", wrap=True)
        self.reason = QLineEdit(placeholderText="Why is it taken back?")
        self.withdraw = button(
            "Withdraw case", "Learn from it no more; versions that have learned from it stay", "trash"
        )
        self.reinstate = button("Learn from it again", "Take the withdrawal back", "undo")
        self.pin = button("Put into the regression set", "No candidate may do worse on it")
        self.empty = label(_TEACH, "quiet", wrap=True)
        self._lay_out()
        self.tree.picked.connect(self._choose)
        self.cases.currentItemChanged.connect(lambda _now, _before: self._show_case())
        self.reason.textChanged.connect(lambda _text: self._show_case())
        self.withdraw.clicked.connect(self._withdraw)
        self.reinstate.clicked.connect(self._reinstate)
        self.pin.clicked.connect(self._pin)

    def _lay_out(self) -> None:
        self._area = area = scrolled(self.tree, fills=False)
        area.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._right = QWidget()
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(6)
        for widget in (self.heading, self.cases, self.seen, self.reason):
            right.addWidget(widget)
        right.addLayout(row(self.withdraw, self.reinstate, self.pin))
        below = QHBoxLayout()
        below.setSpacing(24)
        below.addWidget(scrolled(self.told), 1)
        below.addWidget(self._right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.empty)
        column.addWidget(area, 1)
        column.addLayout(below, 1)

    def redraw(self) -> None:
        """Read the versions again."""
        self._subject.read(self._read)

    def _read(self) -> None:
        versions = self._subject.session.studio.versions.lineage(self._subject.name) if self._subject.name else []
        labels = [each.label for each in versions]
        if self.label not in labels:
            current = next((each.label for each in versions if each.state == "current"), "")
            self.label = current or next(iter(reversed(labels)), "")
        self.empty.setVisible(not versions)
        self.tree.show_versions(versions, self.label)
        if self.label:
            place = self.tree.box(self.label).center()
            self._area.ensureVisible(int(place.x()), int(place.y()), 120, 60)
        chosen = next((each for each in versions if each.label == self.label), None)
        self._right.setVisible(chosen is not None and bool(chosen.cases))
        self.told.setText(version_in_words(chosen) if chosen else "")
        if chosen is not None:
            parent = next((each for each in versions if each.label == chosen.parent), None)
            self._list(chosen, parent)
        self._show_case()

    def _list(self, version: Ancestor, parent: Ancestor | None) -> None:
        """Its cases, those first that its parent had not seen; the one that was chosen stays chosen."""
        studio, chosen = self._subject.session.studio, self.case
        old = set(parent.cases) if parent else set()
        withdrawn, pinned = studio.reviews.withdrawn(), set(studio.versions.pinned())
        self.cases.clear()
        for case in sorted(version.cases, key=lambda case: (case in old, case)):
            told = [studio.worklist.row(case).pseudonym, f"case {case}", "" if case in old else "new in this version"]
            told += ["regression set" if case in pinned else ""]
            told += [f"withdrawn: {withdrawn[case]}" if case in withdrawn else ""]
            item = QListWidgetItem("  ·  ".join(filter(None, told)))
            item.setData(_CASE, case)
            self.cases.addItem(item)
            if case == chosen:
                self.cases.setCurrentItem(item)
        new = len(set(version.cases) - old)
        self.heading.setText(f"Learned from {cases_in_words(len(version.cases))}, {new} of them new")

    @property
    def case(self) -> int:
        """The case that is chosen in the list, or 0."""
        item = self.cases.currentItem()
        return int(item.data(_CASE)) if item is not None else 0

    def _show_case(self) -> None:
        """What may be done with the chosen case, and who has learned from it."""
        studio, case = self._subject.session.studio, self.case
        gone = case in studio.reviews.withdrawn() if case else False
        versions = [named(each) for each in studio.versions.seen(case)] if case else []
        self.seen.setText(f"Case {case} was learned from by {', '.join(versions)}." if versions else "Choose a case.")
        self.reason.setVisible(not gone)
        self.withdraw.setVisible(not gone)
        self.reinstate.setVisible(gone)
        self.withdraw.setEnabled(bool(case and self.reason.text().strip()))
        self.pin.setEnabled(bool(case))
        pinned = case in studio.versions.pinned() if case else False
        self.pin.setText("Take out of the regression set" if pinned else "Put into the regression set")

    def _choose(self, label: str) -> None:
        self.label = label
        self.redraw()

    def _withdraw(self) -> None:
        session, case, reason = self._subject.session, self.case, self.reason.text()
        seen: list[str] = []
        if self._subject.act(
            lambda person: seen.extend(session.studio.reviews.withdraw(case, person=person, reason=reason))
        ):
            self.reason.clear()
            session.said.emit(withdrawn_in_words(case, seen))
            self.redraw()

    def _reinstate(self) -> None:
        reviews, case = self._subject.session.studio.reviews, self.case
        self._subject.act(lambda person: reviews.reinstate(case, person=person))
        self.redraw()

    def _pin(self) -> None:
        versions, case = self._subject.session.studio.versions, self.case
        change = versions.unpin if case in versions.pinned() else versions.pin
        self._subject.act(lambda person: change(case, person=person))
        self.redraw()


def withdrawn_in_words(case: int, seen: list[str]) -> Message:
    """That no job learns from a case any more, and which versions already have."""
    if not seen:
        return Message(f"Case {case} is withdrawn; no version has learned from it.", tone="done")
    versions = ", ".join(named(each) for each in seen)
    hint = "They stay as they are; train again for a version without it."
    return Message(f"Case {case} is withdrawn. These have learned from it: {versions}.", hint, "done", stays=True)


def version_in_words(each: Ancestor) -> str:
    """A version in lines: where it comes from, who put it in use, whose masks it learned, how well it does."""
    lines = [f"{named(each.label)}, {STATES[each.state]}", f"Made {each.created[:16].replace('T', ' ')} UTC"]
    lines += [f"Its weights began as {named(each.parent)}" if each.parent else "A root: it began with no other version"]
    lines += [
        f"{at[:10]} {_WORDS.get(kind, kind)}{f' by {person}' if person else ''}" for at, person, kind in each.promoted
    ]
    readers = ", ".join(f"{name or 'unknown'} ({count})" for name, count in each.readers.items())
    lines += [f"Masks by {readers}"] if readers else []
    lines += [] if each.cases else ["No case of this library entered it; corrections make the next version."]
    measured = [f"Dice {figure(dice, 2)}  {name}" for name, dice in each.dice.items()]
    more = len(measured) - _MOST_LINES
    lines += ["", *measured[:_MOST_LINES]] + ([f"and {more} more classes"] if more > 0 else [])
    return "\n".join(lines + (["", reason_in_words(each.reason)] if each.reason else []))
