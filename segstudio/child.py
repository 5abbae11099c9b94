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
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from segstudio.errors import ModelError, SegStudioError
from segstudio.imaging import Geometry, Volume
from segstudio.learning import Example, Labelled
from segstudio.library import Case, Correction, Job, Library
from segstudio.library.store import disk_in_words
from segstudio.progress import Progress, Stop, part

if TYPE_CHECKING:
    from segstudio.networks import ModelSpec
    from segstudio.networks.weights import LoadedModel

Request = Mapping[str, Any]

Tell = Callable[..., None]
"""Called with an event's name and its values."""

_NICENESS = 10
"""Low enough for a hand to feel nothing (law 7); lower still, and any other program would stop the training."""


def main(arguments: list[str] | None = None) -> None:
    """Serve requests until the parent closes stdin or dies."""
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches the whole group; the parent decides
    if "--background" in (sys.argv[1:] if arguments is None else arguments):
        _step_back()
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
    work = {"warm": _warm, "predict": _predict, "train": _train}[request["verb"]]
    try:
        tell("result", **work(request, tell, stop))
    except SegStudioError as error:
        _tell_error(tell, error)
    except OSError as error:
        _tell_error(tell, disk_in_words(error, Path(request["library"])))
    except Exception as error:
        traceback.print_exc()
        _tell_error(tell, _unforeseen(error))


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


def _warm(request: Request, tell: Tell, stop: Stop) -> dict[str, Any]:
    model = _model(Path(request["model"]))
    return {"label": model.spec.label}


def _predict(request: Request, tell: Tell, stop: Stop) -> dict[str, Any]:
    from segstudio.inference.predict import predict

    folder = Path(request["folder"])
    box = request["box"] and tuple(slice(start, end) for start, end in request["box"])
    image = np.load(folder / "volume.npy", mmap_mode="r")
    geometry = Geometry(image.shape[1:], np.array(request["affine"], np.float64))
    volume = Volume.of(image, geometry, channels=tuple(request["channels"]), modality=request["modality"])
    model = _model(Path(request["model"]))
    found = predict(volume, model, box=box, device=request["device"], progress=_progress(tell), stop=stop)
    np.save(folder / "labels.npy", found.labels.labels)
    return {"seconds": found.seconds, "device": found.device, "notes": found.notes}


@lru_cache(maxsize=2)
def _model(folder: Path) -> LoadedModel:
    from segstudio.networks.weights import load_model

    return load_model(folder)


def _train(request: Request, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Train or fine-tune, judge the result, and leave it in the job's folder for the parent to publish."""
    from segstudio.inference.device import choose
    from segstudio.learning.gate import judge
    from segstudio.learning.train import train
    from segstudio.networks.weights import load_model, save_model

    library = Library.open(Path(request["library"]))
    job, device, progress = library.job(int(request["job"])), str(request["device"]), _progress(tell)
    job.folder.mkdir(exist_ok=True)
    tell("device", words=choose(device).words)
    lessons = _Lessons(library, job, device)
    base = load_model(library.model(job.request["base"]).folder) if job.request["base"] else None
    spec = base.spec if base else _plan(job, lessons, part(progress, 0, 0.05), stop)
    trained = train(
        spec,
        lessons.train,
        folder=job.folder,
        minutes=float(job.request["minutes"]),
        seed=int(job.request["seed"]),
        base=base,
        device=device,
        progress=part(progress, 0.05, 0.9),
        stop=stop,
        report=lambda point: tell("point", step=point.step, seconds=point.seconds, loss=point.loss),
    )
    current = next((entry for entry in library.models() if entry.name == job.model and entry.state == "current"), None)
    verdict = judge(
        load_model(current.folder) if current else None,
        trained,
        lessons.holdout,
        corrections=lessons.train if job.kind == "fine-tune" else (),
        device=device,
        progress=part(progress, 0.9, 0.99),
        stop=stop,
    )
    staging = job.folder / "candidate"
    staging.mkdir(exist_ok=True)
    metrics = {"compared_with": current.label if current else "", "verdict": verdict.to_json()}
    save_model(staging, replace(trained.spec, name=job.model, metrics=metrics), trained.network)
    return {"verdict": verdict.to_json()}


class _Lessons:
    """A job's corrections, by the split that their patients were drawn into."""

    def __init__(self, library: Library, job: Job, device: str) -> None:
        self._library = library
        self._device = device
        corrections = [library.correction(number) for number in job.request["corrections"]]
        pairs = [(each, library.case(each.case_id)) for each in corrections]
        self.train = [self._example(each, case, self._corrected) for each, case in pairs if case.split == "train"]
        self.holdout = [self._example(each, case, library.load) for each, case in pairs if case.split == "holdout"]
        self.classes = corrections[0].classes if corrections else ()
        if not self.train:
            raise ModelError(
                "there is no patient to learn from" + (": all are in the holdout" if self.holdout else ""),
                hint="Submit a corrected scan of another patient.",
            )

    @staticmethod
    def _example(correction: Correction, case: Case, load: Callable[[Correction], Labelled]) -> Example:
        return Example(str(case.id), lambda: load(correction), case.pseudonym)

    def _corrected(self, correction: Correction) -> Labelled:
        """A correction beside what its model had drawn, drawn again where it was handed over without."""
        from segstudio.inference.predict import predict

        lesson = self._library.load(correction)
        if lesson.predicted is not None or "@" not in correction.model:
            return lesson
        drawn = predict(
            lesson.volume, _model(self._library.model(correction.model).folder), box=lesson.box, device=self._device
        )
        return replace(lesson, predicted=drawn.labels.labels)


def _plan(job: Job, lessons: _Lessons, progress: Progress, stop: Stop) -> ModelSpec:
    """The network for a new model: planned once, so that a resumed job finds its checkpoint's network again."""
    from segstudio.learning.plan import plan_model
    from segstudio.networks import SPEC_FILE, read_spec, to_json

    planned = job.folder / SPEC_FILE
    if planned.exists():
        return read_spec(job.folder)
    modality = str(job.request.get("modality", ""))
    spec = plan_model(
        lessons.train,
        name=job.model,
        version=1,
        classes=lessons.classes,
        modality=modality,
        progress=progress,
        stop=stop,
    )
    writing = planned.with_suffix(".writing")
    writing.write_text(json.dumps(to_json(spec)), encoding="utf8")
    writing.replace(planned)
    return spec


def _progress(tell: Tell) -> Progress:
    return lambda done, what: tell("progress", done=done, what=what)


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
    """Low priority, and the first to go where memory runs out."""
    if hasattr(os, "nice"):
        os.nice(max(0, _NICENESS - os.nice(0)))
    if sys.platform == "linux":
        Path("/proc/self/oom_score_adj").write_text("500")


if __name__ == "__main__":
    main()
