"""Scribbles that say which class a place belongs to, and what is made of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.edit import Edit
from segstudio.errors import EditError
from segstudio.imaging import Box

OPEN = -1
"""The class of a voxel that no scribble names."""


@dataclass(frozen=True, eq=False)
class Seeds:
    """Scribbled voxels and their classes; where one was scribbled on twice, the later stroke counts.

    Parameters
    ----------
    index
        Voxels (z, y, x), shape (n, 3).
    values
        Class of each, 0 for background, `OPEN` where the eraser went; shape (n,).
    """

    index: NDArray[np.int32]
    values: NDArray[np.int32]

    @classmethod
    def none(cls) -> Seeds:
        """No scribble yet."""
        return cls(np.empty((0, 3), np.int32), np.empty(0, np.int32))

    @property
    def classes(self) -> frozenset[int]:
        """The classes that have a seed, background among them if it has one."""
        return frozenset(int(value) for value in np.unique(self._last().values) if value != OPEN)

    def adding(self, box: Box, where: NDArray[np.bool_], value: int) -> Seeds:
        """With one more stroke: its box, where in it, and its class; `OPEN` rubs out."""
        new = (np.argwhere(where) + [side.start for side in box]).astype(np.int32)
        more = np.full(len(new), value, np.int32)
        return Seeds(np.concatenate([self.index, new]), np.concatenate([self.values, more]))

    def box(self, shape: Sequence[int], spacing: Sequence[float], margin_mm: float) -> Box:
        """The smallest box that holds every seed, and a margin in mm as far as the scan goes.

        Raises
        ------
        EditError
            There is no seed.
        """
        known = self._last()
        at = known.index[known.values != OPEN]
        if not len(at):
            raise EditError("there is no scribble yet", hint="Scribble on each class, and on background, first.")
        margin = np.minimum(np.ceil(margin_mm / np.asarray(spacing, float)), shape).astype(int)
        low, high = np.maximum(at.min(axis=0) - margin, 0), np.minimum(at.max(axis=0) + 1 + margin, shape)
        z, y, x = (slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True))
        return z, y, x

    def drawn(self, box: Box) -> NDArray[np.int32]:
        """The class at each voxel of a box, `OPEN` where there is none."""
        z, y, x = (side.stop - side.start for side in box)
        drawn = np.full((z, y, x), OPEN, np.int32)
        index = self.index - np.array([side.start for side in box], np.int32)
        inside = ((index >= 0) & (index < drawn.shape)).all(axis=1)
        drawn[tuple(index[inside].T)] = self.values[inside]
        return drawn

    def _last(self) -> Seeds:
        """Each voxel once, with its latest class."""
        _, first = np.unique(self.index[::-1], axis=0, return_index=True)
        kept = len(self.index) - 1 - first
        return Seeds(self.index[kept], self.values[kept])


def settled(
    name: str,
    labels: NDArray[Any],
    box: Box,
    found: NDArray[Any],
    classes: Collection[int],
    over: Collection[int] | None,
) -> Edit | None:
    """The edit that writes what seeds have grown to; background takes nothing from classes that did not compete.

    Parameters
    ----------
    found
        The class of each voxel of the box, 0 for background, `OPEN` for what it was.
    classes
        Those that competed: their old voxels may go to another.
    over
        What may be written over besides, 0 for what has no class; None: any class.
    """
    before = labels[box]
    rivals = np.isin(before, list(classes), kind="table")
    taken = found > 0 if over is None else (found > 0) & np.isin(before, list(over), kind="table")
    free = taken | (rivals & (found != OPEN))
    return Edit.between(name, labels, box, np.where(free, found, before))
