"""How far two masks of one class cover each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Overlap:
    """Counts of voxels, and the ratios that follow from them.

    A ratio is None where it is no number: all of them if neither mask has a voxel, precision if nothing was drawn,
    recall if there was nothing to draw. If only one of the masks is empty, Dice and IoU are 0.

    Parameters
    ----------
    both
        Voxels of both masks.
    drawn
        Voxels of the mask that is judged.
    reference
        Voxels of the mask that it is judged by.
    """

    both: int
    drawn: int
    reference: int

    @property
    def dice(self) -> float | None:
        """Twice the voxels in both, by the voxels in either mask, each mask counted by itself."""
        return _ratio(2 * self.both, self.drawn + self.reference)

    @property
    def iou(self) -> float | None:
        """Voxels in both by voxels in any (Jaccard)."""
        return _ratio(self.both, self.drawn + self.reference - self.both)

    @property
    def precision(self) -> float | None:
        """Part of what was drawn that is right."""
        return _ratio(self.both, self.drawn)

    @property
    def recall(self) -> float | None:
        """Part of what was there that was drawn."""
        return _ratio(self.both, self.reference)


def overlap(drawn: NDArray[np.bool_], reference: NDArray[np.bool_]) -> Overlap:
    """Count the voxels of two masks of the same shape."""
    both, first, second = (int(np.count_nonzero(mask)) for mask in (drawn & reference, drawn, reference))
    return Overlap(both, first, second)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
