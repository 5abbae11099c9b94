"""The mouse over a pane, as radiologists use it.

Wheel: one slice a notch; with Ctrl nearer or farther. Right button: contrast. Middle button: move the picture. Left
button: the tool in the hand; without one a click brings the crosshair there, and a drag moves the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication

if TYPE_CHECKING:
    from segstudio.viewer.panes.pane import Pane

_NOTCH = 120
_ZOOM = 1.15
"""How much nearer a notch brings."""

_CONTRAST = 300
"""Pixels that double the width of the window."""


class Mouse(QObject):
    """Hears everything that the mouse does over a pane; napari hears nothing of it.

    Attributes
    ----------
    held
        The button that is down and was pressed here.
    """

    def __init__(self, pane: Pane) -> None:
        super().__init__(pane)
        self._pane, self._session, self._view = pane, pane.session, pane.session.view
        self.held = Qt.MouseButton.NoButton
        self._from = self._last = self._at = QPointF()
        self._window = (0.0, 1.0)
        self._before = self._view.point
        self._dragged = False
        self._turned = 0.0
        pane.native.setMouseTracking(True)
        pane.native.installEventFilter(self)

    def look_again(self) -> None:
        """The slice under the pointer is another now, though the hand has not moved."""
        if self._view.hover is not None:
            self._view.hover = self._pane.hand_at(self._at, QApplication.keyboardModifiers())

    def stop(self) -> None:
        """Hear nothing any more."""
        self._pane.native.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what the mouse does; keys go to the window."""
        kind = event.type()
        if kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._move(event)
        elif kind == QEvent.Type.Wheel and isinstance(event, QWheelEvent):
            self._wheel(event)
        elif kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            self._press(event)
        elif kind == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            self._release(event)
        elif kind == QEvent.Type.MouseButtonDblClick and isinstance(event, QMouseEvent):
            self._double_click(event)
        elif kind == QEvent.Type.Leave:
            self._view.hover = None
        elif kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event.ignore()
        elif kind != QEvent.Type.Enter:
            return super().eventFilter(watched, event)
        return True

    @property
    def _moves(self) -> bool:
        return self._session.tools.active.name == "move"

    def _press(self, event: QMouseEvent) -> None:
        if self._session.scan is None or self.held != Qt.MouseButton.NoButton:
            return
        self.held = event.button()
        self._from = self._last = event.position()
        self._window, self._before, self._dragged = self._view.window, self._view.point, False
        if self.held == Qt.MouseButton.LeftButton and not self._moves:
            self._session.tools.active.press(self._pane.hand_at(event.position(), event.modifiers()))

    def _move(self, event: QMouseEvent) -> None:
        if self._session.scan is None:
            return
        self._at = at = event.position()
        hand = self._pane.hand_at(at, event.modifiers())
        if self.held == Qt.MouseButton.NoButton:
            self._session.tools.active.hover(hand)
        elif self.held == Qt.MouseButton.RightButton:
            self._change_contrast(at)
        elif self.held == Qt.MouseButton.MiddleButton or self._moves:
            self._drag(at)
        else:
            self._session.tools.active.move(hand)
        self._view.hover = hand

    def _release(self, event: QMouseEvent) -> None:
        if event.button() != self.held:
            return
        self.held, held = Qt.MouseButton.NoButton, self.held
        hand = self._pane.hand_at(event.position(), event.modifiers())
        if held == Qt.MouseButton.LeftButton:
            if not self._moves:
                self._session.tools.active.release(hand)
            elif not self._dragged:
                self._view.voxel = hand.at
        self._view.hover = hand

    def _double_click(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._session.scan is None:
            return
        if self._moves:
            self._view.point = self._before  # the first of the two clicks has moved it
            self._view.layout = self._pane.plane if self._view.layout == "four" else "four"  # type: ignore[assignment]
            return
        hand = self._pane.hand_at(event.position(), event.modifiers())
        self._press(event)  # Qt sends it in place of the second press
        self._session.tools.active.double_click(hand)

    def _wheel(self, event: QWheelEvent) -> None:
        if self._session.scan is None:
            return
        self._turned += event.angleDelta().y() / _NOTCH
        notches, self._turned = int(self._turned), self._turned - int(self._turned)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pane.zoom_at(event.position(), _ZOOM**notches)
        elif notches:
            self._view.step(self._pane.plane, notches)

    def _change_contrast(self, at: QPointF) -> None:
        """Across for width, up and down for level."""
        low, high = self._window
        step = max(high - low, 1e-6) / _CONTRAST
        width = max((high - low) + (at.x() - self._from.x()) * step, step)
        level = (low + high) / 2 + (at.y() - self._from.y()) * step
        self._view.window = (level - width / 2, level + width / 2)

    def _drag(self, at: QPointF) -> None:
        self._dragged |= (at - self._from).manhattanLength() >= QApplication.startDragDistance() // 2
        if self._dragged:
            self._pane.pan(at - self._last)
            self._last = at
