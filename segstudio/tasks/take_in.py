"""Take many scans into the library."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging import origin_of, read_volume, scans_below
from segstudio.library import Job, Library
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
    begun = _begun(outcome)
    patients = _patients(files)
    for done, file in enumerate(files):
        check(stop)
        progress(done / len(files), f"taking in scan {done + 1} of {len(files)}")
        if done < begun:
            continue
        said = _one(library, job, file, patients[done], tell)
        with outcome.open("a", encoding="utf8") as lines:
            lines.write(json.dumps({"file": file.name, "error": said}) + "\n")
    failed = sum(bool(json.loads(line)["error"]) for line in _lines(outcome))
    added = f"{len(files) - failed} scan{'' if len(files) - failed == 1 else 's'} taken in"
    return {"result": f"{added}; {failed} could not be read" if failed else added}


def _one(library: Library, job: Job, file: Path, patient: str, tell: Tell) -> str:
    """Take one scan in; what went wrong, in words, or ""."""
    try:
        origin = origin_of(file)
        volume = read_volume(file)
        modality = volume.modality or str(job.request.get("modality", ""))
        case = library.add_case(
            volume, patient=origin.patient or patient, modality=modality, scanner=origin.scanner,
            priority=int(job.request.get("priority", 0)),
        )  # fmt: skip
        tell("case", case=case.id)
    except Stopped:
        raise
    except SegStudioError as error:
        return f"{error.message[:1].upper()}{error.message[1:]}. {error.hint}".strip()
    return ""


def _patients(files: Sequence[Path]) -> list[str]:
    """What stands for a patient where the file does not say: its name, as in training, unless others are called so."""
    count = Counter(file.name for file in files)
    plain = [file.name.removesuffix(".gz").rpartition(".")[0] or file.name for file in files]
    return [name if count[file.name] == 1 else "" for file, name in zip(files, plain, strict=True)]


def _begun(outcome: Path) -> int:
    """How many files were done before the job was interrupted."""
    return len(_lines(outcome))


def _lines(outcome: Path) -> list[str]:
    """Whole lines only: a program may have died in the middle of one."""
    if not outcome.exists():
        return []
    whole, _, half = outcome.read_text(encoding="utf8").rpartition("\n")
    if half:
        outcome.write_text(f"{whole}\n" if whole else "", encoding="utf8")
    return whole.splitlines()
