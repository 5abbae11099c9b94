"""What learns in the background."""

from __future__ import annotations

import time
from collections.abc import Callable

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from segstudio.errors import SegStudioError
from segstudio.learning import Point
from segstudio.library import Job
from segstudio.viewer.messages import sentence
from segstudio.viewer.sections.model import STATES
from segstudio.viewer.sections.section import Section, Sparkline, label, minutes_left, row, tool
from segstudio.viewer.session import Session

ACTIVE = ("queued", "running", "paused", "interrupted")
_EVERY_MS = 1500
_SOON_MS = 200
_WORDS = {
    "queued": "Waits for its turn",
    "paused": "Paused",
    "interrupted": "Was interrupted; goes on by itself",
    "cancelled": "Cancelled. The corrections are kept.",
}


class LearningSection(Section):
    """A card for each job that is under way, and for the last one that ended until it is dismissed."""

    def __init__(self, session: Session) -> None:
        super().__init__("Learning")
        self._session = session
        self._cards: dict[int, JobCard] = {}
        self._followed: set[int] = set()  # jobs that were seen under way; what ended before is no news
        self.empty = label("Submitted corrections are learned from here, in the background.", "quiet", wrap=True)
        self.body.addWidget(self.empty)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.redraw)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)  # a job tells of every step
        self._soon.timeout.connect(self.redraw)
        session.library_changed.connect(lambda kind: self._soon.start() if kind in ("jobs", "models") else None)
        self.redraw()

    def redraw(self) -> None:
        """Read the jobs again and show them as they are."""
        try:
            jobs = self._session.studio.jobs()
            active = [job for job in jobs if job.state in ACTIVE]
            self._followed.update(job.id for job in active)
            shown = active or [job for job in jobs[:1] if job.id in self._followed]
            curves = {job.id: self._session.studio.library.curve(job.id) for job in shown}
        except SegStudioError:  # the library is busy; the timer asks again
            self._timer.start()
            return
        for gone in self._cards.keys() - {job.id for job in shown}:
            self._cards.pop(gone).deleteLater()
        for job in shown:
            if job.id not in self._cards:
                self._cards[job.id] = card = JobCard(self._session, self.dismiss)
                self.body.addWidget(card)
            self._cards[job.id].show_job(job, curves[job.id])
        self.empty.setVisible(not shown)
        self._timer.start() if active else self._timer.stop()

    def dismiss(self, job: int) -> None:
        """Take the card of a job that has ended away."""
        self._followed.discard(job)
        self.redraw()


class JobCard(QFrame):
    """One job: what, how far, how long still, how the loss falls, and what can be done about it."""

    def __init__(self, session: Session, dismiss: Callable[[int], object]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._session = session
        self._job: Job | None = None
        self._pace: tuple[float, float] | None = None
        self.title = label(kind="strong")
        self.said = label(kind="quiet", wrap=True)
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.curve = Sparkline()
        self.pause = tool("pause", "Pause; what it has learned is kept")
        self.resume = tool("resume", "Go on")
        self.cancel = tool("close", "Cancel; what it has learned is thrown away, corrections are kept")
        self.retry = tool("retry", "Try again")
        self.away = tool("close", "Dismiss this card")
        studio = session.studio
        for button, act in (
            (self.pause, studio.pause),
            (self.resume, studio.resume),
            (self.cancel, studio.cancel),
            (self.retry, studio.retry),
            (self.away, dismiss),
        ):
            button.clicked.connect(lambda _checked=False, act=act: self._act(act))
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 8, 8)
        column.setSpacing(4)
        tools = (self.pause, self.resume, self.retry, self.cancel, self.away)
        column.addLayout(row(self.title, *tools, stretch=0))
        for widget in (self.bar, self.curve, self.said):
            column.addWidget(widget)

    def show_job(self, job: Job, curve: list[Point]) -> None:
        """Show a job as it is now."""
        self._job = job
        verb = "Fine-tuning" if job.kind == "fine-tune" else "Training"
        self.title.setText(f"{verb} {job.model}")
        self.said.setText(self._sentence(job))
        self.bar.setVisible(job.state in ACTIVE)
        self.bar.setValue(round(1000 * job.done))
        self.curve.show_values([point.loss for point in curve])
        self._show(self.pause, job.state in ("queued", "running", "interrupted"))
        self._show(self.resume, job.state == "paused")
        self._show(self.cancel, job.state in ACTIVE)
        self._show(self.retry, job.state in ("failed", "cancelled"))
        self._show(self.away, job.state not in ACTIVE)

    def _show(self, widget: QWidget, on: bool) -> None:
        if widget.isHidden() == on:
            widget.setVisible(on)

    def _sentence(self, job: Job) -> str:
        if job.state == "running":
            left = minutes_left(self._left_s(job))
            return f"{job.what[:1].upper()}{job.what[1:]}{' · ' + left if left else ''}"
        self._pace = None
        if job.state == "failed":
            return f"{sentence(job.error)} {job.hint}".strip()
        if job.state == "done":
            return self._result(job)
        return _WORDS[job.state]

    def _result(self, job: Job) -> str:
        try:
            entry = self._session.studio.library.model(job.result)
        except SegStudioError as error:
            return sentence(error.message)
        name = f"{entry.name} {entry.spec.version}"
        if entry.state != "candidate" or entry.verdict is None:
            return f"{name} is {STATES[entry.state]}."
        advice = "it would be promoted" if entry.verdict.promote else "promoting it is not advised"
        return f"{name} is ready; {advice}. See the figures below."

    def _left_s(self, job: Job) -> float | None:
        now = time.monotonic()
        if self._pace is None or job.done < self._pace[1]:
            self._pace = (now, job.done)
        gone, gained = now - self._pace[0], job.done - self._pace[1]
        return gone * (1 - job.done) / gained if gone > 5 and gained > 0.01 else None

    def _act(self, act: Callable[[int], object]) -> None:
        job = self._job
        if job is not None:
            self._session.command(lambda: act(job.id))
