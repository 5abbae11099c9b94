"""Connected parts of a class: the largest, the small ones, each on its own; and the holes in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cc3d
import numpy as np
from numpy.typing import NDArray

from segstudio.editing.boxes import among, box_of, connected, painted
from segstudio.editing.edit import Edit, inner
from segstudio.imaging import Box
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
    found = _Found.of(labels, value, stop)
    if found is None:
        return ()
    ml = found.counts * _voxel_ml(spacing)
    order = np.argsort(-ml[1:], kind="stable") + 1
    wanted = [index for index in order if below_ml is None or ml[index] < below_ml][:most]
    told = []
    for index in wanted:
        check(stop)
        inside = found.boxes[index]
        box = inner(found.box, inside)
        at = _middle(found.numbers[inside] == index, spacing)
        z, y, x = (step + side.start for step, side in zip(at, box, strict=True))
        told.append(Part(value, float(ml[index]), box, (z, y, x)))
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

    def others(found: _Found) -> NDArray[np.bool_]:
        lost = np.ones(len(found.counts), bool)
        lost[int(found.counts[1:].argmax()) + 1] = False
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
    voxels = below_ml / _voxel_ml(spacing)
    return _without("remove islands", labels, values, lambda found: found.counts < voxels, into, stop, progress)


def split_parts(
    labels: NDArray[Any], value: int, into: Sequence[int], *, stop: Stop = never, progress: Progress = silent
) -> Edit | None:
    """Give the connected parts of a class to classes of their own.

    The largest part stays what it is; the second largest becomes the first class of `into`, and so on. Parts beyond
    the last stay.
    """
    progress(0, "looking for connected parts")
    found = _Found.of(labels, value, stop)
    if found is None:
        return None
    order = np.argsort(-found.counts[1:], kind="stable") + 1
    table = np.full(len(found.counts), value, np.min_scalar_type(max((value, *into))))
    for index, partner in zip(order[1:], into, strict=False):
        table[index] = partner
    return Edit.between(
        "split into parts", labels, found.box, np.where(found.numbers != 0, table[found.numbers], labels[found.box])
    )


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
    box = box_of(labels, [value])
    if box is None:
        return None
    others = np.moveaxis(~among(labels[box], [value]), axis or 0, 0)
    blocks = [others] if axis is None else list(others)
    most = None if below_ml is None else below_ml / _voxel_ml(spacing)
    holes = []
    for index, block in enumerate(blocks):
        check(stop)
        progress(index / len(blocks), "looking for holes")
        holes.append(enclosed(block, most))
    filled = holes[0] if axis is None else np.moveaxis(np.stack(holes), 0, axis)
    return painted("fill holes", labels, box, filled, value, over)


def enclosed(others: NDArray[np.bool_], most_voxels: float | None = None) -> NDArray[np.bool_]:
    """Connected parts of what is outside a class that do not reach the border of the array.

    Parameters
    ----------
    others
        True outside the class; 2D or 3D.
    most_voxels
        Only parts smaller than this.
    """
    roomy = np.pad(others, 1, constant_values=True)
    numbers = connected(roomy, 4 if roomy.ndim == 2 else 6)
    hole = np.ones(int(numbers.max()) + 1, bool)
    hole[[0, int(numbers.flat[0])]] = False
    if most_voxels is not None and hole.any():
        hole &= cc3d.statistics(numbers)["voxel_counts"] < most_voxels
    found: NDArray[np.bool_] = hole[numbers[(slice(1, -1),) * roomy.ndim]]
    return found


@dataclass(frozen=True, eq=False)
class _Found:
    """A class's connected parts, numbered from 1 in its tight box; 0 is everything else."""

    box: Box
    numbers: NDArray[Any]
    counts: NDArray[np.int64]
    boxes: list[Box]

    @classmethod
    def of(cls, labels: NDArray[Any], value: int, stop: Stop) -> _Found | None:
        box = box_of(labels, [value])
        if box is None:
            return None
        check(stop)
        numbers = connected(among(labels[box], [value]), _TOUCHING)
        check(stop)
        told = cc3d.statistics(numbers)
        return cls(box, numbers, told["voxel_counts"].astype(np.int64), told["bounding_boxes"])


def _without(
    name: str,
    labels: NDArray[Any],
    values: Collection[int],
    lost: Callable[[_Found], NDArray[np.bool_]],
    into: int,
    stop: Stop,
    progress: Progress,
) -> Edit | None:
    """The edit that takes from each class the parts that `lost` picks by their number."""
    box = box_of(labels, values)
    if box is None:
        return None
    after = labels[box].astype(np.promote_types(labels.dtype, np.min_scalar_type(into)))
    for index, value in enumerate(values):
        progress(index / len(values), "looking for connected parts")
        found = _Found.of(labels[box], value, stop)
        if found is not None:
            picked = lost(found)
            picked[0] = False
            after[found.box][picked[found.numbers]] = into
    return Edit.between(name, labels, box, after)


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
