"""Where the patient is in a scan, coarsely."""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.imaging import Box, Geometry, Volume

_COARSE_MM = 3.0
_AIR_HU = -500.0
_DARK = 0.06
"""Part of the way from lowest to bright at which air ends, where intensities have no scale."""

_ENOUGH = 0.05
"""Air round the body is at least this part of the scan; less is a dark place in a scan that shows the body only."""


@dataclass(frozen=True, eq=False)
class Body:
    """What of a scan lies outside the patient.

    Parameters
    ----------
    air
        Shape of the scan's grid cut down by `steps`; true well outside.
    geometry
        The scan's own.
    """

    air: NDArray[np.bool_]
    steps: tuple[int, int, int]
    geometry: Geometry

    @classmethod
    def of(cls, volume: Volume) -> Body | None:
        """The body of a scan, or None where the scan shows nothing round it.

        Air inside the body is none of the outside: it does not reach the scan's sides, but may well reach the first and
        last slice from head to foot.
        """
        geometry = volume.geometry
        steps = tuple(max(1, int(_COARSE_MM / mm)) for mm in geometry.spacing)
        image = volume.image[0][tuple(slice(None, None, step) for step in steps)].astype(np.float32)
        air = image < _threshold(image, volume.modality)
        if not air.any():
            return None
        pieces = cc3d.connected_components(np.ascontiguousarray(air).astype(np.uint8), connectivity=6)
        sides = [axis for axis, letter in enumerate(geometry.orientation) if letter not in "SI"]
        reached = {int(piece) for axis in sides for end in (0, -1) for piece in np.unique(pieces.take(end, axis))} - {0}
        outside = np.isin(pieces, sorted(reached))
        if outside.mean() < _ENOUGH:
            return None
        well = ndimage.binary_erosion(outside, ndimage.generate_binary_structure(3, 1), border_value=1)
        return cls(well, (steps[0], steps[1], steps[2]), geometry)

    def outside(self, box: Box) -> NDArray[np.bool_]:
        """What of a box on the scan's grid lies outside the body."""
        index = (
            np.minimum(np.arange(side.start, side.stop) // step, length - 1)
            for side, step, length in zip(box, self.steps, self.air.shape, strict=True)
        )
        found: NDArray[np.bool_] = self.air[np.ix_(*index)]
        return found

    def middle_mm(self) -> float | None:
        """Where the patient's middle from left to right lies, LPS x in mm; None if a side of the body is cut off."""
        axis = next(at for at, letter in enumerate(self.geometry.orientation) if letter in "LR")
        others = tuple(each for each in range(3) if each != axis)
        filled = np.flatnonzero((~self.air).mean(others) > 0.02)
        if not len(filled) or filled[0] == 0 or filled[-1] == self.air.shape[axis] - 1:
            return None
        at = (np.array(self.geometry.shape) - 1) / 2
        at[axis] = (filled[0] + filled[-1]) / 2 * self.steps[axis]
        return float(self.geometry.to_world(at[None])[0, 0])


def _threshold(image: NDArray[np.float32], modality: str) -> float:
    if modality == "CT":
        return _AIR_HU
    low, high = np.percentile(image, [0.5, 99])
    return float(low + _DARK * (high - low))
