"""The tools on napari's own canvas, while that shows a plane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.components import ViewerModel
from qtpy.QtCore import QObject

from segstudio.viewer.layers import PLANES
from segstudio.viewer.messages import Message
from segstudio.viewer.tools import Hand, Tool
from segstudio.viewer.tools.paint import Brush
from segstudio.viewer.tools.point import Fill, Move, Pick

if TYPE_CHECKING:
    from segstudio.viewer.session import Session

_LEFT = 1
_STILL = 4
"""Pixels that a hand may move while it clicks."""

_HERE: tuple[type[Tool], ...] = (Move, Brush, Fill, Pick)
"""Tools that need no lines drawn over the picture, which only our panes can."""


class CanvasHand(QObject):
    """Hears the left button on napari's canvas and gives it to the tool in the hand, which writes by the one door.

    Everything else that the mouse does there stays napari's: its wheel, its zoom, and with Move its panning.
    """

    def __init__(self, session: Session, viewer: ViewerModel) -> None:
        super().__init__(session)
        self._session, self._viewer = session, viewer
        viewer.mouse_drag_callbacks.insert(0, self._drag)
        for signal in (session.tools.changed, session.scan_changed):
            signal.connect(self._show_cursor)

    def close(self) -> None:
        """Hear nothing any more."""
        self._viewer.mouse_drag_callbacks.remove(self._drag)
        self._viewer.cursor.style = "standard"

    def _drag(self, _viewer: ViewerModel, event: Any) -> Iterator[None]:
        """From press to release, as napari's generators go: each turn is the next event."""
        tool = self._session.tools.active
        hand = self._hand(event)
        if event.button != _LEFT or hand is None or not self._works(tool):
            return
        if isinstance(tool, Move):
            yield from self._move(event)
            return
        event.handled = True  # napari would move the picture
        self._session.view.hover = hand
        tool.press(hand)
        yield
        while event.type == "mouse_move":
            event.handled = True
            hand = self._hand(event) or hand
            self._session.view.hover = hand
            tool.move(hand)
            yield
        hand = self._hand(event) or hand
        tool.move(hand)  # of moves in quick succession napari leaves some out, also the last ones
        tool.release(hand)
        self._session.view.hover = None

    def _move(self, event: Any) -> Iterator[None]:
        """A click brings the crosshair there; a drag is napari's."""
        start = np.array(event.pos)
        yield
        while event.type == "mouse_move":
            yield
        hand = self._hand(event)
        if hand is not None and np.abs(event.pos - start).sum() <= _STILL:
            self._session.view.voxel = hand.at

    def _works(self, tool: Tool) -> bool:
        if isinstance(tool, _HERE):
            return True
        hint = "Open “SegStudio planes” from the Plugins menu."
        self._session.said.emit(Message("This tool draws on the planes of SegStudio.", hint))
        return False

    def _hand(self, event: Any) -> Hand | None:
        """Where the hand is on the display grid; None where no plane of an open scan is shown."""
        scan, dims = self._session.scan, self._viewer.dims
        if scan is None or dims.ndisplay != 2:
            return None
        across = dims.order[-3] - (dims.ndim - 3)
        plane = next((name for name, axes in PLANES.items() if axes[0] == across), None)
        if plane is None:
            return None
        display, position = scan.display, event.position[-3:]
        at = [(mm - start) / side for mm, start, side in zip(position, display.translate, display.scale, strict=True)]
        at[across] = float(display.voxel_at(dims.point)[across])
        held = set(event.modifiers)
        return Hand(plane, (at[0], at[1], at[2]), shift="Shift" in held, ctrl="Control" in held)

    def _show_cursor(self) -> None:
        """The circle that the brush paints, in mm; a cross for other tools."""
        tool, cursor = self._session.tools.active, self._viewer.cursor
        if self._session.scan is None or isinstance(tool, Move):
            cursor.style = "standard"
        elif tool.radius_mm is not None:
            cursor.size, cursor.scaled = max(1, round(2 * tool.radius_mm)), True
            cursor.style = "circle"
        else:
            cursor.style = "cross"
