"""Where a hand may paint: only inside an intensity window, only over some classes, never over others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.boxes import among
from segstudio.imaging import Box


@dataclass(frozen=True)
class Limits:
    """What keeps a hand from painting.

    Parameters
    ----------
    window
        Paint only where the intensity lies in it, ends included; None is everywhere.
    over
        Paint only over these classes (0 is where no class is); None is over any.
    not_over
        Never paint over these.
    """

    window: tuple[float, float] | None = None
    over: frozenset[int] | None = None
    not_over: frozenset[int] = frozenset()

    def allow(self, where: NDArray[np.bool_], box: Box, image: NDArray[Any], labels: NDArray[Any]) -> NDArray[np.bool_]:
        """What is left of a shape that a hand would paint.

        Parameters
        ----------
        where
            Shape of the box.
        image, labels
            Intensities of one channel, and the mask, both on the whole grid; only read.
        """
        if self.window is not None:
            low, high = self.window
            seen = image[box]
            where = where & (seen >= low) & (seen <= high)
        if self.over is not None:
            where = where & among(labels[box], self.over)
        if self.not_over:
            where = where & ~among(labels[box], self.not_over)
        return where
