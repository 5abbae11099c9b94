"""Voxels of a known number read from, and written to, plain and packed files."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from segstudio.errors import ImageError

Packing = Literal["raw", "gzip", "zlib"]

Take = Callable[[BinaryIO, DTypeLike, int, Path], NDArray[Any]]
"""What is done with the voxels of a file: `take`, or the comparison that `matching` makes."""

_MOST_UNPACKED = {"raw": 1, "gzip": 1032, "zlib": 1032}
"""Bytes that one packed byte can become at most: deflate reaches 1032 (https://zlib.net/zlib_tech.html)."""

_CHUNK = 1 << 20

_MEMORY = Path("/proc/meminfo")
_SMALL = 1 << 28
"""Bytes for which nobody asks how much memory is free."""

_LEVEL = 1
"""Of isal: nearly the fastest, and masks become small at any level."""


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what the system and the decoders raise while `path` is read into an `ImageError` that names it."""
    try:
        yield
    except FileNotFoundError as error:
        missing = Path(error.filename or path).name
        raise ImageError(f"{missing} does not exist", hint="Check the name and the folder.") from error
    except PermissionError as error:
        raise ImageError(f"{path.name} may not be read", hint="Ask for the right to read it.") from error
    except EOFError as error:
        raise _short(path) from error
    except OSError as error:
        raise ImageError(
            f"{path.name} cannot be unpacked ({error})", hint="The file is damaged; copy it again."
        ) from error
    except MemoryError as error:
        raise ImageError(
            f"{path.name} needs more memory than there is", hint="Close other programs, or crop it."
        ) from error


def packing_of(path: Path) -> Packing:
    """Whether a file is gzip, by its first bytes: suffixes lie."""
    with path.open("rb") as file:
        return "gzip" if file.read(2) == b"\x1f\x8b" else "raw"


@contextmanager
def opened(path: Path, packing: Packing, offset: int = 0) -> Iterator[BinaryIO]:
    """The bytes of a file from `offset` on, unpacked."""
    with path.open("rb") as file:
        file.seek(offset)
        if packing == "raw":
            yield file
            return
        from isal import igzip, isal_zlib

        zipped = packing == "gzip"
        unpacked = igzip.open(file) if zipped else io.BufferedReader(_Inflating(file), _CHUNK)  # type: ignore[no-untyped-call]
        try:
            yield cast(BinaryIO, unpacked)
        except isal_zlib.error as error:  # type: ignore[misc]
            raise OSError(str(error)) from error


def beside(path: Path, name: str) -> Path:
    """The one file beside `path` in which its header says the voxels are.

    Raises
    ------
    ImageError
        It names none, or many by a pattern or a list.
    """
    if not name.isprintable() or not name or "%" in name or name.upper().startswith("LIST"):
        raise ImageError(f"{path.name} spreads its voxels over many files", hint="Save it again as one file.")
    return path.parent / name


def require_room(path: Path, packing: Packing, wanted: int) -> None:
    """Raise `ImageError` before anything is allocated if a file is too short for the bytes its header claims."""
    if wanted > path.stat().st_size * _MOST_UNPACKED[packing]:
        raise ImageError(
            f"{path.name} is too short for the {wanted:,} bytes its header claims".replace(",", " "),
            hint="The header is damaged or the file was cut off; copy it again.",
        )


def require_memory(path: Path, wanted: int) -> None:
    """Raise `ImageError` if a scan would not leave a mask its room in the memory that is free.

    Linux hands out memory that it does not have and ends the program once it is used; other systems refuse in time.
    """
    if wanted < _SMALL or not _MEMORY.exists():
        return
    facts = dict(line.split(":", 1) for line in _MEMORY.read_text(encoding="ascii").splitlines())
    free = 1024 * int(facts["MemAvailable"].split()[0])
    if 1.5 * wanted > free:
        sizes = f"{1.5 * wanted / 2**30:.1f} GB of memory, and {free / 2**30:.1f} GB are free"
        raise ImageError(f"{path.name} needs {sizes}", hint="Close other programs, or crop the scan.")


def skip(stream: BinaryIO, count: int, path: Path) -> None:
    """Leave out `count` bytes."""
    while count > 0:
        got = len(stream.read(min(count, _CHUNK)))
        if not got:
            raise _short(path)
        count -= got


def take(stream: BinaryIO, dtype: DTypeLike, count: int, path: Path) -> NDArray[Any]:
    """The next `count` numbers in native byte order, shape (count,), read to the end so that checksums count.

    Raises
    ------
    ImageError
        The file ends before, or there is not enough memory.
    """
    require_memory(path, count * np.dtype(dtype).itemsize)
    array = np.empty(count, dtype)
    view = array.view(np.uint8).data
    filled = 0
    while filled < view.nbytes:
        got = stream.readinto(view[filled : filled + _CHUNK])  # type: ignore[attr-defined]
        if not got:
            raise _short(path)
        filled += got
    _read_on(stream, view.nbytes)
    if array.dtype.isnative:
        return array
    return array.byteswap(inplace=True).view(array.dtype.newbyteorder("="))


def matching(written: NDArray[Any]) -> Take:
    """In the place of `take`: numbers that were written, in C order, which the stream has to hold to the bit.

    The file is compared a chunk at a time, so that it needs no second array; what is taken is what was written.
    """

    def same(stream: BinaryIO, dtype: DTypeLike, count: int, path: Path) -> NDArray[Any]:
        flat = np.ascontiguousarray(written).reshape(-1)
        wanted, piece = flat.view(np.uint8), np.empty(_CHUNK, np.uint8)
        alike, at = (flat.dtype, flat.size) == (np.dtype(dtype), count), 0
        while alike and at < wanted.size:
            got = stream.readinto(piece[: wanted.size - at].data)  # type: ignore[attr-defined]
            if not got:
                raise _short(path)
            alike, at = np.array_equal(piece[:got], wanted[at : at + got]), at + got
        if not alike:
            raise differs()
        _read_on(stream, wanted.size)
        return flat

    return same


def differs() -> ImageError:
    """What is wrong with a file that does not hold what was written into it."""
    return ImageError("the voxels read back differ from those written", hint="Is the disk sound? Save elsewhere.")


def _read_on(stream: BinaryIO, at_most: int) -> None:
    """Go to the end of a packed stream, where its checksum is compared; not for ever, it may be a bomb."""
    if isinstance(stream, io.BufferedReader) and not isinstance(stream.raw, _Inflating):
        return
    left = at_most + _CHUNK
    while left > 0 and (got := len(stream.read(_CHUNK))):
        left -= got


@contextmanager
def packed(file: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """A gzip stream onto an open file; the same bytes whenever it is written."""
    from isal import igzip

    with igzip.IGzipFile(name, "wb", _LEVEL, file, mtime=0) as stream:  # type: ignore[no-untyped-call]
        yield cast(BinaryIO, stream)


def put(stream: BinaryIO, array: NDArray[Any]) -> None:
    """Write an array in C order, a chunk at a time."""
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    stream.writelines(flat[at : at + _CHUNK].data for at in range(0, flat.size, _CHUNK))


def storable(voxels: NDArray[Any], codes: Collection[str], name: str, format: str) -> NDArray[Any]:
    """Voxels in little endian and in one of the number types that a format has ("i2", "f4", …); bool is widened.

    Raises
    ------
    ImageError
        It has none that holds them.
    """
    wider: dict[np.dtype[Any], DTypeLike] = {np.dtype(bool): np.uint8, np.dtype(np.float16): np.float32}
    kind = np.dtype(wider.get(voxels.dtype, voxels.dtype)).newbyteorder("<")
    if kind.str[1:] not in codes:
        raise ImageError(
            f"{name}: {format} holds no numbers of type {voxels.dtype}", hint="Convert them to float32 first."
        )
    return voxels.astype(kind, copy=False)


def deflate(file: BinaryIO, array: NDArray[Any]) -> None:
    """Write an array in C order as a zlib stream, a chunk at a time."""
    from isal import isal_zlib

    packer = isal_zlib.compressobj(_LEVEL)
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    file.writelines(packer.compress(flat[at : at + _CHUNK].data) for at in range(0, flat.size, _CHUNK))
    file.write(packer.flush())


def sync(path: Path) -> None:
    """Have the system write a file to the disk before anything depends on it."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_names(folder: Path) -> None:
    """Have the system write down what a folder holds, where it can: not on Windows, nor on some network disks."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class _Inflating(io.RawIOBase):
    """A zlib stream as a file; a cut-off one raises `EOFError`."""

    def __init__(self, file: BinaryIO) -> None:
        from isal import isal_zlib

        self._file = file
        self._unpacker = isal_zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._unpacker.eof:
            packed = self._unpacker.unconsumed_tail or self._file.read(_CHUNK)
            data = self._unpacker.decompress(packed, max_length=len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
            if not packed:
                raise EOFError("the packed voxels end before their end mark")
        return 0


def _short(path: Path) -> ImageError:
    return ImageError(f"{path.name} ends before all its voxels", hint="It was cut off; copy it again.")
