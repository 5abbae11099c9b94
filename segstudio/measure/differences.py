"""Where two masks of one scan differ, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from segstudio.measure.overlap import Overlap
from segstudio.progress import Stop, check, never

Kind = Literal["added", "removed", "changed"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed")
"""In the order of their values in a map of differences, from 1."""

_PLACES = 500
"""Places that are looked at more closely, the largest ones."""


@dataclass(frozen=True)
class Difference:
    """A connected place in which one mask differs from another.

    Parameters
    ----------
    kind
        "added" where only the first has a class, "removed" where only the second has, "changed" where both have.
    before, now
        Class values at `voxel` in the second mask and in the first; 0 is none.
    ml
        Its size in millilitres.
    voxel
        The one of its voxels (z, y, x) that lies nearest to its centre.
    """

    kind: Kind
    before: int
    now: int
    ml: float
    voxel: tuple[int, int, int]


def difference_map(labels: NDArray[Any], other: NDArray[Any]) -> NDArray[np.uint8]:
    """Of two masks of shape (z, y, x): 0 where they agree, else 1, 2 or 3 as `KINDS` says."""
    kinds = np.zeros(labels.shape, np.uint8)
    for kind, mine, others in zip(kinds, labels, other, strict=True):  # a slice at a time stays in the cache
        kind[:] = np.where(others == 0, 1, np.where(mine == 0, 2, 3))
        kind *= mine != others
    return kinds


def overlaps(labels: NDArray[Any], other: NDArray[Any], *, stop: Stop = never) -> dict[int, Overlap]:
    """Voxels that two masks of one shape have in common, for each class that is in either.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    counts = np.zeros((3, 65536), np.int64)
    for mine, others in zip(labels, other, strict=True):
        check(stop)
        for row, values in zip(counts, (mine[mine == others], mine.ravel(), others.ravel()), strict=True):
            found = np.bincount(values)
            row[: len(found)] += found
    present = np.flatnonzero(counts[1] + counts[2])
    return {int(value): Overlap(*(int(row[value]) for row in counts)) for value in present if value}


def differences(
    labels: NDArray[Any],
    other: NDArray[Any],
    kinds: NDArray[np.uint8],
    voxel_ml: float,
    *,
    stop: Stop = never,
) -> tuple[Difference, ...]:
    """The places in which two masks differ, the largest first; of very many only the larger ones.

    Parameters
    ----------
    labels, other
        Shape (z, y, x).
    kinds
        Their `difference_map`. Voxels of one kind that touch, be it at a corner, are one place.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    runs = _runs(kinds)
    if not len(runs.kinds):
        return ()
    check(stop)
    piece = runs.pieces()
    check(stop)
    lengths = runs.stops - runs.starts
    sizes = np.bincount(piece, lengths)
    chosen = np.argsort(-sizes, kind="stable")[:_PLACES]
    order = np.argsort(piece, kind="stable")
    first = np.searchsorted(piece[order], np.arange(len(sizes) + 1))
    return tuple(
        _place(labels, other, float(sizes[at]) * voxel_ml, runs.only(order[first[at] : first[at + 1]])) for at in chosen
    )


@dataclass(frozen=True, eq=False)
class _Runs:
    """Voxels of one kind that lie in a row: slice, row, kind, first column and the one after the last."""

    z: NDArray[np.intp]
    y: NDArray[np.intp]
    starts: NDArray[np.intp]
    stops: NDArray[np.intp]
    kinds: NDArray[np.uint8]
    shape: tuple[int, ...]

    def only(self, chosen: NDArray[np.intp]) -> _Runs:
        z, y, starts, stops = self.z[chosen], self.y[chosen], self.starts[chosen], self.stops[chosen]
        return _Runs(z, y, starts, stops, self.kinds[chosen], self.shape)

    def pieces(self) -> NDArray[np.int32]:
        """The number of the connected piece to which each run belongs."""
        _, height, width = self.shape
        row = (self.z * (height + 2) + self.y + 1) * (width + 2) + 1  # rows with room round them
        starts, stops, pairs = row + self.starts, row + self.stops, []
        for slices, rows in ((0, 1), (1, -1), (1, 0), (1, 1)):
            shift = (slices * (height + 2) + rows) * (width + 2)
            low = np.searchsorted(stops, starts + shift - 1, side="right")
            high = np.searchsorted(starts, stops + shift + 1, side="left")
            many = np.maximum(high - low, 0)
            one = np.repeat(np.arange(len(many)), many)
            two = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(low, many)
            pairs.append(np.stack([one, two])[:, self.kinds[one] == self.kinds[two]])
        one, two = np.concatenate(pairs, axis=1)
        graph = coo_array((np.ones(len(one), bool), (one, two)), (len(row), len(row)))
        found: NDArray[np.int32] = connected_components(graph, directed=False)[1]
        return found


def _runs(kinds: NDArray[np.uint8]) -> _Runs:
    width = kinds.shape[2] + 1
    parts = []
    for z, kind in enumerate(kinds):
        if kind.any():
            flat = np.pad(kind, ((0, 0), (0, 1))).ravel()
            edges = np.flatnonzero(np.diff(flat, prepend=np.uint8(0)))
            starts = edges[flat[edges] > 0]
            stops = edges[np.searchsorted(edges, starts, side="right")]
            y = starts // width
            parts.append((np.full(len(y), z), y, starts - y * width, stops - y * width, flat[starts]))
    joined: list[NDArray[Any]] = [np.concatenate(each) for each in zip(*parts, strict=True)]
    at, y, starts, stops, of = joined or [np.zeros(0, np.intp)] * 5
    return _Runs(at, y, starts, stops, of, kinds.shape)


def _place(labels: NDArray[Any], other: NDArray[Any], ml: float, runs: _Runs) -> Difference:
    """The place that a piece is: its voxel is the one nearest to its centre."""
    lengths = runs.stops - runs.starts
    along = (runs.starts + runs.stops - 1) / 2
    centre = [float(np.average(each, weights=lengths)) for each in (runs.z, runs.y, along)]
    column = np.clip(np.rint(centre[2]), runs.starts, runs.stops - 1)
    away = (runs.z - centre[0]) ** 2 + (runs.y - centre[1]) ** 2 + (column - centre[2]) ** 2
    nearest = int(away.argmin())
    at = (int(runs.z[nearest]), int(runs.y[nearest]), int(column[nearest]))
    return Difference(KINDS[int(runs.kinds[nearest]) - 1], int(other[at]), int(labels[at]), ml, at)
