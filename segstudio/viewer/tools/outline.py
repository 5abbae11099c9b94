"""Lasso and polygon: an outline is drawn, and what is in it is filled or cut out."""

from __future__ import annotations

import numpy as np

from segstudio.editing.shapes import polygon
from segstudio.viewer.tools.tool import Hand, Line, Tool

_CLOSE_MM = 2.0
"""A click as near to the first corner closes a polygon."""


class Outline(Tool):
    """Points on one slice; filled with the chosen class, or cut out with Ctrl or as the option says."""

    uses = ("cut", "window", "over")
    held = "Escape forgets the outline."

    _hands: tuple[Hand, ...] = ()

    def key_escape(self) -> None:
        """Forget the outline."""
        self._hands = ()
        self._draw()

    def lines(self) -> list[Line]:
        """As far as it is drawn."""
        if not self._hands:
            return []
        first = self._hands[0]
        return [(first.plane, first.index, np.array([each.on_plane for each in self._hands]))]

    def _fits(self, hand: Hand) -> bool:
        """Whether a point lies on the slice of those before."""
        return not self._hands or (hand.plane, hand.index) == (self._hands[0].plane, self._hands[0].index)

    def _close(self, hand: Hand) -> None:
        """Fill what the outline goes round, as one step."""
        scan, hands = self._session.scan, self._hands
        self.key_escape()
        if scan is None or len(hands) < 3 or not self._session.can_paint():
            return
        corners = np.array([each.on_plane for each in hands])
        raster = polygon(scan.display.shown.shape, hands[0].axes[0], hands[0].index, corners)
        if raster is not None:
            box, where = raster
            cut = hand.ctrl != self.options.cut
            stroke = scan.mask.stroke(self.name, on=hands[0].slice)
            stroke.put(box, self._allowed(scan, box, where), 0 if cut else self._session.view.chosen)
            stroke.end()


class Lasso(Outline):
    """Drawn freely; closed when the button comes up."""

    name = "lasso"

    def press(self, hand: Hand) -> None:
        """Begin."""
        if self._session.scan is not None and self._session.can_paint():
            self._hands = (hand,)

    def move(self, hand: Hand) -> None:
        """Go on."""
        if self._hands and self._fits(hand):
            self._hands = (*self._hands, hand)
            self._draw()

    def release(self, hand: Hand) -> None:
        """Close it."""
        self._close(hand)


class Polygon(Outline):
    """Clicked corner by corner; a double-click, or a click on the first corner, closes it."""

    name = "polygon"

    _hover: Hand | None = None

    def press(self, hand: Hand) -> None:
        """Another corner; on another slice, the first one of a new outline."""
        if self._session.scan is None:
            return
        if not self._fits(hand):
            self._hands = ()
        if len(self._hands) > 2 and self._is_first(hand):
            self._close(hand)
        elif not self._hands or hand.on_plane != self._hands[-1].on_plane:
            self._hands = (*self._hands, hand)
            self._draw()

    def hover(self, hand: Hand) -> None:
        """The next side goes with the hand."""
        self._hover = hand
        if self._hands:
            self._draw()

    def double_click(self, hand: Hand) -> None:
        """Close it."""
        self._close(hand)

    def lines(self) -> list[Line]:
        """The sides, and the one that goes with the hand."""
        drawn = super().lines()
        if drawn and self._hover is not None and self._fits(self._hover):
            plane, index, points = drawn[0]
            return [(plane, index, np.vstack([points, self._hover.on_plane]))]
        return drawn

    def _is_first(self, hand: Hand) -> bool:
        scan = self._session.scan
        assert scan is not None
        away = np.subtract(hand.at, self._hands[0].at) * scan.spacing
        return float(np.linalg.norm(away)) <= max(_CLOSE_MM, 2 * min(scan.spacing))
