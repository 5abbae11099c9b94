"""Take many scans into the library."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging import dicom, origin_of, read_volume, scans_below
from segstudio.library import LONGEST_LABEL, Job, Library
from segstudio.progress import Stop, check
from segstudio.tasks.request import Request, Tell, progress_to


def take_in(request: Request, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Copy every scan of a job into the library; what cannot be read is noted and the others go on."""
    library = Library.open(Path(request["library"]))
    job, progress = library.job(int(request["job"])), progress_to(tell)
    progress(0.0, "looking for scans")
    named = [Path(each) for each in json.loads((job.folder / "paths.json").read_text(encoding="utf8"))]
    files = [file for path in named for file in scans_below(path, stop=stop)]
    outcome = job.folder / "outcome.jsonl"
    begun = len(_lines(outcome))
    names = _names(files)
    for done, file in enumerate(files):
        check(stop)
        progress(done / len(files), f"taking in scan {done + 1} of {len(files)}")
        if done < begun:
            continue
        came_to = _one(library, job, file, names[done], tell)
        with outcome.open("a", encoding="utf8") as lines:
            lines.write(json.dumps({"file": file.name, **came_to}) + "\n")
    return {"result": _words([json.loads(line) for line in _lines(outcome)], job.created)}


def _words(rows: Sequence[dict[str, Any]], asked: str) -> str:
    """How many scans are new since an import was asked for, how many were there before, and what could not be read."""
    failed = [row for row in rows if row["error"]]
    added = {row["case"] for row in rows if not row["error"] and row["created"] >= asked}
    there = len(rows) - len(failed) - len(added)
    told = [f"{len(added)} scan{'' if len(added) == 1 else 's'} added"]
    told += [f"{there} already there"] if there else []
    told += [f"{len(failed)} could not be read"] if failed else []
    return ", ".join(told)


def _one(library: Library, job: Job, file: Path, name: str, tell: Tell) -> dict[str, Any]:
    """Take one scan in; the case that it is and since when, or what went wrong, in words."""
    try:
        origin = origin_of(file)
        volume = read_volume(file)
        modality = volume.modality or str(job.request.get("modality", ""))
        case = library.add_case(
            volume, patient=origin.patient or name, modality=modality, scanner=origin.scanner,
            priority=int(job.request.get("priority", 0)),
        )  # fmt: skip
        of_dicom = volume.source is not None and volume.source.format == dicom.NAME
        if job.request.get("label") and name and not of_dicom and not library.row(case.id).label:
            library.set_label(case.id, name[:LONGEST_LABEL])
        tell("case", case=case.id)
    except Stopped:
        raise
    except SegStudioError as error:
        named = error.message.startswith(file.name)
        words = error.message if named else f"{error.message[:1].upper()}{error.message[1:]}"
        return {"error": f"{words}. {error.hint}".strip()}
    return {"error": "", "case": case.id, "created": case.created}


def _names(files: Sequence[Path]) -> list[str]:
    """What stands for a patient where the file does not say: its name, as in training, unless others are called so."""
    count = Counter(file.name for file in files)
    plain = [file.name.removesuffix(".gz").rpartition(".")[0] or file.name for file in files]
    return [name if count[file.name] == 1 else "" for file, name in zip(files, plain, strict=True)]


def _lines(outcome: Path) -> list[str]:
    """Of files that were done, in this run or before; whole ones only: a program may have died in the middle of one."""
    if not outcome.exists():
        return []
    whole, _, half = outcome.read_text(encoding="utf8").rpartition("\n")
    if half:
        outcome.write_text(f"{whole}\n" if whole else "", encoding="utf8")
    return whole.splitlines()
