"""`train`, `submit`, `worker` and `jobs`: what makes models better."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from segstudio.cli import names
from segstudio.cli.models import compared, in_words, model_json
from segstudio.cli.output import Output, table
from segstudio.cli.session import person, session, stoppable
from segstudio.errors import ImageError, LibraryError, SegStudioError
from segstudio.imaging import LabelClass, read_labels
from segstudio.learning.maps import label_files
from segstudio.learning.recipe import MapFolder, read_recipe
from segstudio.library import Job
from segstudio.progress import Stop, part
from segstudio.studio import Pair, Studio

_ENDED = ("done", "failed", "cancelled")

_USES = {"train": "to learn from", "holdout": "to judge versions on"}

_LOOK = 1.0
"""Seconds between looks at a job that another program runs."""


def train(args: argparse.Namespace, out: Output) -> int:
    """Train a model and wait for it. JSON: `{job, model}`, as `jobs show` and `models show` print them."""
    synthesise, classes = _synthesised(args)
    pairs = pairs_in(args.images, args.labels, out) if args.images and args.labels else []
    with session(args, out) as studio, stoppable() as stop:
        job = studio.train(
            pairs,
            name=args.name,
            classes=classes,
            base=args.base,
            synthesise=synthesise,
            minutes=args.minutes,
            holdout=args.holdout,
            seed=args.seed,
            modality=args.modality,
            reader=person(),
            progress=part(out.progress, 0.0, 0.05),
            stop=stop,
        )
        job = run_job(studio, job.id, out, stop)
        entry = studio.library.model(job.result)
        out.result({"job": job_json(job), "model": model_json(entry)}, f"{in_words(entry)}\n{compared(entry)}".strip())
    return 0


def _synthesised(args: argparse.Namespace) -> tuple[MapFolder | None, tuple[LabelClass, ...]]:
    """What to synthesise scans from, and the classes to learn; refuses words that do not go together."""
    if bool(args.images) != bool(args.labels) or not (args.images or args.synthesise):
        raise LibraryError(
            "there is nothing to train on", hint="Give --images and --labels, or --synthesise, or all three."
        )
    if not args.synthesise and (args.recipe or args.spacing):
        raise LibraryError("--recipe and --spacing are for --synthesise", hint="Give --synthesise LABELS_DIR, too.")
    if bool(args.classes) == bool(args.recipe):
        raise LibraryError("the classes are to be named once", hint="Give --classes, or the --recipe that names them.")
    if not args.synthesise:
        return None, args.classes
    label_files(args.synthesise)
    classes = read_recipe(args.recipe).classes if args.recipe else args.classes
    return MapFolder(args.synthesise, args.recipe, args.spacing), classes


def submit(args: argparse.Namespace, out: Output) -> int:
    """Freeze a correction and queue the job that learns from it. JSON: `{case, patient, split, correction, job}`."""
    with session(args, out) as studio:
        classes = studio.library.model(args.model).spec.classes
        volume = studio.open_scan(args.image, frame=args.frame)
        labels = read_labels(args.labels, classes=classes)
        volume.geometry.require_same_space(labels.geometry, mine=str(args.image), others=str(args.labels))
        done = studio.submit(
            volume,
            labels,
            model=args.model,
            patient=args.patient,
            reader=person(args.reader),
            box=args.box,
            minutes=args.minutes,
        )
        plain = {
            "case": done.case.id,
            "patient": done.case.pseudonym,
            "split": done.case.split,
            "correction": done.correction.id,
            "job": job_json(done.job),
        }
        out.result(
            plain,
            f"Correction {done.correction.id} of case {done.case.id} is stored, {_USES[done.case.split]}.\n"
            f"Job {done.job.id} is queued; `segstudio worker --once` runs it, and so does the window.",
        )
    for note in volume.notes:
        out.note(note)
    return 0


def worker(args: argparse.Namespace, out: Output) -> int:
    """Run queued jobs, until none is left or for ever; the exit code is 1 if one failed.

    JSON: at the end, the list of the jobs that ended, as `jobs show` prints them without their curves.
    """
    with session(args, out) as studio, stoppable() as stop:
        if args.once:
            ended = studio.worker.run_pending(out.progress, stop=stop)
            text = "\n".join(_sentence(job) for job in ended) or "No job was queued."
        else:
            ended, text = _serve(studio, out, stop), ""
        out.result([job_json(job) for job in ended], text)
        if stop():
            raise KeyboardInterrupt("A job that ran is kept and goes on when a worker runs again.")
    return 1 if any(job.state == "failed" for job in ended) else 0


def jobs(args: argparse.Namespace, out: Output) -> int:
    """List the jobs, or show, cancel, retry, pause or resume one.

    JSON: a list of `{id, kind, model, state, progress, message, error, hint, result, request, created, started,
    finished, not_before, left_s, memory_mb, device}`, or one of them; `show` adds `curve`, a list of
    `{step, seconds, loss}`, and `scores`, a list of `{step, seconds, value, name, dice}` on the holdout.
    """
    with session(args, out) as studio:
        if args.verb == "list":
            found = studio.jobs()
            out.result([job_json(job) for job in found], _listed(found))
        elif args.verb == "show":
            job = studio.library.job(args.job)
            curve = studio.library.curve(job.id)
            points = [{"step": each.step, "seconds": each.seconds, "loss": each.loss} for each in curve]
            scores = [asdict(each) for each in studio.queue.scores(job.id)]
            out.result({**job_json(job), "curve": points, "scores": scores}, _shown(job, [each.loss for each in curve]))
        else:
            verbs: dict[str, Callable[[int], Job]] = {
                "cancel": studio.cancel, "retry": studio.retry, "pause": studio.pause, "resume": studio.resume,
            }  # fmt: skip
            job = verbs[args.verb](args.job)
            out.result(job_json(job), _sentence(job))
    return 0


def job_json(job: Job) -> dict[str, Any]:
    """A job as the commands print it."""
    return {
        "id": job.id,
        "kind": job.kind,
        "model": job.model,
        "state": job.state,
        "progress": job.done,
        "message": job.what,
        "error": job.error,
        "hint": job.hint,
        "result": job.result,
        "request": dict(job.request),
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "not_before": job.not_before,
        "left_s": job.left_s,
        "memory_mb": job.memory_mb,
        "device": job.device,
    }


def pairs_in(images: Path, labels: Path, out: Output) -> list[Pair]:
    """Scans and masks of two folders that have one name; those without a partner are told and left out.

    Raises
    ------
    ImageError
        There is no pair at all, or a name stands for two scans.
    """
    scans, masks = names.without_channel(names.scans_in(images)), names.scans_in(labels)
    both = sorted(scans.keys() & masks.keys())
    alone = sorted(scans.keys() - masks.keys()), sorted(masks.keys() - scans.keys())
    if not both:
        raise ImageError(
            f"no mask in {labels} has the name of a scan in {images} (scans: {names.listed(alone[0])}; "
            f"masks: {names.listed(alone[1])})",
            hint="Name a scan and its mask alike, for example case_001.nii.gz, or case_001_0000.nii.gz for the scan.",
        )
    for left, of, lacks in ((alone[0], "scan", "mask"), (alone[1], "mask", "scan")):
        if left:
            out.note(f"left out, for want of a {lacks}, {_count(len(left), of)}: {names.listed(left)}.")
    return [Pair(scans[name], masks[name], patient=name) for name in both]


def run_job(studio: Studio, job: int, out: Output, stop: Stop) -> Job:
    """Run a job here, or wait for the window or worker that has the library; returns it when it is done.

    Raises
    ------
    SegStudioError
        It failed.
    LibraryError
        Somebody has cancelled or paused it.
    """

    def over() -> bool:
        return stop() or studio.library.job(job).state in (*_ENDED, "paused")

    try:
        studio.library.lock_worker().release()
    except LibraryError as busy:
        out.note(f"{busy.message}; the job runs there.")
        while not over():
            found = studio.library.job(job)
            out.progress(found.done, found.what)
            time.sleep(_LOOK)
    else:
        studio.worker.run_pending(part(out.progress, 0.05, 1.0), stop=over)
    return _require_done(studio.library.job(job))


def _require_done(job: Job) -> Job:
    if job.state == "done":
        return job
    if job.state == "failed":
        raise SegStudioError(job.error, hint=job.hint)
    if job.state in ("cancelled", "paused"):
        raise LibraryError(
            f"job {job.id} was {job.state}", hint="`segstudio jobs` lists the jobs and what became of them."
        )
    raise KeyboardInterrupt(f"Job {job.id} is kept; `segstudio worker --once` goes on with it.")


def _serve(studio: Studio, out: Output, stop: Stop) -> list[Job]:
    """Let the worker's thread run jobs until this is to stop; returns those that ended meanwhile."""
    before = {job.id for job in studio.jobs() if job.state in _ENDED}
    ended: dict[int, Job] = {}
    studio.start()
    out.say("Waiting for jobs; Ctrl+C ends.")
    while not stop():
        for job in studio.jobs():
            if job.state == "running":
                out.progress(job.done, f"job {job.id}: {job.what}")
            elif job.state in _ENDED and job.id not in before and job.id not in ended:
                ended[job.id] = job
                out.say(_sentence(job))
        time.sleep(_LOOK)
    return list(ended.values())


def _listed(jobs: Sequence[Job]) -> str:
    if not jobs:
        return "There is no job. `segstudio submit` and `segstudio train` queue one."
    rows = [
        (str(job.id), job.kind, job.model, job.state, f"{job.done:.0%}", job.result or job.error or job.what)
        for job in jobs
    ]
    return table((">job", "kind", "model", "state", ">done", ""), rows)


def _shown(job: Job, losses: Sequence[float]) -> str:
    rows = [
        ("job", str(job.id)),
        ("kind", job.kind),
        ("model", job.model),
        ("state", f"{job.state}, {job.done:.0%}{f', {job.what}' if job.what else ''}"),
        ("result", job.result),
        ("error", job.error),
        ("hint", job.hint),
        ("created", job.created),
        ("started", job.started),
        ("finished", job.finished),
        ("loss", f"{losses[0]:.3f} → {losses[-1]:.3f} in {_count(len(losses), 'point')}" if losses else ""),
    ]
    return table(("", ""), [row for row in rows if row[1]]).strip("\n")


def _sentence(job: Job) -> str:
    became = {"done": f"done: {job.result}", "failed": f"failed: {job.error}"}.get(job.state, job.state)
    return f"Job {job.id} ({job.kind} {job.model}) is {became}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
