"""When models learn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from segstudio.learning import DicePoint, Point
from segstudio.library import Job, Library, Rule
from segstudio.settings import Settings


class Queue:
    """What a session does with jobs that wait."""

    def __init__(self, library: Library, queued: Callable[[Job], Job]) -> None:
        self._library = library
        self._queued = queued

    def train(self, model: str, *, minutes: float | None = None, at: datetime | None = None) -> Job:
        """Let a model learn from all corrections so far; a job that waits for the same is moved to the new time.

        Parameters
        ----------
        model
            NAME.
        minutes
            To train for; None is the usual 5.
        at
            Not before; without a time zone it is this computer's clock. None is as soon as its turn comes.

        Raises
        ------
        ModelError
            There is no such model.
        """
        entry = self._library.model(model)
        request = {"minutes": Settings().minutes if minutes is None else minutes, "seed": 0}
        job = self._library.add_job("fine-tune", entry.name, request, once=True)
        return self._queued(self._library.move_job(job.id, _utc(at)))

    def move(self, job: int, at: datetime | None) -> Job:
        """Let a job wait until a time, or no longer than its turn."""
        return self._queued(self._library.move_job(job, _utc(at)))

    def rule(self, model: str) -> Rule:
        """When a model learns by itself; off unless somebody has set it."""
        return self._library.rule(model)

    def set_rule(self, rule: Rule, *, person: str = "") -> Rule:
        """Set when a model learns by itself."""
        return self._library.set_rule(rule, person=person)

    def waiting(self, model: str) -> int:
        """How many cases have a correction that no job of a model has begun to learn from."""
        return self._library.waiting(model)

    def losses(self, job: int) -> list[Point]:
        """A job's loss curve."""
        return self._library.curve(job)

    def scores(self, job: int) -> list[DicePoint]:
        """A job's curves of Dice on the holdout, class by class at each step."""
        return self._library.scores(job)


def tonight(hour: int = 22, minute: int = 0, *, now: datetime | None = None) -> datetime:
    """The next time that this computer's clock shows an hour."""
    now = now or datetime.now()
    found = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return found if found > now else found + timedelta(days=1)


def _utc(at: datetime | None) -> str:
    """As the library writes times; a time without a zone is this computer's."""
    if at is None:
        return ""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
