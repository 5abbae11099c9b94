"""Smooth the borders of classes, in millimetres, without gaps between them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.editing.boxes import among, boxes_of, clusters, in_plane, roomier, together
from segstudio.editing.edit import Edit
from segstudio.progress import Progress, Stop, check, never, silent

_TAIL = 2.5
"""The blur looks so many standard deviations far."""

_FULL = 255
"""What a blur writes where all round is inside; 0 where all is outside."""

_LEVELS = (38, 217)
"""Where the new border may lie, of 255; a speck of a voxel or two stays below the lower one and goes."""

_AT_ONCE = 1 << 18
"""Voxels that are blurred at a time, so that they stay in the processor's cache."""


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
    if mm <= 0:
        return None
    sigmas = [mm / side for side in in_plane(spacing, axis)]
    radii = [int(_TAIL * sigma + 0.5) for sigma in sigmas]
    edits = [
        Edit.between("smooth", labels, box, _smoothed(labels[box], where, values, sigmas, stop, step))
        for box, where, step in clusters(labels, values, radii, progress)
    ]
    return together("smooth", labels, edits)


def _smoothed(
    labels: NDArray[Any],
    there: NDArray[np.bool_],
    values: Collection[int],
    sigmas: Sequence[float],
    stop: Stop,
    progress: Progress,
) -> NDArray[Any]:
    """A part of a mask with the voxels of some classes that are there smoothed."""
    progress(0, "smoothing")
    total = _blur(there, sigmas, stop)
    kept = ~(there | among(labels, [0]))
    if kept.any():
        _make_room(total, _blur(kept, sigmas, stop))
        total[kept] = 0
    inside = total > _level(total, int(np.count_nonzero(there)))
    owner = _owners(labels, values, sigmas, stop, progress)
    return np.where(inside, owner, np.where(kept, labels, labels.dtype.type(0)))


def _make_room(total: NDArray[np.uint8], others: NDArray[np.uint8]) -> None:
    """Count of the surroundings only what is not of classes that keep their voxels."""
    for plane, other in zip(total, others, strict=True):
        free = np.maximum(_FULL - other.astype(np.float32), _LEVELS[0])
        plane[:] = np.minimum(plane * (_FULL / free), _FULL)


def _owners(
    labels: NDArray[Any], values: Collection[int], sigmas: Sequence[float], stop: Stop, progress: Progress
) -> NDArray[Any]:
    """Which of the classes has the best claim to each voxel; a number where there is only one."""
    boxes = boxes_of(labels, values)
    kind = np.promote_types(labels.dtype, np.min_scalar_type(max(values)))
    owner = np.full(labels.shape if len(boxes) > 1 else (), next(iter(boxes)), kind)
    highest = np.full(owner.shape, -_FULL, np.int16)
    for index, (value, tight) in enumerate(boxes.items() if len(boxes) > 1 else ()):
        progress(index / len(boxes), "smoothing")
        room = roomier(tight, [int(_TAIL * sigma + 0.5) for sigma in sigmas], labels.shape)
        there = among(labels[room], [value])
        share = _blur(there, sigmas, stop)
        claim = share.astype(np.int16) - _level(share, int(np.count_nonzero(there)))
        better = (claim > highest[room]) & (share > 0)
        owner[room][better] = value
        np.copyto(highest[room], claim, where=better)
    return owner


def _level(share: NDArray[np.uint8], voxels: int) -> int:
    """The level above which about so many voxels lie, or the nearest allowed one."""
    counts = np.zeros(_FULL + 1, np.int64)
    for planes in _slabs(share, 0):
        counts += np.bincount(planes.reshape(-1), minlength=_FULL + 1)
    above = counts.sum() - np.cumsum(counts)  # how many voxels lie above each level
    return int(np.clip(np.abs(above - voxels).argmin(), *_LEVELS))


def _blur(there: NDArray[np.bool_], sigmas: Sequence[float], stop: Stop) -> NDArray[np.uint8]:
    """How much of its surroundings is true, 0 to 255, by a Gaussian."""
    blurred = there.view(np.uint8) * np.uint8(_FULL)
    for across, axes in ((1, (0,)), (0, (1, 2))):
        wide = [axis for axis in axes if sigmas[axis] * _TAIL >= 0.5]
        for slab in _slabs(blurred, across) if wide else ():
            check(stop)
            if slab.any():
                fine = slab.astype(np.float32)
                for axis in wide:
                    ndimage.gaussian_filter1d(fine, sigmas[axis], axis, output=fine, mode="nearest", truncate=_TAIL)
                slab[:] = np.rint(fine, out=fine)
    return blurred


def _slabs(array: NDArray[np.uint8], across: int) -> Iterator[NDArray[np.uint8]]:
    """An array in slabs across an axis."""
    thick = max(1, _AT_ONCE * array.shape[across] // max(1, array.size))
    for start in range(0, array.shape[across], thick):
        yield array[(slice(None),) * across + (slice(start, start + thick),)]
