"""Files and folders de-identified into another folder; the files themselves are only read."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segstudio.errors import ImageError
from segstudio.imaging.deidentify.clean import Cleaner, patient_of
from segstudio.imaging.deidentify.identifiers import Identifiers
from segstudio.imaging.deidentify.options import Options
from segstudio.imaging.deidentify.review import left_out, may_show_a_face, reason_to_look
from segstudio.imaging.deidentify.secret import Secret
from segstudio.imaging.dicom import is_dicom
from segstudio.imaging.discreet import be_discreet
from segstudio.imaging.storing import storing, storing_tree
from segstudio.progress import Progress, Stop, check, never, part, silent

FACES = "A face can be reconstructed from scans of the head ({count} series); no change of the header prevents that."
MOSAICS = (
    "Mosaics of slices ({count} series) cannot be placed without the private attributes that are gone; convert them to"
    " NIfTI instead."
)


@dataclass(frozen=True)
class SetAside:
    """A file that was not written, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Report:
    """What became of the files.

    Parameters
    ----------
    written
        The new files.
    patients
        Pseudonyms, ascending.
    held
        Files that a person has to look at; they are written once they are released.
    left_out
        Files that are never written: damaged ones, documents, indexes.
    notes
        What the person should know, one sentence each.
    """

    out: Path
    written: tuple[Path, ...]
    patients: tuple[str, ...]
    held: tuple[SetAside, ...]
    left_out: tuple[SetAside, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    path: Path
    patient: str
    series: str
    reason: str
    face: bool
    mosaic: bool


def deidentify(
    paths: Sequence[Path],
    out: Path,
    options: Options | None = None,
    *,
    secret: Secret | None = None,
    release: Collection[Path] = (),
    progress: Progress = silent,
    stop: Stop = never,
) -> Report:
    """Write DICOM files without what identifies the patient, by the profile of DICOM PS3.15, Annex E.

    Parameters
    ----------
    paths
        Files, and folders with all that is in them.
    out
        Gets `PSEUDONYM/STUDY/CT-3-…/NUMBER-….dcm`, all at once at the end.
    options
        What may stay; by default dates are shifted and nothing else stays.
    secret
        What pseudonyms, UIDs and shifts are made from; by default the person's own, the same in every run.
    release
        Files, or folders, that a person has looked at: they are no longer held.

    Raises
    ------
    ImageError
        There is no DICOM file, `out` is among the files, or it cannot be written to.
    Stopped
        `stop()` became true; nothing was written.
    """
    be_discreet()
    options, secret = options or Options(), secret or Secret.of_this_person()
    files = _files(paths, out)
    found, known, aside = _survey(files, options, part(progress, 0.0, 0.4), stop)
    looked_at = {path.resolve() for path in release}
    free = [each for each in found if not each.reason or _is_released(each.path, looked_at)]
    held = [SetAside(each.path, each.reason) for each in found if each not in set(free)]
    cleaners = {each: Cleaner(each, identifiers, options, secret) for each, identifiers in known.items()}
    written: list[Path] = []
    with storing_tree(out) as draft:
        for done, each in enumerate(free):
            check(stop)
            progress(0.4 + 0.6 * done / len(free), f"de-identifying file {done + 1} of {len(free)}")
            told = _write(each, draft, cleaners[each.patient], known[each.patient])
            if isinstance(told, Path):
                written.append(out / told.relative_to(draft))
            else:
                aside.append(told)
        check(stop)
    pseudonyms = {cleaners[each.patient].pseudonym for each in free}
    return Report(out, tuple(written), tuple(sorted(pseudonyms)), tuple(held), tuple(aside), _notes(free))


def _notes(written: Sequence[_Found]) -> tuple[str, ...]:
    faces = len({each.series for each in written if each.face})
    mosaics = len({each.series for each in written if each.mosaic})
    told = ((faces, FACES), (mosaics, MOSAICS))
    return tuple(sentence.format(count=count) for count, sentence in told if count)


def deidentify_file(path: Path, target: Path, options: Options | None = None, *, secret: Secret | None = None) -> None:
    """Write one file that this program has made, without what it has taken over from the scan that it is about.

    With the same secret it refers to the de-identified files of the scan, as it did to the scan's own. Whether a person
    has to look at it first is not asked.

    Raises
    ------
    ImageError
        It cannot be understood or written, or something that identifies the patient would still stand in it.
    """
    be_discreet()
    options, secret = options or Options(), secret or Secret.of_this_person()
    told = _look(path)
    if told is None or isinstance(told, SetAside):
        raise ImageError(f"{path.name} cannot be de-identified", hint="Is it a DICOM picture or mask?")
    found, header = told
    if str(header.get("PatientIdentityRemoved") or "").upper() == "YES":  # it was made about a de-identified scan
        with storing(target) as draft:
            shutil.copyfile(path, draft)
        return
    known = Identifiers(dates=options.dates != "keep", uids=not options.keep_uids)
    known.learn(header)
    with storing_tree(target.parent) as draft:
        new = _write(found, draft, Cleaner(found.patient, known, options, secret), known)
        if isinstance(new, SetAside):
            raise ImageError(f"{path.name} cannot be de-identified: {new.reason}", hint="Export it in another format.")
        named = draft / target.name
        new.rename(named)
        shutil.rmtree(draft / new.relative_to(draft).parts[0])


def _files(paths: Sequence[Path], out: Path) -> list[Path]:
    place = out.resolve()
    for path in paths:
        if not path.exists():
            raise ImageError(f"{path.name} does not exist", hint="Check the name and the folder.")
        here = path.resolve()
        if place == here or place in here.parents or here in place.parents:
            raise ImageError(
                f"{out.name} is among the files to de-identify",
                hint="Choose a folder beside them: they stay as they are.",
            )
    return [file for path in paths for file in _below(path)]


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for folder, folders, names in os.walk(path):
        folders.sort()
        yield from (Path(folder) / name for name in sorted(names))


def _survey(
    files: Sequence[Path], options: Options, progress: Progress, stop: Stop
) -> tuple[list[_Found], dict[str, Identifiers], list[SetAside]]:
    """Look at every file once, so that what one tells of a patient is found in the others too."""
    found: list[_Found] = []
    aside: list[SetAside] = []
    known: dict[str, Identifiers] = defaultdict(
        lambda: Identifiers(dates=options.dates != "keep", uids=not options.keep_uids)
    )
    for done, path in enumerate(files):
        check(stop)
        progress(done / len(files), f"looking at file {done + 1} of {len(files)}")
        told = _look(path)
        if isinstance(told, SetAside):
            aside.append(told)
        elif told is not None:
            each, header = told
            found.append(each)
            known[each.patient].learn(header)
    if not found and not aside:
        raise ImageError("there is no DICOM file among these", hint="Choose the folder that holds the scans.")
    return found, known, aside


def _look(path: Path) -> tuple[_Found, Any] | SetAside | None:
    """What a file is; None for one that is no DICOM."""
    import pydicom

    try:
        if not is_dicom(path):
            return None
        header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
        if why := left_out(header):
            return SetAside(path, why)
        series = str(header.get("SeriesInstanceUID") or "")
        mosaic = "MOSAIC" in (header.get("ImageType") or ())
        found = _Found(path, patient_of(header), series, reason_to_look(header), may_show_a_face(header), mosaic)
        return found, header
    except Exception:  # pydicom raises nearly anything on a damaged file, in words that may quote it
        return SetAside(path, "cannot be read")


def _write(each: _Found, draft: Path, cleaner: Cleaner, identifiers: Identifiers) -> Path | SetAside:
    """Write one file below `draft` and look through its bytes once more."""
    import pydicom

    try:
        dataset = pydicom.dcmread(each.path, force=True)
        cleaner.clean(dataset)
        target = draft / _place(dataset, cleaner.pseudonym)
        target.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(target, enforce_file_format=True)
    except (OSError, MemoryError):
        raise
    except Exception:
        return SetAside(each.path, "is damaged and cannot be written anew")
    if identifiers.within_bytes(target.read_bytes()):
        target.unlink()
        return SetAside(each.path, "something that identifies the patient still stands in it")
    return target


def _place(dataset: Any, pseudonym: str) -> Path:
    """A name made of the pseudonym and the new UIDs, the same in every run."""
    names = [
        hashlib.sha256(str(dataset.get(name) or "").encode()).hexdigest()[:8]
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    ]
    number = str(dataset.get("InstanceNumber") or "")
    stem = f"{int(number):05}-{names[2]}" if number.isdigit() and len(number) < 6 else names[2]
    return Path(pseudonym) / names[0] / series_folder(dataset, names[1]) / f"{stem}.dcm"


def series_folder(header: Any, stem: str) -> str:
    """A name for a series that says its kind and number and nothing of the patient, for example "CT-3-1f0a9c2e"."""
    modality, number = str(header.get("Modality") or ""), str(header.get("SeriesNumber") or "")
    parts = (modality if modality.isascii() and modality.isalpha() else "", number if number.isdigit() else "")
    return "-".join((*(part[:6] for part in parts if part), stem))


def _is_released(path: Path, looked_at: set[Path]) -> bool:
    here = path.resolve()
    return here in looked_at or any(folder in looked_at for folder in here.parents)
