"""One folder that holds everything that must last."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from segstudio.errors import LibraryError
from segstudio.library.governance import Governance
from segstudio.library.predictions import Predictions
from segstudio.library.rules import Rules
from segstudio.library.worklist import Worklist

_LEFT_SECONDS = 24 * 3600.0
"""A file in the making that is older than this was left by a program that was killed."""


class Library(Governance, Predictions, Rules, Worklist):
    """Cases, frozen corrections, jobs, model versions and the audit log, in one folder that can be moved.

    Every method is one short transaction and may be called from any thread, and from several programs at the same time.
    What SQLite or the disk refuses is told as a `LibraryError`; then nothing was stored.
    """

    @classmethod
    def open(cls, folder: Path, *, patience: float = 10.0) -> Library:
        """Open the library in a folder: made if it is not there, backed up before it is brought to this version.

        Parameters
        ----------
        patience
            Seconds to wait for another program that is writing.

        Raises
        ------
        LibraryError
            It is of a newer version, no library, damaged, locked, or cannot be written to.
        """
        return cls(folder.expanduser().absolute(), patience=patience)

    def lock_worker(self) -> WorkerLock:
        """Become the only one that runs this library's jobs, until the lock is released or the program ends.

        Raises
        ------
        LibraryError
            Another window or worker is.
        """
        with self._told():
            return WorkerLock(self.folder / "worker.lock")

    def sweep(self) -> list[str]:
        """Put away what killed programs left; only for the holder of the worker's lock. Returns what was moved.

        A file takes its name before its row is stored, and both happen while the library is locked for writing: so a
        file without a row belongs to a transaction that never was. It is moved to `orphans`, not deleted, because a
        library restored from a backup has such files too.
        """
        with self._told():
            with self._writing() as connection:
                known = {
                    row[0] for table, column in _STORED for row in connection.execute(f"SELECT {column} FROM {table}")
                }
                found = [
                    path.relative_to(self.folder).as_posix()
                    for pattern in _PATTERNS
                    for path in self.folder.glob(pattern)
                ]
                orphans = sorted(set(found) - known)
                for name in orphans:
                    target = self.folder / "orphans" / name.replace("/", "-")
                    target.parent.mkdir(exist_ok=True)
                    if not target.exists():
                        (self.folder / name).rename(target)
            self._forget_work()
        return orphans

    def _forget_work(self) -> None:
        keep = {job.folder.name for job in self.jobs() if job.state not in ("done", "cancelled")}
        for folder in (self.folder / "work").glob("job-*"):
            if folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)
        for left in [*(self.folder / "incoming").iterdir(), *(self.folder / "work").glob("predict-*")]:
            if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


_STORED = (("cases", "image"), ("corrections", "file"), ("predictions", "file"), ("models", "folder"))
_PATTERNS = ("images/*", "corrections/*", "predictions/*", "models/*/*")


class WorkerLock:
    """Held by the one worker of a library; the system takes it back when the program is killed."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, thread_local=False)
        try:
            self._lock.acquire(blocking=False)
        except Timeout as error:
            raise LibraryError(
                f"another window or worker is working on the library {path.parent}",
                hint="Close it first, or choose another library; its worker runs the jobs that you add.",
            ) from error

    def release(self) -> None:
        """Let another one work."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
