"""Who runs a library's jobs: two lanes, so that nobody who adds or opens a scan waits for a model to learn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from segstudio.childprocess import ChildProcess
from segstudio.lane import Lane
from segstudio.library import LEARNING, READING, Job, Library, WorkerLock
from segstudio.listening import Change
from segstudio.progress import Progress, Stop, never, silent

logger = logging.getLogger(__name__)


class Worker:
    """Runs jobs as the library says: one that learns, and beside it one that takes scans in or draws many.

    While masks are drawn, learning holds still.

    Parameters
    ----------
    device
        "auto", "cpu", "cuda", "cuda:1" or "mps".
    heard
        Hears of every change to a job or case, and of new model versions; called from the lanes' threads.
    """

    def __init__(
        self, library: Library, *, device: str = "auto", heard: Callable[[Change], None] = lambda _change: None
    ) -> None:
        self._library = library
        self._heard = heard
        self._lock: WorkerLock | None = None
        self._learning = Lane(library, LEARNING, device=device, heard=heard, before=self._follow_rules)
        self._reading = Lane(library, READING, device=device, heard=heard, ahead=self._learning_held)

    def start(self) -> None:
        """Take the library's lock, find interrupted jobs, and run what is queued from now on.

        Raises
        ------
        LibraryError
            Another window or worker has the lock.
        """
        self._take_over()
        for lane in self._lanes:
            lane.start()

    def wake(self) -> None:
        """Look at the library now: something may have been queued or changed."""
        for lane in self._lanes:
            lane.wake()

    def close(self) -> None:
        """Stop in order: running jobs are interrupted and keep what they have, children end, the lock is freed."""
        for lane in self._lanes:
            lane.end()
        for lane in self._lanes:
            lane.close()
        if self._lock:
            self._lock.release()
        self._lock = None

    def run_pending(self, progress: Progress = silent, *, stop: Stop = never) -> list[Job]:
        """Run queued jobs in the calling thread until none is left; returns those that ended.

        Raises
        ------
        LibraryError
            Another window or worker has the lock.
        """
        self._take_over()
        ended = []
        try:
            while not stop() and (job := self._next(progress, stop)):
                ended.append(job)
        finally:
            self.close()
        return [job for job in ended if job.state in ("done", "failed", "cancelled")]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within this, running jobs hold still, so that a person does not wait."""
        for lane in self._lanes:
            lane.hold(1)
        try:
            yield
        finally:
            for lane in self._lanes:
                lane.hold(-1)

    @property
    def _lanes(self) -> tuple[Lane, Lane]:
        return self._reading, self._learning

    @property
    def _child(self) -> ChildProcess | None:
        """The process that learns, if one does."""
        return self._learning.child

    @contextmanager
    def _learning_held(self) -> Iterator[None]:
        self._learning.hold(1)
        try:
            yield
        finally:
            self._learning.hold(-1)

    def _next(self, progress: Progress, stop: Stop) -> Job | None:
        """Run one job: what is read first, then what is learned."""
        for lane in self._lanes:
            job = lane.run_next(progress, stop=stop)
            if job:
                return job
        return None

    def _take_over(self) -> None:
        self._lock = self._library.lock_worker()
        swept = self._library.sweep()
        if swept:
            logger.info("moved %d file(s) of transactions that never were to 'orphans'", len(swept))

    def _follow_rules(self) -> None:
        for job in self._library.queue_due(datetime.now()):
            self._heard(Change("jobs", str(job.id)))
