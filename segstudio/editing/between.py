"""Fill the slices between painted ones, and copy a slice to the next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csgraph
from scipy.spatial import KDTree

from segstudio.editing.boxes import among, box_of, boxes_of, slices_with
from segstudio.editing.edit import Edit
from segstudio.editing.pieces import connected
from segstudio.imaging import Box
from segstudio.progress import Progress, Stop, check, never, part, silent

Flat = tuple[slice, slice]
"""A rectangle on a slice."""

_MANY_PARTS = 50
"""More parts on a slice are noise: they are not told apart."""

_FAR = 4.0
"""Parts farther apart than so many times their radii have nothing to do with each other."""


def interpolate(
    labels: NDArray[Any],
    values: Collection[int],
    spacing: Sequence[float],
    *,
    axis: int | None = None,
    over: Collection[int] | None = (0,),
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Fill the slices between painted ones with shapes that turn from one into the next.

    A gap is a run of slices without a class between two slices with it; painted slices stay as they are. The shapes
    are the interpolated signed distances from the two outlines [1]_. Parts that lie over each other turn into each
    other, however many they are; a part that moved too far for that follows the line between the middles of both;
    a part without a counterpart tapers off. Where two classes meet, the one that reaches deeper has the voxel.

    Parameters
    ----------
    labels
        Shape (z, y, x).
    values
        The classes to interpolate, each with its own gaps.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    axis
        Across the painted slices; None: for each class the axis along which the most is missing.
    over
        What may be painted: voxels of these classes; None: any.

    Raises
    ------
    Stopped
        `stop()` became true.

    References
    ----------
    .. [1] S. P. Raya, J. K. Udupa, "Shape-based interpolation of multidimensional objects", IEEE Transactions on
       Medical Imaging 9 (1990) 32–42, https://doi.org/10.1109/42.52980
    """
    box = box_of(labels, values)
    if box is None:
        return None
    here = labels[box]
    after = here.copy(order="K")
    deepest = np.zeros(here.shape, np.float32)
    for index, (value, own) in enumerate(boxes_of(here, values).items()):
        way = _gap_axis(here[own], value) if axis is None else axis
        if way is not None:
            seen = part(progress, index / len(values), (index + 1) / len(values))
            gaps = _apart(np.flatnonzero(slices_with(here[own], [value])[way]).tolist())
            free = None if over is None else among(here[own], over)
            _draw(here[own], value, gaps, way, spacing, free, after[own], deepest[own], stop, seen)
    return Edit.between("interpolate", labels, box, after)


def redraw(
    labels: NDArray[Any],
    corrected: Mapping[int, Sequence[int]],
    axis: int,
    spacing: Sequence[float],
    *,
    over: Collection[int] | None = (0,),
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Draw classes anew between slices that are right, which stay as they are.

    What a class has between two of its slices is replaced by shapes that turn from one into the other, as `interpolate`
    makes them. Towards a slice without the class they taper off; between two of these nothing of it is left.

    Parameters
    ----------
    labels
        Shape (z, y, x).
    corrected
        For each class its slices across `axis` that are right, ascending.
    axis
        Across the slices.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    over
        What may be painted besides what the classes have there: voxels of these classes; None: any.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    box = _box_between(labels, corrected, axis)
    if box is None:
        return None
    here, low = labels[box], box[axis].start
    gaps = {value: _apart([index - low for index in slices]) for value, slices in corrected.items()}
    after = _without(here, gaps, axis)
    free = None if over is None else among(here, over) | (after != here)
    deepest = np.zeros(here.shape, np.float32)
    for index, (value, own) in enumerate(gaps.items()):
        seen = part(progress, index / len(gaps), (index + 1) / len(gaps))
        _draw(here, value, own, axis, spacing, free, after, deepest, stop, seen)
    return Edit.between("interpolate", labels, box, after)


def copy_slice(
    labels: NDArray[Any],
    values: Collection[int],
    axis: int,
    index: int,
    to: int,
    *,
    over: Collection[int] | None = (0,),
) -> Edit | None:
    """Copy classes from one slice to another, where what they had before is cleared; None if nothing changes.

    Parameters
    ----------
    axis
        Across the slices.
    index, to
        The slice to copy, and the one that changes. Beyond the scan's ends nothing is copied.
    over
        What may be painted besides the classes themselves: voxels of these classes; None: any.
    """
    count = labels.shape[axis]
    if not 0 <= index < count or not 0 <= to < count:
        return None
    source, target = (labels.take([at], axis) for at in (index, to))
    copied = among(source, values)
    if not copied.any():
        return None
    own = among(target, values)
    free = np.ones_like(own) if over is None else own | among(target, over)
    after = np.where(own & ~copied, 0, np.where(copied & free, source, target)).astype(target.dtype)
    z, y, x = (slice(to, to + 1) if way == axis else slice(0, side) for way, side in enumerate(labels.shape))
    return Edit.between("copy slice", labels, (z, y, x), after)


def _gap_axis(labels: NDArray[Any], value: int) -> int | None:
    """The axis along which the largest part of a class's slices is missing; None if there is no gap along any."""
    missing = []
    for line in slices_with(labels, [value]):
        there = np.flatnonzero(line)
        missing.append(1 - len(there) / (there[-1] - there[0] + 1) if len(there) else 0.0)
    return int(np.argmax(missing)) if any(missing) else None


def _apart(slices: Sequence[int]) -> list[tuple[int, int]]:
    """Successive slices, ascending, that have others between them."""
    return [(low, high) for low, high in pairwise(slices) if high - low > 1]


def _box_between(labels: NDArray[Any], corrected: Mapping[int, Sequence[int]], axis: int) -> Box | None:
    """The smallest box round classes from the first of their slices to the last; None if nothing is there."""
    values = [value for value, slices in corrected.items() if _apart(slices)]
    ends = [index for value in values for index in (corrected[value][0], corrected[value][-1])]
    if not ends:
        return None
    sides = [slice(0, side) for side in labels.shape]
    sides[axis] = slice(min(ends), max(ends) + 1)
    z, y, x = sides
    inside = box_of(labels[z, y, x], values)
    if inside is None:
        return None
    z, y, x = (sides[axis] if way == axis else side for way, side in enumerate(inside))
    return z, y, x


def _without(labels: NDArray[Any], gaps: Mapping[int, Sequence[tuple[int, int]]], axis: int) -> NDArray[Any]:
    """A copy in which classes have nothing in their gaps."""
    left = labels.copy(order="K")
    stack = np.moveaxis(left, axis, 0)
    for value, own in gaps.items():
        for low, high in own:
            between = stack[low + 1 : high]
            between[between == value] = 0
    return left


def _draw(
    labels: NDArray[Any],
    value: int,
    gaps: Sequence[tuple[int, int]],
    axis: int,
    spacing: Sequence[float],
    free: NDArray[np.bool_] | None,
    after: NDArray[Any],
    deepest: NDArray[np.float32],
    stop: Stop,
    progress: Progress,
) -> None:
    """Write a class into its gaps in `after`, where that is free and it reaches deeper than what was written before."""
    stack, written, depth = (np.moveaxis(each, axis, 0) for each in (labels, after, deepest))
    allowed = None if free is None else np.moveaxis(free, axis, 0)
    sides = [float(mm) for index, mm in enumerate(spacing) if index != axis]
    for done, (low, high) in enumerate(gaps):
        check(stop)
        progress(done / len(gaps), "interpolating")
        for turning in _turnings(stack[low] == value, stack[high] == value, sides):
            for index in range(low + 1, high):
                at, inside = turning.at((index - low) / (high - low), stack.shape[1:])
                better = inside > depth[index][at]
                if allowed is not None:
                    better &= allowed[index][at]
                written[index][at][better] = value
                depth[index][at][better] = inside[better]


@dataclass(frozen=True, eq=False)
class _Turning:
    """A shape on one slice that turns into a shape on another.

    Parameters
    ----------
    start
        Row and column on the first slice where the depths begin.
    first, second
        Depth of each pixel in each shape: millimetres from its outline, negative outside; infinite for what is inside
        both or outside both. The second shape lies as if it had not moved.
    move
        How many rows and columns it moves from the first slice to the second.
    """

    start: tuple[int, int]
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    move: tuple[int, int]

    def at(self, way: float, shape: Sequence[int]) -> tuple[Flat, NDArray[np.float32]]:
        """The depths at a part of the way, 0 to 1, as far as they lie on a slice of `shape`, and where."""
        depth = np.float32(1 - way) * self.first + np.float32(way) * self.second
        slices, cuts = [], []
        for start, move, length, most in zip(self.start, self.move, depth.shape, shape, strict=True):
            begin = start + round(way * move)
            low, high = max(begin, 0), min(begin + length, most)
            slices.append(slice(low, max(low, high)))
            cuts.append(slice(low - begin, max(low, high) - begin))
        return (slices[0], slices[1]), depth[cuts[0], cuts[1]]


def _turnings(first: NDArray[np.bool_], second: NDArray[np.bool_], sides: Sequence[float]) -> Iterator[_Turning]:
    """What turns into what between two slices; `sides` is the spacing in mm along their rows' and columns' axes."""
    ones, others = (connected(each, 8) for each in (first, second))
    counts = int(ones.max()), int(others.max())
    if counts == (0, 0):
        return
    if counts == (1, 1):
        yield _moved(first, second, sides)
        return
    if max(counts) > _MANY_PARTS:
        yield _still(first, second, sides)
        return
    groups = _overlapping(ones, others, counts)
    for mine, theirs in _with_partners(groups, ones, others, sides):
        one, other = among(ones, mine), among(others, theirs)
        yield (_moved if len(mine) == len(theirs) == 1 else _still)(one, other, sides)


def _overlapping(
    ones: NDArray[Any], others: NDArray[Any], counts: tuple[int, int]
) -> list[tuple[list[int], list[int]]]:
    """Numbers of the parts of two slices that hang together by lying over each other; one side may be empty."""
    over = (ones > 0) & (others > 0)
    nodes = counts[0] + counts[1]
    links = coo_array((np.ones(int(over.sum())), (ones[over] - 1, others[over] - 1 + counts[0])), (nodes, nodes))
    many, group = csgraph.connected_components(links, directed=False)
    found = []
    for each in range(many):
        members = np.flatnonzero(group == each)
        mine, theirs = members[members < counts[0]] + 1, members[members >= counts[0]] + 1 - counts[0]
        found.append((mine.tolist(), theirs.tolist()))
    return found


def _with_partners(
    groups: list[tuple[list[int], list[int]]], ones: NDArray[Any], others: NDArray[Any], sides: Sequence[float]
) -> list[tuple[list[int], list[int]]]:
    """The same groups; but parts that lie over none are paired with the nearest such part of the other slice."""
    found = [group for group in groups if group[0] and group[1]]
    lone = [[group[0][0] for group in groups if not group[1]], [group[1][0] for group in groups if not group[0]]]
    if lone[0] and lone[1]:
        (here, one), (there, other) = (_discs(each, sides) for each in (ones, others))
        apart = np.hypot(*(here[:, :, None] - there[:, None, :])) / (one[:, None] + other)
        pairs = sorted((apart[mine - 1, theirs - 1], mine, theirs) for mine in lone[0] for theirs in lone[1])
        for far, mine, theirs in pairs:
            if far < _FAR and mine in lone[0] and theirs in lone[1]:
                found.append(([mine], [theirs]))
                lone[0].remove(mine)
                lone[1].remove(theirs)
    return found + [([mine], []) for mine in lone[0]] + [([], [theirs]) for theirs in lone[1]]


def _discs(numbers: NDArray[Any], sides: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each numbered part the middle, shape (2, n), and the radius of a disc of its size, in mm."""
    at = np.nonzero(numbers)
    number = numbers[at]
    sizes = np.bincount(number)[1:]
    middles = [np.bincount(number, line)[1:] / sizes * side for line, side in zip(at, sides, strict=True)]
    return np.array(middles), np.sqrt(sizes * sides[0] * sides[1] / np.pi)


def _middle(shape: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Row and column of the middle of a shape's mass."""
    lines = [shape.sum(axis=axis, dtype=np.int32) for axis in (1, 0)]
    return np.array([line @ np.arange(len(line)) / line.sum() for line in lines])


def _moved(one: NDArray[np.bool_], other: NDArray[np.bool_], sides: Sequence[float]) -> _Turning:
    """A single part that turns into a single one, and moves with its middle meanwhile."""
    down, right = np.rint(_middle(other) - _middle(one))
    return _turning(one, other, (int(down), int(right)), sides)


def _still(one: NDArray[np.bool_], other: NDArray[np.bool_], sides: Sequence[float]) -> _Turning:
    """Parts that turn into others, or taper off, where they are."""
    return _turning(one, other, (0, 0), sides)


def _turning(
    one: NDArray[np.bool_], other: NDArray[np.bool_], move: tuple[int, int], sides: Sequence[float]
) -> _Turning:
    corners = [_corners(one), _corners(other) - move] if one.any() and other.any() else [_corners(one | other)]
    start, end = np.min(corners, axis=0)[0], np.max(corners, axis=0)[1]
    before, after = _placed(one, start, end), _placed(other, start + move, end + move)
    first, second = (_depth(shape, before ^ after, sides) for shape in (before, after))
    if not other.any():  # a part without a counterpart becomes smaller all the way
        second = first - first.max()
    elif not one.any():
        first = second - second.max()
    return _Turning((int(start[0]), int(start[1])), first, second, move)


def _corners(shape: NDArray[np.bool_]) -> NDArray[np.intp]:
    """First and last row and column of a shape, the last not included: [[row, column], [row, column]]."""
    lines = [np.flatnonzero(shape.any(axis=axis)) for axis in (1, 0)]
    return np.array([[line[0] for line in lines], [line[-1] + 1 for line in lines]])


def _placed(shape: NDArray[np.bool_], start: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.bool_]:
    """A part of a slice, from start to end, which may run beyond the slice."""
    placed = np.zeros(end - start, bool)
    low, high = np.maximum(start, 0), np.minimum(end, shape.shape)
    into, out = low - start, high - start
    placed[into[0] : out[0], into[1] : out[1]] = shape[low[0] : high[0], low[1] : high[1]]
    return placed


def _depth(shape: NDArray[np.bool_], asked: NDArray[np.bool_], sides: Sequence[float]) -> NDArray[np.float32]:
    """Millimetres from pixels to the nearest one on the other side of the outline, negative outside.

    Only for the pixels that are asked for; the others are infinitely deep inside or outside. Between two slices these
    are few, and the nearest one is always on the rim: a tree over it is far faster than a distance transform.
    """
    depth = np.where(shape, np.float32(np.inf), np.float32(-np.inf))
    roomy, wanted = np.pad(shape, 1), np.pad(asked, 1)
    for inside, sign in ((roomy, 1), (~roomy, -1)):
        rim, pixels = _beside(inside) & ~inside, np.argwhere(wanted & inside)
        if len(pixels) and rim.any():
            tree = KDTree(np.argwhere(rim) * sides, balanced_tree=False, compact_nodes=False)
            depth[tuple((pixels - 1).T)] = sign * tree.query(pixels * sides)[0]
    return depth


def _beside(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels above, below, left or right of one of a shape."""
    found = np.zeros_like(shape)
    found[1:] |= shape[:-1]
    found[:-1] |= shape[1:]
    found[:, 1:] |= shape[:, :-1]
    found[:, :-1] |= shape[:, 1:]
    return found
