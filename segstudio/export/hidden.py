"""Exports that do not say whose they are."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from segstudio.export.formats import Format
from segstudio.export.written import Author, Written
from segstudio.imaging import LabelMap, Volume
from segstudio.imaging.deidentify import deidentify_file
from segstudio.progress import Progress, Stop, never, silent

NOTE = "The DICOM file is de-identified: it refers to the de-identified files of the scan, not to those of the archive."


def write(
    kind: Format,
    labels: LabelMap,
    scan: Volume,
    path: Path,
    *,
    author: Author,
    progress: Progress = silent,
    stop: Stop = never,
) -> Written:
    """Write a mask without what identifies the patient; formats that are not DICOM say nothing of the patient anyway.

    Raises
    ------
    SegStudioError
        What the format raises, or the file cannot be de-identified; nothing was written.
    """
    if not kind.refers:
        return kind.write(labels, scan, path, author=author, progress=progress, stop=stop)
    with TemporaryDirectory(prefix="segstudio-") as folder:
        made = kind.write(labels, scan, Path(folder) / path.name, author=author, progress=progress, stop=stop)
        for each in made.paths:
            deidentify_file(each, path.with_name(each.name))
    return Written(tuple(path.with_name(each.name) for each in made.paths), made.checks, (*made.notes, NOTE))
