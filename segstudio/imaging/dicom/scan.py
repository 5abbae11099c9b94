"""What lies in a folder, a zip, a DICOMDIR or among loose files: series that a person recognises."""

from __future__ import annotations

import os
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from segstudio.errors import ImageError, SegStudioError
from segstudio.imaging.dicom.directory import files_named
from segstudio.imaging.dicom.elements import Damaged, is_dicom_start
from segstudio.imaging.dicom.header import pictures_of
from segstudio.imaging.dicom.pictures import About, Picture
from segstudio.imaging.dicom.place import FileStart, Place, unzipped
from segstudio.imaging.dicom.stacks import Stack, stacks_of
from segstudio.progress import Progress, Stop, check, never, silent

_TELL_EVERY = 50


@dataclass(frozen=True, slots=True)
class Unread:
    """A DICOM file that could not be read: why, and of which series it is as far as it says."""

    place: Place
    error: SegStudioError
    series: str = ""


@dataclass(frozen=True, eq=False)
class Series:
    """The pictures of one series.

    Parameters
    ----------
    about
        What a person recognises it by.
    pictures
        In the order in which their files were found.
    unread
        Files of it that could not be read: without them it is not whole.
    """

    about: About
    pictures: tuple[Picture, ...]
    unread: tuple[Unread, ...] = ()

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """Taken apart into pictures of one grid each; usually one."""
        return stacks_of(self.pictures) if self.pictures else ()

    @property
    def title(self) -> str:
        """What it is called in words: its description, or its number."""
        about = self.about
        return about.description or (f"series {about.number}" if about.number is not None else "series without a name")

    @property
    def plane(self) -> str:
        """ "axial", "coronal" or "sagittal" by the nearest, "several", or "" where it is not known."""
        planes = {stack.plane for stack in self.stacks}
        return planes.pop() if len(planes) == 1 else "several" if planes else ""

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it cannot be opened as it is, or what is to be known before, one sentence each."""
        found = (
            [f"{len(self.unread)} of its files cannot be read: {self.unread[0].error.message}"] if self.unread else []
        )
        if len(self.stacks) > 1:
            found.append(f"it holds {len(self.stacks)} stacks: {', '.join(stack.name for stack in self.stacks)}")
        elif self.stacks:
            found += self.stacks[0].problems
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Contents:
    """What was found.

    Parameters
    ----------
    path
        What was looked through.
    series
        By patient, study and number.
    unread
        DICOM files that could not be read and say of no series.
    others
        How many DICOM files hold no pictures.
    notes
        What else is to be told, one sentence each.
    """

    path: Path
    series: tuple[Series, ...]
    unread: tuple[Unread, ...] = ()
    others: int = 0
    notes: tuple[str, ...] = ()


def scan(path: Path | str, *, progress: Progress = silent, stop: Stop = never) -> Contents:
    """Look through a folder with all that is in it, a zip, a DICOMDIR or a file; no pixels are read.

    Raises
    ------
    ImageError
        It is missing, may not be read, or is a zip that cannot be opened.
    Stopped
        `stop()` became true.
    """
    path = Path(path)
    progress(0.0, f"looking through {path.name}")
    if path.is_dir():
        return _scanned(path, [Place(each) for each in _files_in(path, stop)], progress, stop)
    if not path.exists():
        raise ImageError(f"{path.name} does not exist", hint="Check the name and the folder.")
    if zipfile.is_zipfile(path):
        return _scanned_zip(path, progress, stop)
    if path.name.upper() == "DICOMDIR":
        files, missing = files_named(path)
        notes = (f"{path.name} names {missing} files that are not there.",) if missing else ()
        return _scanned(path, [Place(each) for each in files], progress, stop, notes)
    return _scanned(path, [Place(path)], progress, stop)


def scan_files(files: Iterable[Path], *, progress: Progress = silent, stop: Stop = never) -> Contents:
    """The same for loose files."""
    places = [Place(each) for each in files]
    return _scanned(places[0].path.parent, places, progress, stop)


def _files_in(folder: Path, stop: Stop) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        check(stop)
        folders.sort()
        yield from (Path(here, name) for name in sorted(files) if name.upper() != "DICOMDIR" and name[0] != ".")


def _scanned_zip(path: Path, progress: Progress, stop: Stop) -> Contents:
    gather = _Gather(path)
    with unzipped(path) as archive:
        entries = [each for each in archive.infolist() if not each.is_dir()]
        for done, entry in enumerate(entries):
            _tell(done, len(entries), progress, stop)
            if Path(entry.filename).name.upper() != "DICOMDIR":
                with archive.open(entry) as file:
                    gather.take(Place(path, entry.filename), file)
    return gather.contents()


def _scanned(
    path: Path, places: Sequence[Place], progress: Progress, stop: Stop, notes: tuple[str, ...] = ()
) -> Contents:
    gather = _Gather(path)
    for done, place in enumerate(places):
        _tell(done, len(places), progress, stop)
        try:
            if place.path.is_file():
                with open(place.path, "rb", buffering=0) as file:
                    gather.take(place, file)
        except OSError as error:
            gather.missed(place, ImageError(f"{place.name} may not be read ({error.strerror})"))
    return gather.contents(notes)


def _tell(done: int, count: int, progress: Progress, stop: Stop) -> None:
    if done % _TELL_EVERY == 0:
        check(stop)
        progress(done / count, f"looking through {count} files")


class _Gather:
    """Puts pictures with their series as file after file is looked at."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pictures: dict[str, list[Picture]] = defaultdict(list)
        self._unread: dict[str, list[Unread]] = defaultdict(list)
        self._patients: dict[str, int] = {}
        self._others = 0

    def take(self, place: Place, file: IO[bytes]) -> None:
        """Look at one file; what is no DICOM is passed over."""
        start = FileStart(file)
        if not is_dicom_start(start.first(132)):
            return
        try:
            pictures = pictures_of(place, start, self._patient)
        except SegStudioError as error:
            found = error.found if isinstance(error, Damaged) else None
            series = found.text("SeriesInstanceUID") if found is not None else ""
            self.missed(place, error, series)
            return
        self._others += not pictures
        for each in pictures:
            self._pictures[each.file.about.series].append(each)

    def missed(self, place: Place, error: SegStudioError, series: str = "") -> None:
        """Remember a file that cannot be read."""
        told = type(error) if not isinstance(error, Damaged) else ImageError
        self._unread[series].append(Unread(place, told(f"{place.name}: {error.message}", hint=error.hint), series))

    def contents(self, notes: tuple[str, ...] = ()) -> Contents:
        """What was found so far."""
        lone = {uid for uid in self._unread if uid and uid not in self._pictures}
        series = [
            Series(pictures[0].file.about, tuple(pictures), tuple(self._unread.get(uid, ())))
            for uid, pictures in self._pictures.items()
        ]
        series += [Series(About(uid), (), tuple(self._unread[uid])) for uid in lone]
        dates: dict[str, str] = {}
        for each in series:
            dates[each.about.study] = max(dates.get(each.about.study, ""), each.about.date)
        series.sort(key=lambda one: (one.about.patient, dates[one.about.study], one.about.study, one.about.number or 0))
        return Contents(self._path, tuple(series), tuple(self._unread.get("", ())), self._others, notes)

    def _patient(self, name: str) -> int:
        return self._patients.setdefault(name, len(self._patients) + 1)
