"""The one place where the program speaks up: a sentence and an action or two."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QMouseEvent, QResizeEvent
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from segstudio.errors import SegStudioError
from segstudio.viewer import look

_STAYS_MS = 12_000
_AGAIN_MS = 1000
_FREE_MS = 400
"""Longer than between the two clicks of a hand that has not seen yet that the message is gone."""

_HEIGHT = 34
_MARGINS = 40
_TWO_LINES = 1.9
"""Widths of the room for text that two lines hold, broken between words."""


Tone = Literal["note", "done", "warning", "error"]


@dataclass(frozen=True)
class Action:
    """A thing to do about a message, in a word or two."""

    text: str
    run: Callable[[], object]


@dataclass(frozen=True)
class Message:
    """What the bar says.

    Parameters
    ----------
    text
        One sentence.
    hint
        What to do about it, one sentence, or "".
    tone
        "warning" is for what was done and has to be looked at.
    stays
        Until it is dismissed, as errors and warnings always do; the rest goes after a while.
    tip
        What the pointer learns over it, beside what there was no room for.
    """

    text: str
    hint: str = ""
    tone: Tone = "note"
    actions: tuple[Action, ...] = field(default=())
    stays: bool = False
    tip: str = ""

    @classmethod
    def of(cls, error: SegStudioError, *actions: Action) -> Message:
        """An error as the person hears it."""
        return cls(sentence(error.message), error.hint, "error", actions)


def named(text: str) -> str:
    """Words in which versions of models are called as people say them: "hippocampus 3" for hippocampus@3."""
    return re.sub(r"\b([\w.-]+)@(\d+)\b", r"\1 \2", text)


def sentence(text: str) -> str:
    """With a capital at its start, unless a name stands there, and a full stop at its end."""
    first = text.partition(" ")[0]
    text = capital(text) if first.isalpha() else text
    return text if text.endswith((".", "!", "?")) else f"{text}."


def capital(text: str) -> str:
    """With a capital at its start, and no more changed than that."""
    return text[:1].upper() + text[1:]


class MessageBar(QFrame):
    """A bar that speaks; it never goes from under the pointer, and for a moment its place stays free.

    Parameters
    ----------
    stays
        Whether its place is kept while there is nothing to say, so that nothing moves when a message comes and goes;
        then every message has to do with two lines.
    narrow
        Whether what can be done stands below the words, not beside them.

    Attributes
    ----------
    said
        What it says, or None.
    """

    def __init__(self, *, stays: bool = False, narrow: bool = False) -> None:
        super().__init__()
        self._stays, self._idle = stays, ""
        self.setObjectName("message")
        self.said: Message | None = None
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._actions = QHBoxLayout()
        self.close_button = QToolButton()
        look.set_icon(self.close_button, "close")
        self.close_button.setToolTip("Dismiss")
        self.close_button.clicked.connect(self.dismiss)
        words = QHBoxLayout()
        words.addWidget(self._text, 1)
        if not narrow:
            words.addLayout(self._actions)
        words.addWidget(self.close_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 1, 4, 1)
        rows.setSpacing(0)
        rows.addLayout(words, 1)
        if narrow:
            self._actions.setAlignment(Qt.AlignmentFlag.AlignLeft)
            rows.addLayout(self._actions)
        if stays:
            self.setFixedHeight(_HEIGHT)
        self._timer = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._timer.timeout.connect(self._let_go)
        self._gone = QTimer(self, singleShot=True, interval=_FREE_MS)
        self._gone.timeout.connect(self.hide)
        self._write("")
        self.setVisible(stays)

    def idle(self, text: str) -> None:
        """What is written in its place while there is nothing to say."""
        self._idle = text
        if self.said is None:
            self._write("")

    def say(self, message: Message) -> None:
        """Show a message in place of the one before."""
        self.said = message
        self._clear_actions()
        for action in message.actions:
            button = QPushButton(action.text)
            button.setObjectName("link")
            button.clicked.connect(lambda _checked=False, run=action.run: self._act(run))
            self._actions.addWidget(button)
        self._write(message.tone)
        self.show()
        self._gone.stop()
        self._timer.stop()
        if message.tone not in ("warning", "error") and not message.stays:
            self._timer.start()

    def dismiss(self) -> None:
        """Take the message away."""
        self.said = None
        self._timer.stop()
        self._clear_actions()
        self._write("")
        if not self._stays:
            self._gone.start()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on its place is meant for it, even if what was there has just gone."""
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, other lines."""
        super().resizeEvent(event)
        self._fit()

    def _let_go(self) -> None:
        """Time is up; what is being read or aimed at stays until the pointer has left."""
        if self.underMouse():
            self._timer.start(_AGAIN_MS)
        else:
            self.dismiss()

    def _write(self, tone: str) -> None:
        """Show what is said now in the colours of a tone."""
        self.close_button.setVisible(self.said is not None)
        _set(self, "tone", tone)
        _set(self._text, "quiet", self.said is None)
        self._fit()

    def _fit(self) -> None:
        """Where one line does not do, two smaller ones; what those do not hold is in the tooltip."""
        whole = text = named(f"{self.said.text} {self.said.hint}".strip()) if self.said is not None else self._idle
        if self._stays:
            room = self.width() - _MARGINS - sum(each.sizeHint().width() for each in self._beside())
            _set(self._text, "small", self.fontMetrics().horizontalAdvance(text) > room)
            both = round(_TWO_LINES * room)
            text = self._text.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, both)
        self._text.setText(text)
        tip = self.said.tip if self.said is not None else ""
        self._text.setToolTip("\n".join(filter(None, (whole if text != whole else "", tip))))

    def _beside(self) -> list[QWidget]:
        items = [self._actions.itemAt(at) for at in range(self._actions.count())]
        shown = [item.widget() for item in items if item is not None]
        return [*(each for each in shown if each is not None), self.close_button]

    def _act(self, run: Callable[[], object]) -> None:
        self.dismiss()
        run()

    def _clear_actions(self) -> None:
        while (item := self._actions.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()  # it goes only when the window has a moment
                widget.deleteLater()


def _set(widget: QWidget, name: str, value: object) -> None:
    """Change a property that the style sheet asks for."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
