"""The one place where the program speaks up: a sentence and an action or two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from segstudio.errors import SegStudioError
from segstudio.viewer import look

_STAYS_MS = 12_000
_LEAST_HEIGHT = 34


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
    stays
        Until it is dismissed, as errors always do; the rest goes after a while.
    """

    text: str
    hint: str = ""
    tone: Literal["note", "done", "error"] = "note"
    actions: tuple[Action, ...] = field(default=())
    stays: bool = False

    @classmethod
    def of(cls, error: SegStudioError, *actions: Action) -> Message:
        """An error as the person hears it."""
        return cls(sentence(error.message), error.hint, "error", actions)


def sentence(text: str) -> str:
    """With a capital at its start, unless a name stands there, and a full stop at its end."""
    first = text.partition(" ")[0]
    text = text[:1].upper() + text[1:] if first.isalpha() else text
    return text if text.endswith((".", "!", "?")) else f"{text}."


class MessageBar(QFrame):
    """A bar under the toolbar; nothing is there while there is nothing to say.

    Parameters
    ----------
    over
        The widget along whose upper edge it lies, so that nothing moves when it comes and goes; None where a layout
        gives it a place of its own.
    """

    def __init__(self, over: QWidget | None = None) -> None:
        super().__init__(over)
        self._over = over
        if over is not None:
            over.installEventFilter(self)
        self.setObjectName("message")
        self.said: Message | None = None
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._actions = QHBoxLayout()
        close = QToolButton()
        look.set_icon(close, "close")
        close.setToolTip("Dismiss")
        close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 4, 4)
        row.addWidget(self._text, 1)
        row.addLayout(self._actions)
        row.addWidget(close)
        self._timer = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    def say(self, message: Message) -> None:
        """Show a message in place of the one before."""
        self.said = message
        self._text.setText(f"{message.text} {message.hint}".strip())
        self._clear_actions()
        for action in message.actions:
            button = QPushButton(action.text)
            button.setObjectName("link")
            button.clicked.connect(lambda _checked=False, run=action.run: self._act(run))
            self._actions.addWidget(button)
        self.setProperty("tone", message.tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._lie_down()
        self.show()
        self.raise_()
        self._timer.stop()
        if message.tone != "error" and not message.stays:
            self._timer.start()

    def dismiss(self) -> None:
        """Take the message away."""
        self.said = None
        self._timer.stop()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """As wide as what it lies over."""
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._lie_down()
        return super().eventFilter(watched, event)

    def _lie_down(self) -> None:
        if self._over is not None:
            width = self._over.width()
            self.setGeometry(0, 0, width, max(_LEAST_HEIGHT, self.heightForWidth(width)))

    def _act(self, run: Callable[[], object]) -> None:
        self.dismiss()
        run()

    def _clear_actions(self) -> None:
        while (item := self._actions.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()  # it goes only when the window has a moment
                widget.deleteLater()
