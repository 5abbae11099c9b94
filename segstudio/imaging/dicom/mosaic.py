"""Siemens mosaics: the slices of a volume as tiles of one picture.

How many there are and which way they follow each other stands in the maker's own elements; their distance in
SpacingBetweenSlices, and the place of the whole mosaic in ImagePositionPatient. See
https://nipy.org/nibabel/dicom/dicom_mosaic.html and https://nipy.org/nibabel/dicom/siemens_csa.html.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging.dicom.elements import Damaged, Elements
from segstudio.imaging.dicom.pictures import Picture, Tile
from segstudio.imaging.dicom.plane import normal

_MOST = 1024
_IMAGE = ("SiemensImageHeader", "SiemensImageHeader1", "SiemensImageHeader2")
_SERIES = ("SiemensSeriesHeader", "SiemensSeriesHeader1", "SiemensSeriesHeader2")


def is_mosaic(found: Elements) -> bool:
    """Whether a picture is a mosaic of slices."""
    return "MOSAIC" in found.words("ImageType")


def require_none(found: Elements) -> None:
    """Raise `ImageError` for pictures that hold many slices in a way that is not known well enough to take apart."""
    grid = found.about("UnitedImagingImagesInGrid") if found.text("Manufacturer").upper().startswith("UIH") else None
    several = (found.about("NumberOfFrames") or 1) > 1
    if (grid or 0) > 1 or (several and is_mosaic(found)):
        raise ImageError(
            "its pictures are grids of many slices each",
            hint="Export the series again, each slice as a file of its own.",
        )


def tiles(whole: Picture, found: Elements) -> tuple[Picture, ...]:
    """The slices in a mosaic.

    Raises
    ------
    ImageError
        The file does not say how many they are, or where they lie.
    """
    count, step = _count(found), found.number("SpacingBetweenSlices")
    if count is None or step is None or whole.position is None or whole.directions is None or whole.spacing is None:
        raise ImageError(
            "it is a mosaic of slices that does not say how many there are, or where they lie",
            hint="Export the series again with the maker's private elements.",
        )
    across = math.ceil(math.sqrt(count))
    rows, columns = whole.size[0] // across, whole.size[1] // across
    if count > _MOST or rows * across != whole.size[0] or columns * across != whole.size[1] or step <= 0:
        raise Damaged(f"a mosaic of {whole.size[0]}×{whole.size[1]} pixels cannot hold {count} slices")
    row, column = np.array(whole.directions[:3]), np.array(whole.directions[3:])
    # The position given is that of a slice as large as the mosaic, with the same centre.
    corner = (
        np.array(whole.position)
        + row * whole.spacing[1] * (whole.size[1] - columns) / 2
        + column * whole.spacing[0] * (whole.size[0] - rows) / 2
    )
    centre = corner + row * whole.spacing[1] * columns / 2 + column * whole.spacing[0] * rows / 2
    along = _direction(whole, found, centre) * step
    return tuple(
        replace(
            whole,
            position=tuple(float(part) for part in corner + at * along),
            number=whole.number * _MOST + at,
            tile=Tile(at // across * rows, at % across * columns, rows, columns),
        )
        for at in range(count)
    )


def _count(found: Elements) -> int | None:
    if count := found.whole("SiemensImagesInMosaic"):
        return count if count > 0 else None
    for name in _IMAGE:
        if said := csa(found.raw(name)).get("NumberOfImagesInMosaic"):
            return int(_number(said[0]))
    for name in _SERIES:
        if said_there := re.search(rb"sSliceArray\.lSize\s*=\s*(0x[0-9a-fA-F]+|\d+)", found.raw(name)):
            return int(said_there[1], 0)
    return None


def _direction(whole: Picture, found: Elements, centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """The unit vector from slice to slice: the normal of rows and columns, or its opposite.

    Scanners can number slices either way. What counts is the normal in the header of the picture, and without it,
    which end of the slices in the protocol the first tile, with its centre in LPS mm, lies at.
    """
    assert whole.directions is not None
    across = normal(whole.directions)
    for name in _IMAGE:
        said = csa(found.raw(name)).get("SliceNormalVector", ())
        if len(said) == 3:
            return across if float(np.dot(across, [_number(part) for part in said])) > 0 else -across
    for name in _SERIES:
        ends = _protocol_ends(found.raw(name))
        if ends is not None:
            first, last = ends if _apart(centre, ends[0]) <= _apart(centre, ends[1]) else ends[::-1]
            return across if float((last - first) @ across) >= 0 else -across
    return across


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(one - other))


def _protocol_ends(raw: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Centres of the first and last slice in a protocol, LPS mm; what is 0 is left out there."""
    places: dict[int, NDArray[np.float64]] = {}
    for at, axis, value in re.findall(rb"asSlice\[(\d+)\]\.sPosition\.d(Sag|Cor|Tra)\s*=\s*([-+.\deE]+)", raw):
        place = places.setdefault(int(at), np.zeros(3))
        place[(b"Sag", b"Cor", b"Tra").index(axis)] = _number(value.decode())
    return (places[min(places)], places[max(places)]) if len(places) > 1 else None


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError as error:
        raise Damaged("what the maker says of its slices is no number") from error
    if not math.isfinite(found):
        raise Damaged("what the maker says of its slices is no finite number")
    return found


def csa(raw: bytes) -> dict[str, tuple[str, ...]]:
    """The fields of a Siemens CSA header of the kind "SV10", empty where it is none or cannot be followed."""
    if raw[:4] != b"SV10":
        return {}
    fields: dict[str, tuple[str, ...]] = {}
    try:
        (count,) = struct.unpack_from("<I", raw, 8)
        at = 16
        for _ in range(min(count, 256)):
            name, _, _, _, items, _ = struct.unpack_from("<64si4siii", raw, at)
            at += 84
            values = []
            for _ in range(min(max(items, 0), 256)):
                (length,) = struct.unpack_from("<4x i 8x", raw, at)
                at += 16
                if length < 0 or at + length > len(raw):
                    return fields
                values.append(raw[at : at + length].split(b"\0")[0].decode("latin-1").strip())
                at += -(-length // 4) * 4
            fields[name.split(b"\0")[0].decode("latin-1")] = tuple(value for value in values if value)
    except struct.error:
        pass
    return fields
