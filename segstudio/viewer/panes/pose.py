"""From where the surfaces are looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
"""Shape (3,): millimetres, or a direction, along the patient's (x, y, z): to the left, to the back, to the head."""

_DEGREES_PER_PIXEL = 0.5
_MARGIN = 1.25


@dataclass(frozen=True, eq=False)
class Pose:
    """A view without perspective, so that sizes stay true.

    Parameters
    ----------
    azimuth
        Degrees round the patient's long axis: 0 from the front, 90 from the patient's left.
    elevation
        Degrees above the horizon, −90 to 90.
    centre
        What lies in the middle of the picture, in millimetres (x, y, z).
    mm_per_pixel
        Millimetres that one pixel covers.
    """

    azimuth: float = 30.0
    elevation: float = 15.0
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    mm_per_pixel: float = 1.0

    @property
    def axes(self) -> tuple[Vector, Vector, Vector]:
        """Unit vectors to the right and to the top of the picture, and out of it towards the eye."""
        turn, rise = np.radians((self.azimuth, self.elevation))
        flat, head = np.array([np.sin(turn), -np.cos(turn), 0.0]), np.array([0.0, 0.0, 1.0])
        right = np.array([np.cos(turn), np.sin(turn), 0.0])
        return right, np.cos(rise) * head - np.sin(rise) * flat, np.cos(rise) * flat + np.sin(rise) * head

    def turned(self, across: float, down: float) -> Pose:
        """After the hand dragged the near side by some pixels."""
        rise = float(np.clip(self.elevation + down * _DEGREES_PER_PIXEL, -90, 90))
        return replace(self, azimuth=(self.azimuth - across * _DEGREES_PER_PIXEL) % 360, elevation=rise)

    def moved(self, across: float, down: float) -> Pose:
        """After the hand dragged everything by some pixels."""
        right, top, _ = self.axes
        return self._at(np.array(self.centre) + (top * down - right * across) * self.mm_per_pixel)

    def zoomed(self, times: float, pixel: tuple[float, float], size: tuple[int, int]) -> Pose:
        """Nearer by a factor; what is under a pixel stays there."""
        across, down = pixel[0] - size[0] / 2, pixel[1] - size[1] / 2
        nearer = replace(self, mm_per_pixel=self.mm_per_pixel / times)
        return nearer.moved(across * (1 - times), down * (1 - times))

    def fitted(self, low: Vector, high: Vector, size: tuple[int, int]) -> Pose:
        """With a box (x, y, z) from low to high whole in a picture of some pixels."""
        corners = np.stack(np.meshgrid(*zip(low, high, strict=True)), axis=-1).reshape(-1, 3)
        right, top, _ = self.axes
        sides = [np.ptp(corners @ axis) / max(1, pixels) for axis, pixels in zip((right, top), size, strict=True)]
        return replace(self, mm_per_pixel=max(*sides, 1e-3) * _MARGIN)._at((low + high) / 2)

    def pixel_of(self, point: Vector, size: tuple[int, int]) -> tuple[float, float]:
        """Where a point is seen, in pixels from the upper left."""
        right, top, _ = self.axes
        off = (point - self.centre) / self.mm_per_pixel
        return float(size[0] / 2 + off @ right), float(size[1] / 2 - off @ top)

    def ray(self, pixel: tuple[float, float], size: tuple[int, int]) -> tuple[Vector, Vector]:
        """A point that is seen at a pixel, and the direction away from the eye."""
        right, top, near = self.axes
        across, down = pixel[0] - size[0] / 2, pixel[1] - size[1] / 2
        return self.centre + (right * across - top * down) * self.mm_per_pixel, -near

    def matrix(self, size: tuple[int, int], depth_mm: float) -> NDArray[np.float32]:
        """From rows (x, y, z, 1) to OpenGL's clip space, shape (4, 4); seen is what lies within `depth_mm`."""
        right, top, near = self.axes
        across, up = (2 / (max(1, pixels) * self.mm_per_pixel) for pixels in size)
        matrix = np.zeros((4, 4))
        matrix[:3, :3] = np.stack([right * across, top * up, -near / depth_mm], axis=1)
        matrix[3, :3] = -(np.array(self.centre) @ matrix[:3, :3])
        matrix[3, 3] = 1
        return matrix.astype(np.float32)

    def _at(self, centre: Vector) -> Pose:
        x, y, z = (float(mm) for mm in centre)
        return replace(self, centre=(x, y, z))
