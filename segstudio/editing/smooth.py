"""Smooth the borders of classes, in millimetres, without gaps between them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.editing.boxes import among, box_of, boxes_of, in_plane, roomier
from segstudio.editing.edit import Edit
from segstudio.progress import Progress, Stop, check, never, silent

_TAIL = 2.5
"""The blur looks so many standard deviations far."""

_LEVELS = (0.15, 0.85)
"""Where the new border may lie between outside (0) and inside (1); a speck of a voxel or two stays below and goes."""

_ROWS = 4
"""Rows that are blurred along z at a time."""


def smooth(
    labels: NDArray[Any],
    values: Collection[int],
    spacing: Sequence[float],
    *,
    mm: float,
    axis: int | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Round off the borders of classes; their volumes stay about the same.

    The classes together are blurred with a Gaussian, and their border is put where their volume stays: one half would
    eat what is thin or round. Inside, each voxel goes to the class whose own blur is highest above the level that would
    keep its volume; so no gap opens between two of them. Classes that are not smoothed keep their voxels, and what
    touches them goes on touching them.

    Parameters
    ----------
    labels
        Shape (z, y, x).
    values
        The classes to smooth.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    mm
        Standard deviation of the Gaussian: details about this size go.
    axis
        Only within the slices across this axis; None: in 3D.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    sigmas = [mm / side for side in in_plane(spacing, axis)]
    tight = box_of(labels, values)
    if tight is None or mm <= 0:
        return None
    room = roomier(tight, _radii(sigmas), labels.shape)
    here = labels[room]
    total, owner = _blurred(here, values, sigmas, stop, progress)
    kept = ~among(here, (0, *values))
    if kept.any():
        check(stop)
        progress(0.8, "smoothing")
        total /= np.maximum(1 - _blur(kept, sigmas), _LEVELS[0])
        total[kept] = 0
    after = np.where(total > _level(total, int(among(here, values).sum())), owner, owner.dtype.type(0))
    return Edit.between("smooth", labels, room, np.where(kept, here, after) if kept.any() else after)


def _blurred(
    labels: NDArray[Any], values: Collection[int], sigmas: Sequence[float], stop: Stop, progress: Progress
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """How much of its surroundings is of one of the classes, 0 to 1, and which class has the best claim to a voxel."""
    total = np.zeros(labels.shape, np.float32)
    highest = np.full(labels.shape, -np.inf, np.float32) if len(values) > 1 else None
    owner = np.full(labels.shape, max(values), np.min_scalar_type(max(values)))
    for index, (value, tight) in enumerate(boxes_of(labels, values).items()):
        check(stop)
        progress(0.8 * index / len(values), "smoothing")
        room = roomier(tight, _radii(sigmas), labels.shape)
        there = among(labels[room], [value])
        share = _blur(there, sigmas)
        total[room] += share
        if highest is not None:
            share -= _level(share, int(there.sum()))
            better = share > highest[room]
            owner[room][better] = value
            np.copyto(highest[room], share, where=better)
    return total, owner


def _level(share: NDArray[np.float32], voxels: int) -> np.float32:
    """The level above which so many voxels lie, or the nearest allowed one."""
    low, high = np.float32(_LEVELS[0]), np.float32(_LEVELS[1])
    between = share[(share > low) & (share < high)]
    wanted = voxels - int(np.count_nonzero(share >= high))
    if wanted <= 0:
        return high
    if wanted >= len(between):
        return low
    return np.float32(np.partition(between, len(between) - wanted - 1)[len(between) - wanted - 1])


def _blur(there: NDArray[np.bool_], sigmas: Sequence[float]) -> NDArray[np.float32]:
    """A Gaussian blur, shape (z, y, x), in pieces that stay in the processor's cache."""
    blurred = there.astype(np.float32)
    for plane in blurred:
        for axis in (0, 1):
            _blur_along(plane, sigmas[axis + 1], axis)
    for row in range(0, there.shape[1], _ROWS):
        _blur_along(blurred[:, row : row + _ROWS], sigmas[0], 0)
    return blurred


def _blur_along(block: NDArray[np.float32], sigma: float, axis: int) -> None:
    if sigma * _TAIL >= 0.5:
        ndimage.gaussian_filter1d(block, sigma, axis, output=block, mode="nearest", truncate=_TAIL)


def _radii(sigmas: Sequence[float]) -> list[int]:
    return [int(_TAIL * sigma + 0.5) for sigma in sigmas]
