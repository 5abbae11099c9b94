"""`worklist`: the list of cases."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from segstudio.cli.learning import job_json, run_job
from segstudio.cli.output import Output, number, table
from segstudio.cli.session import session, stoppable
from segstudio.library import Job, Query, WorklistRow
from segstudio.studio import Studio


def worklist(args: argparse.Namespace, out: Output) -> int:
    """List the cases, add scans, draw masks, show a case, or say how soon it is to be read and what it is called.

    JSON: a list of `{id, pseudonym, modality, split, status, priority, model, dice, benefit, reader, seconds, changed,
    reason, scanner, label}`, or one of them; `show` adds `reads` as `review list` prints them; `add` and `predict`
    print `{job, failures}`, the job as `jobs show` prints it.
    """
    with session(args, out) as studio:
        if args.verb == "list":
            query = Query(
                text=args.search, status=tuple(args.status), modality=args.modality, order=args.order, seed=args.seed
            )
            rows = studio.worklist.page(query, 0, args.count)
            out.result([asdict(row) for row in rows], _listed(rows, studio.worklist.count(query)))
        elif args.verb in ("add", "predict"):
            return _queued(studio, args, out)
        elif args.verb == "show":
            row, reads = studio.worklist.row(args.case), studio.reviews.history(args.case)
            out.result({**asdict(row), "reads": [asdict(read) for read in reads]}, _shown(row))
        elif args.verb == "label":
            studio.worklist.set_label(args.case, args.label)
            row = studio.worklist.row(args.case)
            called = f"is called {row.label}" if row.label else "has no label"
            out.result(asdict(row), f"Case {row.id} {called}.")
        else:
            studio.worklist.set_priority(args.case, args.priority)
            row = studio.worklist.row(args.case)
            out.result(asdict(row), f"Case {row.id} has the priority {row.priority}.")
    return 0


def _queued(studio: Studio, args: argparse.Namespace, out: Output) -> int:
    """Run what was queued, or wait for the window that does; the exit code is 1 if a scan could not be taken in."""
    with stoppable() as stop:
        if args.verb == "add":
            job = studio.worklist.add(args.paths, modality=args.modality, priority=args.priority, label=args.label)
        else:
            job = studio.worklist.predict(args.model, args.cases)
        job = run_job(studio, job.id, out, stop)
    failures = studio.worklist.failures(job.id)
    for name, why in failures:
        out.note(f"{name}: {why}")
    plain: dict[str, Any] = {"job": job_json(job), "failures": [{"file": name, "why": why} for name, why in failures]}
    out.result(plain, _result(job))
    return 1 if failures else 0


def _result(job: Job) -> str:
    return f"{job.result[:1].upper()}{job.result[1:]}."


def _listed(rows: Sequence[WorklistRow], count: int) -> str:
    if not rows:
        return "There is no such case. `segstudio worklist add` takes scans in."
    cells = [
        (
            str(row.id), row.pseudonym, row.label, row.modality, row.status, str(row.priority), row.model,
            number(row.dice, 2), number(row.benefit, 2), row.reader, f"{row.seconds:.0f}", row.reason,
        )
        for row in rows
    ]  # fmt: skip
    heads = (
        ">case",
        "patient",
        "label",
        "",
        "status",
        ">priority",
        "model",
        ">Dice",
        ">benefit",
        "reader",
        ">seconds",
        "",
    )
    more = f"\n{len(rows)} of {count} cases" if count > len(rows) else ""
    return table(heads, cells) + more


def _shown(row: WorklistRow) -> str:
    rows = [
        ("case", f"{row.id}, patient {row.pseudonym} ({row.split})"),
        ("label", row.label),
        ("scan", " ".join(filter(None, (row.modality, row.scanner)))),
        ("status", row.status + (f", {row.reason}" if row.reason else "")),
        ("model", row.model),
        ("Dice", number(row.dice, 3) if row.dice is not None else ""),
        ("reader", row.reader),
        ("seconds", f"{row.seconds:.0f}" if row.seconds else ""),
        ("changed", row.changed),
    ]
    return table(("", ""), [each for each in rows if each[1]]).strip("\n")
