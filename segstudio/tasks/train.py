"""Train or fine-tune a model and judge it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segstudio.errors import ModelError
from segstudio.imaging import LabelClass, LabelMap
from segstudio.learning import Example, Labelled, Verdict
from segstudio.library import Case, Correction, Job, Library, ModelEntry
from segstudio.progress import Progress, Stop, part
from segstudio.tasks.models import load_once
from segstudio.tasks.request import Request, Tell, progress_to
from segstudio.tasks.synthesis import on_its_grid, plan_for, synthesis_of

if TYPE_CHECKING:
    from segstudio.networks import ModelSpec
    from segstudio.networks.weights import LoadedModel


def train_model(request: Request, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Train or fine-tune, judge the result, and leave it in the job's folder for the parent to publish."""
    from segstudio.inference.device import choose
    from segstudio.learning.train import train
    from segstudio.networks.weights import save_model

    library = Library.open(Path(request["library"]))
    job, device, progress = library.job(int(request["job"])), str(request["device"]), progress_to(tell)
    tell("device", words=choose(device).words)
    job.folder.mkdir(exist_ok=True)
    lessons = Lessons(library, job, device)
    base = _base(library, job, lessons)
    trained = train(
        on_its_grid(base.spec, job) if base else _plan(job, lessons, part(progress, 0, 0.05), stop),
        lessons.train,
        folder=job.folder,
        minutes=float(job.request["minutes"]),
        seed=int(job.request["seed"]),
        base=base,
        synthesis=lessons.synthesis,
        device=device,
        progress=part(progress, 0.05, 0.9),
        stop=stop,
        report=lambda point: tell("point", **asdict(point)),
        watch=Watching(lessons.holdout, 60 * float(job.request["minutes"]), device, tell, stop),
    )
    verdict, compared_with = _judged(library, job, lessons, trained, device, part(progress, 0.9, 0.99), stop)
    staging = job.folder / "candidate"
    staging.mkdir(exist_ok=True)
    metrics = {"compared_with": compared_with, "verdict": verdict.to_json()}
    save_model(staging, replace(trained.spec, name=job.model, metrics=metrics), trained.network)
    return {"verdict": verdict.to_json()}


def _base(library: Library, job: Job, lessons: Lessons) -> LoadedModel | None:
    """The version to start from, with room for the classes that were added to the model since."""
    from segstudio.networks.grow import grow
    from segstudio.networks.weights import load_model

    if not job.request["base"]:
        return None
    base = load_model(library.model(job.request["base"]).folder)
    every = {each.value: each for each in base.spec.classes}
    drawn = {each.value for each in lessons.classes}
    allowed = library.classes_of(job.model) if job.kind == "fine-tune" else lessons.classes
    for each in allowed:
        if each.value in drawn:
            every.setdefault(each.value, each)
    return base if len(every) == len(base.spec.classes) else grow(base, [every[value] for value in sorted(every)])


def _judged(
    library: Library, job: Job, lessons: Lessons, trained: LoadedModel, device: str, progress: Progress, stop: Stop
) -> tuple[Verdict, str]:
    """The gate's verdict, and the version in use that it was compared with; the masks of both are kept."""
    from segstudio.learning.gate import judge
    from segstudio.networks.weights import load_model

    current = next((entry for entry in library.models() if entry.name == job.model and entry.state == "current"), None)

    def keep(example: Example, side: str, labels: LabelMap) -> None:
        if not example.key.isdigit():  # made for this job
            return
        label = job.candidate if side == "candidate" else current.label if current else ""
        if side == "candidate" or library.without_prediction(label, [int(example.key)]):
            library.store_prediction(library.case(int(example.key)), label, labels, offered=False)

    verdict = judge(
        load_model(current.folder) if current else None,
        trained,
        lessons.holdout,
        corrections=lessons.train if job.kind == "fine-tune" else (),
        pinned=lessons.pinned,
        known=_known_to(library, current, lessons),
        device=device,
        keep=keep,
        progress=progress,
        stop=stop,
    )
    return verdict, current.label if current else ""


def _known_to(library: Library, current: ModelEntry | None, lessons: Lessons) -> set[str]:
    """Cases of the holdout with the corrections that the version in use was judged on; none of an imported version."""
    if current is None or current.job is None:
        return set()
    there = set(library.job(current.job).request["corrections"])
    return {str(each.case_id) for each in lessons.kept_apart if each.id in there}


class Watching:
    """Draws a few scans of patients kept apart while a model learns, and tells how right it is by then.

    Parameters
    ----------
    budget
        Seconds of training; once watching has taken a tenth of it, nothing more is drawn.
    """

    MOST = 3

    def __init__(self, holdout: Sequence[Example], budget: float, device: str, tell: Tell, stop: Stop) -> None:
        self._examples = [example for _, example in zip(range(self.MOST), holdout, strict=False)]
        self._left = budget / 10
        self._device = device
        self._tell = tell
        self._stop = stop

    def __call__(self, model: LoadedModel, step: int, seconds: float) -> None:
        """Draw, compare and tell, class by class."""
        from segstudio.learning.gate import score

        if self._left <= 0 or not self._examples:
            return
        began = time.monotonic()
        seen = [score(model, example.load().cut(), self._device, self._stop)[1] for example in self._examples]
        self._left -= time.monotonic() - began
        for each in model.spec.classes:
            known = [scores[each.value].dice for scores in seen if each.value in scores]
            dice = [value for value in known if value is not None]
            if dice:
                mean = sum(dice) / len(dice)
                self._tell("score", step=step, seconds=seconds, value=each.value, name=each.name, dice=mean)


class Lessons:
    """A job's corrections, by the split that their patients were drawn into; withdrawn cases are left out."""

    def __init__(self, library: Library, job: Job, device: str) -> None:
        self._library = library
        self._device = device
        corrections = [library.correction(number) for number in job.request["corrections"]]
        gone = library.withdrawn()
        pairs = [(each, library.case(each.case_id)) for each in corrections if each.case_id not in gone]
        self.train = self._examples(pairs, "train", self._corrected)
        self.synthesis, made = synthesis_of(job)
        self.holdout = [*self._examples(pairs, "holdout", library.load), *made]
        self.kept_apart = [correction for correction, case in pairs if case.split == "holdout"]
        self.pinned = self._examples(library.pinned_corrections(job.model), "", library.load)
        self.classes = _classes_of(each for each, _ in pairs)
        if not self.train and self.synthesis is None:
            raise ModelError(
                "there is no patient to learn from" + (": all are in the holdout" if self.holdout else ""),
                hint="Submit a corrected scan of another patient.",
            )

    @staticmethod
    def _examples(
        pairs: Iterable[tuple[Correction, Case]], split: str, load: Callable[[Correction], Labelled]
    ) -> list[Example]:
        return [
            Example(str(case.id), lambda correction=correction: load(correction), case.pseudonym)  # type: ignore[misc]
            for correction, case in pairs
            if split in ("", case.split)
        ]

    def _corrected(self, correction: Correction) -> Labelled:
        """A correction beside what its model had drawn, drawn again where it was handed over without."""
        from segstudio.inference.predict import predict

        lesson = self._library.load(correction)
        if lesson.predicted is not None or "@" not in correction.model:
            return lesson
        drawn = predict(
            lesson.volume, load_once(self._library.model(correction.model).folder), box=lesson.box, device=self._device
        )
        return replace(lesson, predicted=drawn.labels.labels)


def _classes_of(corrections: Iterable[Correction]) -> tuple[LabelClass, ...]:
    """Every class that a reader could draw, by ascending value; of two names for one value the first."""
    found: dict[int, LabelClass] = {}
    for correction in corrections:
        for each in correction.classes:
            found.setdefault(each.value, each)
    return tuple(found[value] for value in sorted(found))


def _plan(job: Job, lessons: Lessons, progress: Progress, stop: Stop) -> ModelSpec:
    """The network for a new model: planned once, so that a resumed job finds its checkpoint's network again."""
    from segstudio.learning.plan import plan_model
    from segstudio.networks import SPEC_FILE, read_spec, to_json

    planned = job.folder / SPEC_FILE
    if planned.exists():
        return read_spec(job.folder)
    modality = str(job.request.get("modality", ""))
    if lessons.synthesis is not None:
        spec = plan_for(lessons.synthesis, job)
    else:
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
