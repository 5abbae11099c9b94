"""A hand at the mouse, event by event."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication

from segstudio.viewer.panes.pane import Pane

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE = Qt.MouseButton.NoButton
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NO_KEYS = Qt.KeyboardModifier.NoModifier
_KINDS = {
    "press": QEvent.Type.MouseButtonPress,
    "move": QEvent.Type.MouseMove,
    "release": QEvent.Type.MouseButtonRelease,
    "double": QEvent.Type.MouseButtonDblClick,
}


class Mouse:
    """The mouse over one pane; places are pixels (x, y) of its screen."""

    def __init__(self, pane: Pane, qtbot: Any) -> None:
        self.pane, self.screen, self.qtbot = pane, pane.native, qtbot

    @property
    def middle(self) -> tuple[float, float]:
        return self.screen.width() / 2, self.screen.height() / 2

    def over(self, voxel: tuple[float, float, float]) -> tuple[float, float]:
        """Where the centre of a voxel (z, y, x) of the display grid is."""
        ((x, y),) = self.pane.to_screen(np.array([[voxel[self.pane.rows], voxel[self.pane.columns]]]))
        return float(x), float(y)

    def send(self, kind, place, button=NONE, held=NONE, keys=NO_KEYS) -> None:
        at = QPointF(*place)
        QApplication.sendEvent(
            self.screen, QMouseEvent(_KINDS[kind], at, self.screen.mapToGlobal(at), button, held, keys)
        )

    def drag(self, button, *places, keys=NO_KEYS) -> None:
        """Press at the first place, go by the others, let go at the last."""
        self.send("move", places[0], keys=keys)
        self.send("press", places[0], button, button, keys)
        for place in places[1:]:
            self.send("move", place, NONE, button, keys)
        self.send("release", places[-1], button, NONE, keys)
        self.qtbot.wait(5)

    def click(self, place, button=LEFT, keys=NO_KEYS) -> None:
        self.drag(button, place, keys=keys)

    def double_click(self, place) -> None:
        """As Qt tells it: press, release, double-click, release."""
        self.click(place)
        self.send("double", place, LEFT, LEFT)
        self.send("release", place, LEFT)
        self.qtbot.wait(5)

    def wheel(self, notches, place=None, keys=NO_KEYS) -> None:
        at = QPointF(*(place or self.middle))
        event = QWheelEvent(
            at, self.screen.mapToGlobal(at), QPoint(), QPoint(0, round(120 * notches)), NONE, keys,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.screen, event)
        self.qtbot.wait(5)
