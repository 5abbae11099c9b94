"""A background thread that runs jobs of some kinds one after the other, each in a child process."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from segstudio.childprocess import ChildDiedError, ChildProcess, error_from
from segstudio.errors import SegStudioError, Stopped
from segstudio.learning import DicePoint, Point, Verdict
from segstudio.library import Job, JobKind, Library
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

_VERBS: dict[JobKind, str] = {"train": "train", "fine-tune": "train", "import": "take in", "predict": "predict cases"}
"""What the child is asked for."""


class Lane:
    """Runs jobs of some kinds one after the other, as the library says.

    Parameters
    ----------
    kinds
        Of the jobs that it runs.
    ahead
        A context in which other lanes hold still, entered for each job that draws.
    before
        Called before each look at the queue, from the lane's thread.
    """

    def __init__(
        self,
        library: Library,
        kinds: Sequence[JobKind],
        *,
        device: str,
        heard: Callable[[Change], None],
        ahead: Callable[[], AbstractContextManager[None]] = nullcontext,
        before: Callable[[], object] = lambda: None,
    ) -> None:
        self._library = library
        self._kinds = tuple(kinds)
        self._device = device
        self._heard = heard
        self._ahead = ahead
        self._before = before
        self._woken = threading.Condition()
        self._news = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self._holds = 0
        self._holding = threading.Lock()
        self.child: ChildProcess | None = None

    def start(self) -> None:
        """Run what is queued from now on."""
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the library now: something may have been queued or changed."""
        with self._woken:
            self._news = True
            self._woken.notify_all()

    def close(self) -> None:
        """Stop in order: the running job is interrupted and keeps its checkpoint, then its child ends."""
        self.end()
        if self._thread:
            self._thread.join()
        self._thread = None

    def end(self) -> None:
        """Begin to stop, without waiting for it."""
        self._closing = True
        self.wake()

    def run_next(self, progress: Progress = silent, *, stop: Stop = never) -> Job | None:
        """Run the next queued job in the calling thread and return it as it is then; None if there is none."""
        self._closing = False
        job = self._claim()
        if job is None:
            return None
        self._work(job, progress, stop)
        return self._library.job(job.id)

    def hold(self, more: int) -> None:
        """One more, or one fewer, who wants the running job to hold still."""
        with self._holding:
            self._holds += more
            if self.child and self._holds:
                self.child.pause()
            elif self.child:
                self.child.resume()

    def _run(self) -> None:
        said = ""
        while not self._closing:
            try:
                self._before()
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
        for job in self._library.mark_interrupted(self._kinds):
            self._tell(job.id)
        return self._library.claim_job(self._kinds)

    def _wait(self, seconds: float) -> None:
        """Until `wake` or the time is over; a wake-up before this counts."""
        with self._woken:
            if not self._news and not self._closing:
                self._woken.wait(seconds)
            self._news = False

    def _work(self, job: Job, progress: Progress, stop: Stop) -> None:
        """One job, from its claim to whatever end."""
        self._tell(job.id)
        child = ChildProcess(background=True, idle=self._thread is not None)
        self._put_in_charge(child)
        try:
            with self._ahead() if job.kind == "predict" else nullcontext():
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
        asked = child.ask(_VERBS[job.kind], library=str(self._library.folder), job=job.id, device=self._device)
        relay = _Relay(self._library, job.id, progress, self._heard)
        looked = 0.0
        while True:
            answer = child.answer(_LOOK)
            if answer is not None:
                if answer["event"] == "result":
                    relay.flush()
                    return answer
                if answer["event"] == "error":
                    raise error_from(answer)
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
        if job.kind in ("import", "predict"):
            self._library.finish_job(job.id, answer["result"])
            self._heard(Change("cases", ""))
            return
        entry = self._library.publish(job.folder / "candidate", job=job, verdict=Verdict.from_json(answer["verdict"]))
        shutil.rmtree(job.folder, ignore_errors=True)
        self._heard(Change("models", entry.label))

    def _put_in_charge(self, child: ChildProcess | None) -> None:
        with self._holding:
            self.child = child
            if child and self._holds:
                child.pause()

    def _tell(self, job: int) -> None:
        self._heard(Change("jobs", str(job)))


class _Relay:
    """Passes a child's progress on to the library and to whoever listens, not more often than anybody can read."""

    def __init__(self, library: Library, job: int, progress: Progress, heard: Callable[[Change], None]) -> None:
        self._library = library
        self._job = job
        self._progress = progress
        self._heard = heard
        self._points: list[Point] = []
        self._scores: list[DicePoint] = []
        self._device = ""
        self._told = 0.0
        self._began: tuple[float, float] | None = None

    def hear(self, answer: Mapping[str, Any]) -> None:
        """Take in what the child tells."""
        match answer["event"]:
            case "point":
                self._points.append(Point(answer["step"], answer["seconds"], answer["loss"]))
            case "score":
                self._scores.append(DicePoint(*(answer[key] for key in ("step", "seconds", "value", "name", "dice"))))
            case "device":
                self._device = answer["words"]
                self._heard(Change("device", answer["words"]))
            case "case":
                self._heard(Change("cases", str(answer["case"])))
            case "progress":
                self._advance(answer)

    def flush(self) -> None:
        """Store the points of the curves that have come in."""
        if self._points:
            self._library.add_points(self._job, self._points)
            self._points = []
        if self._scores:
            self._library.add_scores(self._job, self._scores)
            self._scores = []

    def _advance(self, answer: Mapping[str, Any]) -> None:
        if time.monotonic() - self._told < _TELL:
            return
        self._told = time.monotonic()
        done, what = float(answer["done"]), str(answer["what"])
        self._progress(done, what)
        self._library.tell_progress(
            self._job, done, what, left_s=self._left_s(done), memory_mb=answer["memory_mb"], device=self._device
        )
        self.flush()
        self._heard(Change("jobs", str(self._job)))

    def _left_s(self, done: float) -> float | None:
        """Seconds left at the pace so far, once that can be told."""
        now = time.monotonic()
        if self._began is None:
            self._began = (now, done)
        gone, gained = now - self._began[0], done - self._began[1]
        return gone * (1 - done) / gained if gone > 3 and gained > 0.01 else None
