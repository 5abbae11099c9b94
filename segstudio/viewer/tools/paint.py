"""Brush, eraser and smart brush: a disc in the plane, or a ball, in mm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segstudio.editing import Stroke
from segstudio.editing.edges import Tissue, alike, tissue_at
from segstudio.editing.shapes import Point, Raster, ball, disc
from segstudio.viewer.scan import Scan
from segstudio.viewer.tools.tool import Hand, Tool, on_grid


class Brush(Tool):
    """Paints the chosen class; with Ctrl it erases. Shift and a click draw straight on from where the hand left off."""

    name = "brush"
    uses = ("size_mm", "ball", "window", "over")
    held = "Ctrl erases. Shift draws a straight line from the last stroke."

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
        self._stroke = scan.mask.stroke(self.name, on=hand.slice)
        self._begin(scan, hand)
        last = self._last
        goes_on = (
            hand.shift and last is not None and last.plane == hand.plane and (self.ball or last.index == hand.index)
        )
        self._put(scan, last.at if goes_on and last is not None else hand.at, hand)

    def move(self, hand: Hand) -> None:
        """Go on with it."""
        scan = self._session.scan
        if self._stroke is not None and self._last is not None and scan is not None:
            self._put(scan, self._last.at, hand)

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

    def _goes_on(self, last: Hand, hand: Hand) -> bool:
        """Whether a straight line is wanted, and can be drawn."""
        return hand.shift and last.plane == hand.plane and (self.ball or last.index == hand.index)

    def _begin(self, scan: Scan, hand: Hand) -> None:
        """A stroke begins here."""

    def _value(self, hand: Hand) -> int:
        return 0 if hand.ctrl else self._session.view.chosen

    def _put(self, scan: Scan, start: Point, hand: Hand) -> None:
        self._last = hand
        self._write(scan, self._raster(scan, [start, hand.at], hand), hand)

    def _raster(self, scan: Scan, path: list[Point], hand: Hand) -> Raster | None:
        shape, radius = scan.display.shown.shape, self.options.size_mm / 2
        if self.ball:
            return ball(shape, scan.spacing, path, radius)
        return disc(shape, scan.spacing, hand.axes[0], path, radius)

    def _write(self, scan: Scan, raster: Raster | None, hand: Hand) -> None:
        if raster is not None and self._stroke is not None:
            box, where = raster
            self._stroke.put(box, self._allowed(scan, box, where), self._value(hand))


class Eraser(Brush):
    """Takes the mask away; with Ctrl it paints."""

    name = "eraser"
    held = "Ctrl paints. Shift draws a straight line from the last stroke."

    def _value(self, hand: Hand) -> int:
        return self._session.view.chosen if hand.ctrl else 0


class SmartBrush(Brush):
    """Paints what is like the place where the stroke began, up to the next edge of the picture."""

    name = "smart"
    held = "Ctrl erases."

    _tissue: Tissue | None = None

    def _begin(self, scan: Scan, hand: Hand) -> None:
        raster = self._raster(scan, [hand.at], hand)
        self._tissue = None
        if raster is not None and on_grid(hand.voxel, scan.display.shown.shape):
            self._tissue = tissue_at(self._picture(scan), *raster, hand.voxel, scan.spacing)

    def _put(self, scan: Scan, start: Point, hand: Hand) -> None:
        self._last = hand
        for point in self._dabs(scan, start, hand.at):
            at = Hand(hand.plane, point)
            raster = self._raster(scan, [point], hand)
            if raster is not None and self._tissue is not None and on_grid(at.voxel, scan.display.shown.shape):
                box, where = raster
                found = alike(self._picture(scan), box, where, at.voxel, self._tissue, scan.spacing)
                self._write(scan, (box, found), hand)

    def _dabs(self, scan: Scan, start: Point, end: Point) -> list[Point]:
        """So many points on the way that no gap is left."""
        way = np.linalg.norm(np.subtract(end, start) * scan.spacing)
        count = max(1, int(np.ceil(way / (self.options.size_mm / 4))))
        points = start + np.arange(1, count + 1)[:, None] / count * np.subtract(end, start)
        return [(float(z), float(y), float(x)) for z, y, x in points]

    def _picture(self, scan: Scan) -> NDArray[np.generic]:
        return scan.picture(self._session.view.channel)
