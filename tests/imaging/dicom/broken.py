"""Real and made-up DICOM files, broken in every way: bytes changed, parts cut, doubled or moved, elements rewritten."""

from __future__ import annotations

import random
import struct
from pathlib import Path

from segstudio.errors import SegStudioError
from segstudio.imaging import read_volume
from segstudio.imaging.dicom import scan
from segstudio.imaging.dicom.tags import TAGS

_CRITICAL = [
    TAGS[name]
    for name in (
        *("Rows", "Columns", "NumberOfFrames", "BitsAllocated", "BitsStored", "HighBit", "SamplesPerPixel"),
        *("PixelRepresentation", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "RescaleSlope"),
        *("RescaleIntercept", "TransferSyntaxUID", "PhotometricInterpretation", "SeriesInstanceUID", "InstanceNumber"),
        *("SpacingBetweenSlices", "SliceThickness", "PerFrameFunctionalGroupsSequence", "PixelPaddingValue"),
    )
] + [0x7FE00010]


def broken(data: bytes, seed: int) -> bytes:
    """The bytes of a file after one to four accidents, the same for a seed."""
    chance = random.Random(seed)
    found = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        chance.choice(_ACCIDENTS)(found, chance)
    return bytes(found)


def _change(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4, 32))):
        if data:
            data[_somewhere(data, chance)] = chance.randrange(256)


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[_somewhere(data, chance) :]


def _take_out(data: bytearray, chance: random.Random) -> None:
    at = _somewhere(data, chance)
    del data[at : at + chance.choice((1, 2, 8, 100, 5000))]


def _double(data: bytearray, chance: random.Random) -> None:
    at = _somewhere(data, chance)
    data[at:at] = data[at : at + chance.choice((2, 8, 64, 1000))]


def _overwrite(data: bytearray, chance: random.Random) -> None:
    at = _somewhere(data, chance)
    count = chance.choice((2, 4, 8, 200))
    data[at : at + count] = chance.choice((b"\0", b"\xff", b"\x7f", b"9", b"\\"))[:1] * count


def _rewrite_length(data: bytearray, chance: random.Random) -> None:
    """Another length, or other bytes, at an element that matters, wherever its tag is found."""
    tag = chance.choice(_CRITICAL)
    mark = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    at = data.find(mark)
    if at < 0:
        return
    where = at + chance.choice((4, 6, 8, 10, 12, 14))
    new = chance.choice(
        (
            b"\xff\xff",
            b"\xff\xff\xff\xff",
            b"\0\0",
            b"\xff\x7f",
            b"1e9",
            b"nan ",
            b"-1",
            b"\x01\0",
            struct.pack("<I", 1 << 30),
        )
    )
    data[where : where + len(new)] = new


def _somewhere(data: bytearray, chance: random.Random) -> int:
    """Mostly in the header, where it hurts."""
    if not data:
        return 0
    end = len(data) if chance.random() < 0.3 else min(len(data), chance.choice((400, 2000, 8000)))
    return chance.randrange(end)


_ACCIDENTS = (_change, _change, _cut, _take_out, _double, _overwrite, _rewrite_length, _rewrite_length, _rewrite_length)


def outcome(path: Path) -> str:
    """What becomes of a file: "read", or "refused" with words; anything else is raised."""
    said = []
    try:
        said = [problem for series in scan(path).series for problem in series.problems]
        read_volume(path)
    except SegStudioError as error:
        said.append(error.message)
        found = "refused"
    else:
        found = "read"
    assert all(words and "\n" not in words for words in said)
    return found
