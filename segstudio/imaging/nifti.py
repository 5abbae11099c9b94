"""NIfTI files, versions 1 and 2: .nii, .nii.gz, and .hdr beside .img."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging import stream
from segstudio.imaging.geometry import Geometry
from segstudio.imaging.nifti_header import MAGIC, NIFTI1, NIFTI2, Header, extent, geometry_of, placed, read_header
from segstudio.imaging.volume import Source, Volume

NAME = "NIfTI"

_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_COLORS = {128: 3, 2304: 4}
_VECTOR = 1007
_NO_EXTENSIONS = bytes(4)


def read(path: Path, take: stream.Take = stream.take) -> Volume:
    """A scan from a NIfTI file; a fourth dimension is time, a fifth holds channels.

    Raises
    ------
    ImageError, GeometryError
        It is no NIfTI file, is cut off, or holds what SegStudio cannot show.
    """
    path = path.with_suffix(".hdr") if path.suffix.lower() == ".img" else path
    packing = stream.packing_of(path)
    with stream.opened(path, packing) as file:
        header, big = read_header(file, path.name)
        dtype, colors = _number_type(header, path.name)
        sides = extent(header, path.name)
        geometry, notes = geometry_of(header, path.name)
        start = _start(header, path.name)
        together = header["magic"] == MAGIC[header.dtype][0]
        count = int(np.prod(sides, dtype=object)) * colors
        data = path if together else path.with_suffix(".img")
        with nullcontext(file) if together else stream.opened(data, packing := stream.packing_of(data)) as voxels:
            stream.require_room(data, packing, start + count * dtype.itemsize)
            stream.skip(voxels, start - header.dtype.itemsize if together else start, data)
            flat = take(voxels, dtype.newbyteorder(">" if big else "<"), count, data)
    voxels5 = _arranged(_scaled(flat, header, path.name), sides, colors, path.name)
    names = ("red", "green", "blue", "alpha")[:colors] if colors > 1 else ("",) * voxels5.shape[1]
    return Volume(voxels5, geometry, channels=names, source=Source(path, NAME, header), notes=notes)


def _number_type(header: Header, name: str) -> tuple[np.dtype[Any], int]:
    code = int(header["datatype"])
    if code in _COLORS:
        return np.dtype("u1"), _COLORS[code]
    if code not in _TYPES:
        raise ImageError(
            f"{name} holds numbers of a kind SegStudio does not read (NIfTI type {code})", hint="Save it as float32."
        )
    return np.dtype(_TYPES[code]), 1


def _start(header: Header, name: str) -> int:
    start = float(header["vox_offset"])
    if not 0 <= start < 2**40:
        raise ImageError(f"{name} puts its voxels at byte {start:g}", hint="The header is damaged.")
    after_header = header.dtype.itemsize if header["magic"] == MAGIC[header.dtype][0] else 0
    return int(start) if start >= after_header else after_header + len(_NO_EXTENSIONS)


def _scaled(flat: NDArray[Any], header: Header, name: str) -> NDArray[Any]:
    """The numbers that the stored ones stand for; the stored ones where they stand for themselves."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not np.isfinite(slope) or (slope, inter) == (1, 0) or int(header["datatype"]) in _COLORS:
        return flat
    if not np.isfinite(inter):
        raise ImageError(f"{name} scales its voxels by {inter}", hint="The header is damaged.")
    if flat.dtype == np.float64:
        return flat * slope + inter
    scaled = np.empty(flat.shape, np.float32)
    for start in range(0, flat.size, _PIECE):
        scaled[start : start + _PIECE] = flat[start : start + _PIECE].astype(np.float64) * slope + inter
    return scaled


_PIECE = 1 << 20
"""Voxels scaled at a time: in float64, without a float64 copy of the whole."""


def _arranged(flat: NDArray[Any], sides: tuple[int, ...], colors: int, name: str) -> NDArray[Any]:
    x, y, z, time, channel = sides
    if colors == 1:
        return flat.reshape(channel, time, z, y, x).swapaxes(0, 1)
    if channel > 1:
        raise ImageError(f"{name} has {channel} colour pictures for each place", hint="Save one of them.")
    return np.moveaxis(flat.reshape(time, z, y, x, colors), -1, 1)


def write(volume: Volume, path: Path) -> None:
    """Write a scan or mask; header fields come from its source where that is NIfTI and on the same grid.

    Extensions of the source are left out: they may hold a whole DICOM header with the patient's name.

    Raises
    ------
    ImageError
        NIfTI has no such number type, or the name asks for a pair of files.
    """
    if path.suffix.lower() in (".hdr", ".img"):
        raise ImageError(
            f"{path.name} would be a pair of files", hint="Choose .nii.gz, one file for header and voxels."
        )
    voxels = _storable(volume, path)
    header = _header(volume, voxels)
    zipped = path.suffix.lower() == ".gz"
    with path.open("wb") as file, stream.packed(file, path.name) if zipped else nullcontext(file) as out:
        out.write(header.tobytes() + _NO_EXTENSIONS)
        stream.put(out, voxels.swapaxes(0, 1))


def read_back(volume: Volume, path: Path) -> Volume:
    """As `read`, of a file into which `volume` was written; raise `ImageError` unless it holds those numbers."""
    return read(path, stream.matching(_storable(volume, path).swapaxes(0, 1)))


def _storable(volume: Volume, path: Path) -> NDArray[Any]:
    return stream.storable(volume.voxels, _TYPES.values(), path.name, NAME)


def _header(volume: Volume, voxels: NDArray[Any]) -> Header:
    frames, channels, *grid = voxels.shape
    kept = _of_source(volume)
    layout = NIFTI2 if max(voxels.shape) > 32767 or (kept is not None and kept.dtype == NIFTI2) else NIFTI1
    header = placed(layout, volume.geometry) if kept is None else _in_layout(kept, layout)
    sides = [*grid[::-1], frames, channels]
    dimensions = 5 if channels > 1 else 4 if frames > 1 else 3
    header["sizeof_hdr"], header["magic"] = layout.itemsize, MAGIC[layout][0]
    header["vox_offset"] = layout.itemsize + len(_NO_EXTENSIONS)
    header["dim"] = [dimensions, *sides, 1, 1]
    header["datatype"] = next(code for code, name in _TYPES.items() if name == voxels.dtype.str[1:])
    header["bitpix"] = voxels.dtype.itemsize * 8
    header["scl_slope"], header["scl_inter"] = 1, 0
    header["cal_min"] = header["cal_max"] = 0
    if channels > 1 or header["intent_code"] == _VECTOR:
        header["intent_code"] = _VECTOR if channels > 1 else 0
    return header


def _in_layout(header: Header, layout: np.dtype[Any]) -> Header:
    fresh = np.zeros((), layout)
    for name in layout.names or ():
        fresh[name] = header[name]
    return cast(Header, fresh[()])


def _of_source(volume: Volume) -> Header | None:
    """The source's header, if it still says where this volume lies."""
    if volume.source is None or volume.source.format != NAME:
        return None
    header: Header = volume.source.header
    geometry: Geometry = geometry_of(header, volume.source.path.name)[0]
    return header if geometry.same_space(volume.geometry) else None
