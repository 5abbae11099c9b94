"""Cut a class in two with a plane, and mirror it across one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.boxes import among, clusters, inside, painted, slices_with, together
from segstudio.editing.edit import Edit
from segstudio.editing.shapes import Raster
from segstudio.errors import EditError
from segstudio.imaging import Box
from segstudio.progress import Progress, Stop, check, never, silent

LineSide = Literal["smaller", "left", "right"]

Point = tuple[float, float]
"""Where on a slice: voxels along its rows' axis and its columns' axis, the middle of a voxel at whole numbers."""


def cut(
    labels: NDArray[Any],
    values: Collection[int],
    axis: int,
    start: Point,
    end: Point,
    *,
    into: int = 0,
    side: LineSide = "smaller",
    beyond: bool = True,
    slices: slice | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Give what lies on one side of a plane to another class; the plane stands on a slice, on a line drawn there.

    Parameters
    ----------
    labels
        Shape (z, y, x).
    values
        The classes that are cut.
    axis
        Across the slice on which the line was drawn.
    start, end
        The line's ends: (y, x) on an axial slice, (z, x) on a coronal, (z, y) on a sagittal one.
    into
        What the side becomes; 0 removes it.
    side
        "left" or "right" hand of someone who walks from start to end, rows running down and columns to the right;
        "smaller" is the side with fewer voxels.
    beyond
        Whether the plane goes on beyond the line's ends; otherwise only what lies beside the line changes.
    slices
        Only these slices; None: through all of them.

    Raises
    ------
    EditError
        The line has no length.
    Stopped
        `stop()` became true.
    """
    if np.hypot(end[0] - start[0], end[1] - start[1]) < 1e-6:
        raise EditError("the line has no length", hint="Draw it from one end of the cut to the other.")
    progress(0, "cutting")
    left: list[Raster] = []
    right: list[Raster] = []
    for box, where, _ in clusters(labels, values):
        check(stop)
        on_left, beside = (np.expand_dims(each, axis) for each in _sides(box, axis, start, end))
        if not beyond:
            where &= beside
        if slices is not None:
            where &= _along(box, axis, lambda line: (line >= slices.start) & (line < slices.stop))
        left.append((box, where & on_left))
        right.append((box, where & ~on_left))
    if side == "smaller":
        side = "left" if _size(left) <= _size(right) else "right"
    return painted("cut", labels, left if side == "left" else right, into)


def _size(shapes: list[Raster]) -> int:
    return sum(int(np.count_nonzero(where)) for _, where in shapes)


def _sides(box: Box, axis: int, start: Point, end: Point) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which points of a slice of the box lie to the left of a line, and which beside it, not beyond its ends."""
    rows, columns = (side for index, side in enumerate(box) if index != axis)
    row = np.arange(rows.start, rows.stop)[:, None] - start[0]
    column = np.arange(columns.start, columns.stop)[None, :] - start[1]
    down, right = end[0] - start[0], end[1] - start[1]
    along = row * down + column * right
    left = row * right - column * down < 0
    return left, (along >= 0) & (along <= down**2 + right**2)


def split_sides(
    labels: NDArray[Any],
    value: int,
    into: int,
    *,
    axis: int = 2,
    at: float | None = None,
    upper: bool = True,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Split a class in two halves, as left and right kidney; one half becomes the class `into`.

    Parameters
    ----------
    axis
        Across the plane; 2 runs to the patient's left on the display grid.
    at
        Where the plane stands, in voxels along the axis; None: `middle_of` the class.
    upper
        Whether the half with the higher indices is given away (the patient's left on the display grid), or the other.
    """
    place = middle_of(labels, value, axis) if at is None else at
    if place is None:
        return None
    progress(0, "splitting")
    given = []
    for box, where, _ in clusters(labels, [value]):
        check(stop)
        given.append((box, where & _along(box, axis, lambda line: line > place if upper else line < place)))
    return painted("split", labels, given, into)


def _along(box: Box, axis: int, where: Callable[[NDArray[np.intp]], NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """What holds for the indices of a box along an axis, to be combined with an array of its shape."""
    line = where(np.arange(box[axis].start, box[axis].stop))
    return line.reshape([-1 if index == axis else 1 for index in range(3)])


def middle_of(labels: NDArray[Any], value: int, axis: int) -> float | None:
    """Where a class is best cut in two halves along an axis, in voxels; None if it is not in the mask.

    In the middle of the widest gap between its parts, so that a crooked patient's kidneys stay whole; without a gap,
    in the middle between its two ends.
    """
    there = np.flatnonzero(slices_with(labels, [value])[axis])
    if not len(there):
        return None
    steps = np.diff(there)
    if (steps > 1).any():
        below = int(steps.argmax())
        return float(there[below] + there[below + 1]) / 2
    return float(there[0] + there[-1]) / 2


def mirror(
    labels: NDArray[Any],
    partners: Mapping[int, int],
    *,
    axis: int = 2,
    at: float | None = None,
    over: Collection[int] | None = (0,),
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Copy classes to the other side of a plane, each as its partner: a left hippocampus as a draft of the right one.

    Parameters
    ----------
    partners
        From a class to what its mirror image becomes; may be itself.
    axis
        Across the plane.
    at
        Where the plane stands, in voxels along the axis, taken to the nearest half; None: in the middle of the scan.
    over
        What the mirror image may take: voxels of these classes; None: any.
    """
    progress(0, "mirroring")
    double = labels.shape[axis] - 1 if at is None else round(2 * at)
    edits = []
    for box, where, _ in clusters(labels, partners):
        check(stop)
        low, high = max(box[axis].start, double - labels.shape[axis] + 1), min(box[axis].stop, double + 1)
        if low < high:
            source = _with_side(box, axis, slice(low, high))
            image = np.flip(np.where(where[inside(source, box)], labels[source], 0), axis)
            target = _with_side(box, axis, slice(double - high + 1, double - low + 1))
            edits.append(Edit.between("mirror", labels, target, _over(labels[target], image, partners, over)))
    return together("mirror", labels, edits)


def _over(
    here: NDArray[Any], image: NDArray[Any], partners: Mapping[int, int], over: Collection[int] | None
) -> NDArray[Any]:
    """What is there with the partners of what is in the image over it."""
    after = here.astype(np.promote_types(here.dtype, np.min_scalar_type(max(partners.values()))))
    free = None if over is None else among(here, over)
    for value, partner in partners.items():
        where = image == value
        after[where if free is None else where & free] = partner
    return after


def _with_side(box: Box, axis: int, side: slice) -> Box:
    sides = list(box)
    sides[axis] = side
    return sides[0], sides[1], sides[2]
