"""Cut a class in two with a plane, and mirror it across one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.boxes import among, box_of, painted, slices_with
from segstudio.editing.edit import Edit
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
    box = box_of(labels, values)
    if box is None:
        return None
    if slices is not None:
        low, high = max(box[axis].start, slices.start), min(box[axis].stop, slices.stop)
        if low >= high:
            return None
        box = _with_side(box, axis, slice(low, high))
    progress(0, "cutting")
    check(stop)
    left, beside = _sides(box, axis, start, end)
    mine = among(labels[box], values)
    if not beyond:
        mine &= np.expand_dims(beside, axis)
    on_left, on_right = mine & np.expand_dims(left, axis), mine & ~np.expand_dims(left, axis)
    if side == "smaller":
        side = "left" if np.count_nonzero(on_left) <= np.count_nonzero(on_right) else "right"
    return painted("cut", labels, box, on_left if side == "left" else on_right, into)


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
    box = box_of(labels, [value])
    if place is None or box is None:
        return None
    progress(0, "splitting")
    check(stop)
    line = np.arange(box[axis].start, box[axis].stop)
    given = line > place if upper else line < place
    shape = [1, 1, 1]
    shape[axis] = len(line)
    return painted("split", labels, box, among(labels[box], [value]) & given.reshape(shape), into)


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
    box = box_of(labels, partners)
    if box is None:
        return None
    length = labels.shape[axis]
    double = length - 1 if at is None else round(2 * at)
    source = slice(max(box[axis].start, double - length + 1), min(box[axis].stop, double + 1))
    if source.start >= source.stop:
        return None
    progress(0, "mirroring")
    check(stop)
    target = slice(double - source.stop + 1, double - source.start + 1)
    image = np.flip(labels[_with_side(box, axis, source)], axis)
    box = _with_side(box, axis, target)
    part = labels[box]
    after = part.astype(np.promote_types(part.dtype, np.min_scalar_type(max(partners.values()))))
    free = None if over is None else among(part, over)
    for value, partner in partners.items():
        where = image == value
        after[where if free is None else where & free] = partner
    return Edit.between("mirror", labels, box, after)


def _with_side(box: Box, axis: int, side: slice) -> Box:
    sides = list(box)
    sides[axis] = side
    return sides[0], sides[1], sides[2]
