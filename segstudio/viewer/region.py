"""The box in which a model is to look and tools may work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qtpy.QtCore import QObject, Signal

from segstudio.imaging import Box
from segstudio.viewer.layers import PLANES, Display


class Region(QObject):
    """A box on the scan's own grid, or none.

    Attributes
    ----------
    box
        On the scan's own grid; None is the whole scan.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.box: Box | None = None
        self._display: Display | None = None

    def start(self, display: Display) -> None:
        """Begin with a scan, without a box."""
        self._display, self.box = display, None
        self.changed.emit()

    def end(self) -> None:
        """Forget a scan that is no longer shown."""
        self._display = self.box = None
        self.changed.emit()

    def set(self, box: Box | None) -> None:
        """Choose a box of the scan's own grid."""
        self.box = box
        self.changed.emit()

    @property
    def shown(self) -> Box | None:
        """The box on the display grid."""
        return None if self.box is None or self._display is None else self._display.to_shown(self.box)

    @property
    def size_mm(self) -> tuple[float, float, float] | None:
        """Sides along left, back and head, in mm."""
        if self.shown is None or self._display is None:
            return None
        sides = [side.stop - side.start for side in self.shown]
        z, y, x = (float(mm) for mm in np.array(sides) * self._display.scale)
        return x, y, z

    def around(self, plane: str, one: Sequence[float], other: Sequence[float]) -> None:
        """Choose a rectangle of a plane, as deep as its shorter side is long, round the slice of `one`.

        Parameters
        ----------
        one, other
            Opposite corners, in voxels of the display grid (z, y, x).
        """
        display = self._display
        if display is None:
            return
        across, rows, columns = PLANES[plane]
        sides: list[slice] = [slice(0, 0)] * 3
        for axis in (rows, columns):
            low, high = sorted((round(one[axis]), round(other[axis])))
            sides[axis] = _within(low, high + 1, display.shown.shape[axis])
        deep = min((sides[axis].stop - sides[axis].start) * display.scale[axis] for axis in (rows, columns))
        middle, half = round(one[across]), max(1, round(deep / display.scale[across] / 2))
        sides[across] = _within(middle - half, middle + half, display.shown.shape[across])
        self.set(display.to_source((sides[0], sides[1], sides[2])))

    def slices(self, plane: str, first: int, last: int) -> None:
        """Choose whole slices of a plane, the last one included; what the box was in the slices stays."""
        display = self._display
        if display is None:
            return
        sides = list(self.shown or (slice(0, side) for side in display.shown.shape))
        across = PLANES[plane][0]
        sides[across] = _within(min(first, last), max(first, last) + 1, display.shown.shape[across])
        self.set(display.to_source((sides[0], sides[1], sides[2])))


def _within(start: int, stop: int, length: int) -> slice:
    start = min(max(start, 0), length - 1)
    return slice(start, max(min(stop, length), start + 1))
