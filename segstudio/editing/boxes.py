"""Where in a mask its classes lie: work on them stays as small as what they fill."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.editing.edit import Edit
from segstudio.editing.shapes import Raster
from segstudio.imaging import Box, bounds, inner
from segstudio.progress import Progress, part, silent

_AT_ONCE = 1 << 18
"""Voxels that are looked at together."""

_BLOCK = 8
"""Voxels along each side of the cubes into which a scan is parted to see where a class lies."""

_MANY = 1000
"""More groups than this are noise, and are taken together."""

_ALL_ROUND = np.ones((3, 3, 3), bool)

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
    order = _memory_order(labels)
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
    order = _memory_order(labels)
    stored = labels.transpose(order)
    hits = [np.zeros(side, bool) for side in stored.shape]
    thick = max(1, _AT_ONCE // max(1, stored[0].size))  # as it lies in memory, and so that it stays in the cache
    for start in range(0, len(stored), thick):
        hit = among(stored[start : start + thick], values)
        flat: NDArray[np.bool_] = np.logical_or.reduce(hit, axis=0)
        columns = flat.any(axis=0)
        if columns.any():
            hits[0][start : start + thick] = hit.any(axis=(1, 2))
            hits[1] |= flat.any(axis=1)
            hits[2] |= columns
    z, y, x = (hits[order.index(axis)] for axis in range(3))
    return z, y, x


def clusters(
    labels: NDArray[Any],
    values: Collection[int],
    reach: Sequence[int] = (0, 0, 0),
    progress: Progress = silent,
) -> Iterator[tuple[Box, NDArray[np.bool_], Progress]]:
    """The voxels of some classes, in groups that lie apart, so that each may be worked on for itself.

    An island in a far corner does not make work of all that lies between. Groups are at least eight voxels apart, or
    twice the reach; their boxes may overlap.

    Parameters
    ----------
    reach
        How many voxels along (z, y, x) the work looks beyond a class: so much room is round it in the box.

    Yields
    ------
    Where, as tight as the room allows; the voxels of the group there, C-contiguous; the progress of its work.
    """
    blocks = _blocks(labels, values)
    if any(reach):
        blocks = ndimage.maximum_filter(blocks, [2 * -(-more // _BLOCK) + 1 for more in reach])
    numbers, count = ndimage.label(blocks, _ALL_ROUND)
    while count > _MANY:
        blocks = ndimage.maximum_filter(blocks, 3)
        numbers, count = ndimage.label(blocks, _ALL_ROUND)
    found = ndimage.find_objects(numbers)
    for number, (block, step) in enumerate(zip(found, _shares(progress, found), strict=True), 1):
        z, y, x = (
            slice(side.start * _BLOCK, min(side.stop * _BLOCK, most))
            for side, most in zip(block, labels.shape, strict=True)
        )
        where = among(labels[z, y, x], values)
        others = (numbers[block] != number) & blocks[block]
        if others.any():
            where &= ~_in_voxels(others, where.shape)
        tight = bounds(where)
        if tight is not None:
            room = roomier(tight, reach, where.shape)
            yield inner((z, y, x), room), np.ascontiguousarray(where[room]), step


def _in_voxels(blocks: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    for axis in range(3):
        blocks = blocks.repeat(_BLOCK, axis)
    return blocks[: shape[0], : shape[1], : shape[2]]


def _blocks(labels: NDArray[Any], values: Collection[int]) -> NDArray[np.bool_]:
    """Which cubes of eight voxels a side hold one of some classes."""
    order = _memory_order(labels)
    stored = labels.transpose(order)
    _, rows, columns = (np.arange(0, side, _BLOCK) for side in stored.shape)
    found = []
    for start in range(0, len(stored), _BLOCK):
        flat = among(stored[start : start + _BLOCK], values).any(axis=0)
        found.append(np.logical_or.reduceat(np.logical_or.reduceat(flat, rows, axis=0), columns, axis=1))
    return np.stack(found).transpose([order.index(axis) for axis in range(3)])


def _shares(progress: Progress, boxes: Sequence[Box]) -> Iterator[Progress]:
    """For each of several boxes the progress of its work, in proportion to its size."""
    sizes = [math.prod(side.stop - side.start for side in box) for box in boxes]
    done = 0
    for size in sizes:
        yield part(progress, done / sum(sizes), (done + size) / sum(sizes))
        done += size


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
    name: str, labels: NDArray[Any], shapes: Iterable[Raster], value: int, over: Collection[int] | None = None
) -> Edit | None:
    """The edit that writes a class into some voxels; None if they have it already.

    Parameters
    ----------
    over
        Only voxels of these classes change; None: any.
    """
    new = np.min_scalar_type(value).type(value)
    edits = []
    for box, where in shapes:
        here = labels[box]
        free = where if over is None else where & among(here, over)
        edits.append(Edit.between(name, labels, box, np.where(free, new, here)))
    return together(name, labels, edits)


def together(name: str, labels: NDArray[Any], edits: Iterable[Edit | None]) -> Edit | None:
    """One edit of several, of which no two change the same voxel."""
    made = [edit for edit in edits if edit is not None]
    if len(made) <= 1:
        return made[0] if made else None
    sides = zip(*(edit.box for edit in made), strict=True)
    z, y, x = (slice(min(each.start for each in side), max(each.stop for each in side)) for side in sides)
    before = labels[z, y, x].copy()
    after = before.copy()
    for edit in made:
        np.copyto(after[inside(edit.box, (z, y, x))], edit.after, where=edit.before != edit.after)
    return Edit(name, (z, y, x), before, after)


def _memory_order(labels: NDArray[Any]) -> list[int]:
    """Axes from the slowest in memory to the fastest."""
    return sorted(range(3), key=lambda axis: -abs(labels.strides[axis]))
