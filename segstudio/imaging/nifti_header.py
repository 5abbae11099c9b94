"""The header of a NIfTI file: its fields, and where they say the grid lies.

Read here rather than with nibabel, whose import takes as long as unpacking a whole CT does with isal. The layouts are
those of nifti1.h and nifti2.h (https://nifti.nimh.nih.gov).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging.geometry import Affine, Geometry

Header = np.void
"""One record of `NIFTI1` or `NIFTI2`, native byte order; `header["dim"]` and so on."""

_PLACE = [
    *((f"quatern_{axis}", "f") for axis in "bcd"),
    *((f"qoffset_{axis}", "f") for axis in "xyz"),
    *((f"srow_{axis}", "f", 4) for axis in "xyz"),
]

NIFTI1 = np.dtype(
    [
        ("sizeof_hdr", "<i4"),
        ("unused", "S35"),
        ("dim_info", "u1"),
        ("dim", "<i2", 8),
        ("intent_p", "<f4", 3),
        ("intent_code", "<i2"),
        ("datatype", "<i2"),
        ("bitpix", "<i2"),
        ("slice_start", "<i2"),
        ("pixdim", "<f4", 8),
        ("vox_offset", "<f4"),
        ("scl_slope", "<f4"),
        ("scl_inter", "<f4"),
        ("slice_end", "<i2"),
        ("slice_code", "u1"),
        ("xyzt_units", "u1"),
        ("cal_max", "<f4"),
        ("cal_min", "<f4"),
        ("slice_duration", "<f4"),
        ("toffset", "<f4"),
        ("glmax", "<i4"),
        ("glmin", "<i4"),
        ("descrip", "S80"),
        ("aux_file", "S24"),
        ("qform_code", "<i2"),
        ("sform_code", "<i2"),
        *((name, "<f4", *more) for name, _, *more in _PLACE),
        ("intent_name", "S16"),
        ("magic", "S4"),
    ]
)

NIFTI2 = np.dtype(
    [
        ("sizeof_hdr", "<i4"),
        ("magic", "S8"),
        ("datatype", "<i2"),
        ("bitpix", "<i2"),
        ("dim", "<i8", 8),
        ("intent_p", "<f8", 3),
        ("pixdim", "<f8", 8),
        ("vox_offset", "<i8"),
        ("scl_slope", "<f8"),
        ("scl_inter", "<f8"),
        ("cal_max", "<f8"),
        ("cal_min", "<f8"),
        ("slice_duration", "<f8"),
        ("toffset", "<f8"),
        ("slice_start", "<i8"),
        ("slice_end", "<i8"),
        ("descrip", "S80"),
        ("aux_file", "S24"),
        ("qform_code", "<i4"),
        ("sform_code", "<i4"),
        *((name, "<f8", *more) for name, _, *more in _PLACE),
        ("slice_code", "<i4"),
        ("xyzt_units", "<i4"),
        ("intent_code", "<i4"),
        ("intent_name", "S16"),
        ("dim_info", "u1"),
        ("unused", "S15"),
    ]
)

MAGIC = {NIFTI1: (b"n+1", b"ni1"), NIFTI2: (b"n+2\x00\r\n\x1a\n", b"ni2\x00\r\n\x1a\n")}
"""Of one file, and of a header beside its image file."""

_MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}


def read_header(stream: BinaryIO, name: str) -> tuple[Header, bool]:
    """The header at the start of a stream, in native byte order, and whether the file's numbers are big endian.

    Raises
    ------
    ImageError
        It is no NIfTI header.
    """
    start = stream.read(4)
    for layout in (NIFTI1, NIFTI2):
        for order in ("<", ">"):
            if int.from_bytes(start, "little" if order == "<" else "big") == layout.itemsize and len(start) == 4:
                rest = stream.read(layout.itemsize - 4)
                if len(rest) < layout.itemsize - 4:
                    raise ImageError(f"{name} ends within its header", hint="It was cut off; copy it again.")
                found = np.frombuffer(start + rest, layout.newbyteorder(order))[0]
                if found["magic"] not in MAGIC[layout]:
                    raise _no_nifti(name)
                return cast(Header, np.array(found, layout)[()]), order == ">"
    raise _no_nifti(name)


def _no_nifti(name: str) -> ImageError:
    return ImageError(f"{name} is no NIfTI file", hint="It is empty, damaged, or of another format than its name says.")


def extent(header: Header, name: str) -> tuple[int, ...]:
    """Voxels along x, y, z, time and channel, each at least 1.

    Raises
    ------
    ImageError
        A side is less than 1, or there are more dimensions.
    """
    count = int(header["dim"][0])
    sides = [int(side) for side in header["dim"][1 : 1 + max(count, 0)]]
    if not 1 <= count <= 7 or min(sides) < 1:
        raise ImageError(f"{name} claims {count} dimensions of {sides} voxels", hint="The header is damaged.")
    if any(side > 1 for side in sides[5:]):
        raise ImageError(
            f"{name} has more than five dimensions ({sides})", hint="Save one three-dimensional scan of it."
        )
    return tuple((sides + [1] * 5)[:5])


def geometry_of(header: Header, name: str) -> tuple[Geometry, tuple[str, ...]]:
    """The grid, and what had to be decided to find it.

    The sform counts, unless its code is 0 or it is no regular grid; then the qform; then nibabel's convention for
    headers without either: centred on the origin, first axis from right to left.

    Raises
    ------
    GeometryError
        What the header says is singular, sheared or not finite.
    """
    x, y, z = extent(header, name)[:3]
    unit = int(header["xyzt_units"]) & 7
    notes = [] if unit in _MM_PER_UNIT else [f"{name} gives its lengths in an unknown unit ({unit}); taken as mm."]
    scale = np.diag([_MM_PER_UNIT.get(unit, 1.0)] * 3 + [1.0])

    def grid(ras: Affine) -> Geometry:
        return Geometry((z, y, x), _turned(scale @ ras))

    sizes = np.abs(header["pixdim"][1:4].astype(float))
    if z == 1 and sizes[2] == 0:
        sizes[2] = 1.0
    by_sform, sform_fault = _tried(lambda: grid(_sform(header))) if header["sform_code"] > 0 else (None, None)
    by_qform, qform_fault = _tried(lambda: grid(_qform(header, sizes))) if header["qform_code"] > 0 else (None, None)
    if by_sform and by_qform:
        notes += _disagreement(by_sform, by_qform, name)
    elif sform_fault and by_qform:
        notes.append(
            f"{name}: the position in the sform cannot be used ({sform_fault.message}); the qform is used instead."
        )
    fault = sform_fault or qform_fault
    if found := by_sform or by_qform:
        return found, tuple(notes)
    if fault:
        raise fault
    notes.append(
        f"{name} does not say where it lies in the patient; left and right are a guess, the middle is put at 0."
    )
    return grid(_guess(sizes, (x, y, z))), tuple(notes)


def _tried(build: Callable[[], Geometry]) -> tuple[Geometry | None, GeometryError | None]:
    try:
        return build(), None
    except GeometryError as error:
        return None, error


def _disagreement(one: Geometry, other: Geometry, name: str) -> list[str]:
    corners = np.array(np.meshgrid(*([0, side - 1] for side in one.shape))).reshape(3, -1).T.astype(float)
    apart = float(np.linalg.norm(one.to_world(corners) - other.to_world(corners), axis=1).max())
    if apart <= 0.05 * one.spacing.min():
        return []
    return [f"{name} gives two positions, {apart:.3g} mm apart at the far corner; its sform is used, not its qform."]


def _turned(affine: Affine) -> Affine:
    """Index (i, j, k) to RAS as index (z, y, x) to LPS, and back: the one place where the two conventions meet."""
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])
    return np.asarray(flip @ affine)[:, [2, 1, 0, 3]]


def _sform(header: Header) -> Affine:
    affine = np.eye(4)
    affine[:3] = [header[f"srow_{axis}"] for axis in "xyz"]
    if int(header["dim"][3]) == 1 and not affine[:3, 2].any():
        affine[:3, 2] = _normal(affine[:3, 0], affine[:3, 1])
    return affine


def _normal(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """A millimetre across a single slice whose thickness nobody gave."""
    across = np.cross(one, other)
    return np.asarray(across / max(float(np.linalg.norm(across)), 1e-30))


def _qform(header: Header, sizes: NDArray[np.float64]) -> Affine:
    affine = np.eye(4)
    affine[:3, :3] = _rotation(np.array([float(header[f"quatern_{axis}"]) for axis in "bcd"])) * sizes
    if header["pixdim"][0] < 0:
        affine[:3, 2] *= -1
    affine[:3, 3] = [header[f"qoffset_{axis}"] for axis in "xyz"]
    return affine


def _rotation(imaginary: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(imaginary @ imaginary)
    if not length < 1.01:
        raise GeometryError("the qform is no rotation", hint="The header is damaged; export the scan again.")
    if length > 1 - 1e-7:
        imaginary, length = imaginary / np.sqrt(length), 1.0
    a, (b, c, d) = np.sqrt(1 - length), imaginary
    return np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )


def _guess(sizes: NDArray[np.float64], sides: tuple[int, int, int]) -> Affine:
    affine = np.diag([-sizes[0], sizes[1], sizes[2], 1.0])
    affine[:3, 3] = affine[:3, :3] @ ((1 - np.array(sides)) / 2)
    return affine


def placed(layout: np.dtype[Any], geometry: Geometry) -> Header:
    """A fresh header, in millimetres, whose sform and qform both lie on `geometry`."""
    header = np.zeros((), layout)
    ras = _turned(geometry.affine)
    rotation = geometry.directions[:, ::-1] * np.array([[-1.0], [-1.0], [1.0]])
    handed = 1.0 if np.linalg.det(rotation) > 0 else -1.0
    rotation[:, 2] *= handed
    header["pixdim"][:4] = [handed, *geometry.spacing[::-1]]
    header["pixdim"][4:] = 1
    for axis, part, row in zip("xyz", ras[:3, 3], ras[:3], strict=True):
        header[f"qoffset_{axis}"], header[f"srow_{axis}"] = part, row
    for axis, value in zip("bcd", _imaginary(rotation), strict=True):
        header[f"quatern_{axis}"] = value
    header["qform_code"] = header["sform_code"] = 1
    header["xyzt_units"] = 2 | 8
    header["descrip"] = b"SegStudio"
    return cast(Header, header[()])


def _imaginary(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last three parts of the unit quaternion of a rotation, the first being positive.

    The quaternion is the eigenvector of Bar-Itzhack's symmetric matrix (J. Guid. Control Dyn. 23(6), 2000), which has
    no branches and is exact near half turns.
    """
    r = rotation
    k = np.array(
        [
            [r[0, 0] + r[1, 1] + r[2, 2], 0, 0, 0],
            [r[2, 1] - r[1, 2], r[0, 0] - r[1, 1] - r[2, 2], 0, 0],
            [r[0, 2] - r[2, 0], r[1, 0] + r[0, 1], r[1, 1] - r[0, 0] - r[2, 2], 0],
            [r[1, 0] - r[0, 1], r[2, 0] + r[0, 2], r[2, 1] + r[1, 2], r[2, 2] - r[0, 0] - r[1, 1]],
        ]
    )
    vector = np.linalg.eigh(k, UPLO="L")[1][:, -1]
    return np.asarray(vector[1:] * (1.0 if vector[0] >= 0 else -1.0))
