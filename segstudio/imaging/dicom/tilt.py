"""Slices of a tilted gantry, each shifted evenly against the one below: refused, or sheared upright when asked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError
from segstudio.imaging.dicom.grid import Grid
from segstudio.imaging.geometry import Geometry


def refusal(grid: Grid, name: str) -> GeometryError:
    """Why such slices are not opened as they are."""
    aside = float(np.hypot(*grid.tilt)) * (len(grid.frames[0]) - 1)
    return GeometryError(
        f"the slices in {name} are shifted against each other by up to {aside:.3g} mm "
        f"({grid.degrees:.1f}° of tilt of the gantry)",
        hint="They form no upright grid; +untilted after the series' UID opens it with the tilt corrected.",
    )


def upright(voxels: NDArray[Any], grid: Grid) -> tuple[NDArray[Any], Geometry]:
    """The voxels on an upright grid that holds all slices, shape (frame, channel, z, y, x), and that grid.

    Each slice is moved within its plane by linear interpolation; what no slice covers gets the least value.
    """
    count = voxels.shape[2]
    shifts = np.array([grid.tilt]) / grid.geometry.spacing[1:] * np.arange(count)[:, None]
    start = np.floor(np.minimum(shifts.min(axis=0), 0)).astype(int)
    stop = np.ceil(np.maximum(shifts.max(axis=0), 0)).astype(int)
    rows, columns = (side + int(last - first) for side, first, last in zip(voxels.shape[3:], start, stop, strict=True))
    out = np.empty((*voxels.shape[:3], rows, columns), voxels.dtype)
    least = float(voxels.min())
    for at in range(count):
        plane = voxels[:, :, at].astype(np.float32)
        for axis, size in ((2, rows), (3, columns)):
            plane = _moved(plane, float(shifts[at, axis - 2] - start[axis - 2]), axis, size, least)
        out[:, :, at] = plane if out.dtype.kind == "f" else np.rint(plane)
    affine = grid.geometry.affine.copy()
    affine[:3, 3] = grid.geometry.to_world(np.array([[0, *start]], float))[0]
    return out, Geometry((count, rows, columns), affine)


def _moved(plane: NDArray[np.float32], by: float, axis: int, size: int, fill: float) -> NDArray[np.float32]:
    """Moved by `by` >= 0 pixels along an axis into one of `size` pixels."""
    whole, part = int(by), np.float32(by - int(by))
    pads = [(0, 0)] * plane.ndim
    pads[axis] = (whole + 1, size - plane.shape[axis] - whole)
    padded = np.pad(plane, pads, constant_values=fill)
    here, before = (np.take(padded, np.arange(first, first + size), axis) for first in (1, 0))
    return here * (1 - part) + before * part
