"""The connected parts of a shape, found without keeping the window waiting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import Any, Literal

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csgraph

from segstudio.imaging import Box
from segstudio.progress import Stop, check, never

_AT_ONCE = 1 << 21
"""Voxels that are labelled at a time: cc3d holds Python's lock for some ten milliseconds, and the window waits."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Connected parts of a shape, numbered from 1.

    Parameters
    ----------
    slabs
        The shape cut along z: numbers from 1 within each slab, 0 outside the shape.
    names
        For each slab, the part to which each of its numbers belongs.
    count
        How many parts there are.
    """

    slabs: tuple[NDArray[Any], ...]
    names: tuple[NDArray[np.intp], ...]
    count: int

    @classmethod
    def of(
        cls, where: NDArray[np.bool_], connectivity: Literal[6, 26], *, apart: bool = False, stop: Stop = never
    ) -> Pieces:
        """The parts of a shape.

        Parameters
        ----------
        where
            Shape (z, y, x).
        connectivity
            26 where voxels that touch at a corner are of one part, 6 where they have to share a face.
        apart
            Whether each slice across z is on its own.

        Raises
        ------
        Stopped
            `stop()` became true.
        """
        thick = 1 if apart else max(1, _AT_ONCE // max(1, where[0].size))
        slabs, names, total = [], [], 0
        for start in range(0, len(where), thick):
            check(stop)
            slabs.append(connected(np.ascontiguousarray(where[start : start + thick]), connectivity))
            highest = int(slabs[-1].max())
            names.append(np.arange(total, total + highest + 1))
            names[-1][0] = 0
            total += highest
        if apart or len(slabs) == 1:
            return cls(tuple(slabs), tuple(names), total)
        ends = np.concatenate(
            [
                _seam(above[-1], below[0], both, connectivity)
                for (above, below), both in zip(pairwise(slabs), pairwise(names), strict=True)
            ],
            axis=1,
        )
        graph = coo_array((np.ones(ends.shape[1], np.int8), (ends[0], ends[1])), (total + 1, total + 1))
        count, joined = csgraph.connected_components(graph, directed=False)
        return cls(tuple(slabs), tuple(joined[each] for each in names), int(count) - 1)

    @property
    def firsts(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """The first voxel of each part, in the order of the array: z, y and x."""
        shape = self.slabs[0].shape
        found = np.zeros(self.count + 1, np.intp)
        start = sum(slab.size for slab in self.slabs)
        for slab, names in zip(reversed(self.slabs), reversed(self.names), strict=True):
            start -= slab.size
            at = np.flatnonzero(slab)[::-1]
            found[names[slab.reshape(-1)[at]]] = at + start  # of several places the last one written stays
        z, rest = np.divmod(found[1:], shape[1] * shape[2])
        return z, *np.divmod(rest, shape[2])

    @cached_property
    def voxels(self) -> NDArray[np.int64]:
        """How many voxels each part has; first 0, for what is in none."""
        found = np.zeros(self.count + 1, np.int64)
        for slab, name in zip(self.slabs, self.names, strict=True):
            np.add.at(found, name, np.bincount(slab.reshape(-1), minlength=len(name)))
        found[0] = 0
        return found

    def boxes(self) -> NDArray[np.int64]:
        """First and last index of each part along (z, y, x), shape (count + 1, 3, 2); nonsense for number 0."""
        found = np.zeros((self.count + 1, 3, 2), np.int64)
        found[..., 0] = np.iinfo(np.int64).max
        start = 0
        for slab, name in zip(self.slabs, self.names, strict=True):
            ends = cc3d.statistics(slab, no_slice_conversion=True)["bounding_boxes"].astype(np.int64).reshape(-1, 3, 2)
            ends[:, 0] += start
            np.minimum.at(found[..., 0], name, ends[..., 0])
            np.maximum.at(found[..., 1], name, ends[..., 1])
            start += len(slab)
        return found

    def where(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The voxels of some parts: true or false for each part, and first for what is in none."""
        found: NDArray[np.bool_] = np.concatenate(
            [chosen[name][slab] for slab, name in zip(self.slabs, self.names, strict=True)]
        )
        return found

    def one(self, number: int, box: Box) -> NDArray[np.bool_]:
        """The voxels of one part in a box."""
        chosen = np.arange(self.count + 1) == number
        found, start = [], 0
        for slab, name in zip(self.slabs, self.names, strict=True):
            first, last = max(box[0].start - start, 0), min(box[0].stop - start, len(slab))
            if first < last:
                found.append(chosen[name][slab[first:last, box[1], box[2]]])
            start += len(slab)
        return np.concatenate(found)

    def open(self, *, apart: bool = False) -> NDArray[np.bool_]:
        """Which parts reach the border of the array; with `apart`, that of their slice, and not the first and last."""
        found = np.zeros(self.count + 1, bool)
        for slab, name in zip(self.slabs, self.names, strict=True):
            for side in (slab[:, 0], slab[:, -1], slab[..., 0], slab[..., -1]):
                found[name[side]] = True
        if not apart:
            found[self.names[0][self.slabs[0][0]]] = True
            found[self.names[-1][self.slabs[-1][-1]]] = True
        return found


def connected(where: NDArray[np.bool_], connectivity: Literal[4, 6, 8, 26]) -> NDArray[Any]:
    """Number the connected parts of a shape from 1, in 2D (by 4 sides or 8 neighbours) or in 3D (6 or 26)."""
    # cc3d 4.1 has a way of its own for booleans, which errs where a side is odd: [[False], [False], [True]] by 8.
    return cc3d.connected_components(where.view(np.uint8), connectivity=connectivity)


def _seam(
    above: NDArray[Any], below: NDArray[Any], names: tuple[NDArray[np.intp], NDArray[np.intp]], connectivity: int
) -> NDArray[np.intp]:
    """Pairs of names, shape (2, n), that touch across two slices that follow each other."""
    steps = product((-1, 0, 1), repeat=2) if connectivity == 26 else [(0, 0)]
    found = []
    for rows, columns in steps:
        one, other = (plane[_part(rows, sign), _part(columns, sign)] for plane, sign in ((above, 1), (below, -1)))
        both = (one > 0) & (other > 0)
        pairs = np.stack([one[both], other[both]])
        new = np.ones(pairs.shape[1], bool)  # along a row the same pair comes again and again
        new[1:] = (pairs[:, 1:] != pairs[:, :-1]).any(axis=0)
        found.append(np.stack([name[each] for name, each in zip(names, pairs[:, new], strict=True)]))
    return np.concatenate(found, axis=1)


def _part(step: int, sign: int) -> slice:
    """Of a line, what has a neighbour so many steps on."""
    step *= sign
    return slice(max(0, -step), min(0, -step) or None)
