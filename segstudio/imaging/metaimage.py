"""MetaImage files: .mha, and .mhd beside its voxels (https://itk.org/Wiki/ITK/MetaIO/Documentation).

Read here rather than through ITK, which prints a complaint about voxels that fail their checksum, then takes them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging import stream
from segstudio.imaging.geometry import Geometry
from segstudio.imaging.volume import Source, Volume

NAME = "MetaImage"

Fields = dict[str, str]
"""Header fields as written."""

_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_MM_PER_UNIT = {"?": 1.0, "mm": 1.0, "um": 1e-3, "cm": 10.0, "m": 1e3}
_OF_THE_GRID = (
    *("TransformMatrix", "Rotation", "Orientation", "Offset", "Position", "Origin", "ElementSpacing", "ElementSize"),
    *("ObjectType", "NDims", "BinaryData", "BinaryDataByteOrderMSB", "ElementByteOrderMSB", "CompressedData"),
    *("CompressedDataSize", "DimSize", "HeaderSize", "ElementType", "ElementNumberOfChannels", "ElementDataFile"),
    *("AnatomicalOrientation", "CenterOfRotation", "ElementMin", "ElementMax", "DistanceUnits"),
)
_LONGEST_HEADER = 1 << 20


def read(path: Path, take: stream.Take = stream.take) -> Volume:
    """A scan from a MetaImage file; a fourth dimension is time.

    Raises
    ------
    ImageError, GeometryError
        It is no MetaImage file, is cut off, or holds what SegStudio cannot show.
    """
    fields, start = _header(path)
    sides = _sides(fields, path.name)
    geometry, notes = _geometry(fields, sides, path.name)
    channels = int(_number(fields, "ElementNumberOfChannels", 1, path.name))
    if channels < 1:
        raise ImageError(f"{path.name} claims {channels} channels", hint="The header is damaged.")
    flat = _voxels(path, fields, start, int(np.prod(sides, dtype=object)) * channels, take)
    frames = sides[3] if len(sides) == 4 else 1
    voxels = np.moveaxis(flat.reshape(frames, *geometry.shape, channels), -1, 1)
    return Volume(voxels, geometry, channels=("",) * channels, source=Source(path, NAME, fields), notes=notes)


def _header(path: Path) -> tuple[Fields, int]:
    with path.open("rb") as file:
        text = file.read(_LONGEST_HEADER)
    fields: Fields = {}
    at = 0
    while (end := text.find(b"\n", at)) >= 0 or at < len(text):
        end = end if end >= 0 else len(text)
        key, mark, value = text[at:end].decode("utf-8", "surrogateescape").partition("=")
        if not mark:
            break
        fields[key.strip()] = value.strip()
        at = end + 1
        if key.strip() == "ElementDataFile":
            return fields, at
    raise ImageError(
        f"{path.name} is no MetaImage file", hint="It is damaged, or of another format than its name says."
    )


def _sides(fields: Fields, name: str) -> tuple[int, ...]:
    try:
        sides = tuple(int(side) for side in fields["DimSize"].split())
        if len(sides) != int(fields["NDims"]) or not 2 <= len(sides) <= 4 or min(sides) < 1:
            raise ValueError(f"NDims {fields['NDims']}, DimSize {fields['DimSize']}")
    except (KeyError, ValueError) as error:
        raise ImageError(f"{name} does not say how large it is ({error})", hint="The header is damaged.") from error
    return sides


def _geometry(fields: Fields, sides: tuple[int, ...], name: str) -> tuple[Geometry, tuple[str, ...]]:
    notes: list[str] = []
    count = len(sides)
    try:
        directions = _numbers(fields, ("TransformMatrix", "Rotation", "Orientation"), np.eye(count)).reshape(
            count, count
        )
        origin = _numbers(fields, ("Offset", "Position", "Origin"), np.zeros(count)).reshape(count)
        spacing = _numbers(fields, ("ElementSpacing", "ElementSize"), np.ones(count)).reshape(count)
    except ValueError as error:
        raise GeometryError(f"{name} does not say where it lies ({error})", hint="The header is damaged.") from error
    if not {"ElementSpacing", "ElementSize"} & set(fields):
        notes.append(f"{name} gives no voxel size; taken as 1 mm.")
    used = min(count, 3)
    affine = np.eye(4)
    affine[:used, :used] = (directions * spacing[:, None]).T[:used, :used]
    affine[:used, 3] = origin[:used]
    unit = fields.get("DistanceUnits", "?").lower()
    if unit not in _MM_PER_UNIT:
        notes.append(f"{name} gives its lengths in a unit SegStudio does not know ({unit}); taken as mm.")
    affine[:used] *= _MM_PER_UNIT.get(unit, 1.0)
    x, y, z = (*sides[:3], 1)[:3]
    return Geometry((z, y, x), affine[:, [2, 1, 0, 3]]), tuple(notes)


def _numbers(fields: Fields, names: tuple[str, ...], missing: NDArray[np.float64]) -> NDArray[np.float64]:
    text = next((fields[name] for name in names if name in fields), None)
    return missing if text is None else np.array([float(part) for part in text.split()])


def _number(fields: Fields, key: str, missing: int, name: str) -> int:
    try:
        return int(fields.get(key, missing))
    except ValueError as error:
        raise ImageError(f"{name} gives {fields[key]!r} as {key}", hint="The header is damaged.") from error


def _true(fields: Fields, *names: str) -> bool:
    return any(fields.get(name, "").lower() in ("true", "1") for name in names)


def _voxels(path: Path, fields: Fields, start: int, count: int, take: stream.Take) -> NDArray[Any]:
    code = _TYPES.get(fields.get("ElementType", "").removesuffix("_ARRAY"))
    if code is None or fields.get("BinaryData", "True").lower() == "false":
        kind = f"{fields.get('ElementType', 'nothing')}, binary {fields.get('BinaryData', 'True')}"
        raise ImageError(
            f"{path.name} holds voxels of a kind SegStudio does not read ({kind})", hint="Save it as float."
        )
    dtype = np.dtype((">" if _true(fields, "BinaryDataByteOrderMSB", "ElementByteOrderMSB") else "<") + code)
    where = fields["ElementDataFile"]
    data = path if where.upper() == "LOCAL" else stream.beside(path, where)
    packed = _true(fields, "CompressedData")
    start = start if data == path else 0
    skip = _number(fields, "HeaderSize", 0, path.name)
    if skip == -1 and not packed:
        start = data.stat().st_size - count * dtype.itemsize
    start += max(skip, 0)
    packing = _packing(data, start) if packed else "raw"
    stream.require_room(data, packing, max(start, 0) * (not packed) + count * dtype.itemsize)
    with stream.opened(data, packing, start) as file:
        return take(file, dtype, count, data)


def _packing(data: Path, start: int) -> stream.Packing:
    with data.open("rb") as file:
        file.seek(start)
        return "gzip" if file.read(2) == b"\x1f\x8b" else "zlib"


def write(volume: Volume, path: Path) -> None:
    """Write a scan or mask, compressed; fields of a MetaImage source that say nothing of the grid are kept.

    Raises
    ------
    ImageError
        MetaImage has no such number type.
    """
    voxels = _in_order(volume, path)
    data = path if path.suffix.lower() == ".mha" else path.with_suffix(".zraw")
    with TemporaryFile(dir=path.parent) as packed:  # the header says how long they are before they come
        stream.deflate(cast(BinaryIO, packed), voxels)
        fields = _fields(volume, voxels, packed.tell(), "LOCAL" if data == path else data.name)
        header = "".join(f"{key} = {value}\n" for key, value in fields.items())
        path.write_bytes(header.encode("utf-8", "surrogateescape"))
        packed.seek(0)
        with data.open("ab" if data == path else "wb") as file:
            shutil.copyfileobj(packed, file)


def read_back(volume: Volume, path: Path) -> Volume:
    """As `read`, of a file into which `volume` was written; raise `ImageError` unless it holds those numbers."""
    return read(path, stream.matching(_in_order(volume, path)))


def _in_order(volume: Volume, path: Path) -> NDArray[Any]:
    """The voxels as the file holds them, shape (frame, z, y, x, channel)."""
    return np.moveaxis(stream.storable(volume.voxels, _TYPES.values(), path.name, NAME), 1, -1)


def _fields(volume: Volume, voxels: NDArray[Any], packed: int, data: str) -> Fields:
    frames, z, y, x, channels = voxels.shape
    sides = [x, y, z] + [frames] * (frames > 1)
    count = len(sides)
    directions, spacing, origin = np.eye(count), np.ones(count), np.zeros(count)
    directions[:3, :3] = volume.geometry.directions[:, ::-1].T
    spacing[:3], origin[:3] = volume.geometry.spacing[::-1], volume.geometry.affine[:3, 3]
    kept = volume.source.header if volume.source is not None and volume.source.format == NAME else {}
    return {
        "ObjectType": "Image",
        "NDims": str(count),
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "True",
        "CompressedDataSize": str(packed),
        "TransformMatrix": _words(directions),
        "Offset": _words(origin),
        "ElementSpacing": _words(spacing),
        **{key: value for key, value in kept.items() if key not in _OF_THE_GRID},
        "DimSize": " ".join(map(str, sides)),
        **({"ElementNumberOfChannels": str(channels)} if channels > 1 else {}),
        "ElementType": next(name for name, code in _TYPES.items() if code == voxels.dtype.str[1:]),
        "ElementDataFile": data,
    }


def _words(numbers: NDArray[np.float64]) -> str:
    return " ".join(repr(float(number)) for number in numbers.ravel())
