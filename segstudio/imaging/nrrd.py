"""NRRD files: .nrrd, and .nhdr beside its voxels (http://teem.sourceforge.net/nrrd/format.html).

Read here rather than through ITK, which rewrites the header's own words and drops what it does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging import stream
from segstudio.imaging.geometry import Geometry
from segstudio.imaging.volume import Source, Volume

NAME = "NRRD"

Fields = dict[str, str]
"""Header fields as written, names in lower case; the writer's own key/value pairs have the keys as written and ":="."""

_TYPES = {
    "i1": ("int8", "signed char", "int8_t"),
    "u1": ("uint8", "uchar", "unsigned char", "uint8_t"),
    "i2": ("int16", "short", "short int", "signed short", "signed short int", "int16_t"),
    "u2": ("uint16", "ushort", "unsigned short", "unsigned short int", "uint16_t"),
    "i4": ("int32", "int", "signed int", "int32_t"),
    "u4": ("uint32", "uint", "unsigned int", "uint32_t"),
    "i8": ("int64", "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64_t"),
    "u8": ("uint64", "ulonglong", "unsigned long long", "unsigned long long int", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_ALIASES = {"centers": "centerings", "datafile": "data file", "lineskip": "line skip", "byteskip": "byte skip"}
_KNOWN_SPACES = {
    "left-posterior-superior": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
}
_ABBREVIATED = {"lps": "left-posterior-superior", "ras": "right-anterior-superior", "las": "left-anterior-superior"}
_MM_PER_UNIT = {"": 1.0, "mm": 1.0, "millimeter": 1.0, "um": 1e-3, "µm": 1e-3, "microns": 1e-3, "cm": 10.0, "m": 1e3}
_LONGEST_HEADER = 1 << 22


def read(path: Path, take: stream.Take = stream.take) -> Volume:
    """A scan from an NRRD file; an axis without a direction holds time or channels, by its kind.

    Raises
    ------
    ImageError, GeometryError
        It is no NRRD file, is cut off, or holds what SegStudio cannot show.
    """
    fields, start = _header(path)
    sides = _sides(fields, path.name)
    axes = _axes(fields, len(sides), path.name)
    geometry, notes = _geometry(fields, sides, axes, path.name)
    flat = _voxels(path, fields, start, int(np.prod(sides, dtype=object)), take)
    order = [axis for axis in (axes.frame, axes.channel) if axis is not None] + list(axes.space[::-1])
    array = flat.reshape(sides[::-1]).transpose([len(sides) - 1 - axis for axis in order])
    frames, channels = (1 if axis is None else sides[axis] for axis in (axes.frame, axes.channel))
    voxels = array.reshape(frames, channels, *geometry.shape)
    return Volume(voxels, geometry, channels=("",) * channels, source=Source(path, NAME, fields), notes=notes)


@dataclass(frozen=True)
class _Axes:
    """Which axes of the file, fastest first, are space (two or three), time and channels."""

    space: tuple[int, ...]
    frame: int | None
    channel: int | None


def _header(path: Path) -> tuple[Fields, int]:
    with path.open("rb") as file:
        text = file.read(_LONGEST_HEADER)
    if not re.match(rb"NRRD000[1-5]\s", text):
        raise ImageError(f"{path.name} is no NRRD file", hint="It is damaged, or of another format than its name says.")
    end = re.search(rb"\r?\n\r?\n", text)
    lines = text[: end.start() if end else None].decode("utf-8", "surrogateescape").splitlines()[1:]
    fields: Fields = {}
    for line in lines:
        if found := re.fullmatch(r"([^#:][^:]*):(=|\s)\s*(.*)", line):
            key, mark, value = found.groups()
            plain = key.strip().lower()
            fields[f"{key}:=" if mark == "=" else _ALIASES.get(plain, plain)] = value if mark == "=" else value.strip()
    return fields, end.end() if end else len(text)


def _sides(fields: Fields, name: str) -> tuple[int, ...]:
    try:
        sides = tuple(int(side) for side in fields["sizes"].split())
        if len(sides) != int(fields["dimension"]) or not 2 <= len(sides) <= 5 or min(sides) < 1:
            raise ValueError(f"dimension {fields['dimension']}, sizes {fields['sizes']}")
    except (KeyError, ValueError) as error:
        raise ImageError(f"{name} does not say how large it is ({error})", hint="The header is damaged.") from error
    return sides


def _axes(fields: Fields, count: int, name: str) -> _Axes:
    directions = _vectors(fields, "space directions", name)
    kinds = fields.get("kinds", "").lower().split()
    if directions:
        space = [axis for axis, vector in enumerate(directions) if vector is not None]
    elif kinds:
        space = [axis for axis, kind in enumerate(kinds) if kind in ("domain", "space", "???", "none")]
    else:
        space = list(range(min(count, 3)))
    kinds = kinds if len(kinds) == count else ["list"] * count
    others = [axis for axis in range(count) if axis not in space[:3]]
    frame = [
        axis for axis in others if axis in space or kinds[axis] in ("time", "list", "domain", "space", "???", "none")
    ]
    channel = [axis for axis in others if axis not in frame]
    if len(directions) not in (0, count) or len(space) < 2 or len(frame) > 1 or len(channel) > 1:
        raise ImageError(
            f"{name} has axes of kinds SegStudio cannot place ({' '.join(kinds)})", hint="Save one scan of it."
        )
    return _Axes(tuple(space[:3]), *(found[0] if found else None for found in (frame, channel)))


def _vectors(fields: Fields, key: str, name: str) -> list[tuple[float, ...] | None]:
    """The vectors of a field, None for an axis without one."""
    found = re.findall(r"none|\(([^()]*)\)", fields.get(key, ""))
    try:
        numbers = [tuple(float(part) for part in each.split(",")) if each else None for each in found]
    except ValueError as error:
        raise GeometryError(f"{name} does not say where it lies ({error})", hint="The header is damaged.") from error
    return [None if vector is None or np.isnan(vector).any() else vector for vector in numbers]


def _geometry(fields: Fields, sides: tuple[int, ...], axes: _Axes, name: str) -> tuple[Geometry, tuple[str, ...]]:
    notes: list[str] = []
    affine = np.eye(4)
    try:
        vectors = _vectors(fields, "space directions", name)
        if vectors:
            affine[:3, :3] = _columns([vectors[axis] for axis in axes.space])
            origin = _vectors(fields, "space origin", name)
            affine[:3, 3] = _in_space(origin[0] if origin else None)
        else:
            sizes = fields.get("spacings", "").split()
            spacing = [abs(float(sizes[axis])) if sizes else 1.0 for axis in axes.space]
            affine[:3, :3] = np.diag(np.nan_to_num([*spacing, 1.0][:3], nan=1.0))
        affine[:3] *= _unit(fields, name, notes)
    except (ValueError, IndexError) as error:
        raise GeometryError(f"{name} does not say where it lies ({error})", hint="The header is damaged.") from error
    space = _space(fields)
    if space not in _KNOWN_SPACES:
        notes.append(f"{name} does not say which way the patient lies; taken as left, posterior, superior.")
    affine[:3] *= np.array(_KNOWN_SPACES.get(space, (1, 1, 1)))[:, None]
    shape = tuple([*(sides[axis] for axis in axes.space), 1][:3][::-1])
    return Geometry(shape, affine[:, [2, 1, 0, 3]]), tuple(notes)  # type: ignore[arg-type]


def _columns(vectors: list[tuple[float, ...] | None]) -> NDArray[np.float64]:
    """Steps along x, y and z as columns; a lone slice gets a millimetre across it."""
    matrix = np.array([_in_space(vector) for vector in vectors]).T
    if matrix.shape[1] == 3:
        return matrix
    across = np.cross(matrix[:, 0], matrix[:, 1])
    return np.column_stack([matrix, across / max(float(np.linalg.norm(across)), 1e-30)])


def _in_space(vector: tuple[float, ...] | None) -> list[float]:
    """Three numbers of a vector that may have two (a picture) or four (with time)."""
    return [*(vector or ()), 0.0, 0.0, 0.0][:3]


def _space(fields: Fields) -> str:
    space = fields.get("space", "").lower().removesuffix("-time")
    return _ABBREVIATED.get(space.removesuffix("t"), space)


def _unit(fields: Fields, name: str, notes: list[str]) -> float:
    units = set(re.findall(r'"([^"]*)"', fields.get("space units", fields.get("units", "")))[:3])
    if len(units) > 1 or not units <= set(_MM_PER_UNIT):
        notes.append(f"{name} gives its lengths in units SegStudio does not know; taken as mm.")
        return 1.0
    return _MM_PER_UNIT[units.pop()] if units else 1.0


def _voxels(path: Path, fields: Fields, start: int, count: int, take: stream.Take) -> NDArray[Any]:
    dtype = _number_type(fields, path.name)
    encoding = fields.get("encoding", "").lower()
    if encoding not in ("raw", "gzip", "gz"):
        raise ImageError(
            f"{path.name} is packed as {encoding or 'nothing known'!r}", hint="Save it with gzip or raw encoding."
        )
    packing: stream.Packing = "raw" if encoding == "raw" else "gzip"
    data = stream.beside(path, fields["data file"]) if "data file" in fields else path
    skip = _number(fields, "byte skip", path.name)
    if skip == -1 and packing == "raw":
        start, skip = data.stat().st_size - count * dtype.itemsize, 0
    elif data != path:
        start = 0
    if skip < 0 or start < 0 or _number(fields, "line skip", path.name):
        raise ImageError(f"{path.name} does not say where its voxels begin", hint="Save it again as one .nrrd file.")
    stream.require_room(data, packing, start * (packing == "raw") + skip + count * dtype.itemsize)
    with stream.opened(data, packing, start) as file:
        stream.skip(file, skip, data)
        return take(file, dtype, count, data)


def _number(fields: Fields, key: str, name: str) -> int:
    text = fields.get(key, "0")
    if not re.fullmatch(r"-?\d{1,12}", text):
        raise ImageError(f"{name} gives {text!r} as {key}", hint="The header is damaged.")
    return int(text)


def _number_type(fields: Fields, name: str) -> np.dtype[Any]:
    written = " ".join(fields.get("type", "").lower().split())
    for code, names in _TYPES.items():
        if written in names:
            return np.dtype((">" if fields.get("endian", "").lower() == "big" else "<") + code)
    raise ImageError(f"{name} holds numbers of a kind SegStudio does not read ({written!r})", hint="Save it as float.")


def write(volume: Volume, path: Path) -> None:
    """Write a scan or mask with gzip; where the source is NRRD its space and all its key/value pairs are kept.

    Raises
    ------
    ImageError
        NRRD has no such number type.
    """
    voxels = _in_order(volume, path)
    fields = _fields(volume, voxels)
    data = path if path.suffix.lower() == ".nrrd" else path.with_suffix(".raw.gz")
    if data != path:
        fields["data file"] = data.name
    lines = [
        "NRRD0004",
        *(f"{key}{value}" if key.endswith(":=") else f"{key}: {value}" for key, value in fields.items()),
    ]
    header = "\n".join(lines) + "\n\n"
    path.write_bytes(header.encode("utf-8", "surrogateescape"))
    with data.open("ab" if data == path else "wb") as file, stream.packed(file, "") as out:
        stream.put(out, voxels)


def read_back(volume: Volume, path: Path) -> Volume:
    """As `read`, of a file into which `volume` was written; raise `ImageError` unless it holds those numbers."""
    return read(path, stream.matching(_in_order(volume, path)))


def _in_order(volume: Volume, path: Path) -> NDArray[Any]:
    """The voxels as the file holds them, shape (frame, z, y, x, channel)."""
    return np.moveaxis(stream.storable(volume.voxels, _TYPES, path.name, NAME), 1, -1)


def _fields(volume: Volume, voxels: NDArray[Any]) -> Fields:
    kept = volume.source.header if volume.source is not None and volume.source.format == NAME else {}
    space = _space(kept) if _space(kept) in _KNOWN_SPACES else "left-posterior-superior"
    affine = volume.geometry.affine[:, [2, 1, 0, 3]]
    affine[:3] *= np.array(_KNOWN_SPACES[space])[:, None]
    steps = [_vector(affine[:3, axis]) for axis in range(3)]
    frames, *grid, channels = voxels.shape
    lead, tail = (["none"] if channels > 1 else []), (["none"] if frames > 1 else [])
    kinds = ["vector"] * len(lead) + ["domain"] * 3 + ["list"] * len(tail)
    sizes = [channels] * len(lead) + grid[::-1] + [frames] * len(tail)
    return {
        "type": _TYPES[voxels.dtype.str[1:]][0],
        "dimension": str(len(sizes)),
        "space": space,
        "sizes": " ".join(map(str, sizes)),
        "space directions": " ".join(lead + steps + tail),
        "kinds": " ".join(kinds),
        "endian": "little",
        "encoding": "gzip",
        "space origin": _vector(affine[:3, 3]),
        **{key: value for key, value in kept.items() if key in ("content", "measurement frame") or key.endswith(":=")},
    }


def _vector(numbers: NDArray[np.float64]) -> str:
    return "(" + ",".join(repr(float(number)) for number in numbers) + ")"
