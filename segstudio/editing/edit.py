"""A change of a mask inside a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import EditError
from segstudio.imaging import Box


@dataclass(frozen=True, eq=False)
class Edit:
    """What a correction makes of a part of a mask.

    Parameters
    ----------
    name
        As a reader would call it: "brush", "fill holes", "predict".
    box
        Where, on the grid of the mask.
    before, after
        The voxels there, shape of the box, in the mask's number type.
    """

    name: str
    box: Box
    before: NDArray[Any]
    after: NDArray[Any]

    @classmethod
    def between(cls, name: str, labels: NDArray[Any], box: Box, after: NDArray[Any]) -> Edit | None:
        """The edit that brings `after` into a box of a mask, cut tight to what differs; None if nothing does.

        Parameters
        ----------
        labels
            The mask, shape (z, y, x); only read.
        after
            Whole numbers, shape of the box; copied.

        Raises
        ------
        EditError
            A value does not fit in the mask's number type.
        """
        inside = bounds(labels[box] != after)
        if inside is None:
            return None
        part = inner(box, inside)
        fitting = as_type_of(labels, after[inside])
        return cls(name, part, labels[part].copy(order="K"), fitting)


def as_type_of(labels: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """A copy of class values in a mask's number type.

    Raises
    ------
    EditError
        A value is too large for it.
    """
    most = np.iinfo(labels.dtype).max
    if not np.can_cast(values.dtype, labels.dtype) and values.size and (values.max() > most or values.min() < 0):
        raise EditError(
            f"class {int(values.max() if values.max() > most else values.min())} does not fit in this mask",
            hint=f"Its classes run from 0 to {most}; give the class another value.",
        )
    return values.astype(labels.dtype)


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


def _hit(line: Any) -> slice | None:
    at = np.flatnonzero(line)
    return slice(int(at[0]), int(at[-1]) + 1) if len(at) else None
