"""Connected parts of a class: the largest, the small ones, each on its own; and the holes in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.boxes import boxes_of, clusters, painted, together
from segstudio.editing.edit import Edit
from segstudio.editing.pieces import Pieces
from segstudio.editing.shapes import Raster
from segstudio.imaging import Box, inner
from segstudio.progress import Progress, Stop, check, never, silent

_TOUCHING: Literal[26] = 26
"""Parts that touch at a corner are one: a thin oblique vessel does not fall to pieces."""

_MOST_PARTS = 1000
"""More parts than a person looks through; noise has hundreds of thousands."""


@dataclass(frozen=True)
class Part:
    """A connected part of a class.

    Parameters
    ----------
    value
        The class.
    ml
        Its volume.
    box
        The smallest that holds it.
    middle
        The voxel (z, y, x) of the part that is nearest to the middle of its mass.
    """

    value: int
    ml: float
    box: Box
    middle: tuple[int, int, int]


def parts(
    labels: NDArray[Any],
    value: int,
    spacing: Sequence[float],
    *,
    below_ml: float | None = None,
    most: int = _MOST_PARTS,
    stop: Stop = never,
) -> tuple[Part, ...]:
    """Connected parts of a class, largest first.

    Parameters
    ----------
    labels
        Shape (z, y, x).
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    below_ml
        Only parts smaller than this.
    most
        No more than so many.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    found = _Parts.of(labels, value, stop)
    ml = found.voxels * _voxel_ml(spacing)
    wanted = np.flatnonzero(ml < (np.inf if below_ml is None else below_ml))[:most]
    ends = {place: found.pieces[place][1].boxes() for place in set(found.place[wanted].tolist())}
    told = []
    for rank in wanted.tolist():
        check(stop)
        place, number = int(found.place[rank]), int(found.number[rank])
        outer, pieces = found.pieces[place]
        z, y, x = (slice(int(first), int(last) + 1) for first, last in ends[place][number])
        box, at = inner(outer, (z, y, x)), _middle(pieces.one(number, (z, y, x)), spacing)
        z_at, y_at, x_at = (side.start + step for side, step in zip(box, at, strict=True))
        told.append(Part(value, float(ml[rank]), box, (z_at, y_at, x_at)))
    return tuple(told)


def keep_largest(
    labels: NDArray[Any],
    values: Collection[int],
    *,
    into: int = 0,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Keep of each class only its largest connected part; the others become the class `into`."""

    def others(found: _Parts) -> NDArray[np.bool_]:
        lost = np.ones(len(found.voxels), bool)
        lost[:1] = False
        return lost

    return _without("keep largest", labels, values, others, into, stop, progress)


def remove_islands(
    labels: NDArray[Any],
    values: Collection[int],
    spacing: Sequence[float],
    *,
    below_ml: float,
    into: int = 0,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Remove of each class the connected parts smaller than a volume; they become the class `into`."""
    smallest = below_ml / _voxel_ml(spacing)
    return _without("remove islands", labels, values, lambda found: found.voxels < smallest, into, stop, progress)


def split_parts(
    labels: NDArray[Any], value: int, into: Sequence[int], *, stop: Stop = never, progress: Progress = silent
) -> Edit | None:
    """Give the connected parts of a class to classes of their own.

    The largest part stays what it is; the second largest becomes the first class of `into`, and so on. Parts beyond
    the last stay.
    """
    progress(0, "looking for connected parts")
    found = _Parts.of(labels, value, stop)
    edits = []
    for rank, partner in enumerate(into, 1):
        check(stop)
        shapes = found.shapes(np.arange(len(found.voxels)) == rank)
        edits.append(painted("split into parts", labels, shapes, partner))
    return together("split into parts", labels, edits)


def fill_holes(
    labels: NDArray[Any],
    value: int,
    spacing: Sequence[float],
    *,
    axis: int | None = None,
    below_ml: float | None = None,
    over: Collection[int] | None = (0,),
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Fill what a class encloses.

    A hole is what a path that does not cross the class, not even through a corner, cannot leave. What is open to the
    end of the scan is no hole.

    Parameters
    ----------
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    axis
        Holes in each slice across this axis on its own; None: cavities in 3D.
    below_ml
        Only holes smaller than this; within a slice, a slice's thickness of them.
    over
        What is filled: only voxels of these classes; None: any, also another class that lies in the hole.
    """
    most = None if below_ml is None else below_ml / _voxel_ml(spacing)
    holes = []
    for box, where, step in clusters(labels, [value], progress=progress):
        step(0, "looking for holes")
        holes.append((box, enclosed(~where, axis=axis, most_voxels=most, stop=stop)))
    return painted("fill holes", labels, holes, value, over)


def enclosed(
    others: NDArray[np.bool_], *, axis: int | None = None, most_voxels: float | None = None, stop: Stop = never
) -> NDArray[np.bool_]:
    """Connected parts of what is outside a class that do not reach the border of the array.

    Parameters
    ----------
    others
        True outside the class, shape (z, y, x).
    axis
        In each slice across this axis on its own; None: in 3D.
    most_voxels
        Only parts smaller than this.
    """
    turned = np.moveaxis(others, axis or 0, 0)
    found = Pieces.of(turned, 6, apart=axis is not None, stop=stop)
    hole = ~found.open(apart=axis is not None)
    hole[0] = False
    if most_voxels is not None:
        hole &= found.voxels < most_voxels
    return np.moveaxis(found.where(hole), 0, axis or 0)


@dataclass(frozen=True, eq=False)
class _Parts:
    """The connected parts of a class, largest first.

    Parameters
    ----------
    pieces
        What was found, box by box.
    place, number, voxels
        Of each part: in which of the boxes it is, its number there, and how many voxels it has.
    """

    pieces: list[tuple[Box, Pieces]]
    place: NDArray[np.intp]
    number: NDArray[np.intp]
    voxels: NDArray[np.int64]

    @classmethod
    def of(cls, labels: NDArray[Any], value: int, stop: Stop) -> _Parts:
        found = []
        for box, where, _ in clusters(labels, [value]):
            found.append((box, Pieces.of(where, _TOUCHING, stop=stop)))
        counts = [pieces.count for _, pieces in found]
        voxels = np.concatenate([np.zeros(0, np.int64), *(pieces.voxels[1:] for _, pieces in found)])
        place = np.repeat(np.arange(len(found)), counts)
        number = np.concatenate([np.zeros(0, np.intp), *(np.arange(1, count + 1) for count in counts)])
        # Of equal parts the first in the scan comes first, in whichever boxes they were found.
        firsts = [_on_grid(pieces.firsts, box, labels.shape) for box, pieces in found] if len(found) > 1 else []
        order = np.lexsort((np.concatenate(firsts), -voxels)) if firsts else np.argsort(-voxels, kind="stable")
        return cls(found, place[order], number[order], voxels[order])

    def shapes(self, chosen: NDArray[np.bool_]) -> Iterator[Raster]:
        """The voxels of some parts, box by box."""
        for place in np.unique(self.place[chosen]).tolist():
            box, pieces = self.pieces[place]
            picked = np.zeros(pieces.count + 1, bool)
            picked[self.number[chosen & (self.place == place)]] = True
            yield box, pieces.where(picked)


def _on_grid(
    voxels: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]], box: Box, shape: tuple[int, ...]
) -> NDArray[np.intp]:
    """Voxels of a box as places along the whole grid."""
    z, y, x = (at + side.start for at, side in zip(voxels, box, strict=True))
    places: NDArray[np.intp] = (z * shape[1] + y) * shape[2] + x
    return places


def _without(
    name: str,
    labels: NDArray[Any],
    values: Collection[int],
    lost: Callable[[_Parts], NDArray[np.bool_]],
    into: int,
    stop: Stop,
    progress: Progress,
) -> Edit | None:
    """The edit that takes from each class the parts that `lost` picks."""
    edits = []
    for index, (value, box) in enumerate(boxes_of(labels, values).items()):
        progress(index / len(values), "looking for connected parts")
        found = _Parts.of(labels[box], value, stop)
        shapes = ((inner(box, place), where) for place, where in found.shapes(lost(found)))
        edits.append(painted(name, labels, shapes, into))
    return together(name, labels, edits)


def _middle(part: NDArray[np.bool_], spacing: Sequence[float]) -> tuple[int, int, int]:
    """The voxel of a part that is nearest to the middle of its mass."""
    flat = part.sum(axis=0, dtype=np.int32)
    lines = [np.array([np.count_nonzero(plane) for plane in part]), flat.sum(axis=1), flat.sum(axis=0)]
    middle = np.array([line @ np.arange(len(line)) / line.sum() for line in lines])
    nearest = np.rint(middle).astype(int)
    if not part[tuple(nearest)]:  # it lies in a bend or in a hollow
        at = np.argwhere(part)
        nearest = at[int((((at - middle) * spacing) ** 2).sum(axis=1).argmin())]
    z, y, x = nearest
    return int(z), int(y), int(x)


def _voxel_ml(spacing: Sequence[float]) -> float:
    return float(np.prod(spacing)) / 1000
