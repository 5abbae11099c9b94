"""Logic between classes, and classes that become others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.boxes import among, box_of, inside, painted, roomier
from segstudio.editing.edit import Edit
from segstudio.editing.islands import enclosed
from segstudio.editing.margin import near, reach
from segstudio.imaging import Box
from segstudio.progress import Progress, Stop, check, never, silent

How = Literal["add", "subtract", "intersect"]

_NOWHERE: Box = (slice(0, 0), slice(0, 0), slice(0, 0))


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
    box = box_of(labels, changing)
    if box is None:
        return None
    check(stop)
    most = int(np.iinfo(labels.dtype).max)
    table = np.arange(most + 1, dtype=np.min_scalar_type(max(most, *changing.values())))
    for old, new in changing.items():
        if old <= most:
            table[old] = new
    return Edit.between(name, labels, box, table[labels[box]])


def combine(
    labels: NDArray[Any],
    value: int,
    how: How,
    box: Box,
    where: NDArray[np.bool_],
    *,
    over: Collection[int] | None = (0,),
    into: int = 0,
) -> Edit | None:
    """Change a class by a shape: add the shape to it, take it away, or keep only what lies in it.

    Parameters
    ----------
    box, where
        The shape: where on the grid, and which voxels there, shape of the box.
    over
        What adding may take: voxels of these classes; None: any.
    into
        What a voxel that the class loses becomes.
    """
    if how == "add":
        return painted("add", labels, box, where, value, over)
    if how == "subtract":
        return painted("subtract", labels, box, where, into, (value,))
    own = box_of(labels, [value])
    if own is None:
        return None
    z, y, x = (slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(own, box, strict=True))
    lost = among(labels[own], [value])
    if z.start < z.stop and y.start < y.stop and x.start < x.stop:
        lost[inside((z, y, x), own)] &= ~where[inside((z, y, x), box)]
    return painted("intersect", labels, own, lost, into)


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
    found = shape_of(labels, others, spacing, margin_mm=margin_mm, filled=filled, stop=stop, progress=progress)
    if found is None:
        return combine(labels, value, how, _NOWHERE, np.zeros((0, 0, 0), bool), into=into)
    return combine(labels, value, how, *found, over=(0, *others), into=into)


def shape_of(
    labels: NDArray[Any],
    values: Collection[int],
    spacing: Sequence[float],
    *,
    margin_mm: float = 0.0,
    filled: bool = False,
    stop: Stop = never,
    progress: Progress = silent,
) -> tuple[Box, NDArray[np.bool_]] | None:
    """What some classes reach: a box, and true where one of them lies, or within it, or within a margin round it."""
    box = box_of(labels, values)
    if box is None:
        return None
    room = roomier(box, reach(margin_mm, spacing), labels.shape)
    where = among(labels[room], values)
    check(stop)
    if filled:
        where |= enclosed(~where, stop=stop)
    if margin_mm > 0:
        where = near(where, margin_mm, spacing, stop=stop, progress=progress)
    return room, where
