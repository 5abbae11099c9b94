"""Where classes of a slice end, as lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Segments = NDArray[np.float64]
"""Shape (n, 2, 2): two ends, each of row and column in voxels; a voxel's centre has whole coordinates."""


def borders_of(labels: NDArray[Any]) -> dict[int, Segments]:
    """The edges of the voxels of each class towards anything else.

    Parameters
    ----------
    labels
        A slice, shape (rows, columns); 0 is background.

    Returns
    -------
    dict
        By value, lines along the sides of voxels; those that go on in a straight line are one.
    """
    rows, columns = np.flatnonzero(labels.any(axis=1)), np.flatnonzero(labels.any(axis=0))
    if not rows.size:
        return {}
    first = np.array([rows[0], columns[0]], float)
    part = np.pad(labels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
    values, ends = zip(*_lying(part, across=False), *_lying(part.T, across=True), strict=True)
    owner, lines = np.concatenate(values), np.concatenate(ends) + (first - 1)
    return {int(value): lines[owner == value] for value in np.unique(owner)}


def _lying(part: NDArray[Any], *, across: bool) -> list[tuple[NDArray[Any], Segments]]:
    """Values and lines between the rows of a slice with an empty rim: for those above a line, then for those below."""
    upper, lower = part[:-1], part[1:]
    differs = upper != lower
    found = []
    for side in (upper, lower):
        owner = np.where(differs, side, 0)
        rows, starts = np.nonzero((owner[:, 1:] != owner[:, :-1]) & (owner[:, 1:] != 0))
        _, stops = np.nonzero((owner[:, 1:] != owner[:, :-1]) & (owner[:, :-1] != 0))
        ends: Segments = np.stack([np.stack([rows, starts], 1), np.stack([rows, stops], 1)], 1).astype(np.float64) + 0.5
        found.append((owner[rows, starts + 1], ends[..., ::-1] if across else ends))
    return found
