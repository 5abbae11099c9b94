"""Scribbles from which classes grow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.seeds import OPEN, Seeds
from segstudio.editing.shapes import disc
from segstudio.viewer.tools.tool import Hand, Line, Tool


class Scribble(Tool):
    """Scribbles the chosen class; with Ctrl what is no class, with Shift it rubs out.

    Attributes
    ----------
    seeds
        What was scribbled.
    """

    name = "seeds"
    uses = ("size_mm", "seeds")
    held = "Ctrl scribbles what is no class. Shift rubs out."

    seeds = Seeds.none()
    _hands: tuple[Hand, ...] = ()
    _shown: NDArray[Any] | None = None

    @property
    def radius_mm(self) -> float | None:
        """Half the size."""
        return self.options.size_mm / 2

    def press(self, hand: Hand) -> None:
        """Begin."""
        if self._session.scan is not None:
            self._hands = (hand,)
            self._draw()

    def move(self, hand: Hand) -> None:
        """Go on."""
        if self._hands and hand.plane == self._hands[0].plane:
            self._hands = (*self._hands, hand)
            self._draw()

    def release(self, hand: Hand) -> None:
        """Another scribble is there."""
        scan, hands = self._session.scan, self._hands
        self._hands = ()
        if scan is None or not hands:
            return
        path = [each.at for each in hands]
        raster = disc(scan.display.shown.shape, scan.spacing, hand.axes[0], path, self.options.size_mm / 2)
        if raster is not None:
            box, where = raster
            value = OPEN if hand.shift else 0 if hand.ctrl else self._session.view.chosen
            self.seeds = self.seeds.adding(box, where, value)
            if self._shown is None:
                self._shown = np.zeros(scan.mask.labels.shape, scan.mask.labels.dtype)
            # What is no class is shown in grey, as a value that no class has.
            self._shown[box][where] = 0 if value == OPEN else value or np.iinfo(self._shown.dtype).max
            self.show()
        self._draw()
        self._session.tools.changed.emit()

    def key_escape(self) -> None:
        """Give up the scribble that is drawn now; those before stay."""
        self._hands = ()
        self._draw()

    def forget(self) -> None:
        """Scribbles belong to a scan."""
        self.clear()

    def show(self) -> None:
        """Have the panes draw the scribbles."""
        # A new view of the same voxels, so that they are drawn again.
        self._session.view.scribbled = None if self._shown is None else self._shown.view()

    def clear(self) -> None:
        """Rub all scribbles out."""
        self.seeds, self._shown, self._hands = Seeds.none(), None, ()
        self._session.view.scribbled = None
        self._session.tools.changed.emit()

    def lines(self) -> list[Line]:
        """The scribble that is drawn now."""
        if not self._hands:
            return []
        first = self._hands[0]
        return [(first.plane, first.index, np.array([each.on_plane for each in self._hands]))]
