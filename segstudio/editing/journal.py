"""Every finished step on disk within moments, so that a crash loses none."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from numpy.typing import NDArray

from segstudio.editing.history import Step
from segstudio.editing.replay import MARK, Record, base_of, read_story, skim
from segstudio.errors import EditError, SegStudioError
from segstudio.imaging.stream import sync_names

logger = logging.getLogger(__name__)

Trouble = Callable[[SegStudioError], None]
"""Called from the journal's thread, once for a spell of trouble."""

ROOM = 64 << 20
"""Bytes that a journal may grow beyond twice its shortest form before it is written anew."""

_JOURNALS, _NAME, _LOCK = "journals", "journal", "lock"
_RETRY_S = 1.0
_BATCH = 200


def _to_log(error: SegStudioError) -> None:
    logger.warning("%s", error)


@dataclass(frozen=True, eq=False)
class Kept:
    """Work that a journal has kept.

    Parameters
    ----------
    about
        What was noted last of the case.
    labels
        The mask with all its steps, shape (z, y, x), on the grid and in the memory order that it had.
    done, undone
        Steps that can be undone and done again, for `Mask`; the next one last.
    changed
        When the last of it was written, in seconds since 1970.
    size
        Bytes of the journal that count; a crash may have left half a record after them.
    """

    folder: Path
    about: dict[str, Any]
    labels: NDArray[Any]
    done: tuple[Step, ...]
    undone: tuple[Step, ...]
    changed: float
    size: int


class Journal:
    """Writes down what is done to one mask, in a thread of its own; made by `begin` or `resume`.

    Nothing is on disk before the first step. When the disk is full, work goes on in memory and is written down as soon
    as there is room. Two programs can't keep a journal in one folder.

    Parameters
    ----------
    folder
        Of this scan alone; made when it is missing.
    start
        Notes and mask of the beginning; () for a journal that goes on.
    size
        Bytes of the file that stand; 0 if it is yet to be begun.
    trouble
        Told in the journal's thread what goes wrong, once for each spell of trouble.

    Raises
    ------
    EditError
        Another program keeps this journal, or the folder cannot be written to.
    """

    def __init__(self, folder: Path, start: tuple[Record, ...], size: int, trouble: Trouble = _to_log) -> None:
        self._folder = folder
        self._start = start
        self._size = size
        self._most = 2 * size + ROOM
        self._trouble = trouble
        self._told = False
        self._ending = False
        self._waiting: list[Record] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._lock = _locked(folder)

    @classmethod
    def begin(
        cls,
        folder: Path,
        about: Mapping[str, Any],
        labels: NDArray[Any],
        *,
        base: Step | None = None,
        trouble: Trouble = _to_log,
    ) -> Journal:
        """A new journal; its first step replaces the one that may lie in the folder.

        It packs the mask at once, a tenth of a second for 80 million voxels: not for the window's thread.

        Parameters
        ----------
        about
            What has to be known to take the work up again; plain data that fits in JSON.
        labels
            The mask as it is now, shape (z, y, x).
        base
            The same as `base_of` packs it, where that was done before.
        """
        packed = Record("base", base_of(labels) if base is None else base)
        return cls(folder, (Record("about", about=dict(about)), packed), 0, trouble)

    @classmethod
    def resume(cls, kept: Kept, *, trouble: Trouble = _to_log) -> Journal:
        """Go on where an earlier journal ended."""
        return cls(kept.folder, (), kept.size, trouble)

    @staticmethod
    def open(folder: Path) -> Kept | None:
        """Read what a journal has kept and leave it as it is; None where there is nothing of use."""
        path = folder / _NAME
        read = read_story(path)
        if read is None:
            return None
        story, size = read
        changed = path.stat().st_mtime
        return Kept(folder, story.about, story.labels(), tuple(story.done), tuple(story.undone), changed, size)

    @staticmethod
    def about(folder: Path) -> dict[str, Any] | None:
        """What was noted last of the case, without the time that its voxels take to read; None if no step was kept."""
        return skim(folder / _NAME)

    @staticmethod
    def in_use(folder: Path) -> bool:
        """Whether some program keeps this journal now."""
        if not (folder / _LOCK).exists():
            return False
        try:
            _locked(folder).release()
        except EditError:
            return True
        return False

    @staticmethod
    def folder(library: Path, scan: Path) -> Path:
        """Where the journal of a scan lies; named by a hash, since a scan's name may be a patient's."""
        return library / _JOURNALS / hashlib.sha256(str(scan.resolve()).encode()).hexdigest()[:24]

    @staticmethod
    def left(library: Path) -> list[Path]:
        """Folders of journals with steps that no program keeps now, the last one written first."""
        found = [
            path.parent for path in (library / _JOURNALS).glob(f"*/{_NAME}") if Journal.about(path.parent) is not None
        ]
        free = [folder for folder in found if not Journal.in_use(folder)]
        return sorted(free, key=lambda folder: -(folder / _NAME).stat().st_mtime)

    @property
    def behind(self) -> int:
        """How many records are not on disk yet."""
        return len(self._waiting)

    # What is written down; each returns at once

    def add(self, step: Step, kept: int) -> None:
        """A step was made, after which so many can be undone."""
        self._put(Record("step", step, kept=kept))

    def undone(self, kept: int) -> None:
        """A step was undone, after which so many can be undone."""
        self._put(Record("undo", kept=kept))

    def redone(self, kept: int) -> None:
        """A step was done again, after which so many can be undone."""
        self._put(Record("redo", kept=kept))

    def note(self, about: Mapping[str, Any]) -> None:
        """All that is to be known of the case from now on, in place of what was noted before."""
        record = Record("about", about=dict(about))
        with self._changed:
            if self._start and not self._waiting:
                self._start = (record, self._start[1])
                return
        self._put(record)

    def _put(self, record: Record) -> None:
        with self._changed:
            self._waiting.append(record)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    # The end

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all is on disk; False if it is not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout_s)

    def close(self, timeout_s: float = 10.0) -> bool:
        """Put the rest on disk and end; False if it could not be put there."""
        self._end(timeout_s)
        self._lock.release()
        if not self._size and not self._waiting:
            self._tidy()
        return not self._waiting

    def forget(self) -> None:
        """End, and remove all that was written."""
        with self._changed:
            self._waiting.clear()
        self._end(10.0)
        self._lock.release()
        (self._folder / _NAME).unlink(missing_ok=True)
        self._tidy()

    def _end(self, timeout_s: float) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _tidy(self) -> None:
        """A folder without a journal goes; one that another program has just taken up stays."""
        if not (self._folder / _NAME).exists() and not self.in_use(self._folder):
            shutil.rmtree(self._folder, ignore_errors=True)

    # The thread

    def _run(self) -> None:
        while batch := self._next():
            last = self._ending
            try:
                self._write(batch)
            except OSError as error:
                self._tell(error)
                if last:
                    return
                with self._changed:
                    self._changed.wait_for(lambda: self._ending, _RETRY_S)
                continue
            with self._changed:
                del self._waiting[: len(batch)]
                self._told = False
                self._changed.notify_all()
            self._shorten()

    def _next(self) -> list[Record]:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._ending)
            return self._waiting[:_BATCH]

    def _write(self, batch: Sequence[Record]) -> None:
        if not self._size:
            self._write_anew((*self._start, *batch))
            self._start = ()
            return
        with (self._folder / _NAME).open("r+b") as file:
            file.seek(self._size)
            file.truncate()
            for record in batch:
                file.write(record.packed())
            file.flush()
            os.fsync(file.fileno())
            self._size = file.tell()

    def _write_anew(self, records: Iterable[Record]) -> None:
        """Write a whole journal beside the present one, and put it in its place once it is safe."""
        writing = self._folder / f"{_NAME}.writing"
        try:
            with writing.open("wb") as file:
                file.write(MARK)
                for record in records:
                    file.write(record.packed())
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            os.replace(writing, self._folder / _NAME)
        finally:
            writing.unlink(missing_ok=True)
        sync_names(self._folder)
        self._size, self._most = size, 2 * size + ROOM

    def _shorten(self) -> None:
        """Write a journal that has grown long without what nobody can ask for any more."""
        if self._size <= self._most:
            return
        read = read_story(self._folder / _NAME)
        try:
            if read is not None:
                self._write_anew(read[0].folded())
        except OSError:
            logger.exception("a journal could not be shortened")
        self._most = max(self._most, 2 * self._size)

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            self._trouble(
                EditError(
                    f"the correction cannot be kept on disk ({error.strerror})",
                    hint="Free some room; until then the work is kept in memory only.",
                )
            )


def _locked(folder: Path) -> FileLock:
    lock = FileLock(folder / _LOCK, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise EditError("this scan is being corrected in another window", hint="Go on there, or close it.") from error
    except OSError as error:
        raise EditError(
            f"the correction cannot be kept on disk ({error.strerror})", hint=f"Is {folder.parent} writable?"
        ) from error
    return lock
