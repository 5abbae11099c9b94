"""Train or fine-tune a model and judge it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segstudio.errors import ModelError
from segstudio.learning import Example, Labelled
from segstudio.library import Case, Correction, Job, Library
from segstudio.progress import Progress, Stop, part
from segstudio.tasks.models import load_once
from segstudio.tasks.request import Request, Tell, progress_to

if TYPE_CHECKING:
    from segstudio.networks import ModelSpec


def train_model(request: Request, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Train or fine-tune, judge the result, and leave it in the job's folder for the parent to publish."""
    from segstudio.inference.device import choose
    from segstudio.learning.gate import judge
    from segstudio.learning.train import train
    from segstudio.networks.weights import load_model, save_model

    library = Library.open(Path(request["library"]))
    job, device, progress = library.job(int(request["job"])), str(request["device"]), progress_to(tell)
    tell("device", words=choose(device).words)
    job.folder.mkdir(exist_ok=True)
    lessons = Lessons(library, job, device)
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
        report=lambda point: tell("point", **asdict(point)),
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


class Lessons:
    """A job's corrections, by the split that their patients were drawn into; withdrawn cases are left out."""

    def __init__(self, library: Library, job: Job, device: str) -> None:
        self._library = library
        self._device = device
        corrections = [library.correction(number) for number in job.request["corrections"]]
        gone = library.withdrawn()
        pairs = [(each, library.case(each.case_id)) for each in corrections if each.case_id not in gone]
        self.train = self._examples(pairs, "train", self._corrected)
        self.holdout = self._examples(pairs, "holdout", library.load)
        self.classes = corrections[0].classes if corrections else ()
        if not self.train:
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
            if case.split == split
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


def _plan(job: Job, lessons: Lessons, progress: Progress, stop: Stop) -> ModelSpec:
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
