"""Interactive prediction in a child process that is kept warm."""

from __future__ import annotations

import logging
import queue
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from segstudio.childprocess import ChildProcess, error_from
from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging import Box, LabelMap, Volume
from segstudio.inference import Prediction
from segstudio.library import ModelEntry
from segstudio.library.store import disk_in_words
from segstudio.progress import Progress

logger = logging.getLogger(__name__)

_LOOK = 0.05
"""Seconds between looks at whether a person has cancelled."""

_PATIENCE = 1.0
"""Seconds that a cancelled prediction has to end before its child is killed."""


@dataclass(eq=False)
class _Asked:
    """One prediction in the queue."""

    entry: ModelEntry
    volume: Volume
    box: Box | None
    progress: Progress
    done: Callable[[Prediction], None]
    failed: Callable[[SegStudioError], None]
    cancelled: threading.Event = field(default_factory=threading.Event)


class Predictor:
    """Predicts one scan after the other, in the order they were asked for.

    Parameters
    ----------
    folder
        The library's, in whose `work` scans are handed over.
    ahead
        A context in which other work holds still.
    """

    def __init__(self, folder: Path, *, device: str, ahead: Callable[[], AbstractContextManager[None]]) -> None:
        self._folder = folder
        self._device = device
        self._ahead = ahead
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._child: ChildProcess | None = None

    def predict(
        self,
        volume: Volume,
        entry: ModelEntry,
        *,
        box: Box | None,
        progress: Progress,
        done: Callable[[Prediction], None],
        failed: Callable[[SegStudioError], None],
    ) -> Callable[[], None]:
        """Queue a prediction and return how to cancel it; one of `done` and `failed` is called, from this thread."""
        asked = _Asked(entry, volume, box, progress, done, failed)
        self._put(asked)
        return asked.cancelled.set

    def close(self) -> None:
        """End the child and the thread; predictions that wait fail with `Stopped`."""
        with self._starting:
            self._closing.set()
            self._queue.put(None)
        if self._thread:
            self._thread.join()

    def _put(self, asked: _Asked) -> None:
        with self._starting:
            if not self._closing.is_set():
                self._queue.put(asked)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._serve, name="predictor", daemon=True)
                    self._thread.start()
                return
        asked.failed(Stopped())

    def _serve(self) -> None:
        while (asked := self._queue.get()) is not None:
            try:
                self._answer(asked)
            except Exception:
                logger.exception("a listener to a prediction failed")
        self._end_child()

    def _answer(self, asked: _Asked) -> None:
        try:
            if self._is_over(asked):
                raise Stopped()
            prediction = self._predict(asked)
        except SegStudioError as error:
            asked.failed(error)
        except OSError as error:
            asked.failed(disk_in_words(error, self._folder))
        else:
            asked.done(prediction)

    def _predict(self, asked: _Asked) -> Prediction:
        scratch = self._folder / "work" / f"predict-{uuid4().hex}"
        scratch.mkdir()
        try:
            with self._ahead():
                np.save(scratch / "volume.npy", asked.volume.image)
                child = self._ready()
                answer = self._await(asked, child, self._ask(child, asked, scratch))
                labels = np.load(scratch / "labels.npy")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        mask = LabelMap(labels, asked.volume.geometry, asked.entry.spec.classes)
        notes = tuple(answer["notes"])
        return Prediction(mask, asked.box, answer["seconds"], answer["device"], notes, kept=answer["kept"])

    def _ask(self, child: ChildProcess, asked: _Asked, scratch: Path) -> int:
        return child.ask(
            "predict",
            library=str(self._folder),
            folder=str(scratch),
            model=str(asked.entry.folder),
            device=self._device,
            box=[[int(side.start), int(side.stop)] for side in asked.box] if asked.box else None,
            affine=asked.volume.geometry.affine.tolist(),
            channels=asked.volume.channels,
            modality=asked.volume.modality,
        )

    def _await(self, asked: _Asked, child: ChildProcess, request: int) -> Mapping[str, Any]:
        """The result of a request; whoever cancels waits a second at most."""
        looks_left = None
        while True:
            answer = child.answer(_LOOK)
            if answer and answer["id"] == request:
                if answer["event"] == "result":
                    return answer
                if answer["event"] == "error":
                    raise error_from(answer)
                asked.progress(answer["done"], answer["what"])
            if looks_left is None and self._is_over(asked):
                child.stop(request)
                looks_left = round(_PATIENCE / _LOOK)
            elif looks_left is not None:
                looks_left -= 1
                if looks_left <= 0:
                    self._end_child()
                    raise Stopped()

    def _is_over(self, asked: _Asked) -> bool:
        return asked.cancelled.is_set() or self._closing.is_set()

    def _ready(self) -> ChildProcess:
        if self._child and not self._child.alive:
            self._end_child()
        if self._child is None:
            self._child = ChildProcess(background=False)
        return self._child

    def _end_child(self) -> None:
        if self._child:
            self._child.close(patience=0.5)
        self._child = None
