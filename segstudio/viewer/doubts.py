"""Why a case is not accepted yet: each doubt with a way to its place, and a way past all of them."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from segstudio.review import Finding
from segstudio.viewer.reviewing import Reviewing
from segstudio.viewer.sections.section import Elided, button, label

_ROW, _MOST_ROWS = 28, 4
"""Pixels of a row, and how many are seen at once."""


class DoubtStrip(QWidget):
    """Shown from the moment in which a doubtful case was to be accepted until it is, or is left as it is.

    Attributes
    ----------
    anyway
        Asks for a reason and accepts.
    shows
        A button for each doubt, which brings the crosshair there.
    """

    def __init__(self, reviewing: Reviewing) -> None:
        super().__init__()
        self._reviewing = reviewing
        self._held: tuple[Finding, ...] = ()
        self.setObjectName("reviewbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = label(kind="caution")
        self.anyway = button("Accept anyway…", "Say in a word why it is right, and go on  (Accept once more)")
        self.away = button("Not now", "Leave it without a verdict, and go on looking")
        self.anyway.clicked.connect(reviewing.accept)
        self.away.clicked.connect(reviewing.let_go)
        self.shows: list[QWidget] = []
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.anyway)
        head.addWidget(self.away)
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._area)
        reviewing.changed.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """What the case on the screen waits for, if for anything."""
        case = self._reviewing.case
        held = case.held if case else ()
        self.setVisible(bool(held))
        if case is None or not held or held is self._held:
            return
        self._held = held
        count = "1 doubt" if len(held) == 1 else f"{len(held)} doubts"
        self.title.setText(f"Case {case.opened.case.id} is not accepted yet: {count}. Fix it, or say why it is right.")
        self._area.setWidget(self._rows(held))
        self._area.setFixedHeight(_ROW * min(len(held), _MOST_ROWS))

    def _rows(self, held: tuple[Finding, ...]) -> QWidget:
        inner, self.shows = QWidget(), []
        inner.setObjectName("column")
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for at, finding in enumerate(held):
            show = button("Show", "Bring the crosshair there", kind="link")
            show.clicked.connect(partial(self._show, finding))
            words = Elided()
            words.setText(finding.words)
            grid.addWidget(show, at, 0)
            grid.addWidget(words, at, 1)
            self.shows.append(show)
        return inner

    def _show(self, finding: Finding, _checked: bool = False) -> None:
        self._reviewing.show_finding(finding)
