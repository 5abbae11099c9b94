"""Polygons to voxels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
"""Shape (n, 2): corners as (row, column), in voxels; the last is joined to the first."""

_FINE = 1024
"""Corners are rounded to such parts of a voxel, so that a line through the middle of a voxel is seen as one."""


def filled(polygons: Sequence[Polygon], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The voxels whose middle lies in or on the polygons, shape (row, column).

    Polygons of one plane count by the even-odd rule: one inside another is a hole, one in the hole an island. A line
    that is gone there and back, as to a hole in one contour ("keyhole"), is none.
    """
    lines = _lines(polygons)
    turns = np.zeros((shape[0], shape[1] + 1), np.int32)
    on = np.zeros(shape, bool)
    _cross(lines, turns, on)
    _touch(lines, on)
    inside: NDArray[np.bool_] = (np.cumsum(turns[:, :-1], axis=1) % 2 == 1) | on
    return inside


def _lines(polygons: Sequence[Polygon]) -> NDArray[np.float64]:
    """From row, column to row, column, downwards, shape (n, 4); without those that occur an even number of times."""
    parts = [np.rint(polygon * _FINE) for polygon in polygons if len(polygon)]
    if not parts:
        return np.zeros((0, 4))
    lines = np.concatenate([np.hstack([part, np.roll(part, -1, axis=0)]) for part in parts])
    up = (lines[:, 0] > lines[:, 2]) | ((lines[:, 0] == lines[:, 2]) & (lines[:, 1] > lines[:, 3]))
    lines[up] = lines[up][:, [2, 3, 0, 1]]
    different, counts = np.unique(lines, axis=0, return_counts=True)
    kept: NDArray[np.float64] = different[counts % 2 == 1] / _FINE
    return kept


def _cross(lines: NDArray[np.float64], turns: NDArray[np.int32], on: NDArray[np.bool_]) -> None:
    """Mark where each row enters and leaves; a line holds its upper end and not its lower."""
    rows, columns = on.shape
    lines = lines[lines[:, 2] > lines[:, 0]]
    first = np.clip(np.ceil(lines[:, 0]), 0, rows).astype(np.intp)
    last = np.clip(np.ceil(lines[:, 2]), 0, rows).astype(np.intp)
    counts = last - first
    which = np.repeat(np.arange(len(lines)), counts)
    row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[which]
    top, left, bottom, right = lines[which].T
    column = left + (row - top) * (right - left) / (bottom - top)
    np.add.at(turns, (row, np.clip(np.ceil(column), 0, columns).astype(np.intp)), 1)
    hit = (column == np.rint(column)) & (column >= 0) & (column < columns)
    on[row[hit], column[hit].astype(np.intp)] = True


def _touch(lines: NDArray[np.float64], on: NDArray[np.bool_]) -> None:
    """Mark the middles that level lines go through, and those that are lower ends."""
    rows, columns = on.shape
    row, left, lower, right = lines.T
    for at in np.flatnonzero((row == lower) & (row == np.rint(row)) & (row >= 0) & (row < rows)):
        on[int(row[at]), max(0, int(np.ceil(left[at]))) : max(0, int(right[at] // 1) + 1)] = True
    ends = lines[:, 2:]
    ends = ends[(ends == np.rint(ends)).all(axis=1) & (ends >= 0).all(axis=1) & (ends < (rows, columns)).all(axis=1)]
    on[tuple(ends.T.astype(np.intp))] = True


def area(polygon: Polygon) -> float:
    """Voxels inside one polygon, by the shoelace formula."""
    row, column = polygon.T
    return float(abs(row @ np.roll(column, -1) - column @ np.roll(row, -1)) / 2)
