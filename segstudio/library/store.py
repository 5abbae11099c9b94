"""The library's file: opened, brought to this version, read and written in short transactions."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from segstudio.errors import LibraryError
from segstudio.library.migrations import STEPS
from segstudio.library.records import Event

FILE = "library.db"
_APPLICATION = 0x53656753  # "SegS", in SQLite's application_id
_FOLDERS = ("images", "corrections", "predictions", "models", "work", "incoming", "backups")

_PROBE = 1 << 16
"""Bytes of a page at most (https://www.sqlite.org/limits.html)."""

_NO_ROOM = "Make room on the disk; nothing that was stored is lost."
_NO_WRITING = "Choose a library folder that you may write to."
_BUSY = "Another program is writing to it; try again in a moment."
_NO_LARGER = (
    "Raise the limit on the size of files, or choose a folder on another disk; nothing that was stored is lost."
)
_DAMAGED = "Restore it from the folder's `backups`, or choose another library folder."


class _Connection(sqlite3.Connection):
    """A connection that can be weakly referenced."""


class Store:
    """A library folder and its SQLite file.

    Each thread has a connection of its own: the window, the worker's thread and the command line read and write at the
    same time, in one process or several.
    """

    def __init__(self, folder: Path, *, patience: float = 10.0) -> None:
        self.folder = folder
        self._patience = patience
        self._mine = threading.local()
        self._all: weakref.WeakSet[_Connection] = weakref.WeakSet()
        with self._told():
            for name in _FOLDERS:
                (folder / name).mkdir(parents=True, exist_ok=True)
            self._bring_up_to_date()

    def close(self) -> None:
        """Close every thread's connection; to be called when no other thread uses the library any more."""
        for connection in list(self._all):
            connection.close()
        self._mine = threading.local()

    def audit(self) -> list[Event]:
        """The whole log, oldest first; lines are only ever added."""
        rows = self._rows("SELECT * FROM audit ORDER BY id")
        return [Event(**{**dict(row), "detail": json.loads(row["detail"])}) for row in rows]

    def _log(self, verb: str, subject: str, person: str = "", **detail: Any) -> None:
        """Add a line to the audit log, within the transaction of what it tells."""
        self._connection().execute(
            "INSERT INTO audit (at, person, verb, subject, detail) VALUES (?, ?, ?, ?, ?)",
            (now(), person, verb, subject, json.dumps(detail)),
        )

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._told():
            return self._connection().execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is stored when the block ends, or nothing if it raises."""
        with self._told():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def _connection(self) -> sqlite3.Connection:
        connection: _Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA recursive_triggers = ON")
            connection.execute("PRAGMA synchronous = FULL")
            self._mine.connection = connection
        return connection

    def _connect(self) -> _Connection:
        connection = sqlite3.connect(
            self.folder / FILE,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,  # each thread uses its own; `close` closes them all
            factory=_Connection,
        )
        connection.row_factory = sqlite3.Row
        self._all.add(connection)
        return connection

    def _bring_up_to_date(self) -> None:
        connection = self._connect()
        try:
            version = _version(connection, self.folder)
            if 0 < version < len(STEPS):
                self._back_up(connection, version)
            connection.execute("PRAGMA journal_mode = WAL")
            while version < len(STEPS):
                version = _step(connection, self.folder)
        finally:
            connection.close()

    def _back_up(self, connection: sqlite3.Connection, version: int) -> None:
        incoming = self.folder / "incoming" / f"{uuid4().hex}.db"
        copy = sqlite3.connect(incoming)
        try:
            connection.backup(copy)
        finally:
            copy.close()
        sync(incoming)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        move(incoming, self.folder / "backups" / f"library-v{version}-{stamp}.db")

    @contextmanager
    def _incoming_file(self, data: bytes) -> Iterator[Path]:
        """The bytes in a synced, read-only file that waits for its name."""
        incoming = self.folder / "incoming" / uuid4().hex
        try:
            incoming.write_bytes(data)
            sync(incoming)
            freeze(incoming)
            yield incoming
        finally:
            incoming.unlink(missing_ok=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite and the disk say into words."""
        try:
            yield
        except sqlite3.Error as error:
            raise _in_words(error, self.folder) from error
        except OSError as error:
            raise disk_in_words(error, self.folder) from error


def now() -> str:
    """The time as the library writes it: ISO 8601, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sync(path: Path) -> None:
    """Make sure that a file's content, or a folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":  # Windows keeps a folder's names safe by itself and opens no folders
        return
    handle = os.open(path, os.O_RDWR if path.is_file() and os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move(source: Path, target: Path) -> None:
    """Give a synced file or folder its final name in one step."""
    if os.name == "nt" and target.is_file():
        target.chmod(0o666)  # Windows replaces no read-only file
    os.replace(source, target)
    sync(target.parent)


def freeze(file: Path) -> None:
    """Take away the right to write."""
    file.chmod(0o444)


def to_plain(value: Mapping[str, Any] | list[Any] | tuple[Any, ...]) -> str:
    """JSON without spaces to spare."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _version(connection: sqlite3.Connection, folder: Path) -> int:
    """The library's version; refuses one that this program did not write, without touching it."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application != _APPLICATION and (version or tables):
        raise LibraryError(f"{folder / FILE} is no SegStudio library", hint="Choose another library folder.")
    if version > len(STEPS):
        raise LibraryError(
            f"the library {folder} was written by a newer SegStudio (its version is {version}, not {len(STEPS)})",
            hint="Update SegStudio; the library was not touched.",
        )
    return version


def _step(connection: sqlite3.Connection, folder: Path) -> int:
    """Take the library one version further, unless another process just has; returns its version."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, folder)
        if version < len(STEPS):
            for statement in _statements(STEPS[version]):
                connection.execute(statement)
            version += 1
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return version


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would commit halfway."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _in_words(error: sqlite3.Error, folder: Path) -> LibraryError:
    name = getattr(error, "sqlite_errorname", None) or ""
    file = folder / FILE
    if name == "SQLITE_FULL":
        return LibraryError(f"the disk of the library {folder} is full", hint=_NO_ROOM)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LibraryError(f"the library {folder} is locked", hint=_BUSY)
    if name.startswith("SQLITE_IOERR") and (refused := _refusal(folder)) is not None:
        return disk_in_words(refused, folder)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return LibraryError(f"the library {folder} cannot be written to", hint=_NO_WRITING)
    if name.startswith("SQLITE_NOTADB"):
        return LibraryError(f"{file} is no SegStudio library", hint="Choose another library folder.")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_IOERR")):
        return LibraryError(f"{file} is damaged or its disk does not answer ({error})", hint=_DAMAGED)
    return LibraryError(f"the library {folder} refuses: {error}", hint="Nothing was stored.")


def _refusal(folder: Path) -> OSError | None:
    """Why the disk takes no more, which SQLite keeps to itself: asked of it with a file as long as the library's own.

    None where it takes that, or does not answer at all.
    """
    probe = folder / "incoming" / uuid4().hex
    try:
        longest = max(file.stat().st_size for file in folder.glob(f"{FILE}*"))
        with probe.open("wb") as file:
            file.seek(longest)
            file.write(bytes(_PROBE))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS) else None
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    return None


def disk_in_words(error: OSError, folder: Path) -> LibraryError:
    """What the disk says, for people."""
    if error.errno == errno.ENOSPC:
        return LibraryError(f"the disk of the library {folder} is full", hint=_NO_ROOM)
    if error.errno == errno.EDQUOT:
        return LibraryError(f"your share of the disk of the library {folder} is used up", hint=_NO_ROOM)
    if error.errno == errno.EFBIG:
        return LibraryError(f"no file of the library {folder} may grow any larger", hint=_NO_LARGER)
    if error.errno == errno.EROFS:
        return LibraryError(f"the disk of the library {folder} is read-only", hint=_NO_WRITING)
    if error.errno in (errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
        return LibraryError(f"the library {folder} cannot be written to", hint=_NO_WRITING)
    where = f" ({error.filename})" if error.filename else ""
    return LibraryError(f"the library {folder} refuses: {error.strerror or error}{where}", hint="Nothing was stored.")
