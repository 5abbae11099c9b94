"""Large masks: read in the order of memory, and their connected pieces found without a second mask.

A mask is kept as runs of voxels along its rows, of which it has a few hundred thousand where it has a hundred million
voxels. New memory costs more than reading: everything is done slab by slab, in buffers that stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from segstudio.editing.edit import Edit
from segstudio.imaging import Box, Shape

Index = tuple[int, int, int]
"""A voxel (z, y, x)."""

Order = tuple[int, int, int]
"""Axes in another order."""

_AT_ONCE = 1 << 20
"""Voxels in a slab."""

_MOST = 4_000_000
"""Runs; above it (noise), voxels are labelled one by one."""


@dataclass(frozen=True, eq=False)
class Runs:
    """A mask as runs of voxels along its last axis.

    Parameters
    ----------
    alike
        The mask, asked for slabs: the voxels from one index along the first axis to another.
    shape
        Of the mask.
    starts, stops
        Half-open ranges, ascending, of flat indices into an array of which each row has one column more, so that no
        run goes over the end of its row.
    """

    alike: Callable[[int, int], NDArray[np.bool_]]
    shape: Shape
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    @classmethod
    def of(cls, alike: Callable[[int, int], NDArray[np.bool_]], shape: Shape) -> Runs:
        """The runs of a mask."""
        starts, stops = [], []
        for first, last in slabs(shape):
            padded = np.zeros((last - first, shape[1], shape[2] + 1), bool)
            padded[..., :-1] = alike(first, last)
            flat = padded.reshape(-1)
            changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
            if flat[0]:
                changes = np.concatenate([[0], changes])
            changes += first * shape[1] * (shape[2] + 1)
            starts.append(changes[::2])
            stops.append(changes[1::2])
        return cls(alike, shape, np.concatenate(starts), np.concatenate(stops))

    def round(self, voxel: Index) -> Runs:
        """The face-connected piece that holds a voxel; without a run if the mask does not hold it."""
        at = (voxel[0] * self.shape[1] + voxel[1]) * (self.shape[2] + 1) + voxel[2]
        run = int(np.searchsorted(self.starts, at, side="right")) - 1
        if run < 0 or self.stops[run] <= at:
            return self._only(np.zeros(len(self.starts), bool))
        if len(self.starts) > _MOST:
            return self._round_in_noise(voxel)
        pieces = self._pieces()
        return self._only(pieces == pieces[run])

    def bounds(self) -> Box:
        """The smallest box that holds every run; there has to be one."""
        row, column = np.divmod(self.starts, self.shape[2] + 1)
        plane, line = np.divmod(row, self.shape[1])
        last = column + (self.stops - self.starts)
        return (
            slice(int(plane[0]), int(plane[-1]) + 1),
            slice(int(line.min()), int(line.max()) + 1),
            slice(int(column.min()), int(last.max())),
        )

    def masks(self) -> Iterator[tuple[int, int, NDArray[np.bool_]]]:
        """The mask from one index along the first axis to another, slab by slab; those without a run are left out."""
        plane = self.shape[1] * (self.shape[2] + 1)
        for first, last in slabs(self.shape):
            low, high = np.searchsorted(self.starts, [first * plane, last * plane])
            if low < high:
                yield first, last, self._where(first, last, slice(low, high))

    def _where(self, first: int, last: int, runs: slice) -> NDArray[np.bool_]:
        height, width = self.shape[1], self.shape[2] + 1
        starts, stops = self.starts[runs], self.stops[runs]
        ends = np.empty(2 * len(starts) + 2, np.int64)
        ends[0], ends[1:-1:2], ends[2:-1:2], ends[-1] = first * height * width, starts, stops, last * height * width
        inside = np.zeros(len(ends) - 1, bool)
        inside[1::2] = True
        return np.repeat(inside, np.diff(ends)).reshape(last - first, height, width)[..., :-1]

    def _only(self, chosen: NDArray[np.bool_]) -> Runs:
        return Runs(self.alike, self.shape, self.starts[chosen], self.stops[chosen])

    def _pieces(self) -> NDArray[np.int32]:
        """Which piece each run belongs to."""
        width = self.shape[2] + 1
        above = np.flatnonzero(self.starts // width % self.shape[1] < self.shape[1] - 1)
        one, other = self._touching(above, width)
        under, over = self._touching(np.arange(len(self.starts)), self.shape[1] * width)
        ends = (np.concatenate([one, under]), np.concatenate([other, over]))
        graph = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(len(self.starts),) * 2)
        pieces: NDArray[np.int32] = connected_components(graph, directed=False)[1]
        return pieces

    def _touching(self, runs: NDArray[np.intp], shift: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs of runs, the first among `runs`, that overlap when the first is moved on by `shift`."""
        starts, stops = self.starts[runs] + shift, self.stops[runs] + shift
        first = np.searchsorted(self.stops, starts, side="right")
        count = np.maximum(np.searchsorted(self.starts, stops, side="left") - first, 0)
        one = np.repeat(np.arange(len(runs)), count)
        return runs[one], first[one] + np.arange(len(one)) - (np.cumsum(count) - count)[one]

    def _round_in_noise(self, voxel: Index) -> Runs:
        mask = np.concatenate([self.alike(first, last) for first, last in slabs(self.shape)])
        pieces = cc3d.connected_components(mask, connectivity=6, binary_image=True)
        number = pieces[voxel]
        return Runs.of(lambda first, last: pieces[first:last] == number, self.shape)


def slabs(shape: Shape) -> Iterator[tuple[int, int]]:
    """Ranges along the first axis of an array that fit in the processor's cache one by one."""
    step = max(1, _AT_ONCE // max(shape[1] * shape[2], 1))
    return ((first, min(first + step, shape[0])) for first in range(0, shape[0], step))


def memory_order(array: NDArray[Any]) -> Order:
    """Its axes from the slowest in memory to the fastest: rows that lie together are read many times faster."""
    z, y, x = sorted(range(3), key=lambda axis: -abs(array.strides[axis]))
    return z, y, x


def turned_back(edit: Edit | None, order: Order) -> Edit | None:
    """An edit of `labels.transpose(order)` as one of `labels`."""
    if edit is None:
        return None
    z, y, x = (order.index(axis) for axis in range(3))
    box = (edit.box[z], edit.box[y], edit.box[x])
    return Edit(edit.name, box, edit.before.transpose(z, y, x), edit.after.transpose(z, y, x))
