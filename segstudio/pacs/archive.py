"""An archive over DICOMweb: QIDO-RS to find, WADO-RS to fetch, STOW-RS to store (DICOM PS3.18)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from io import SEEK_END, BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, BinaryIO, Self
from uuid import uuid4

from segstudio.errors import PacsError
from segstudio.imaging.deidentify import Options, Report, SetAside, deidentify, series_folder
from segstudio.imaging.discreet import be_discreet
from segstudio.imaging.storing import storing_tree
from segstudio.pacs.connections import Connection, Passwords
from segstudio.pacs.found import (
    SERIES_FIELDS,
    STUDY_FIELDS,
    Query,
    SeriesFound,
    StudyFound,
    number,
    require_uid,
    series_of,
    study_of,
    text,
)
from segstudio.pacs.web import Web
from segstudio.progress import Progress, Stop, check, never, part, silent

PAGE = 100
Look = Callable[[Sequence[SetAside]], Collection[Path]]
"""Shows a person the pictures that are held and gives back the files of those that are released."""

_CHUNK = 1 << 20
_PICTURES = 'multipart/related; type="application/dicom"; transfer-syntax=*'


@dataclass(frozen=True)
class Fetched:
    """What was fetched.

    Parameters
    ----------
    folders
        One for each series, without those of which every file is held.
    files
        How many files were written.
    report
        What was done to hide who the patient is; None if nothing was.
    """

    folders: tuple[Path, ...]
    files: int
    report: Report | None = None


class Archive:
    """One archive, until it is closed.

    Parameters
    ----------
    password
        None takes the one from the system's keyring.

    Raises
    ------
    PacsError
        The packages for it are not installed, or the keyring does not answer.
    """

    def __init__(self, connection: Connection, password: str | None = None) -> None:
        if password is None:
            password = Passwords().get(connection) if connection.user else ""
        be_discreet()
        self._web = Web(connection, password)
        self.connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._web.close()

    def studies(self, query: Query, *, at_most: int = 500, stop: Stop = never) -> list[StudyFound]:
        """Studies that fit, the latest first, asked for page by page.

        Raises
        ------
        PacsError
            The archive cannot be reached, refuses, or answers oddly.
        """
        fields = {**query.fields, "includefield": list(STUDY_FIELDS)}
        found = [study_of(item) for item in self._pages("studies", fields, at_most, stop)]
        return sorted(found, key=lambda each: each.date, reverse=True)

    def series(self, study: str, *, stop: Stop = never) -> list[SeriesFound]:
        """The series of a study, by number."""
        fields = {"includefield": list(SERIES_FIELDS)}
        items = self._pages(f"studies/{require_uid(study)}/series", fields, None, stop)
        return sorted((series_of(item, study) for item in items), key=lambda each: (each.number, each.uid))

    def fetch(
        self,
        series: Sequence[SeriesFound],
        out: Path,
        *,
        hide: Options | None = None,
        look: Look = lambda _held: (),
        progress: Progress = silent,
        stop: Stop = never,
    ) -> Fetched:
        """Fetch series into a folder, one folder each, all of them or nothing.

        Parameters
        ----------
        out
            Gets folders with names that say nothing of the patient; what stands there under other names stays.
        hide
            De-identify what is fetched before it is kept, with these options; None keeps it as it is.
        look
            Asked for those of the pictures that are held that a person has looked at and releases.

        Raises
        ------
        PacsError
            The archive is gone half way, or sends something else than was asked for; nothing was kept.
        ImageError
            The disk refuses.
        Stopped
            `stop()` became true; nothing was kept.
        """
        if not series:
            raise PacsError(f"{self.connection.host} has no such series", hint="Look for the study again.")
        if hide is None:
            with storing_tree(out) as draft:
                names = self._fetch_into(series, draft, progress, stop)
            files = sum(1 for name in names for _ in (out / name).iterdir())
            return Fetched(tuple(out / name for name in names), files)
        with TemporaryDirectory(prefix="segstudio-", ignore_cleanup_errors=True) as folder:
            self._fetch_into(series, Path(folder), part(progress, 0, 0.7), stop)
            report = deidentify([Path(folder)], out, hide, progress=part(progress, 0.7, 1), stop=stop)
            if report.held and (released := look(report.held)):
                report = deidentify([Path(folder)], out, hide, release=released, stop=stop)
        folders = tuple(sorted({path.parent for path in report.written}))
        return Fetched(folders, len(report.written), report)

    def store(self, files: Sequence[Path], *, progress: Progress = silent, stop: Stop = never) -> None:
        """Store files in the archive, one by one; each counts when the archive has said that it has it.

        Raises
        ------
        PacsError
            A file is no DICOM, or the archive does not take it; says how many were stored before it.
        """
        for done, path in enumerate(files):
            try:
                check(stop)
                progress(done / len(files), f"storing file {done + 1} of {len(files)}")
                self._store(path, stop)
            except PacsError as error:
                before = f"; {done} files were stored before it" if done else ""
                raise PacsError(f"{path.name} was not stored: {error.message}{before}", hint=error.hint) from error

    # Asking

    def _pages(self, path: str, fields: dict[str, Any], at_most: int | None, stop: Stop) -> Iterator[dict[str, Any]]:
        """Items of all pages; an archive that gives all at once, or the same page again, is not asked for ever."""
        seen: set[str] = set()
        while at_most is None or len(seen) < at_most:
            check(stop)
            page = self._web.json(path, {**fields, "limit": str(PAGE), "offset": str(len(seen))}, stop=stop)
            fresh = [(uid, item) for item in page if (uid := _uid_of(item)) not in seen]
            fresh = fresh if at_most is None else fresh[: at_most - len(seen)]
            seen.update(uid for uid, _item in fresh)
            yield from (item for _uid, item in fresh)
            if len(page) < PAGE or not fresh:
                return

    # Fetching

    def _fetch_into(self, series: Sequence[SeriesFound], folder: Path, progress: Progress, stop: Stop) -> list[str]:
        names = []
        for done, each in enumerate(series):
            told = {"Modality": each.modality, "SeriesNumber": each.number}
            name = series_folder(told, hashlib.sha256(each.uid.encode()).hexdigest()[:8])
            names.append(name)
            (folder / name).mkdir()
            mine = part(progress, done / len(series), (done + 1) / len(series))
            self._fetch_series(each, folder / name, mine, stop)
        return names

    def _fetch_series(self, series: SeriesFound, folder: Path, progress: Progress, stop: Stop) -> None:
        path = f"studies/{require_uid(series.study)}/series/{require_uid(series.uid)}/instances"
        progress(0.0, "asking for the list of pictures")
        items = list(self._pages(path, {"includefield": ["00200013"]}, None, stop))
        if not items:
            raise PacsError(
                f"{self.connection.host} has no pictures of this series", hint="Look for it again; it may have moved."
            )
        for done, item in enumerate(items):
            check(stop)
            progress(done / len(items), f"fetching picture {done + 1} of {len(items)}")
            uid = require_uid(text(item, "00080018"))
            name = f"{number(item, '00200013'):05}-{hashlib.sha256(uid.encode()).hexdigest()[:8]}.dcm"
            self._fetch_instance(f"{path}/{uid}", uid, folder / name, stop)

    def _fetch_instance(self, path: str, uid: str, target: Path, stop: Stop) -> None:
        draft = target.with_suffix(".part")
        with self._web.ask("GET", path, headers={"Accept": _PICTURES}) as answer, draft.open("wb") as file:
            kind = answer.headers.get("Content-Type", "")
            for piece in self._web.body(answer, stop=stop):
                file.write(piece)
        try:
            _unwrap(draft, kind, target)
        except ValueError as error:
            raise PacsError(
                f"{self.connection.host} sent a picture that is not whole", hint="Nothing of it was kept; try again."
            ) from error
        finally:
            draft.unlink()
        if _instance_of(target) != uid:
            raise PacsError(f"{self.connection.host} sent another picture than was asked for", hint="Try again.")

    # Storing

    def _store(self, path: Path, stop: Stop) -> None:
        uid = _instance_of(path)
        if not uid:
            raise PacsError("it is no DICOM file", hint="Only DICOM can be stored in an archive.")
        boundary = uuid4().hex
        kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
        headers = {"Content-Type": kind, "Accept": "application/dicom+json"}
        with (
            closing(_Wrapped(path, boundary, stop)) as content,
            self._web.ask("POST", "studies", headers=headers, data=content) as answer,
        ):
            told = b"".join(self._web.body(answer, stop=stop, at_most=_CHUNK))
        if answer.status_code == 202 or uid.encode() not in told:
            raise PacsError(
                f"{self.connection.host} does not say that it has it",
                hint="Look it up there before you store it again.",
            )


def _uid_of(item: dict[str, Any]) -> str:
    """Of an instance, a series or a study, whichever an item is."""
    return next((uid for tag in ("00080018", "0020000E", "0020000D") if (uid := text(item, tag))), "")


def _unwrap(draft: Path, kind: str, target: Path) -> None:
    """Take the one file out of a multipart answer (RFC 2046), in pieces: a file may be larger than the memory.

    Raises
    ------
    ValueError
        The answer is cut off, or none of this kind.
    """
    header = Message()
    header["Content-Type"] = kind
    if header.get_content_type() == "application/dicom":
        draft.replace(target)
        draft.touch()
        return
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/related" or not isinstance(boundary, str):
        raise ValueError(f"the answer is {header.get_content_type()}")
    mark = f"--{boundary}".encode()
    size = draft.stat().st_size
    with draft.open("rb") as file:
        head = file.read(1 << 16)
        start = head.index(b"\r\n\r\n", head.index(mark)) + 4
        file.seek(max(start, size - len(mark) - 1024))
        tail = file.read()
        end = size - len(tail) + tail.rindex(b"\r\n" + mark + b"--")
        _copy(file, start, end, target)


def _copy(file: Any, start: int, end: int, target: Path) -> None:
    file.seek(start)
    with target.open("wb") as out:
        left = end - start
        while left > 0 and (piece := file.read(min(_CHUNK, left))):
            out.write(piece)
            left -= len(piece)


class _Wrapped:
    """A file as the only part of a multipart request, of known length: not every archive takes one in chunks."""

    def __init__(self, path: Path, boundary: str, stop: Stop) -> None:
        self._stop = stop
        self._parts: list[BinaryIO] = [
            BytesIO(f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()),
            path.open("rb"),
            BytesIO(f"\r\n--{boundary}--\r\n".encode()),
        ]
        self._length = sum(each.seek(0, SEEK_END) for each in self._parts)
        for each in self._parts:
            each.seek(0)

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Some of it, as a file gives."""
        check(self._stop)
        for each in self._parts:
            if piece := each.read(size):
                return piece
        return b""

    def close(self) -> None:
        """Close the file."""
        for each in self._parts:
            each.close()


def _instance_of(path: Path) -> str:
    """The UID of a file's picture, or "" if it is no DICOM."""
    import pydicom

    try:
        return str(pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)
    except Exception:  # pydicom raises nearly anything on a damaged file
        return ""
