"""What is being waited for: one thing at a time, told only when it takes long enough to notice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from qtpy.QtCore import QObject, QTimer, Signal

Kind = Literal["open", "predict", "submit", "edit"]

QUICK_MS = 300
"""An edit that takes no longer is not announced."""


@dataclass(frozen=True)
class Work:
    """Something that takes a while: what, how far, since when (in seconds of `time.monotonic`)."""

    kind: Kind
    what: str
    done: float = 0.0
    since: float = 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds left, once enough is done to tell."""
        gone = time.monotonic() - self.since
        return gone * (1 - self.done) / self.done if self.done > 0.05 and gone > 2 else None


class Waiting(QObject):
    """The one piece of work that a session waits for.

    Attributes
    ----------
    work
        What that is, or None.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.work: Work | None = None
        self._cancel: Callable[[], object] | None = None
        self._told = False
        self._soon = QTimer(self, singleShot=True, interval=QUICK_MS)
        self._soon.timeout.connect(self._tell)

    def begin(self, kind: Kind, what: str) -> None:
        """Start waiting; edits are told of only when they are not quick."""
        self.work = Work(kind, what, since=time.monotonic())
        self._told = False
        self._soon.start() if kind == "edit" else self._tell()

    def can_be_cancelled(self, cancel: Callable[[], object]) -> None:
        """How to stop it."""
        self._cancel = cancel
        if self._told:
            self.changed.emit()

    @property
    def stoppable(self) -> bool:
        """Whether it can be stopped."""
        return self._cancel is not None

    def went_on(self, kind: Kind, done: float, what: str) -> None:
        """How far it is; news of something else is passed over."""
        if self.work is not None and self.work.kind == kind:
            self.work = Work(kind, what, done, self.work.since)
            if self._told:
                self.changed.emit()

    def cancel(self) -> None:
        """Stop it, if it can be stopped."""
        if self._cancel is not None:
            self._cancel()

    def end(self) -> None:
        """It is over."""
        self.work = self._cancel = None
        self._soon.stop()
        if self._told:
            self._told = False
            self.changed.emit()

    def _tell(self) -> None:
        if self.work is not None:
            self._told = True
            self.changed.emit()
