"""What learns in the background."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QTimer

from segstudio.errors import SegStudioError
from segstudio.viewer.models.card import JobCard
from segstudio.viewer.models.window import show_models
from segstudio.viewer.models.words import ACTIVE
from segstudio.viewer.sections.section import Section, Sparkline, label, tool
from segstudio.viewer.session import Session

_EVERY_MS = 1500
_SOON_MS = 200


class LearningSection(Section):
    """A card for each job that is under way, and for the last one that ended until it is dismissed."""

    def __init__(self, session: Session) -> None:
        super().__init__("Learning")
        self._session = session
        self._cards: dict[int, SmallCard] = {}
        self._followed: set[int] = set()  # jobs that were seen under way; what ended before is no news
        self.empty = label("Submitted corrections are learned from here, in the background.", "quiet", wrap=True)
        self.body.addWidget(self.empty)
        self.more = tool("more", "The queue and the models: curves, candidates, where versions come from")
        self.more.clicked.connect(lambda: show_models(session))
        self.head.addWidget(self.more)
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
            curves = {job.id: self._session.studio.queue.losses(job.id) for job in shown}
        except SegStudioError:  # the library is busy; the timer asks again
            self._timer.start()
            return
        for gone in self._cards.keys() - {job.id for job in shown}:
            self._cards.pop(gone).deleteLater()
        for job in shown:
            if job.id not in self._cards:
                self._cards[job.id] = card = SmallCard(self._session, self.dismiss)
                self.body.addWidget(card)
            self._cards[job.id].show_job(job)
            self._cards[job.id].curve.show_values([point.loss for point in curves[job.id]])
        self.empty.setVisible(not shown)
        self._timer.start() if active else self._timer.stop()

    def dismiss(self, job: int) -> None:
        """Take the card of a job that has ended away."""
        self._followed.discard(job)
        self.redraw()


class SmallCard(JobCard):
    """A card with the curve of the loss; a click on it opens the queue."""

    def __init__(self, session: Session, dismiss: Callable[[int], object]) -> None:
        super().__init__(session, dismiss)
        self.curve = Sparkline()
        self.body.insertWidget(2, self.curve)
        self.chosen.connect(lambda _job: show_models(session))
