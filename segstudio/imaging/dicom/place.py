"""Where the bytes of a DICOM file lie: on the disk, or within a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from segstudio.errors import ImageError


@dataclass(frozen=True, slots=True)
class Place:
    """A file, or a member of the zip `path`."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """What the person calls it."""
        return self.member.rpartition("/")[2] or self.path.name

    @property
    def folder(self) -> str:
        """What tells files of one folder from those of another."""
        return f"{self.path}/{self.member.rpartition('/')[0]}" if self.member else str(self.path.parent)

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file's bytes; those of a zip are unpacked into memory."""
        if not self.member:
            with self.path.open("rb") as file:
                yield file
            return
        with unzipped(self.path) as archive:
            yield io.BytesIO(member_bytes(archive, self.member))


@contextmanager
def unzipped(path: Path) -> Iterator[zipfile.ZipFile]:
    """An open zip.

    Raises
    ------
    ImageError
        It is no zip, or damaged, encrypted, or packed in a way that cannot be unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError) as error:
        raise ImageError(f"{path.name} is no sound zip", hint="It was not copied to the end; copy it again.") from error
    except NotImplementedError as error:
        raise ImageError(
            f"{path.name} is packed in a way SegStudio cannot unpack", hint="Unpack it, and choose the folder."
        ) from error
    except RuntimeError as error:  # zipfile's word for a password
        raise ImageError(
            f"{path.name} is locked with a password", hint="Unpack it with the password, and choose the folder."
        ) from error


def member_bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    """A whole member; no more than it claims to hold, nor than deflate can make of what is there.

    Raises
    ------
    ImageError
        It claims to hold more than its packed bytes could become.
    """
    entry = archive.getinfo(name)
    if entry.file_size > max(entry.compress_size, 1) * 1032:  # https://zlib.net/zlib_tech.html
        raise ImageError(f"{name.rpartition('/')[2]} in the zip claims an impossible size", hint="Copy it again.")
    return archive.read(entry)


class FileStart:
    """The beginning of an open file, read as far as it is asked for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._have = b""

    def first(self, count: int) -> bytes:
        """The first `count` bytes; fewer only where the file ends before."""
        if len(self._have) < count:
            self._have += self._file.read(count - len(self._have))
        return self._have[:count] if len(self._have) > count else self._have
