"""The pane in which the classes are seen as surfaces."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from qtpy.QtGui import QMouseEvent, QResizeEvent, QShowEvent, QWheelEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging import Box, around, nameless, whole
from segstudio.viewer.desk import Desk
from segstudio.viewer.messages import Message
from segstudio.viewer.panes.compass import Compass
from segstudio.viewer.panes.pose import Pose
from segstudio.viewer.panes.shells import FACES, FEW_FACES, coarse, first_hit, make_surfaces, outdated, shares, wrapping
from segstudio.viewer.panes.solid import Color, Solid, Surface, draws_in_software
from segstudio.viewer.scan import Scan
from segstudio.viewer.sections.section import label
from segstudio.viewer.session import Session

QUIET_MS = 700
"""How long the mask has to be left alone before its surfaces are made anew."""

_DRAW_MS = 60
"""How long the pane waits for more to draw, while the planes are drawn first."""

_NOTCH = 1.15


class Surfaces(QWidget):
    """The classes as lit surfaces, with the three planes through the crosshair.

    Dragging turns, with the middle button or Shift moves, the wheel zooms; a double-click on a surface brings the
    crosshair there. Surfaces are made beside the window once the mask was left alone for a moment, and nothing is
    drawn while a stroke is under way.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._view = session.view
        self._scan: Scan | None = None
        self._desk = Desk(self)
        self._stop = threading.Event()
        self._building = False
        self._written: Box | None = None
        self._known: dict[int, Box] = {}
        self._coarse: NDArray[Any] = np.zeros((0, 0, 0), np.uint8)
        self._by_hand = False
        self._held: tuple[Qt.MouseButton, QPointF] | None = None
        self.solid = Solid(self)
        self.compass = Compass(self)
        self._hint, self._name = label(kind="onblack"), label("3D", kind="onblack")
        self._lay_out()
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._build)
        self._soon = QTimer(self, singleShot=True, interval=_DRAW_MS)
        self._soon.timeout.connect(self._draw)
        session.scan_changed.connect(self._other_scan)
        session.mask_written.connect(self._mask_written)
        session.classes_changed.connect(self._look)
        self._view.look_changed.connect(self._look)
        self._view.point_changed.connect(self._soon.start)
        self._other_scan()

    def close_pane(self) -> None:
        """Stop what is being made, and let the canvas go."""
        self._stop.set()
        self._quiet.stop()
        self._soon.stop()
        self._desk.close()
        self.solid.widget.removeEventFilter(self)
        self.solid.close()

    @property
    def busy(self) -> bool:
        """Whether surfaces are outdated or being made."""
        return self._building or self._written is not None

    @property
    def pose(self) -> Pose:
        """From where the surfaces are looked at."""
        return self.solid.pose

    @pose.setter
    def pose(self, pose: Pose) -> None:
        self.solid.pose = self.compass.pose = pose
        self.compass.update()
        self.solid.update()

    @property
    def pose_by_hand(self) -> Pose | None:
        """The same where the hand has come to it; None where it is as fitted, and so follows the surfaces."""
        return self.pose if self._by_hand else None

    @pose_by_hand.setter
    def pose_by_hand(self, pose: Pose) -> None:
        self._by_hand, self.pose = True, pose

    def fit(self) -> None:
        """All surfaces that are shown, whole in the pane."""
        self._by_hand = False
        bounds = self.solid.bounds() or self._frame()
        if bounds is not None:
            self.pose = self.pose.fitted(*bounds, self._size)
        self._soon.start()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.solid.widget)
        self.solid.widget.installEventFilter(self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._hint.setWordWrap(True)
        self._name.adjustSize()
        self._name.move(8, 6)
        for words in (self._hint, self._name):
            words.setParent(self)
            words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            words.raise_()
        self.compass.raise_()

    @property
    def _size(self) -> tuple[int, int]:
        return self.solid.widget.width(), self.solid.widget.height()

    # What has to be made

    def _other_scan(self) -> None:
        scan = self._session.scan
        if scan is not None and self._scan is not None and scan.mask is self._scan.mask:
            return
        self._stop.set()
        for value in self.solid.values:
            self.solid.remove(value)
        self._scan, self._known, self._written = scan, {}, None
        self._coarse = np.zeros((0, 0, 0), np.uint8)
        if scan is not None:
            self._written = whole(scan.mask.labels.shape)
            self.solid.depth_mm = 2 * float(np.linalg.norm(np.multiply(scan.display.shown.shape, scan.spacing)))
            self._quiet.start(0)
        self.fit()

    def _mask_written(self, box: Box) -> None:
        self._written = around(self._written, box)
        self._stop.set()
        self._quiet.start(QUIET_MS)

    def _build(self) -> None:
        """Make what is outdated, beside the window; wait while nobody sees it or a stroke is under way."""
        scan, written = self._scan, self._written
        if scan is None or written is None or not self.isVisible():
            return
        if self._building or self._session.tools.active.busy:
            self._quiet.start(QUIET_MS)
            return
        self._building, self._written = True, None
        self._stop = stop = threading.Event()
        known, faces = dict(self._known), FEW_FACES if draws_in_software() else FACES

        def made(value: int, surface: Surface | None, box: Box) -> None:
            self._desk.bring(lambda: self._take(scan, value, surface, box))

        def make() -> NDArray[Any]:
            boxes = outdated(scan.mask.labels, written, known, stop=stop.is_set)
            share = shares({**known, **boxes}, faces)
            make_surfaces(scan.mask.labels, boxes, scan.display, made, faces=share, stop=stop.is_set)
            return coarse(scan.mask.labels)

        self._desk.do(make, lambda seen: self._built(scan, seen), lambda error: self._not_built(scan, written, error))

    def _take(self, scan: Scan, value: int, surface: Surface | None, box: Box) -> None:
        if scan is not self._scan:
            return
        if surface is None:
            self._known.pop(value, None)
            self.solid.remove(value)
        else:
            self._known[value] = box
            self.solid.put(value, surface, self._color(value), shown=self._shows(value))
        self._soon.start()

    def _built(self, scan: Scan, seen: NDArray[Any]) -> None:
        self._building = False
        if scan is self._scan:
            self._coarse = seen
            self._find_glass()
        if scan is self._scan and not self._by_hand:
            self.fit()
        if self._written is not None and not self._quiet.isActive():
            self._quiet.start()

    def _not_built(self, scan: Scan, written: Box, error: SegStudioError) -> None:
        self._building = False
        if scan is self._scan:
            self._written = around(written, self._written)
            if not isinstance(error, Stopped):
                self._written = None
                self._session.said.emit(Message.of(error))
        if self._written is not None and not self._quiet.isActive():
            self._quiet.start()

    # What is drawn

    def _color(self, value: int) -> Color:
        named = next((each for each in self._session.classes if each.value == value), nameless(value))
        red, green, blue = named.color
        return red / 255, green / 255, blue / 255

    def _shows(self, value: int) -> bool:
        return self._view.mask_visible and self._view.shows(value)

    def _hides(self, value: int) -> bool:
        """Whether a line of sight ends at a class."""
        return self._shows(value) and value != self.solid.glass

    def _look(self) -> None:
        for value in self.solid.values:
            self.solid.look(value, self._color(value), shown=self._shows(value))
        self._find_glass()
        self._soon.start()

    def _find_glass(self) -> None:
        """What hides all the others is seen through."""
        shown = [value for value in self.solid.values if self._shows(value)]
        self.solid.glass = wrapping(self._coarse, shown) if len(shown) > 1 else 0

    def _draw(self) -> None:
        """Draw the planes' new places and what else has changed; later, if a stroke is under way."""
        if not self.isVisible():
            return
        if self._session.tools.active.busy:
            self._soon.start()
            return
        bounds = self._frame()
        self.solid.put_lines(np.zeros((0, 3), np.float32) if bounds is None else _planes(*bounds, self._view.point))
        self._tell_hint()
        self.solid.update()

    def _frame(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """A box (x, y, z) in millimetres round what is shown: the surfaces with some room, else the scan."""
        if self._scan is None:
            return None
        display = self._scan.display
        low = np.array(display.translate, float)[::-1]
        high = low + (np.array(display.shown.shape[::-1]) - 1) * display.scale[::-1]
        found = self.solid.bounds()
        if found is None:
            return low, high
        room = 0.08 * float(np.max(found[1] - found[0]))
        return np.maximum(low, found[0] - room), np.minimum(high, found[1] + room)

    def _tell_hint(self) -> None:
        nothing = self._scan is not None and not self._known and not self.busy
        self._hint.setText("Classes appear here as surfaces once something is drawn." if nothing else "")

    def showEvent(self, event: QShowEvent) -> None:
        """What was left while nobody saw it is made now."""
        super().showEvent(event)
        if self._written is not None:
            self._quiet.start(0)
        self._soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The compass stays in its corner; what was whole stays whole."""
        super().resizeEvent(event)
        beside, top = self._name.geometry().right() + 8, self._name.y()
        self._hint.setGeometry(beside, top, max(0, self.width() - 2 * beside), self.height() - top)
        self.compass.move(8, self.height() - self.compass.height() - 8)
        if not self._by_hand:
            self.fit()

    # The mouse

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The mouse over the surfaces is the pane's."""
        if isinstance(event, QWheelEvent):
            self._zoom(event)
        elif isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonPress:
                self._held = (event.button(), event.position())
            elif event.type() == QEvent.Type.MouseMove and self._held is not None:
                self._drag(event)
            elif event.type() == QEvent.Type.MouseButtonRelease:
                self._held = None
            elif event.type() == QEvent.Type.MouseButtonDblClick:
                self._jump(event.position())
        else:
            return super().eventFilter(watched, event)
        return True

    def _zoom(self, event: QWheelEvent) -> None:
        self._by_hand = True
        times = _NOTCH ** (event.angleDelta().y() / 120)
        self.pose = self.pose.zoomed(times, (event.position().x(), event.position().y()), self._size)

    def _drag(self, event: QMouseEvent) -> None:
        assert self._held is not None
        button, start = self._held
        self._held = (button, event.position())
        across, down = event.position().x() - start.x(), event.position().y() - start.y()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._by_hand = True
        if button == Qt.MouseButton.RightButton:
            middle = (self._size[0] / 2, self._size[1] / 2)
            self.pose = self.pose.zoomed(_NOTCH ** (-down / 20), middle, self._size)
        elif button == Qt.MouseButton.MiddleButton or shifted:
            self.pose = self.pose.moved(across, down)
        else:
            self.pose = self.pose.turned(across, down)

    def _jump(self, place: QPointF) -> None:
        """Bring the crosshair to the surface under the pointer; beside all surfaces, fill the picture or share it."""
        if self._scan is None:
            return
        origin, direction = self.pose.ray((place.x(), place.y()), self._size)
        found = first_hit(self._scan.mask.labels, self._scan.display, origin, direction, self._hides)
        if found is not None:
            self._view.point = found
        else:
            self._view.layout = "four" if self._view.layout == "3d" else "3d"


def _planes(
    low: NDArray[np.float64], high: NDArray[np.float64], point: tuple[float, float, float]
) -> NDArray[np.float32]:
    """The edges of three rectangles through a point (z, y, x) in a box (x, y, z), as pairs of points, shape (n, 3)."""
    pairs = []
    for axis, mm in enumerate(point[::-1]):
        if low[axis] <= mm <= high[axis]:
            one, other = ((axis + step) % 3 for step in (1, 2))
            corners = np.full((4, 3), mm)
            corners[:, one] = (low[one], high[one], high[one], low[one])
            corners[:, other] = (low[other], low[other], high[other], high[other])
            pairs += [corners[(each, (each + 1) % 4), :] for each in range(4)]
    return np.concatenate(pairs).astype(np.float32) if pairs else np.zeros((0, 3), np.float32)
