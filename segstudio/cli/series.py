"""`dicom list`: the series that lie in a folder, a zip, a DICOMDIR or a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from segstudio.cli.output import Output, table
from segstudio.cli.session import stoppable
from segstudio.errors import SegStudioError
from segstudio.imaging.dicom import Choice, Series, Stack, scan

_SHOWN = 5
"""Files that cannot be read, told one by one."""


def series(args: argparse.Namespace, out: Output) -> int:
    """List what was found, without reading any pixels.

    JSON: a list of `{series_instance_uid, study_instance_uid, patient, number, description, study, modality, plane,
    slices, frames, spacing, size, date, path, problems, stacks}`. `patient` is a number among those found, `spacing`
    in mm along (z, y, x) and `size` in voxels, null where there is no regular grid; `path` is what other commands take.
    A series that holds several stacks lists them with a `path`, a `name` and the same facts of their own.
    """
    with stoppable() as stop:
        found = scan(args.path, progress=out.progress, stop=stop)
    plain = [_described(found.path, each) for each in found.series]
    out.result(plain, _text(plain))
    for unread in found.unread[:_SHOWN]:
        out.note(f"{unread.error.message}.")
    if len(found.unread) > _SHOWN:
        out.note(f"{len(found.unread) - _SHOWN} more files cannot be read.")
    if found.others:
        out.note(f"{found.others} DICOM files hold no pictures.")
    for note in found.notes:
        out.note(note)
    return 0


def _described(path: Path, series: Series) -> dict[str, Any]:
    about, stacks = series.about, series.stacks
    return {
        "series_instance_uid": about.series,
        "study_instance_uid": about.study,
        "patient": about.patient,
        "number": about.number,
        "description": about.description,
        "study": about.study_description,
        "modality": about.modality,
        "plane": series.plane,
        **_lies(stacks[0] if len(stacks) == 1 else None, series),
        "date": about.date,
        "path": Choice(path, about.series).named,
        "problems": list(series.problems),
        "stacks": [_stack(path, about.series, stack) for stack in stacks] if len(stacks) > 1 else [],
    }


def _stack(path: Path, uid: str, stack: Stack) -> dict[str, Any]:
    return {
        "name": stack.name,
        "path": Choice(path, uid, stack.key).named,
        "plane": stack.plane,
        **_lies(stack),
        "problems": list(stack.problems),
    }


def _lies(stack: Stack | None, series: Series | None = None) -> dict[str, Any]:
    grid = stack.grid if stack is not None else None
    if grid is None or isinstance(grid, SegStudioError):
        pictures = series.pictures if series is not None else stack.pictures if stack is not None else ()
        return {"slices": len(pictures), "frames": 1, "spacing": None, "size": None}
    geometry = grid.geometry
    return {
        "slices": len(grid.frames[0]),
        "frames": len(grid.frames),
        "spacing": [round(float(mm), 6) for mm in geometry.spacing],
        "size": list(geometry.shape),
    }


def _text(plain: list[dict[str, Any]]) -> str:
    rows = []
    for each in plain:
        rows.append(_row(each, each["description"] or f"series {each['number']}", each["modality"], each["date"]))
        rows += [_row(stack, f"  {stack['name']}", "", "") for stack in each["stacks"]]
    heads = (">patient", "series", "modality", "plane", ">slices", "spacing mm", "date", "problems", "to open it")
    return table(heads, rows) if rows else "no series"


def _row(each: dict[str, Any], name: str, modality: str, date: str) -> tuple[str, ...]:
    spacing = "×".join(f"{mm:.3g}" for mm in each["spacing"]) if each["spacing"] else "–"
    slices = f"{each['slices']}×{each['frames']}" if each["frames"] > 1 else str(each["slices"])
    patient = str(each.get("patient", ""))
    return patient, name, modality, each["plane"], slices, spacing, date, "; ".join(each["problems"]), each["path"]
