"""The stored numbers of pictures, read from their files."""

from __future__ import annotations

import io
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError, SegStudioError, Stopped
from segstudio.imaging.dicom import codecs
from segstudio.imaging.dicom.elements import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    Damaged,
    inflated,
)
from segstudio.imaging.dicom.pictures import File, Layout, Picture
from segstudio.imaging.dicom.place import FileStart
from segstudio.imaging.stream import telling

PLAIN = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED_LITTLE})
"""Transfer syntaxes that store numbers as they are."""

_ENCAPSULATED_PLAIN = "1.2.840.10008.1.2.1.98"
_ITEM, _END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_ALWAYS, _RATIO = 1 << 26, 4000
"""Unpacked bytes that are believed of any picture, and of each packed byte beyond."""

Stored = NDArray[Any]


def frame_bytes(layout: Layout) -> int:
    """Bytes of one unpacked picture."""
    return (layout.rows * layout.columns * layout.samples * layout.allocated + 7) // 8


def require_room(file: File, length: int) -> None:
    """Raise `Damaged` before anything is allocated for pictures that a file of `length` bytes cannot hold."""
    wanted = frame_bytes(file.layout) * file.frames
    if file.syntax in PLAIN and file.deflated is None:
        if wanted > length - file.pixels.start or wanted > (file.pixels.length or 0) + 1:
            raise Damaged("the file ends before all its pixels", hint="It was cut off; copy it again.")
    elif wanted > _ALWAYS + _RATIO * length:
        raise Damaged(f"its header claims {wanted:,} bytes of pixels, more than it can hold".replace(",", " "))


@contextmanager
def opened(file: File) -> Iterator[Pixels]:
    """The pixels of a file, for as long as it is open.

    Raises
    ------
    ImageError
        It is too short for what its header claims, or packed in a way that cannot be decoded.
    """
    with telling(file.place.path):
        try:
            with file.place.opened() as stream:
                yield Pixels(file, stream)
        except Stopped:
            raise
        except SegStudioError as error:
            if file.place.name in error.message:
                raise
            told = ImageError if isinstance(error, Damaged) else type(error)
            raise told(f"{file.place.name}: {error.message}", hint=error.hint) from error


class Pixels:
    """An open file whose pictures are read one by one."""

    def __init__(self, file: File, stream: BinaryIO) -> None:
        self._file = file
        self._layout = file.layout
        self._length = stream.seek(0, io.SEEK_END)
        require_room(file, self._length)
        self._stream = self._unpacked(stream) if file.deflated is not None else stream
        self._plain = file.syntax in PLAIN
        self._parts = [] if self._plain else self._fragments()

    def into(self, at: int, target: NDArray[Any]) -> None:
        """Read a picture straight into an array of its own type, shape (rows, columns)."""
        self._stream.seek(self._file.pixels.start + at * frame_bytes(self._layout))
        view = target.data.cast("B")
        if self._stream.readinto(view) != len(view):  # type: ignore[attr-defined]
            raise _short()
        if has_other_bits(self._layout):
            target[...] = within_bits(target, self._layout)

    @property
    def is_native(self) -> bool:
        """Whether `into` can be used: whole numbers of one colour as this machine holds them."""
        layout = self._layout
        whole = layout.allocated in (8, 16, 32) and layout.samples == 1 and layout.photometric != "PALETTE COLOR"
        return self._plain and whole and self._file.big == (sys.byteorder == "big")

    def stored(self, at: int) -> Stored:
        """A picture's numbers, without bits that are none of theirs, shape (rows, columns, samples)."""
        layout = self._layout
        if self._plain:
            found = self._numbers(self._frame(at))
        else:
            packed = self._packed(at)
            if self._file.syntax == _ENCAPSULATED_PLAIN:
                found = self._numbers(packed)
            else:
                found = codecs.decode(packed, self._file.syntax, layout)
        return codecs.in_rgb(within_bits(found, layout), layout.photometric)

    def _frame(self, at: int) -> bytes:
        size = frame_bytes(self._layout)
        first = at * self._layout.rows * self._layout.columns * self._layout.samples * self._layout.allocated // 8
        self._stream.seek(self._file.pixels.start + first)
        found = self._stream.read(size)
        if len(found) != size:
            raise _short()
        return found

    def _numbers(self, raw: bytes) -> Stored:
        layout = self._layout
        shape = (layout.rows, layout.columns, layout.samples)
        if len(raw) < frame_bytes(layout):
            raise _short()
        if layout.photometric == "YBR_FULL_422" and layout.samples == 3:
            raise ImageError("its colours are stored at half their width", hint="Export it again in RGB.")
        if layout.allocated == 12:
            return _twelve(raw, layout.rows * layout.columns * layout.samples).reshape(shape)
        if layout.allocated in (1, 24):
            raise ImageError(
                f"its numbers have {layout.allocated} bits", hint="Export it again with 8, 16 or 32 bits a number."
            )
        code = "f" if layout.kind != "int" else "u"
        kind = np.dtype(f"{'>' if self._file.big else '<'}{code}{layout.allocated // 8}")
        found = np.frombuffer(raw, kind, layout.rows * layout.columns * layout.samples)
        found = found.astype(kind.newbyteorder("="), copy=False)
        if layout.planar and layout.samples > 1:
            return found.reshape(layout.samples, layout.rows, layout.columns).transpose(1, 2, 0)
        return found.reshape(shape)

    def _unpacked(self, stream: BinaryIO) -> BinaryIO:
        assert self._file.deflated is not None
        stream.seek(0)
        whole = self._file.pixels.start + frame_bytes(self._layout) * self._file.frames
        return io.BytesIO(inflated(FileStart(stream), self._file.deflated, whole))

    # Fragments (PS3.5, A.4)

    def _packed(self, at: int) -> bytes:
        if at >= len(self._parts):
            raise Damaged(f"the file holds {len(self._parts)} of its {self._file.frames} packed pictures")
        found = bytearray()
        for start, length in self._parts[at]:
            self._stream.seek(start)
            found += self._stream.read(length)
        return bytes(found)

    def _fragments(self) -> list[list[tuple[int, int]]]:
        """Where the fragments of each picture lie: start and length."""
        items = list(self._items())
        if not items:
            raise _short()
        (table_at, table_length), fragments = items[0], items[1:]
        frames = self._file.frames
        if frames == 1:
            return [fragments]
        if len(fragments) == frames:
            return [[each] for each in fragments]
        self._stream.seek(table_at)
        raw = self._stream.read(table_length)
        offsets = struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])
        if len(offsets) != frames or not fragments:
            raise Damaged(f"the file holds {len(fragments)} packed parts of {frames} pictures")
        starts = [fragments[0][0] - 8 + offset for offset in offsets] + [self._length]
        return [[each for each in fragments if start <= each[0] - 8 < stop] for start, stop in pairwise(starts)]

    def _items(self) -> Iterator[tuple[int, int]]:
        at = self._file.pixels.start
        while at + 8 <= self._length:
            self._stream.seek(at)
            group, element, length = struct.unpack("<HHI", self._stream.read(8))
            if (group, element) == _END:
                return
            if (group, element) != _ITEM or at + 8 + length > self._length:
                raise Damaged("its packed pictures cannot be followed")
            yield at + 8, length
            at += 8 + length


def part_of(picture: Picture, whole: Stored) -> Stored:
    """What is a picture's of all that its frame shows."""
    tile = picture.tile
    return whole if tile is None else whole[tile.top : tile.top + tile.rows, tile.left : tile.left + tile.columns]


def within_bits(found: Stored, layout: Layout) -> Stored:
    """Numbers with their sign, and without what else lies in the bits above and below them."""
    if found.dtype.kind == "f":
        return found
    kind = np.dtype(f"{'i' if layout.signed else 'u'}{found.dtype.itemsize}")
    found = found.view(kind)
    bits = 8 * kind.itemsize
    if layout.high >= bits or layout.stored == bits:
        return found
    return (found << (bits - 1 - layout.high)) >> (bits - layout.stored)


def has_other_bits(layout: Layout) -> bool:
    """Whether numbers have more bits than are theirs."""
    return layout.stored < layout.allocated


def _twelve(raw: bytes, count: int) -> NDArray[np.uint16]:
    """Numbers of 12 bits, two in three bytes, the lower bits first."""
    whole = np.zeros(-(-count // 2) * 3, np.uint8)
    have = np.frombuffer(raw, np.uint8)[: whole.size]
    whole[: have.size] = have
    first, middle, last = (whole[part::3].astype(np.uint16) for part in range(3))
    pairs = np.stack([first | (middle & 0xF) << 8, middle >> 4 | last << 4], axis=-1)
    return pairs.reshape(-1)[:count]


def _short() -> Damaged:
    return Damaged("the file ends before all its pixels", hint="It was cut off; copy it again.")
