"""Brush and eraser: a disc in the plane, or a ball, in mm."""

from __future__ import annotations

from segstudio.editing import Stroke
from segstudio.viewer.tools.tool import Hand, Tool

Point = tuple[float, float, float]


class Brush(Tool):
    """Paints the chosen class; with Ctrl it erases. Shift and a click draw straight on from where the hand left off."""

    name = "brush"
    uses = ("size_mm", "ball", "window", "over")
    _said = "brush"

    _stroke: Stroke | None = None
    _last: Hand | None = None

    @property
    def radius_mm(self) -> float | None:
        """Half the size."""
        return self.options.size_mm / 2

    @property
    def ball(self) -> bool:
        """As the option says."""
        return self.options.ball

    @property
    def busy(self) -> bool:
        """From press to release."""
        return self._stroke is not None

    def press(self, hand: Hand) -> None:
        """Begin a stroke."""
        scan = self._session.scan
        if scan is None or not self._session.can_paint():
            return
        self._stroke = scan.mask.stroke(self._said)
        on = self._last if hand.shift and self._last is not None and self._last.plane == hand.plane else hand
        self._put(on if on.index == hand.index or self.ball else hand, hand)

    def move(self, hand: Hand) -> None:
        """Go on with it."""
        if self._stroke is not None and self._last is not None:
            self._put(self._last, hand)

    def release(self, hand: Hand) -> None:
        """It is one step now."""
        if self._stroke is not None:
            self._stroke.end()
            self._stroke = None

    def key_escape(self) -> None:
        """Take the stroke back."""
        if self._stroke is not None:
            self._stroke.cancel()
            self._stroke = None

    def put_down(self) -> None:
        """The next stroke does not go on from this one."""
        self._last = None

    def _value(self, hand: Hand) -> int:
        return 0 if hand.ctrl else self._session.view.chosen

    def _put(self, start: Hand, hand: Hand) -> None:
        scan = self._session.scan
        assert scan is not None
        assert self._stroke is not None
        self._last = hand


class Eraser(Brush):
    """Takes the mask away; with Ctrl it paints."""

    name = "eraser"
    _said = "eraser"

    def _value(self, hand: Hand) -> int:
        return self._session.view.chosen if hand.ctrl else 0
