"""The process that computes: `python -m segstudio.child`.

It reads one JSON request a line and answers in JSON lines; what anything prints goes to stderr. A thread of its own
reads, so that `pause`, `resume` and `stop` are heard in the middle of work, and so that the process ends when its
parent does.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from segstudio.errors import ModelError, SegStudioError
from segstudio.imaging import Geometry, Volume
from segstudio.library.store import disk_in_words
from segstudio.progress import Stop
from segstudio.tasks.models import load_once
from segstudio.tasks.request import Request, Tell, progress_to

Work = Callable[[Request, Tell, Stop], Mapping[str, Any]]
"""Does one request and returns the values of its result."""

_NICENESS = 10
"""Low enough for a hand to feel nothing (law 7); lower still, and any other program would stop the training."""


def main(arguments: list[str] | None = None) -> None:
    """Serve requests until the parent closes stdin or dies."""
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches the whole group; the parent decides
    given = sys.argv[1:] if arguments is None else arguments
    if "--background" in given:
        _step_back()
    if "--idle" in given and sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    answers = os.fdopen(os.dup(1), "w", encoding="utf8", buffering=1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    inbox = Inbox(sys.stdin, lambda: os._exit(0))  # nothing that runs here is worth waiting for
    while True:
        request = inbox.requests.get()
        number = int(request["id"])

        def tell(event: str, number: int = number, **values: Any) -> None:
            answers.write(json.dumps({"id": number, "event": event, **values}) + "\n")

        serve(request, tell, inbox.stop_of(number))


def serve(request: Request, tell: Tell, stop: Stop) -> None:
    """Do what one request asks for, and tell its result or its error."""
    try:
        tell("result", **_work(request["verb"])(request, tell, stop))
    except SegStudioError as error:
        _tell_error(tell, error)
    except OSError as error:
        _tell_error(tell, disk_in_words(error, Path(request["library"])))
    except Exception as error:
        traceback.print_exc()
        _tell_error(tell, _unforeseen(error))


def _work(verb: str) -> Work:
    """What does one kind of request; imported only where it is asked for."""
    match verb:
        case "train":
            from segstudio.tasks.train import train_model

            return train_model
        case "take in":
            from segstudio.tasks.take_in import take_in

            return take_in
        case "predict cases":
            from segstudio.tasks.predict import predict_cases

            return predict_cases
        case "predict":
            return _predict
    raise KeyError(verb)


class Inbox:
    """What the parent writes, read by a thread of its own.

    Parameters
    ----------
    gone
        Called when the parent has closed the stream or died.
    """

    def __init__(self, stream: TextIO, gone: Callable[[], None]) -> None:
        self.requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._stopped: set[int] = set()
        self._going = threading.Event()
        self._going.set()
        threading.Thread(target=self._read, args=(stream, gone), name="inbox", daemon=True).start()

    def stop_of(self, request: int) -> Stop:
        """Whether a request is to end; while the parent has paused this child, asking waits."""

        def stop() -> bool:
            self._going.wait()
            return request in self._stopped

        return stop

    def _read(self, stream: TextIO, gone: Callable[[], None]) -> None:
        for line in stream:
            request = json.loads(line)
            match request["verb"]:
                case "pause":
                    self._going.clear()
                case "resume":
                    self._going.set()
                case "stop":
                    self._stopped.add(int(request["id"]))
                    self._going.set()
                case _:
                    self.requests.put(request)
        gone()


def _predict(request: Request, tell: Tell, stop: Stop) -> dict[str, Any]:
    from segstudio.inference.predict import predict

    model = load_once(Path(request["model"]))
    folder = Path(request["folder"])
    box = request["box"] and tuple(slice(start, end) for start, end in request["box"])
    image = np.load(folder / "volume.npy", mmap_mode="r")
    geometry = Geometry(image.shape[1:], np.array(request["affine"], np.float64))
    volume = Volume.of(image, geometry, channels=tuple(request["channels"]), modality=request["modality"])
    found = predict(volume, model, box=box, device=request["device"], progress=progress_to(tell), stop=stop)
    np.save(folder / "labels.npy", found.labels.labels)
    return {"seconds": found.seconds, "device": found.device, "notes": found.notes, "kept": found.kept}


def _tell_error(tell: Tell, error: SegStudioError) -> None:
    tell("error", kind=type(error).__name__, message=error.message, hint=error.hint)


def _unforeseen(error: Exception) -> SegStudioError:
    """Words for an error that nobody planned; its traceback is in the child's last words, not in the library."""
    first = str(error).partition("\n")[0][:200]
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return ModelError("there is not enough memory for this", hint="Close other programs, or use a smaller box.")
    return SegStudioError(f"the work failed ({type(error).__name__}: {first})", hint="Please report this.")


def _die_with_parent() -> None:
    """Linux kills this process with its parent, even in the middle of a long computation that holds Python's lock."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _step_back() -> None:
    """Low priority, and first to go where memory runs out."""
    if hasattr(os, "nice"):
        os.nice(max(0, _NICENESS - os.nice(0)))
    if sys.platform == "linux":
        Path("/proc/self/oom_score_adj").write_text("500")


if __name__ == "__main__":
    main()
