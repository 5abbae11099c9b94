"""The data elements of a DICOM file: only those that are wanted, and no further than its pixels (PS3.5, chapter 7).

A header may claim anything: nothing is taken that the file does not hold, and nesting and size have limits.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from segstudio.errors import ImageError
from segstudio.imaging.dicom.tags import NAME_OF, PIXEL_TAGS, TAGS, VR_OF

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"

_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_SYNTAX = TAGS["TransferSyntaxUID"]
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
_BINARY = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "OW": "H"}
_DEEPEST = 24
_FIRST = 1 << 15
_LARGEST = 1 << 28
"""Bytes of a header; one of 20 000 frames takes about a quarter of it."""

Value = bytes | tuple["Elements", ...]


class Bytes(Protocol):
    """The beginning of a file, as far as it is asked for."""

    def first(self, count: int) -> bytes:
        """The first `count` bytes; fewer only where the file ends before."""


@dataclass(frozen=True, slots=True)
class PixelData:
    """Where the pixels lie in the (inflated) file; `length` is None where fragments follow up to an end mark."""

    tag: int
    start: int
    length: int | None


class Damaged(ImageError):
    """What a file says contradicts itself; `found` is what could be read until then."""

    def __init__(self, message: str, *, hint: str = "The file is damaged; copy it again.") -> None:
        super().__init__(message, hint=hint)
        self.found: Elements | None = None


class Elements(Mapping[str, Value]):
    """Data elements of one level by keyword, as far as they are in `tags.TAGS`."""

    __slots__ = ("_big", "_found")

    def __init__(self, found: dict[int, Value], *, big: bool) -> None:
        self._found = found
        self._big = big

    def __getitem__(self, name: str) -> Value:
        return self._found[TAGS[name]]

    def __contains__(self, name: object) -> bool:
        return TAGS[str(name)] in self._found

    def __iter__(self) -> Iterator[str]:
        return (NAME_OF[tag] for tag in self._found)

    def __len__(self) -> int:
        return len(self._found)

    def raw(self, name: str) -> bytes:
        """The bytes of an element, b"" where it is missing."""
        value = self._found.get(TAGS[name], b"")
        return value if isinstance(value, bytes) else b""

    def items(self, name: str = "") -> tuple[Elements, ...]:  # type: ignore[override]
        """The items of a sequence, none where it is missing."""
        value = self._found.get(TAGS[name], ())
        return value if isinstance(value, tuple) else ()

    def item(self, name: str) -> Elements:
        """The first item of a sequence, empty where it is missing."""
        items = self.items(name)
        return items[0] if items else Elements({}, big=self._big)

    def text(self, name: str) -> str:
        """An element of letters and digits as it stands, without padding; its first 256 characters."""
        return self.raw(name)[:256].decode("latin-1").strip(" \0\r\n\t")

    def words(self, name: str) -> tuple[str, ...]:
        """The values of an element of letters and digits."""
        text = self.raw(name).decode("latin-1").strip(" \0")
        return tuple(word.strip(" \0") for word in text.split("\\")) if text else ()

    def numbers(self, name: str) -> tuple[float, ...]:
        """The values of a numeric element, none where it is missing or empty.

        Raises
        ------
        Damaged
            They are no finite numbers.
        """
        raw = self.raw(name)
        if not raw:
            return ()
        vr = VR_OF[TAGS[name]]
        try:
            if vr in _BINARY:
                code = _BINARY[vr]
                count = len(raw) // struct.calcsize(code)
                found = tuple(map(float, struct.unpack_from(f"{'>' if self._big else '<'}{count}{code}", raw)))
            else:
                found = tuple(float(word) for word in raw.decode("ascii").strip(" \0").split("\\") if word.strip(" \0"))
        except (ValueError, struct.error) as error:
            raise Damaged(f"its {name} is no number") from error
        if not all(map(math.isfinite, found)):
            raise Damaged(f"its {name} is no finite number")
        return found

    def number(self, name: str) -> float | None:
        """The first value of a numeric element, None where it is missing."""
        found = self.numbers(name)
        return found[0] if found else None

    def whole(self, name: str) -> int | None:
        """The same as a whole number."""
        found = self.number(name)
        return None if found is None else int(found)

    def about(self, name: str) -> float | None:
        """The same for what only describes: None where it cannot be read."""
        try:
            return self.number(name)
        except Damaged:
            return None


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says before its pixels.

    Parameters
    ----------
    pixels
        None for a file without a picture.
    big
        Whether numbers are stored with their high byte first.
    deflated
        Where the packed part begins, to which places within the file then refer.
    """

    elements: Elements
    syntax: str
    pixels: PixelData | None
    big: bool
    deflated: int | None = None


class _More(Exception):
    """The element goes on behind what is at hand."""

    def __init__(self, need: int) -> None:
        super().__init__(need)
        self.need = need


def is_dicom_start(start: bytes) -> bool:
    """Whether a file that begins so is DICOM: with its mark, or (as some old ones) at once with its first elements."""
    if start[128:132] == b"DICM":
        return True
    if start[:2] not in (b"\x08\x00", b"\x02\x00") or len(start) < 8 or start[2:4] > b"\x7f":
        return False
    return start[4:6] in _SHORT or start[4:6] in _LONG or int.from_bytes(start[4:8], "little") < 1 << 16


def read_header(bytes_: Bytes) -> Header:
    """The wanted elements of a file up to its pixels.

    Raises
    ------
    Damaged
        It ends within its header, or its elements cannot be followed.
    """
    reader = _Reader(bytes_)
    try:
        return reader.read()
    except Damaged as error:
        error.found = Elements(reader.found, big=reader.big)
        raise


class _Reader:
    """Goes through the elements of a file, and takes more of it as it needs."""

    def __init__(self, bytes_: Bytes) -> None:
        self._bytes = bytes_
        self._data = bytes_.first(_FIRST)
        self.found: dict[int, Value] = {}
        self.big = False
        self._implicit = False
        self._pixels: PixelData | None = None

    def read(self) -> Header:
        data = self._data
        at = 132 if data[128:132] == b"DICM" else 0
        at = self._run(at, meta=True)
        raw = self.found.get(_SYNTAX, b"")
        syntax = raw.decode("latin-1").strip(" \0") if isinstance(raw, bytes) else ""
        deflated = at if syntax == DEFLATED_LITTLE else None
        if deflated is not None:
            self._bytes = _Inflated(self._bytes, at)
            self._data, at = self._bytes.first(_FIRST), 0
        self.big = syntax == EXPLICIT_BIG
        self._implicit = self._is_implicit(at)
        self._run(at, meta=False)
        syntax = syntax or (IMPLICIT_LITTLE if self._implicit else EXPLICIT_LITTLE)
        return Header(Elements(self.found, big=self.big), syntax, self._pixels, self.big, deflated)

    def _is_implicit(self, at: int) -> bool:
        """By the first element itself: the file's word for it is wrong now and then."""
        kind = self._data[at + 4 : at + 6]
        return bool(kind) and kind not in _SHORT and kind not in _LONG

    def _run(self, at: int, *, meta: bool) -> int:
        """Read elements of the top level from `at`, of the file's own group only if `meta`; returns where it ended."""
        while True:
            try:
                while True:
                    if meta and self._data[at : at + 2] != b"\x02\x00":
                        return at
                    following = self._element(at, meta=meta)
                    if following is None:
                        return at
                    at = following
            except _More as more:
                if not self._fetch(more.need):
                    if not self._data[at:].strip(b"\0"):
                        return at
                    raise Damaged("the file ends within its header") from None

    def _fetch(self, need: int) -> bool:
        """Have at least `need` bytes at hand, False where the file has no more."""
        if need > _LARGEST:
            raise Damaged("its header claims to be larger than any")
        have = len(self._data)
        self._data = self._bytes.first(max(need + _FIRST, 2 * have))
        return len(self._data) >= need

    def _element(self, at: int, *, meta: bool) -> int | None:
        """Take the element at `at`; None where the pixels begin."""
        tag, vr, length, start = self._head(at, self._data, big=self.big, implicit=self._implicit and not meta)
        if tag in PIXEL_TAGS:
            self._pixels = PixelData(tag, start, None if length == _UNDEFINED else length)
            return None
        if tag > 0x7FE00010:
            return None
        value, end = self._value(tag, vr, length, start, self._data, implicit=self._implicit and not meta, depth=0)
        if value is not None:
            self.found[tag] = value
        return end

    def _head(self, at: int, data: bytes, *, big: bool, implicit: bool) -> tuple[int, bytes, int, int]:
        """Tag, value representation, length of an element, and where its value begins."""
        if at + 8 > len(data):
            raise _More(at + 8)
        if implicit:
            group, element, length = struct.unpack_from("<HHI", data, at)
            return group << 16 | element, b"", length, at + 8
        group, element, vr, length = struct.unpack_from(">HH2sH" if big else "<HH2sH", data, at)
        if group == 0xFFFE:
            return group << 16 | element, b"", struct.unpack_from(">I" if big else "<I", data, at + 4)[0], at + 8
        if vr in _SHORT:
            return group << 16 | element, vr, length, at + 8
        if vr not in _LONG and not vr.isalpha():
            raise Damaged("its header cannot be followed")
        if at + 12 > len(data):
            raise _More(at + 12)
        return group << 16 | element, vr, struct.unpack_from(">I" if big else "<I", data, at + 8)[0], at + 12

    def _value(
        self, tag: int, vr: bytes, length: int, start: int, data: bytes, *, implicit: bool, depth: int
    ) -> tuple[Value | None, int]:
        """What an element holds, None where it is not wanted, and where it ends."""
        wanted = VR_OF.get(tag)
        if length == _UNDEFINED:
            inner = implicit or vr == b"UN"
            items, end = self._items(start, None, data, implicit=inner, depth=depth, keep=wanted == "SQ")
            return (items if wanted == "SQ" else None), end
        end = start + length
        if end > len(data):
            raise _More(end)
        if wanted is None:
            return None, end
        if wanted == "SQ":
            return self._items(start, end, data, implicit=implicit or vr == b"UN", depth=depth, keep=True)[0], end
        return data[start:end], end

    def _items(
        self, at: int, end: int | None, data: bytes, *, implicit: bool, depth: int, keep: bool
    ) -> tuple[tuple[Elements, ...], int]:
        """The items of a sequence, to its end mark where `end` is None, and where it ends."""
        if depth > _DEEPEST:
            raise Damaged("its header is nested too deeply")
        found: list[Elements] = []
        while end is None or at < end:
            tag, _, length, start = self._head(at, data, big=self.big, implicit=implicit)
            if tag == _SEQUENCE_END:
                return tuple(found), start
            if tag != _ITEM:
                raise Damaged("its header cannot be followed")
            stop = None if length == _UNDEFINED else start + length
            if stop is not None and not keep:
                if stop > len(data):
                    raise _More(stop)
                at = stop
                continue
            inside, at = self._item(start, stop, data, implicit=implicit, depth=depth + 1)
            found.append(Elements(inside, big=self.big))
        return tuple(found), at

    def _item(
        self, at: int, end: int | None, data: bytes, *, implicit: bool, depth: int
    ) -> tuple[dict[int, Value], int]:
        """The wanted elements of an item, and where it ends."""
        if end is not None and end > len(data):
            raise _More(end)
        found: dict[int, Value] = {}
        while end is None or at < end:
            tag, vr, length, start = self._head(at, data, big=self.big, implicit=implicit)
            if tag == _ITEM_END:
                return found, start
            value, at = self._value(tag, vr, length, start, data, implicit=implicit, depth=depth)
            if value is not None:
                found[tag] = value
        return found, at


class _Inflated:
    """What is packed in a file behind `at`, unpacked as far as it is asked for (raw deflate, PS3.5 A.5)."""

    def __init__(self, packed: Bytes, at: int) -> None:
        self._packed = packed
        self._at = at

    def first(self, count: int) -> bytes:
        return inflated(self._packed, self._at, count)


def inflated(packed: Bytes, at: int, count: int) -> bytes:
    """The first `count` bytes of what is deflated in a file from `at` on.

    Raises
    ------
    Damaged
        It cannot be unpacked.
    """
    import zlib

    unpacker, taken, parts, have = zlib.decompressobj(-zlib.MAX_WBITS), at, [], 0
    while have < count and not unpacker.eof:
        source = unpacker.unconsumed_tail
        if not source:
            source = packed.first(taken + (1 << 18))[taken:]
            taken += len(source)
        if not source:
            break
        try:
            part = unpacker.decompress(source, count - have)
        except zlib.error as error:
            raise Damaged("what it holds cannot be unpacked") from error
        have += len(part)
        parts.append(part)
    return b"".join(parts)
