"""Where in a mask its classes lie: work on them stays as small as what they fill."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.editing.edit import Edit
from segstudio.imaging import Box

_FEW = 4
"""Classes for which it is faster to look one by one."""

_APART_MM = 1e9
"""A spacing that no distance in a patient reaches across."""


def box_of(labels: NDArray[Any], values: Collection[int]) -> Box | None:
    """The smallest box that holds every voxel of some classes; None if there is none.

    Parameters
    ----------
    labels
        Shape (z, y, x); may be a view, flipped and permuted.
    """
    z, y, x = (np.flatnonzero(line) for line in slices_with(labels, values))
    if not len(z):
        return None
    return slice(int(z[0]), int(z[-1]) + 1), slice(int(y[0]), int(y[-1]) + 1), slice(int(x[0]), int(x[-1]) + 1)


def boxes_of(labels: NDArray[Any], values: Collection[int]) -> dict[int, Box]:
    """The smallest box round each class that there is, in the order of `values`.

    Reads the mask once for many classes: a hundred take as long as ten.
    """
    if len(values) <= _FEW:
        found = {value: box_of(labels, [value]) for value in values}
        return {value: box for value, box in found.items() if box is not None}
    order = sorted(range(3), key=lambda axis: -abs(labels.strides[axis]))
    ends = np.zeros((max(values), 3, 2), np.int64)
    ends[..., 0] = max(labels.shape)
    for index, plane in enumerate(labels.transpose(order)):
        for at, sides in enumerate(ndimage.find_objects(np.ascontiguousarray(plane), max(values))):
            if sides is not None:
                for axis, side in zip(order, (slice(index, index + 1), *sides), strict=True):
                    ends[at, axis] = min(ends[at, axis, 0], side.start), max(ends[at, axis, 1], side.stop)
    z_y_x = {value: [slice(int(low), int(high)) for low, high in ends[value - 1]] for value in values if value > 0}
    return {value: (z, y, x) for value, (z, y, x) in z_y_x.items() if z.start < z.stop}


def slices_with(
    labels: NDArray[Any], values: Collection[int]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which slices across z, y and x have a voxel of some classes."""
    order = sorted(range(3), key=lambda axis: -abs(labels.strides[axis]))
    stored = labels.transpose(order)
    hits = [np.zeros(side, bool) for side in stored.shape]
    for index, plane in enumerate(stored):  # plane by plane, as it lies in memory, all stays in the processor's cache
        hit = among(plane, values)
        columns = hit.any(axis=0)
        if columns.any():
            hits[0][index] = True
            hits[1] |= hit.any(axis=1)
            hits[2] |= columns
    z, y, x = (hits[order.index(axis)] for axis in range(3))
    return z, y, x


def among(labels: NDArray[Any], values: Collection[int]) -> NDArray[np.bool_]:
    """Where an array of class values has one of some classes; C-contiguous, whatever the array."""
    most = int(np.iinfo(labels.dtype).max)
    known = [value for value in values if 0 <= value <= most]
    if len(known) > _FEW:
        table = np.zeros(most + 1, bool)
        table[known] = True
        return np.ascontiguousarray(table[labels])
    found = np.zeros(labels.shape, bool)
    for value in known:
        found |= labels == value
    return found


def roomier(box: Box, voxels: Sequence[int], shape: tuple[int, ...]) -> Box:
    """A box with so many voxels more on both sides of (z, y, x), as far as the grid goes."""
    z, y, x = (
        slice(max(0, side.start - more), min(most, side.stop + more))
        for side, more, most in zip(box, voxels, shape, strict=True)
    )
    return z, y, x


def inside(box: Box, outer: Box) -> Box:
    """Where a box lies in an array that was cut out at `outer`."""
    z, y, x = (slice(side.start - out.start, side.stop - out.start) for side, out in zip(box, outer, strict=True))
    return z, y, x


def in_plane(spacing: Sequence[float], axis: int | None) -> tuple[float, float, float]:
    """The spacing in mm with slices across `axis` so far apart that nothing reaches from one to the next.

    None leaves the spacing as it is: work in 3D.
    """
    z, y, x = (_APART_MM if index == axis else float(mm) for index, mm in enumerate(spacing))
    return z, y, x


def painted(
    name: str, labels: NDArray[Any], box: Box, where: NDArray[np.bool_], value: int, over: Collection[int] | None = None
) -> Edit | None:
    """The edit that writes a class into some voxels of a box; None if they have it already.

    Parameters
    ----------
    where
        Shape of the box.
    over
        Only voxels of these classes change; None: any.
    """
    part = labels[box]
    if over is not None:
        where = where & among(part, over)
    return Edit.between(name, labels, box, np.where(where, np.min_scalar_type(value).type(value), part))
