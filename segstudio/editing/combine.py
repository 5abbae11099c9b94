"""Logic between classes, and classes that become others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.boxes import clusters, inside, painted, together
from segstudio.editing.edit import Edit
from segstudio.editing.islands import enclosed
from segstudio.editing.margin import near, reach
from segstudio.editing.shapes import Raster
from segstudio.imaging import Box
from segstudio.progress import Progress, Stop, check, never, silent

How = Literal["add", "subtract", "intersect"]


def relabel(
    labels: NDArray[Any],
    mapping: Mapping[int, int],
    *,
    name: str = "relabel",
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Turn classes into others, all at once: {1: 2, 2: 1} swaps two.

    Parameters
    ----------
    labels
        Shape (z, y, x).
    mapping
        From the present value to the new one; 0 is background. Values that are not in it stay.
    name
        Of the step to undo: "merge classes", "clear class".

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    changing = {old: new for old, new in mapping.items() if old != new}
    progress(0, name)
    most = int(np.iinfo(labels.dtype).max)
    table = np.arange(most + 1, dtype=np.min_scalar_type(max(most, *changing.values(), 0)))
    for old, new in changing.items():
        if old <= most:
            table[old] = new
    edits = []
    for box, where, _ in clusters(labels, changing):
        check(stop)
        here = labels[box]
        edits.append(Edit.between(name, labels, box, np.where(where, table[here], here)))
    return together(name, labels, edits)


def combine(
    labels: NDArray[Any],
    value: int,
    how: How,
    shapes: Sequence[Raster],
    *,
    over: Collection[int] | None = (0,),
    into: int = 0,
) -> Edit | None:
    """Change a class by a shape: add the shape to it, take it away, or keep only what lies in it.

    Parameters
    ----------
    shapes
        What the shape is made of.
    over
        What adding may take: voxels of these classes; None: any.
    into
        What a voxel that the class loses becomes.
    """
    if how == "add":
        return painted("add", labels, shapes, value, over)
    if how == "subtract":
        return painted("subtract", labels, shapes, into, (value,))
    lost = ((box, _outside(where, box, shapes)) for box, where, _ in clusters(labels, [value]))
    return painted("intersect", labels, lost, into)


def _outside(where: NDArray[np.bool_], box: Box, shapes: Sequence[Raster]) -> NDArray[np.bool_]:
    """The true voxels of a box that lie in none of the shapes."""
    for other, there in shapes:
        z, y, x = (slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(box, other, strict=True))
        if z.start < z.stop and y.start < y.stop and x.start < x.stop:
            where[inside((z, y, x), box)] &= ~there[inside((z, y, x), other)]
    return where


def logic(
    labels: NDArray[Any],
    value: int,
    how: How,
    others: Collection[int],
    spacing: Sequence[float],
    *,
    margin_mm: float = 0.0,
    filled: bool = True,
    into: int = 0,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Change a class by the shape of other classes.

    A voxel has one class, so the shape is what the others reach: with what they enclose and a margin round them.
    "Vessel, intersect, liver" keeps of the vessels what lies in the liver; "rib, subtract, lung, margin 3 mm" clears a
    seam of the ribs beside the lung; "organ, add, tumour" makes the tumour part of the organ.

    Parameters
    ----------
    margin_mm
        How much farther than the others the shape reaches.
    filled
        Whether what the others enclose belongs to the shape.
    into
        What a voxel that the class loses becomes.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    shapes = shapes_of(labels, others, spacing, margin_mm=margin_mm, filled=filled, stop=stop, progress=progress)
    return combine(labels, value, how, shapes, over=(0, *others), into=into)


def shapes_of(
    labels: NDArray[Any],
    values: Collection[int],
    spacing: Sequence[float],
    *,
    margin_mm: float = 0.0,
    filled: bool = False,
    stop: Stop = never,
    progress: Progress = silent,
) -> list[Raster]:
    """What some classes reach: where one of them lies, or within it, or within a margin round it."""
    found = []
    for box, where, step in clusters(labels, values, reach(margin_mm, spacing), progress):
        check(stop)
        if filled:
            where |= enclosed(~where, stop=stop)
        if margin_mm > 0:
            where = near(where, margin_mm, spacing, stop=stop, progress=step)
        found.append((box, where))
    return found
