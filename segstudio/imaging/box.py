"""Boxes on a grid: three slices, each with its start and stop."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice, slice]


def whole(shape: tuple[int, ...]) -> Box:
    """All of a grid of shape (z, y, x)."""
    z, y, x = (slice(0, side) for side in shape)
    return z, y, x


def bounds(where: NDArray[np.bool_]) -> Box | None:
    """The smallest box that holds every true voxel of an array of shape (z, y, x); None if there is none."""
    z = _hit(np.any(where, axis=(1, 2)))
    if z is None:
        return None
    flat = np.any(where[z], axis=0)
    y, x = _hit(np.any(flat, axis=1)), _hit(np.any(flat, axis=0))
    return None if y is None or x is None else (z, y, x)


def inner(box: Box, inside: Box) -> Box:
    """Where a box inside a box lies on the grid of the outer one."""
    z, y, x = (slice(out.start + part.start, out.start + part.stop) for out, part in zip(box, inside, strict=True))
    return z, y, x


def within(box: Box, outer: Box) -> Box | None:
    """The part of a box that lies in another one, on the grid of that one; None if there is none."""
    sides = [
        slice(max(a.start, b.start) - b.start, min(a.stop, b.stop) - b.start) for a, b in zip(box, outer, strict=True)
    ]
    z, y, x = sides
    return (z, y, x) if all(side.start < side.stop for side in sides) else None


@overload
def around(one: Box | None, other: Box) -> Box: ...
@overload
def around(one: Box | None, other: Box | None) -> Box | None: ...
def around(one: Box | None, other: Box | None) -> Box | None:
    """The smallest box round both; where one is None, the other."""
    if one is None or other is None:
        return one or other
    z, y, x = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return z, y, x


def _hit(line: NDArray[Any]) -> slice | None:
    at = np.flatnonzero(line)
    return slice(int(at[0]), int(at[-1]) + 1) if len(at) else None
