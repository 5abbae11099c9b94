"""A change of a mask inside a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import EditError
from segstudio.imaging import Box, bounds, inner


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
