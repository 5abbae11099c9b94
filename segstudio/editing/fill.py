"""The paint bucket: the connected region under a point, in a plane or in 3D."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.edit import Edit, as_type_of
from segstudio.editing.runs import Index, Runs, memory_order, turned_back
from segstudio.editing.threshold import Window, within
from segstudio.errors import EditError
from segstudio.imaging import Box, Shape, inner
from segstudio.progress import Progress, Stop, check, never, silent

_REACHES = (48, 128)
"""How far round the point is looked first, in voxels: most regions are small, and a scan is not."""


def fill(
    labels: NDArray[Any],
    seed: Index,
    value: int,
    *,
    axis: int | None = None,
    image: NDArray[Any] | None = None,
    window: Window | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Give a class to the connected voxels round a point that are of the same class as it.

    Voxels are connected through their faces, so that a line drawn by hand holds, even where it only touches at corners.

    Parameters
    ----------
    labels
        The mask, shape (z, y, x); only read.
    seed
        The voxel under the hand.
    value
        The class that is given; 0 erases.
    axis
        0, 1 or 2: only in the slice across this axis; None: in 3D.
    image, window
        Intensities, shape (z, y, x), and the lowest and highest that belong to the region; None: any.

    Raises
    ------
    EditError
        The point lies outside the scan, its own intensity outside the window, or the value is too large for the mask.
    Stopped
        `stop()` became true.
    """
    _require_inside(seed, labels.shape)
    if labels[seed] == value:
        return None
    progress(0.0, "filling")
    order = memory_order(labels)
    turned = labels.transpose(order)
    picture = None if image is None or window is None else image.transpose(order)
    at = (seed[order[0]], seed[order[1]], seed[order[2]])
    across = None if axis is None else order.index(axis)
    return turned_back(_painted(turned, *_region(turned, at, across, picture, window, stop), value), order)


def _region(
    labels: NDArray[Any],
    seed: Index,
    axis: int | None,
    image: NDArray[Any] | None,
    window: Window | None,
    stop: Stop,
) -> tuple[Box, Runs]:
    """The region round a voxel: a box, and the runs in it; boxes are tried from small to large."""
    present = labels[seed]
    for reach in (*_REACHES, max(labels.shape)):
        box = _round(seed, [0 if each == axis else reach for each in range(3)], labels.shape)

        def alike(first: int, last: int, box: Box = box) -> NDArray[np.bool_]:
            check(stop)
            same: NDArray[np.bool_] = labels[box][first:last] == present
            if image is not None and window is not None:
                same &= within(image[box][first:last], window)
            return same

        found = Runs.of(alike, _shape_of(box)).round(_inside(seed, box))
        if not len(found.starts):
            raise EditError(
                "the intensity at this point lies outside the window",
                hint="Widen the window, or click where the tissue is.",
            )
        if not _goes_on(found.bounds(), box, labels.shape, axis):
            break
    return box, found


def _painted(labels: NDArray[Any], box: Box, found: Runs, value: int) -> Edit:
    """The edit that gives a class to a region."""
    inside = found.bounds()
    part = inner(box, inside)
    before = labels[part].copy()
    after = before.copy()
    new = as_type_of(labels, np.array([value]))[0]
    for first, last, mask in found.masks():
        low, high = max(first, inside[0].start), min(last, inside[0].stop)
        where = mask[low - first : high - first, inside[1], inside[2]]
        np.copyto(after[low - inside[0].start : high - inside[0].start], new, where=where)
    return Edit("fill", part, before, after)


def _round(seed: Index, reach: Sequence[int], shape: Sequence[int]) -> Box:
    z, y, x = (
        slice(max(point - far, 0), min(point + far + 1, side))
        for point, far, side in zip(seed, reach, shape, strict=True)
    )
    return z, y, x


def _inside(seed: Index, box: Box) -> Index:
    z, y, x = (point - side.start for point, side in zip(seed, box, strict=True))
    return z, y, x


def _shape_of(box: Box) -> Shape:
    z, y, x = (side.stop - side.start for side in box)
    return z, y, x


def _goes_on(found: Box, box: Box, shape: Sequence[int], axis: int | None) -> bool:
    """Whether what was found in a box reaches a side of it beyond which there are more voxels."""
    return any(
        (found[each].start == 0 and box[each].start > 0)
        or (found[each].stop == box[each].stop - box[each].start and box[each].stop < shape[each])
        for each in range(3)
        if each != axis
    )


def _require_inside(seed: Index, shape: Sequence[int]) -> None:
    if not all(0 <= point < side for point, side in zip(seed, shape, strict=True)):
        raise EditError("the point lies outside the scan", hint="Click inside the picture.")
