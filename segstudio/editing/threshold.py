"""A class to every voxel whose intensity lies in a window."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.edit import Edit, as_type_of
from segstudio.editing.runs import memory_order, slabs, turned_back
from segstudio.errors import EditError
from segstudio.imaging import Box, inner, whole
from segstudio.progress import Progress, Stop, check, never, silent

Window = tuple[float, float]
"""Lowest and highest intensity, both included."""


def threshold(
    labels: NDArray[Any],
    image: NDArray[Any],
    window: Window,
    value: int,
    *,
    box: Box | None = None,
    where: NDArray[np.bool_] | None = None,
    over: Collection[int] | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Give a class to the voxels whose intensity lies in a window.

    Parameters
    ----------
    labels
        The mask, shape (z, y, x); only read.
    image
        Intensities, shape (z, y, x).
    window
        Lowest and highest intensity, both included.
    value
        The class that is given; 0 erases.
    box
        Only in this part; None: everywhere.
    where
        Only where true; shape of the box. A lasso's inside, for example.
    over
        Only voxels of these classes, 0 for what has none; None: any.

    Raises
    ------
    EditError
        The window is upside down.
    Stopped
        `stop()` became true.
    """
    if not window[0] <= window[1]:
        raise EditError("the window ends below where it starts", hint="Put the lower intensity first.")
    box = box or whole(labels.shape)
    order = memory_order(labels)
    before, picture = labels[box].transpose(order), image[box].transpose(order)
    inside = None if where is None else where.transpose(order)
    new = as_type_of(labels, np.array([value]))[0]

    def hits(first: int, last: int) -> NDArray[np.bool_]:
        check(stop)
        progress(first / before.shape[0], "looking for intensities in the window")
        old = before[first:last]
        hit = within(picture[first:last], window)
        hit &= old != new
        if inside is not None:
            hit &= inside[first:last]
        if over is not None:
            hit &= np.isin(old, list(over), kind="table")
        return hit

    edit = turned_back(_written(before, hits, new), order)
    return edit and replace(edit, box=inner(box, edit.box))


def _written(before: NDArray[Any], hits: Callable[[int, int], NDArray[np.bool_]], new: Any) -> Edit | None:
    """The edit that writes a value wherever it hits; what was hit is kept packed, as new memory is slow to come by."""
    packed, along = [], [np.zeros(side, bool) for side in before.shape]
    for first, last in slabs(before.shape):
        hit = hits(first, last)
        packed.append(np.packbits(hit))
        along[0][first:last] = hit.any(axis=(1, 2))
        flat = np.logical_or.reduce(hit, axis=0)
        along[1] |= flat.any(axis=1)
        along[2] |= flat.any(axis=0)
    if not along[0].any():
        return None
    z, y, x = (slice(int(line.argmax()), len(line) - int(line[::-1].argmax())) for line in along)
    old = before[z, y, x].copy()
    after = old.copy()
    for (first, last), bits in zip(slabs(before.shape), packed, strict=True):
        shape = (last - first, *before.shape[1:])
        hit = np.unpackbits(bits, count=int(np.prod(shape))).view(bool).reshape(shape)
        low, high = max(first, z.start), max(min(last, z.stop), z.start)
        np.copyto(after[low - z.start : high - z.start], new, where=hit[low - first : max(high - first, 0), y, x])
    return Edit("threshold", (z, y, x), old, after)


def within(image: NDArray[Any], window: Window) -> NDArray[np.bool_]:
    """Where intensities lie in a window, its ends included."""
    low, high = window
    if np.issubdtype(image.dtype, np.integer):
        known = np.iinfo(image.dtype)
        # Compared with a fraction, whole numbers would all be made float64 first.
        low = int(np.clip(np.ceil(low), known.min, known.max)) if low <= known.max else np.inf
        high = int(np.clip(np.floor(high), known.min, known.max)) if high >= known.min else -np.inf
    inside: NDArray[np.bool_] = image >= low
    inside &= image <= high
    return inside
