"""The toolbar of a review: where in the list the reader is, the verdicts, and what looks doubtful."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtWidgets import (
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from segstudio.viewer.actions import Actions
from segstudio.viewer.doubts import DoubtStrip
from segstudio.viewer.messages import capital
from segstudio.viewer.past import PastReads
from segstudio.viewer.reviewing import Reviewing
from segstudio.viewer.sections.section import Elided, label

_ICON = 18

_WHY = {
    "reject": (
        "Why is this case not to be used?",
        ("wrong region", "motion or artefact", "wrong sequence"),
    ),
    "flag": ("Why is this case put aside?", ("unsure", "to be discussed", "finding outside the question")),
    "overrule": ("Why is it right?", ("so it is in this patient", "too small to matter", "beyond the scan's edge")),
    "decide": (
        "Why is this mask taken?",
        ("follows the edge better", "the other missed a part", "the other took too much"),
    ),
}
"""What is asked, and answers that are given often."""


class ReviewBar(QWidget):
    """Shown in place of the tools while cases are reviewed; with them while one is fixed."""

    def __init__(self, reviewing: Reviewing, actions: Actions) -> None:
        super().__init__()
        self._reviewing = reviewing
        self._buttons: dict[str, QToolButton] = {}
        self.setObjectName("reviewbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.line = QProgressBar(textVisible=False)
        self.line.setToolTip("How many cases of the list are read")
        self.where = label("", "strong")
        self.past = PastReads()
        self.case = Elided()
        self.case.setObjectName("quiet")
        self.doubts = QPushButton("Checking…")
        self.doubts.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.menu = QMenu(self.doubts)
        self.doubts.setMenu(self.menu)
        self.time = label("", "quiet")
        self.strip = DoubtStrip(reviewing)
        self._lay_out(actions)
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._tell_time)
        reviewing.changed.connect(self.redraw)
        reviewing.asked_why.connect(self.ask)
        self.redraw()

    def _lay_out(self, actions: Actions) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(4)
        for name in ("previous_case", "accept", "fix", "reject", "flag", "next_case"):
            row.addWidget(self._button(actions, name))
        row.addSpacing(8)
        row.addWidget(self.doubts)
        row.addWidget(self._button(actions, "next_doubt", words=False))
        row.addWidget(self._button(actions, "confirm_slice", words=False))
        row.addWidget(self.past)
        row.addWidget(self.case, 1)
        row.addWidget(self.where)
        row.addWidget(self.time)
        row.addWidget(self._button(actions, "end_review", words=False))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.line)
        column.addLayout(row)
        column.addWidget(self.strip)

    def redraw(self) -> None:
        """Where the reader is, and what is known of the case."""
        sitting, case = self._reviewing.sitting, self._reviewing.case
        self.setVisible(sitting is not None)
        if sitting is None:
            self._clock.stop()
            return
        if not self._clock.isActive():
            self._clock.start()
        count = len(sitting.cases)
        self.line.setRange(0, count)
        self.line.setValue(len(sitting.done))
        self.where.setText(f"{self._reviewing.place + 1} of {count}")
        self._tell_time()
        self._tell_doubts()
        self.past.show_reads(case.history if case else ())
        confirmed = len(self._reviewing.confirmed)
        told = f"{confirmed} slice{'s' if confirmed > 1 else ''} confirmed" if confirmed else ""
        name = f"case {case.opened.case.id} {case.label}".rstrip() if case else ""
        self.case.setText(" · ".join(filter(None, (name, told))))

    def ask(self, verdict: str, then: Callable[[str], object]) -> None:
        """Ask for a reason, under the verdict's own button."""
        places = self._buttons | {"overrule": self.strip.anyway}
        ask_why(self, places[verdict], verdict, then)

    def _button(self, actions: Actions, name: str, *, words: bool = True) -> QToolButton:
        made = QToolButton()
        action = actions.by_name[name]
        action.setIconText(action.text().removesuffix(" case"))
        made.setDefaultAction(action)
        made.setIconSize(QSize(_ICON, _ICON))
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        style = Qt.ToolButtonStyle
        made.setToolButtonStyle(style.ToolButtonTextBesideIcon if words else style.ToolButtonIconOnly)
        self._buttons[name] = made
        return made

    def _tell_time(self) -> None:
        gone = int(self._reviewing.watch.seconds)
        self.time.setText(f"{gone // 60}:{gone % 60:02d}")

    def _tell_doubts(self) -> None:
        case = self._reviewing.case
        findings = case.findings if case else None
        self.menu.clear()
        self.doubts.setEnabled(bool(findings))
        if findings is None:
            self.doubts.setText("Checking…")
        elif not findings:
            self.doubts.setText("Nothing doubtful")
        else:
            self.doubts.setText("1 doubt" if len(findings) == 1 else f"{len(findings)} doubts")
            for finding in findings:
                self.menu.addAction(finding.words, partial(self._reviewing.show_finding, finding))


def ask_why(bar: QWidget, shown: QWidget, verdict: str, then: Callable[[str], object]) -> None:
    """Ask for a reason: a list of usual ones, or words of one's own."""
    question, usual = _WHY[verdict]
    menu = QMenu(bar)
    asked = QWidgetAction(menu)
    asked.setDefaultWidget(_heading(question))
    menu.addAction(asked)
    menu.addSeparator()
    for why in usual:
        menu.addAction(capital(why), partial(then, why))
    menu.addSeparator()
    menu.addAction("In other words…", lambda: _ask_in_words(bar.window(), question, then))
    if verdict in ("flag", "decide"):
        menu.addAction("No reason", partial(then, ""))
    menu.popup(shown.mapToGlobal(shown.rect().bottomLeft()))


def _heading(question: str) -> QWidget:
    """A line of a menu that is read and cannot be chosen."""
    made = label(question, "quiet")
    made.setContentsMargins(12, 4, 12, 4)
    return made


def _ask_in_words(window: QWidget, question: str, then: Callable[[str], object]) -> None:
    text, given = QInputDialog.getText(window, "Review", question)
    if given and text.strip():
        then(text.strip())
