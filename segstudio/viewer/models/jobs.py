"""The queue: what runs, what waits, what has ended, and how the running one comes on."""

from __future__ import annotations

from datetime import datetime

from qtpy.QtCore import QTimer
from qtpy.QtGui import QHideEvent
from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segstudio import settings
from segstudio.learning import DicePoint
from segstudio.library import Job
from segstudio.viewer.models.card import JobCard
from segstudio.viewer.models.chart import Chart, Series
from segstudio.viewer.models.subject import Page, Subject, scrolled
from segstudio.viewer.models.times import AtDialog, RuleDialog, rule_in_words
from segstudio.viewer.models.words import ACTIVE, cases_in_words, facts, learns, title, told
from segstudio.viewer.sections.section import button, label

_EVERY_MS = 1500
_ENDED = 30
"""Jobs that are over, and still listed."""

_CARDS = 340


class JobsPage(Page):
    """Cards at the left, and the curves of the chosen one at the right.

    Attributes
    ----------
    chosen
        Number of the job whose curves are shown; 0 for the one that runs, or the latest.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject
        self.chosen = 0
        self.cards: dict[int, JobCard] = {}
        self._job: Job | None = None
        self.waiting = label(wrap=True)
        self.rule = label(kind="quiet", wrap=True)
        self.now = button("Train now", "Learn from all corrections, as soon as its turn comes", "learn", kind="primary")
        self.tonight = button("Train tonight at…", "Learn from all corrections, at an hour that you choose", "clock")
        self.by_itself = button("Learn by itself…", "After so many new cases, or every night; off unless turned on")
        self.empty = label(
            "Nothing is being done. Corrections that you submit or accept in a review are learned from here, in the "
            "background; importing scans and drawing many masks is listed here too.",
            "quiet",
            wrap=True,
        )
        self.title = label(kind="strong")
        self.said = label(wrap=True)
        self.facts = label(kind="quiet", wrap=True)
        self.later = button("Begin later…", "Let it wait until an hour", "clock")
        self.sooner = button("Begin as soon as its turn comes", "Wait no longer than for what runs now")
        self.loss = Chart("Loss", "seconds", empty="The curve begins with the first steps of training.")
        self.dice = Chart(
            "Dice on patients kept apart", "seconds", low=0.0, high=1.0,
            empty="Shown while training, where the library keeps patients apart to judge on.",
        )  # fmt: skip
        self._lay_out()
        self.now.clicked.connect(lambda: subject.session.command(self._train))
        self.tonight.clicked.connect(lambda: AtDialog(subject, None, self).open())
        self.by_itself.clicked.connect(self._ask_rule)
        self.later.clicked.connect(lambda: AtDialog(subject, self._job, self).open())
        self.sooner.clicked.connect(self._sooner)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.redraw)

    def _lay_out(self) -> None:
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 0, 8, 0)
        self._list.setSpacing(8)
        self._list.addWidget(self.empty)
        self._list.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(8)
        for each in (self.waiting, self.now, self.tonight, self.by_itself, self.rule):
            left.addWidget(each)
        left.addWidget(scrolled(inner), 1)
        right = QVBoxLayout()
        right.setSpacing(6)
        for each in (self.title, self.said, self.facts):
            right.addWidget(each)
        moves = QHBoxLayout()
        moves.addWidget(self.later)
        moves.addWidget(self.sooner)
        moves.addStretch(1)
        right.addLayout(moves)
        right.addWidget(self.dice, 3)
        right.addWidget(self.loss, 2)
        right.addStretch()  # where neither is shown
        column = QWidget()
        column.setFixedWidth(_CARDS)
        left.setContentsMargins(0, 0, 0, 0)
        column.setLayout(left)
        both = QHBoxLayout(self)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(24)
        both.addWidget(column)
        both.addLayout(right, 1)

    def redraw(self) -> None:
        """Read the jobs again."""
        if not self._subject.read(self._read):
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """What nobody sees need not be read."""
        self._timer.stop()
        super().hideEvent(event)

    def _read(self) -> None:
        jobs = self._subject.session.studio.jobs()
        active = [job for job in jobs if job.state in ACTIVE]
        ended = [job for job in jobs if job.state not in ACTIVE][:_ENDED]
        self._show_cards([*_in_turn(active), *ended])
        self._show_job(self._shown([*_in_turn(active), *ended]))
        self._show_asked()
        running = any(job.state == "running" for job in active)
        self._timer.start() if running and self.isVisible() else self._timer.stop()

    def _show_cards(self, jobs: list[Job]) -> None:
        for gone in self.cards.keys() - {job.id for job in jobs}:
            self.cards.pop(gone).deleteLater()
        for at, job in enumerate(jobs, 1):
            if job.id not in self.cards:
                self.cards[job.id] = card = JobCard(self._subject.session)
                card.chosen.connect(self._choose)
            card = self.cards[job.id]
            self._list.insertWidget(at, card)
            card.show_job(job)
        self.empty.setVisible(not jobs)

    def _show_asked(self) -> None:
        """What could be learned from, and when that happens by itself."""
        name, queue = self._subject.name, self._subject.session.studio.queue
        for each in (self.now, self.tonight, self.by_itself):
            each.setEnabled(bool(name))
        if not name:
            self.waiting.setText("There is no model yet.")
            return
        new = queue.waiting(name)
        told = f"{cases_in_words(new)} corrected that {name} has not learned from." if new else ""
        self.waiting.setText(told or f"{name} has learned from every correction.")
        self.now.setEnabled(new > 0)
        self.rule.setText(rule_in_words(queue.rule(name)))

    def _show_job(self, job: Job | None) -> None:
        self._job = job
        for part in (self.title, self.said, self.facts, self.loss, self.dice):
            part.setVisible(job is not None)
        waits = job is not None and job.state == "queued"
        self.later.setVisible(waits)
        self.sooner.setVisible(waits and bool(job and job.not_before))
        if job is None:
            return
        now = datetime.now()
        self.title.setText(title(job))
        self.said.setText(told(job, now))
        self.facts.setText(facts(job, now))
        self.loss.setVisible(learns(job))
        self.dice.setVisible(learns(job))
        if learns(job):
            self._draw(job)

    def _draw(self, job: Job) -> None:
        queue, versions = self._subject.session.studio.queue, self._subject.session.studio.versions
        losses = tuple((point.seconds, point.loss) for point in queue.losses(job.id))
        self.loss.show_series([Series("Loss", losses)] if losses else [])
        known = job.model in self._subject.names()
        colors = {each.value: each.color for each in versions.classes(job.model)} if known else {}
        self.dice.show_series(dice_curves(queue.scores(job.id), colors))

    def _shown(self, jobs: list[Job]) -> Job | None:
        return next((job for job in jobs if job.id == self.chosen), jobs[0] if jobs else None)

    def _choose(self, job: int) -> None:
        self.chosen = job
        self.redraw()

    def _train(self) -> None:
        self._subject.session.studio.queue.train(self._subject.name, minutes=settings.load()[0].minutes)

    def _sooner(self) -> None:
        job = self._job
        if job is not None:
            self._subject.session.command(lambda: self._subject.session.studio.queue.move(job.id, None))

    def _ask_rule(self) -> None:
        dialog = RuleDialog(self._subject, self)
        dialog.accepted.connect(self.redraw)
        dialog.open()


def dice_curves(points: list[DicePoint], colors: dict[int, tuple[int, int, int]]) -> list[Series]:
    """A curve for each class, in its colour."""
    found: dict[int, list[DicePoint]] = {}
    for point in points:
        found.setdefault(point.value, []).append(point)
    return [
        Series(each[0].name, tuple((point.seconds, point.dice) for point in each), colors.get(value))
        for value, each in sorted(found.items())
    ]


def _in_turn(jobs: list[Job]) -> list[Job]:
    """What runs first, then what waits in the order of its turn."""
    states = {"running": 0, "interrupted": 1, "queued": 2, "paused": 3}
    return sorted(jobs, key=lambda job: (states[job.state], job.not_before, job.id))
