"""What can be done with the cases that are marked in the list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QInputDialog, QMenu, QWidget

from segstudio.errors import SegStudioError
from segstudio.viewer.messages import Message
from segstudio.viewer.session import Session

_PRIORITIES = {"First": 2, "Sooner": 1, "As usual": 0, "Later": -1}


class CaseMenu(QMenu):
    """A menu on marked cases.

    Parameters
    ----------
    cases
        Their numbers, at least one.
    open_case, review, predict, rename
        What the list does with one case, from one case on, with all of them, and with the name of one.
    """

    def __init__(
        self,
        session: Session,
        cases: list[int],
        parent: QWidget,
        *,
        open_case: Callable[[int], object],
        review: Callable[[int], object],
        predict: Callable[[list[int]], object],
        rename: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        self._session, self._cases = session, cases
        self.addAction("Open", partial(open_case, cases[0])).setEnabled(len(cases) == 1)
        self.addAction("Review from here", partial(review, cases[0]))
        self.addAction("Predict", partial(predict, cases))
        self.addSeparator()
        self.addAction("Label…", rename).setEnabled(len(cases) == 1)
        priority = self.addMenu("Priority")
        for words, number in _PRIORITIES.items():
            priority.addAction(words, partial(self._set_priority, number))
        if withdrawn := self._withdrawn():
            self.addAction("Learn from it again", partial(self._each, self._reinstate))
            self.setToolTip(withdrawn)
        else:
            self.addAction("Withdraw…", self._withdraw)
        self.addSeparator()
        many = "Copy case number" if len(cases) == 1 else "Copy case numbers"
        self.addAction(many, self._copy)

    def _withdrawn(self) -> str:
        """Why the first of them is withdrawn, or ""."""
        try:
            return self._session.studio.reviews.withdrawn().get(self._cases[0], "")
        except SegStudioError:
            return ""

    def _set_priority(self, number: int) -> None:
        self._each(lambda case: self._session.studio.worklist.set_priority(case, number))

    def _reinstate(self, case: int) -> None:
        self._session.studio.reviews.reinstate(case, person=self._session.reader)

    def _withdraw(self) -> None:
        asked = "Why is nothing to be learned from it?"
        why, given = QInputDialog.getText(self.window(), "Withdraw", asked)
        if not given or not why.strip():
            return
        saw: set[str] = set()
        reader, reviews = self._session.reader, self._session.studio.reviews
        if self._each(lambda case: saw.update(reviews.withdraw(case, person=reader, reason=why.strip()))):
            hint = f"Versions that learned from it already: {', '.join(sorted(saw))}." if saw else ""
            which = f"Case {self._cases[0]} is" if len(self._cases) == 1 else f"{len(self._cases)} cases are"
            self._session.said.emit(Message(f"{which} withdrawn from learning.", hint or "No version has seen it."))

    def _each(self, does: Callable[[int], object]) -> bool:
        """Do it with every case; False where one was refused, which is told."""
        try:
            for case in self._cases:
                does(case)
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
            return False
        return True

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(", ".join(str(case) for case in self._cases))
