"""A DICOMDIR: the table of contents of a CD (PS3.10)."""

from __future__ import annotations

from pathlib import Path

from segstudio.imaging.dicom.elements import read_header
from segstudio.imaging.dicom.place import FileStart
from segstudio.imaging.stream import telling


def files_named(path: Path) -> tuple[list[Path], int]:
    """The files that a DICOMDIR names, and how many more it names that are not there.

    Names are found whatever their case, as CDs are read in another than they were written in.

    Raises
    ------
    Damaged
        It cannot be followed.
    """
    with telling(path), path.open("rb") as file:
        records = read_header(FileStart(file)).elements.items("DirectoryRecordSequence")
    names = [words for record in records if (words := record.words("ReferencedFileID"))]
    inside: dict[Path, dict[str, Path]] = {}
    found = [_found(path.parent, words, inside) for words in names]
    return [each for each in found if each is not None], found.count(None)


def _found(folder: Path, words: tuple[str, ...], inside: dict[Path, dict[str, Path]]) -> Path | None:
    for word in words:
        if folder not in inside:
            inside[folder] = {each.name.upper(): each for each in folder.iterdir()} if folder.is_dir() else {}
        there = inside[folder]
        found = there.get(word.upper()) or there.get(f"{word.upper()}.DCM")
        if found is None:
            return None
        folder = found
    return folder if folder.is_file() else None
