"""Which voxels a disc, a ball or an outline covers: in millimetres, on grids of any spacing.

Points are in voxels of the grid (z, y, x), not rounded; a voxel's centre has whole coordinates. A voxel is covered
when its centre is. What the hand points at is covered in any case, however small the shape.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Box, Shape

Point = tuple[float, float, float]
"""Voxels along (z, y, x), not rounded."""

Raster = tuple[Box, NDArray[np.bool_]]
"""A box of the grid, and which of its voxels are covered, in the shape of the box."""

_EDGE = 1 + 1e-5
"""A centre that lies on the rim is covered, whatever float32 makes of it."""


def ball(shape: Shape, spacing: Sequence[float], path: Sequence[Point], radius_mm: float) -> Raster | None:
    """A ball swept along a path; None if it covers no voxel of the grid.

    Parameters
    ----------
    shape
        Voxels of the grid along (z, y, x).
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    path
        At least one point; between two points the ball moves straight.
    """
    points = np.asarray(path, float)
    return _swept(points, np.asarray(spacing, float), radius_mm, _box(points, spacing, radius_mm, shape))


def disc(shape: Shape, spacing: Sequence[float], axis: int, path: Sequence[Point], radius_mm: float) -> Raster | None:
    """A disc in one slice, swept along a path; None if it covers no voxel of the grid.

    Parameters
    ----------
    axis
        Across the slice: 0 for a slice of z. The slice is that of the path's last point.
    """
    points = np.asarray(path, float)
    points[:, axis] = index = _nearest(points[-1, axis])
    sides = list(_box(points, spacing, radius_mm, shape))
    sides[axis] = slice(max(int(index), 0), min(int(index) + 1, shape[axis]))
    return _swept(points, np.asarray(spacing, float), radius_mm, (sides[0], sides[1], sides[2]))


def polygon(shape: Shape, axis: int, index: int, corners: NDArray[np.float64]) -> Raster | None:
    """The inside of an outline in one slice; None if it covers no voxel of the grid.

    A part that the outline goes round twice is inside as well, so that a lasso may overlap its own beginning.

    Parameters
    ----------
    axis, index
        Across the slice, and which.
    corners
        Shape (n, 2), rows and columns of the slice in voxels; the last is joined to the first.
    """
    rows, columns = (side for other, side in enumerate(shape) if other != axis)
    if not 0 <= index < shape[axis] or len(corners) < 3:
        return None
    low = np.clip(np.floor(corners.min(axis=0)), 0, (rows, columns)).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, (rows, columns)).astype(int)
    if (high <= low).any():
        return None
    where = _inside(corners - low, tuple(high - low))
    if not where.any():
        return None
    sides = [slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True)]
    sides.insert(axis, slice(index, index + 1))
    return (sides[0], sides[1], sides[2]), np.expand_dims(where, axis)


def _inside(corners: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where an outline winds round a pixel's centre: each edge, met from the left, counts up or down."""
    winding = np.zeros((shape[0], shape[1] + 1), np.int32)
    for (row, column), (next_row, next_column) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        first, last = np.ceil(np.sort([row, next_row])).astype(int).clip(0, shape[0])
        met = np.arange(first, last)
        if len(met):
            crossing = column + (met - row) * (next_column - column) / (next_row - row)
            winding[met, np.ceil(crossing).astype(int).clip(0, shape[1])] += 1 if next_row > row else -1
    inside: NDArray[np.bool_] = np.cumsum(winding[:, :-1], axis=1) != 0
    return inside


def _swept(points: NDArray[np.float64], spacing: NDArray[np.float64], radius_mm: float, box: Box) -> Raster | None:
    where = np.zeros([max(0, side.stop - side.start) for side in box], bool)
    if not where.size:
        return None
    first = np.array([side.start for side in box])
    for start, end in zip(points, points[1:] if len(points) > 1 else points, strict=False):
        part = _box(np.stack([start, end]) - first, spacing, radius_mm, where.shape)
        where[part] |= _capsule(start - first, end - first, spacing, radius_mm, part)
        on_line = _line(start - first, end - first)
        on_line = on_line[((on_line >= 0) & (on_line < where.shape)).all(axis=1)]
        where[tuple(on_line.T)] = True
    return (box, where) if where.any() else None


def _capsule(
    start: NDArray[np.float64], end: NDArray[np.float64], spacing: NDArray[np.float64], radius_mm: float, box: Box
) -> NDArray[np.bool_]:
    """Which voxels of a box lie within a radius of a straight line."""
    z, y, x = (
        np.asarray((np.arange(side.start, side.stop) - at) * mm, np.float32)
        for side, at, mm in zip(box, start, spacing, strict=True)
    )
    z, y = z[:, None, None], y[:, None]
    way = np.asarray((end - start) * spacing, np.float32)
    length = way @ way
    if length > 0:
        along = np.clip((z * way[0] + y * way[1] + x * way[2]) / length, 0, 1)
        z, y, x = z - along * way[0], y - along * way[1], x - along * way[2]
    within: NDArray[np.bool_] = z * z + y * y + x * x <= np.float32(radius_mm * radius_mm * _EDGE)
    return within


def _line(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.intp]:
    """The voxels on a straight line, shape (n, 3), without a gap."""
    count = 2 * int(np.ceil(np.abs(end - start).max())) + 1
    points = start + np.linspace(0, 1, count)[:, None] * (end - start)
    return np.asarray(_nearest(points), np.intp)


def _box(
    points: NDArray[np.float64], spacing: Sequence[float] | NDArray[np.float64], radius_mm: float, shape: Sequence[int]
) -> Box:
    reach = radius_mm / np.asarray(spacing)
    low = np.floor(points.min(axis=0) - reach).clip(0, shape).astype(int)
    high = (np.ceil(points.max(axis=0) + reach) + 1).clip(0, shape).astype(int)
    z, y, x = (slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True))
    return z, y, x


def _nearest(at: NDArray[np.float64]) -> NDArray[np.float64]:
    nearest: NDArray[np.float64] = np.floor(at + 0.5)
    return nearest
