"""The one background thread that runs a library's jobs, each in a child process."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from segstudio.childprocess import ChildDiedError, ChildProcess, error_from
from segstudio.errors import SegStudioError, Stopped
from segstudio.learning import Point, Verdict
from segstudio.library import Job, Library, WorkerLock
from segstudio.listening import Change
from segstudio.progress import Progress, Stop, never, silent

logger = logging.getLogger(__name__)

_LOOK = 0.25
"""Seconds between looks at what a person wants with the running job; other programs only write it in the library."""

_IDLE = 1.0
"""Seconds between looks at the queue; another program may have added a job."""

_TELL = 0.5
"""Seconds between two rows of progress."""

_PATIENCE, _LAST_PATIENCE = 20.0, 4.0
"""Seconds that a paused job has to write its checkpoint before its child is killed; and when the program ends."""


class Worker:
    """Runs jobs one after the other, as the library says.

    Parameters
    ----------
    device
        "auto", "cpu", "cuda", "cuda:1" or "mps".
    heard
        Hears of every change to a job, of new model versions and of the device; called from the worker's thread.
    """

    def __init__(
        self, library: Library, *, device: str = "auto", heard: Callable[[Change], None] = lambda _change: None
    ) -> None:
        self._library = library
        self._device = device
        self._heard = heard
        self._woken = threading.Condition()
        self._news = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self._lock: WorkerLock | None = None
        self._child: ChildProcess | None = None
        self._holds = 0
        self._holding = threading.Lock()

    def start(self) -> None:
        """Take the library's lock, find interrupted jobs, and run what is queued from now on.

        Raises
        ------
        LibraryError
            Another window or worker has the lock.
        """
        self._take_over()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the library now: something may have been queued or changed."""
        with self._woken:
            self._news = True
            self._woken.notify_all()

    def close(self) -> None:
        """Stop in order: the running job is interrupted and keeps its checkpoint, its child ends, the lock is freed."""
        self._closing = True
        self.wake()
        if self._thread:
            self._thread.join()
        if self._lock:
            self._lock.release()
        self._thread = self._lock = None

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
            while not stop() and (job := self._claim()):
                self._work(job, progress, stop)
                ended.append(self._library.job(job.id))
        finally:
            self.close()
        return [job for job in ended if job.state in ("done", "failed", "cancelled")]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within this, a running job holds still, so that a person does not wait."""
        self._hold(1)
        try:
            yield
        finally:
            self._hold(-1)

    def _take_over(self) -> None:
        self._closing = False
        self._lock = self._library.lock_worker()
        swept = self._library.sweep()
        if swept:
            logger.info("moved %d file(s) of transactions that never were to 'orphans'", len(swept))

    def _run(self) -> None:
        said = ""
        while not self._closing:
            try:
                job = self._claim()
                if job:
                    self._work(job, silent, never)
                    continue
            except SegStudioError as error:
                if error.message != said:
                    logger.error("the worker waits: %s", error.message)
                said = error.message
            self._wait(_IDLE)

    def _claim(self) -> Job | None:
        """The next job; whatever still counts as running was left by a program that was killed."""
        for job in self._library.mark_interrupted():
            self._tell(job.id)
        return self._library.claim_job()

    def _wait(self, seconds: float) -> None:
        """Until `wake` or the time is over; a wake-up before this counts."""
        with self._woken:
            if not self._news and not self._closing:
                self._woken.wait(seconds)
            self._news = False

    def _work(self, job: Job, progress: Progress, stop: Stop) -> None:
        """One job, from its claim to whatever end."""
        self._tell(job.id)
        child = ChildProcess(background=True)
        self._put_in_charge(child)
        try:
            answer = self._supervise(child, job, progress, stop)
            if answer is not None:
                self._finish(job, answer)
        except Stopped:
            pass
        except ChildDiedError as error:
            self._library.crashed(job.id, error.message, error.hint)
        except SegStudioError as error:
            self._library.fail(job.id, error.message, error.hint)
        finally:
            self._put_in_charge(None)
            child.close()
            left = self._library.interrupt(job.id)
            if left.state == "cancelled":
                shutil.rmtree(left.folder, ignore_errors=True)
            self._tell(job.id)

    def _supervise(self, child: ChildProcess, job: Job, progress: Progress, stop: Stop) -> Mapping[str, Any] | None:
        """Relay what the child says until its result; None if the job is to run no longer."""
        asked = child.ask("train", library=str(self._library.folder), job=job.id, device=self._device)
        relay = _Relay(self._library, job.id, progress, self._tell)
        looked = 0.0
        while True:
            answer = child.answer(_LOOK)
            if answer is not None:
                if answer["event"] == "result":
                    relay.flush()
                    return answer
                if answer["event"] == "error":
                    raise error_from(answer)
                if answer["event"] == "device":
                    self._heard(Change("device", answer["words"]))
                else:
                    relay.hear(answer)
            if time.monotonic() - looked >= _LOOK:
                looked = time.monotonic()
                state = self._library.job(job.id).state
                if state == "cancelled":
                    return None
                if state != "running" or self._closing or stop():
                    return self._let_go(child, asked)

    def _let_go(self, child: ChildProcess, asked: int) -> Mapping[str, Any] | None:
        """Stop the child with its checkpoint written; it may just have come to its end."""
        child.stop(asked)
        end = time.monotonic() + (_LAST_PATIENCE if self._closing else _PATIENCE)
        while time.monotonic() < end:
            answer = child.answer(_LOOK)
            if answer and answer["event"] == "result":
                return answer
            if answer and answer["event"] == "error":
                raise error_from(answer)
        return None

    def _finish(self, job: Job, answer: Mapping[str, Any]) -> None:
        entry = self._library.publish(job.folder / "candidate", job=job, verdict=Verdict.from_json(answer["verdict"]))
        shutil.rmtree(job.folder, ignore_errors=True)
        self._heard(Change("models", entry.label))

    def _hold(self, more: int) -> None:
        with self._holding:
            self._holds += more
            if self._child and self._holds:
                self._child.pause()
            elif self._child:
                self._child.resume()

    def _put_in_charge(self, child: ChildProcess | None) -> None:
        with self._holding:
            self._child = child
            if child and self._holds:
                child.pause()

    def _tell(self, job: int) -> None:
        self._heard(Change("jobs", str(job)))


class _Relay:
    """Passes a child's progress on to the library and to whoever listens, not more often than anybody can read."""

    def __init__(self, library: Library, job: int, progress: Progress, tell: Callable[[int], None]) -> None:
        self._library = library
        self._job = job
        self._progress = progress
        self._tell = tell
        self._points: list[Point] = []
        self._told = 0.0

    def hear(self, answer: Mapping[str, Any]) -> None:
        """Take in one line of progress or one point of the curve."""
        if answer["event"] == "point":
            self._points.append(Point(answer["step"], answer["seconds"], answer["loss"]))
            return
        if time.monotonic() - self._told < _TELL:
            return
        self._told = time.monotonic()
        self._progress(answer["done"], answer["what"])
        self._library.tell_progress(self._job, answer["done"], answer["what"])
        self.flush()
        self._tell(self._job)

    def flush(self) -> None:
        """Store the points of the curve that have come in."""
        if self._points:
            self._library.add_points(self._job, self._points)
            self._points = []
