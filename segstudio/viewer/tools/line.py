"""Tools that are dragged from one point to another: box, cut, measure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.cut import cut
from segstudio.viewer.tools.tool import Hand, Line, Tool


class Drag(Tool):
    """From press to release; what is dragged is seen meanwhile."""

    _start: Hand | None = None
    _end: Hand | None = None

    def press(self, hand: Hand) -> None:
        """Begin."""
        if self._session.scan is not None:
            self._start = self._end = hand

    def move(self, hand: Hand) -> None:
        """Go on."""
        if self._start is not None and hand.plane == self._start.plane:
            self._end = hand
            self._draw()

    def release(self, hand: Hand) -> None:
        """Do it, unless the hand has hardly moved."""
        start, end = self._start, self._end
        self._start = self._end = None
        if start is not None and end is not None and np.hypot(*np.subtract(end.on_plane, start.on_plane)) > 1:
            self._done(start, end)
        self._draw()

    def key_escape(self) -> None:
        """Give up."""
        self._start = self._end = None
        self._draw()

    def lines(self) -> list[Line]:
        """What is dragged now."""
        if self._start is None or self._end is None:
            return []
        return [(self._start.plane, self._start.index, self._points(self._start, self._end))]

    def _points(self, start: Hand, end: Hand) -> NDArray[np.float64]:
        return np.array([start.on_plane, end.on_plane])

    def _done(self, start: Hand, end: Hand) -> None:
        """The hand has let go."""


class DrawBox(Drag):
    """Drags the rectangle in which a model is to look and operations work; it is as deep as it is wide."""

    name = "box"

    def _points(self, start: Hand, end: Hand) -> NDArray[np.float64]:
        (top, left), (bottom, right) = start.on_plane, end.on_plane
        return np.array([(top, left), (top, right), (bottom, right), (bottom, left), (top, left)])

    def _done(self, start: Hand, end: Hand) -> None:
        self._session.region.around(start.plane, start.at, end.at)


class Cut(Drag):
    """Parts the chosen class along the plane on which the line stands; the smaller part goes, or to another class."""

    name = "cut"
    uses = ("into", "through")

    def _done(self, start: Hand, end: Hand) -> None:
        session = self._session
        scan = session.scan
        if scan is None or not session.can_paint():
            return
        labels, value, into = scan.mask.labels, session.view.chosen, self.options.into
        across, index = start.axes[0], start.index
        slices = None if self.options.through else slice(index, index + 1)
        session.edit(
            "Cut",
            lambda stop: cut(
                labels, [value], across, start.on_plane, end.on_plane, into=into, slices=slices, stop=stop
            ),
        )


class Measure(Drag):
    """Measures a distance; the last one stays until the next."""

    name = "measure"

    measured_mm: float | None = None
    _line: Line | None = None

    def lines(self) -> list[Line]:
        """The line that is dragged, or the last one."""
        return super().lines() or ([self._line] if self._line else [])

    def move(self, hand: Hand) -> None:
        """Measure while the hand moves."""
        super().move(hand)
        if self._start is not None and self._end is not None:
            self.measured_mm = self._length(self._start, self._end)
            self._session.tools.changed.emit()

    @property
    def words(self) -> str:
        """How long the line is."""
        return "" if self.measured_mm is None else f"{self.measured_mm:.1f} mm"

    def put_down(self) -> None:
        """The line goes with the tool."""
        self._line = self.measured_mm = None

    def _done(self, start: Hand, end: Hand) -> None:
        self._line = (start.plane, start.index, self._points(start, end))
        self.measured_mm = self._length(start, end)
        self._session.tools.changed.emit()

    def _length(self, start: Hand, end: Hand) -> float:
        scan = self._session.scan
        assert scan is not None
        return float(np.linalg.norm(np.subtract(end.at, start.at) * scan.spacing))
