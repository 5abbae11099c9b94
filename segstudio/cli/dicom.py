"""`dicom`: what is done with DICOM files as they lie in a folder."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

from segstudio.cli.output import Output
from segstudio.cli.series import series
from segstudio.cli.session import stoppable
from segstudio.imaging.deidentify import Options, Report, SetAside
from segstudio.imaging.deidentify import deidentify as write_deidentified


def dicom(args: argparse.Namespace, out: Output) -> int:
    """One of the verbs."""
    return {"list": series, "deidentify": deidentify}[args.verb](args, out)


def deidentify(args: argparse.Namespace, out: Output) -> int:
    """Write files without what identifies the patient; those that a person has to look at first are told.

    JSON: `{out, written, patients, held, left_out, notes}`; `written` are paths below `out`, `patients` pseudonyms,
    `held` and `left_out` lists of `{path, reason}`.
    """
    with stoppable() as stop:
        report = write_deidentified(
            args.input, args.out, options_of(args), release=args.release, progress=out.progress, stop=stop
        )
    out.result(
        plain_report(report), f"wrote {len(report.written)} files of {len(report.patients)} patients to {report.out}"
    )
    tell_report(report, out)
    if report.held:
        out.note("Look at those that are held; `--release PATH` then lets a file, or all files of a folder, through.")
    return 0


def options_of(args: argparse.Namespace) -> Options:
    """What may stay, as the person has said."""
    return Options(
        dates=args.dates,
        keep_uids=args.keep_uids,
        keep_characteristics=args.keep_characteristics,
        keep_device=args.keep_device,
        keep_institution=args.keep_institution,
        clean_descriptions=args.clean_descriptions,
    )


def tell_report(report: Report, out: Output) -> None:
    """Notes on what was not written, and why."""
    for reason, aside in _by_reason(report.left_out):
        out.note(f"{len(aside)} files are left out: {reason} ({aside[0].path.name}{' …' if len(aside) > 1 else ''}).")
    for reason, aside in _by_reason(report.held):
        out.note(f"{len(aside)} files are held: {reason} ({aside[0].path}{' …' if len(aside) > 1 else ''}).")
    for note in report.notes:
        out.note(note)


def _by_reason(aside: Sequence[SetAside]) -> list[tuple[str, list[SetAside]]]:
    counts = Counter(each.reason for each in aside)
    return [(reason, [each for each in aside if each.reason == reason]) for reason in counts]


def plain_report(report: Report) -> dict[str, Any]:
    """A report as JSON has it."""
    return {
        "out": str(report.out),
        "written": [path.relative_to(report.out).as_posix() for path in report.written],
        "patients": report.patients,
        "held": [{"path": str(each.path), "reason": each.reason} for each in report.held],
        "left_out": [{"path": str(each.path), "reason": each.reason} for each in report.left_out],
        "notes": report.notes,
    }
