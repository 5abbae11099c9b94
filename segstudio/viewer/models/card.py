"""A job as a card: what, how far, how long still, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from segstudio.errors import SegStudioError
from segstudio.library import Job
from segstudio.viewer.messages import named
from segstudio.viewer.models.words import ACTIVE, learns, title, told
from segstudio.viewer.sections.section import Elided, label, row, tool
from segstudio.viewer.session import Session


class JobCard(QFrame):
    """One job; a click chooses it.

    Parameters
    ----------
    dismiss
        Takes a card away whose job is over; without it such a card stays.
    """

    chosen = Signal(int)

    def __init__(self, session: Session, dismiss: Callable[[int], object] | None = None) -> None:
        super().__init__()
        self.setObjectName("card")
        self._session, self._dismiss = session, dismiss
        self.job: Job | None = None
        self.title = Elided()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setObjectName("strong")
        self.said = label(kind="quiet", wrap=True)
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.pause = tool("pause", "Pause; what it has done is kept")
        self.resume = tool("resume", "Go on")
        self.cancel = tool("close", "Cancel; what it has learned is thrown away, corrections are kept")
        self.retry = tool("retry", "Try again")
        self.away = tool("close", "Dismiss this card")
        studio = session.studio
        for each, act in (
            (self.pause, studio.pause),
            (self.resume, studio.resume),
            (self.cancel, studio.cancel),
            (self.retry, studio.retry),
        ):
            each.clicked.connect(lambda _checked=False, act=act: self._act(act))
        if dismiss is not None:
            self.away.clicked.connect(lambda _checked=False: self._act(dismiss))
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(10, 8, 8, 8)
        self.body.setSpacing(4)
        tools = (self.pause, self.resume, self.retry, self.cancel, self.away)
        self.body.addLayout(row(self.title, *tools, stretch=0))
        for widget in (self.bar, self.said):
            self.body.addWidget(widget)

    def show_job(self, job: Job) -> None:
        """Show a job as it is now."""
        self.job = job
        self.title.setText(title(job))
        self.said.setText(self._result(job) or told(job, datetime.now()))
        self.bar.setVisible(job.state in ACTIVE)
        self.bar.setValue(round(1000 * job.done))
        _show(self.pause, job.state in ("queued", "running", "interrupted"))
        _show(self.resume, job.state == "paused")
        _show(self.cancel, job.state in ACTIVE)
        _show(self.retry, job.state in ("failed", "cancelled"))
        _show(self.away, job.state not in ACTIVE and self._dismiss is not None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click anywhere on it."""
        if self.job is not None:
            self.chosen.emit(self.job.id)
        super().mousePressEvent(event)

    def _result(self, job: Job) -> str:
        """What a version that was made may be used for; "" for other work."""
        if job.state != "done" or not learns(job):
            return ""
        try:
            entry = self._session.studio.library.model(job.result)
        except SegStudioError:  # it was made, and that is said
            return ""
        if entry.state != "candidate" or entry.verdict is None:
            return ""
        advice = "it would be promoted" if entry.verdict.promote else "promoting it is not advised"
        return f"{named(job.result)} is ready; {advice}."

    def _act(self, act: Callable[[int], object]) -> None:
        job = self.job
        if job is not None:
            self._session.command(lambda: act(job.id))


def _show(widget: QWidget, on: bool) -> None:
    if widget.isHidden() == on:
        widget.setVisible(on)
