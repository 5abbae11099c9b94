"""Whether two masks of one scan lie a voxel beside each other, as masks do that were saved out of their place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import bounds

_GAIN, _LEFT = 0.05, 2 / 3
"""What Dice gains at least by the right step, and what is left at most of what it lacks of 1.

Masks in their place, drawn by two readers, gain a hundredth or two by a step.
"""


@dataclass(frozen=True)
class Aside:
    """A reference fits far better beside its place.

    Parameters
    ----------
    step
        By how many voxels it would have to move along z, y and x.
    dice, moved
        Of all classes together, as it lies and moved.
    """

    step: tuple[int, int, int]
    dice: float
    moved: float


def aside(drawn: NDArray[Any], reference: NDArray[Any]) -> Aside | None:
    """Where a reference fits far better, within a voxel along each axis; None where it lies best or nearly so.

    Parameters
    ----------
    drawn, reference
        Class values of one shape (z, y, x), 0 where there is nothing.
    """
    total = int(np.count_nonzero(drawn)) + int(np.count_nonzero(reference))
    box = bounds((drawn != 0) | (reference != 0))
    if box is None:
        return None
    drawn, reference = (np.pad(mask[box], 1) for mask in (drawn, reference))
    inner = drawn[1:-1, 1:-1, 1:-1]

    def dice(step: tuple[int, int, int]) -> float:
        moved = reference[tuple(slice(1 - by, side - 1 - by) for by, side in zip(step, reference.shape, strict=True))]
        return 2 * int(np.count_nonzero((moved == inner) & (inner != 0))) / total

    now = dice((0, 0, 0))
    if now > 1 - _GAIN:
        return None
    steps = [(z, y, x) for z, y, x in product((-1, 0, 1), repeat=3)]
    moved, best = max((dice(step), step) for step in steps)
    better = moved - now > _GAIN and 1 - moved < _LEFT * (1 - now)
    return Aside(best, now, moved) if better else None
