"""The commands of a session, and the changes that views listen to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio import paths
from segstudio.errors import LibraryError, ModelError, SegStudioError
from segstudio.imaging import Box, LabelClass, LabelMap, Volume, read_volume
from segstudio.inference import Prediction
from segstudio.inference.fit import check_fit
from segstudio.learning.recipe import MapFolder
from segstudio.library import Case, Correction, Job, Library, ModelEntry, require_name
from segstudio.listening import Change, Listeners
from segstudio.predictor import Predictor
from segstudio.progress import Progress, Stop, never, part, silent
from segstudio.settings import Settings
from segstudio.studio.pairs import Pair, check_pairs, take_pairs
from segstudio.studio.queue import Queue
from segstudio.studio.reviews import Reviews
from segstudio.studio.versions import Versions
from segstudio.studio.worklist import Worklist
from segstudio.worker import Worker

FINE_TUNE_MINUTES = Settings().minutes
"""Time that one fine-tuning job trains for, where the person has not said."""


@dataclass(frozen=True, eq=False)
class Submission:
    """What became of a correction that was handed over: its case, its snapshot, and the job that will learn from it."""

    case: Case
    correction: Correction
    job: Job


class Studio:
    """One session on one library: what the window, the plugin and the command line do.

    Every method may be called from any thread. Nothing here needs a screen, and torch is only ever loaded in child
    processes.

    Attributes
    ----------
    library
        Where cases, corrections, jobs and model versions lie.
    notes
        What had to be decided on opening, one sentence each, to be told to the person.
    device
        What models ran on last, in words, as the child process that computes has told; "" until one has.
    worklist, reviews, queue, versions
        The commands on cases, reads, waiting jobs and the models' history.
    """

    def __init__(self, library: Library, *, device: str = "auto", notes: tuple[str, ...] = ()) -> None:
        self.library = library
        self.notes = notes
        self.device = ""
        self._listeners = Listeners()
        self.worker = Worker(library, device=device, heard=self._heard)
        self._predictor = Predictor(library.folder, device=device, ahead=self.worker.held)
        self.worklist = Worklist(library, self._job_changed, self._listeners.tell)
        self.reviews = Reviews(library, self._listeners.tell)
        self.queue = Queue(library, self._job_changed)
        self.versions = Versions(library, self._listeners.tell)

    @classmethod
    def open(cls, folder: Path | None = None, *, device: str = "auto") -> Studio:
        """Open a library, made if it is not there, and take in the models that SegStudio comes with.

        Parameters
        ----------
        folder
            The library's; by default the one in the person's data folder.
        device
            "auto", "cpu", "cuda", "cuda:1" or "mps".

        Raises
        ------
        LibraryError
            The library is of a newer version, damaged, locked, or cannot be written to.
        """
        library = Library.open(folder or paths.library_folder())
        return cls(library, device=device, notes=_adopt_starters(library))

    def __enter__(self) -> Studio:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the background worker; jobs that an earlier session left unfinished go on first.

        Raises
        ------
        LibraryError
            Another window or worker has this library open. Everything else here still works; its worker runs the jobs.
        """
        self.worker.start()

    def close(self) -> None:
        """Stop in order: predictions, the worker (its job is kept as interrupted), then the library."""
        self._predictor.close()
        self.worklist.close()
        self.worker.close()
        self.library.close()

    def listen(self, heard: Callable[[Change], None]) -> Callable[[], None]:
        """Call `heard` after each change, from any thread; returns how to stop listening.

        A change is a hint that something is worth reading again from the library, which is the truth.
        """
        return self._listeners.add(heard)

    def open_scan(self, path: Path, *, frame: int = 0, progress: Progress = silent, stop: Stop = never) -> Volume:
        """Read a scan: NIfTI, NRRD, MetaImage, DICOM, PNG, TIFF or JPEG.

        Raises
        ------
        ImageError, GeometryError
            The file is not what it claims to be, or holds several scans.
        Stopped
            `stop()` became true.
        """
        return read_volume(path, frame=frame, progress=progress, stop=stop)

    def models(self) -> list[ModelEntry]:
        """Every published version, by name, newest first."""
        return self.library.models()

    def predict(
        self,
        volume: Volume,
        model: str,
        *,
        box: Box | None = None,
        progress: Progress = silent,
        done: Callable[[Prediction], None],
        failed: Callable[[SegStudioError], None],
    ) -> Callable[[], None]:
        """Segment a scan in a warm child process, ahead of any training; returns how to cancel.

        Exactly one of `done` and `failed` is called, once; they and `progress` are called from a background thread.
        After a cancel `failed` gets `Stopped`. Several predictions are done in the order they were asked for.

        Parameters
        ----------
        model
            NAME, for the version in use, or NAME@VERSION.
        box
            Predict only inside it.

        Raises
        ------
        ModelError
            There is no such model; neither `done` nor `failed` is called.
        """

        def predicted(prediction: Prediction) -> None:
            self._heard(Change("device", prediction.device))
            done(prediction)

        return self._predictor.predict(
            volume, self.library.model(model), box=box, progress=progress, done=predicted, failed=failed
        )

    def submit(
        self,
        volume: Volume,
        labels: LabelMap,
        *,
        model: str,
        patient: str,
        reader: str,
        predicted: NDArray[np.uint8] | NDArray[np.uint16] | None = None,
        box: Box | None = None,
        minutes: float | None = None,
    ) -> Submission:
        """Freeze a correction and queue a fine-tuning job for its model, unless one is queued already.

        Parameters
        ----------
        labels
            On the volume's own grid, classes as the model's.
        model
            The version that the reader started from, NAME@VERSION (NAME is the one in use).
        patient
            The patient's ID, kept only as a salted hash; "" where unknown: the patient of the same scan in the library,
            else the scan counts as a patient of its own.
        predicted
            What the model had drawn, shape (z, y, x): half of training looks where the reader changed it.
        box
            Only inside it the labels count.
        minutes
            For the job; None is the usual 5.

        Raises
        ------
        LibraryError
            The scan is in the library under another patient, or there is no room.
        ModelError
            The model is unknown, or has other channels or classes than the correction.
        GeometryError
            The labels are not on the scan's grid.
        """
        entry = self.library.model(model)
        volume.geometry.require_same_space(labels.geometry, mine="the scan", others="the mask")
        check_fit(volume, entry.spec)
        self.library.require_known(labels, entry.name)
        case = self.library.add_case(volume, patient=patient, modality=volume.modality or entry.spec.modality)
        request = {"minutes": FINE_TUNE_MINUTES if minutes is None else minutes, "seed": case.id}
        correction = self.library.submit(
            case, labels, reader=reader, model=entry.label, predicted=predicted, box=box, job=request
        )
        self._listeners.tell(Change("cases", str(case.id)))
        job = next(job for job in self.library.jobs() if (job.kind, job.model) == ("fine-tune", entry.name))
        self._job_changed(job)
        return Submission(case, correction, job)

    def train(
        self,
        pairs: Sequence[Pair],
        *,
        name: str,
        classes: Sequence[LabelClass],
        base: str = "",
        synthesise: MapFolder | None = None,
        minutes: float = 15.0,
        holdout: float = 0.2,
        seed: int = 0,
        modality: str = "",
        reader: str = "",
        progress: Progress = silent,
        stop: Stop = never,
    ) -> Job:
        """Take labelled scans into the library and queue a job that trains a model on them.

        Every file is read before anything is stored, so a bad one leaves no trace.

        Parameters
        ----------
        name
            Of the model; its first version is in use at once, a later one is a candidate.
        base
            NAME or NAME@VERSION whose weights training starts from; "" starts from nothing.
        synthesise
            Label maps to make scans from, beside the pairs or in place of them.
        holdout
            Part of the new patients, and of the label maps, kept apart to judge versions on, drawn once by `seed`; 0
            trains on all.

        Raises
        ------
        ImageError, GeometryError
            A scan or a mask is damaged, or they do not belong together.
        LibraryError
            There is nothing to train on, or no room.
        """
        if not pairs and synthesise is None:
            raise LibraryError("there are no labelled scans to train on", hint="Give at least one scan with its mask.")
        require_name(name)
        start = self._base(base, classes) if base else ""
        check_pairs(pairs, classes, progress=part(progress, 0.0, 0.5), stop=stop)
        self.library.draw_split(holdout, seed, [pair.owner for pair in pairs])
        corrections = take_pairs(
            self.library, pairs, classes, model=name, modality=modality, reader=reader,
            progress=part(progress, 0.5, 1.0), stop=stop,
        )  # fmt: skip
        request: dict[str, Any] = {
            "corrections": corrections, "base": start, "minutes": minutes, "seed": seed, "modality": modality,
        }  # fmt: skip
        if synthesise is not None:
            request["synthesise"] = {**synthesise.to_json(classes), "holdout": holdout}
        job = self.library.add_job("train", name, request)
        self._job_changed(job)
        return job

    def jobs(self) -> list[Job]:
        """Every job, newest first."""
        return self.library.jobs()

    def pause(self, job: int) -> Job:
        """Let a queued or running job wait until it is resumed; what it has learned is kept."""
        return self._job_changed(self.library.pause(job))

    def resume(self, job: int) -> Job:
        """Let a paused job go on."""
        return self._job_changed(self.library.resume(job))

    def cancel(self, job: int) -> Job:
        """End a job that has not ended; what it has learned is thrown away, corrections stay."""
        return self._job_changed(self.library.cancel(job))

    def retry(self, job: int) -> Job:
        """Queue a failed or cancelled job again."""
        return self._job_changed(self.library.retry(job))

    def promote(self, label: str, *, person: str = "") -> ModelEntry:
        """Put NAME@VERSION in use in place of the version that is now."""
        return self._model_changed(self.library.promote(label, person=person))

    def rollback(self, name: str, *, person: str = "") -> ModelEntry:
        """Put the version that was in use before back in use."""
        return self._model_changed(self.library.rollback(name, person=person))

    def import_model(self, path: Path, *, person: str = "") -> ModelEntry:
        """Copy a model folder into the library; the first version of a name is in use at once."""
        return self._model_changed(self.library.import_model(path, person=person))

    def _base(self, label: str, classes: Sequence[LabelClass]) -> str:
        entry = self.library.model(label)
        if not {(each.value, each.name) for each in entry.spec.classes} <= {
            (each.value, each.name) for each in classes
        }:
            told = ",".join(f"{each.value}={each.name}" for each in entry.spec.classes)
            raise ModelError(f"{entry.label} has other classes than those to learn", hint=f"Its classes are {told}.")
        return entry.label

    def _heard(self, change: Change) -> None:
        """Pass on what predictor and worker tell; a device only when it is another."""
        if change.kind == "device":
            if change.id == self.device:
                return
            self.device = change.id
        self._listeners.tell(change)

    def _job_changed(self, job: Job) -> Job:
        self.worker.wake()
        self._listeners.tell(Change("jobs", str(job.id)))
        return job

    def _model_changed(self, entry: ModelEntry) -> ModelEntry:
        self._listeners.tell(Change("models", entry.label))
        return entry


def _adopt_starters(library: Library) -> tuple[str, ...]:
    notes = []
    for folder in sorted((paths.resources() / "models").glob("*/")):
        try:
            library.import_model(folder, person="SegStudio")
        except ModelError as error:
            notes.append(f"The starter model {folder.name} was left out: {error.message}.")
    return tuple(notes)
