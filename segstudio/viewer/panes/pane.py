"""One plane of the scan on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from napari.components import ViewerModel
from napari.qt import QtViewer
from napari.utils.action_manager import action_manager
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QVBoxLayout, QWidget
from vispy import gloo

from segstudio.imaging import Box
from segstudio.viewer.layers import AXES, PLANES
from segstudio.viewer.panes.content import Content
from segstudio.viewer.panes.mouse import Mouse
from segstudio.viewer.panes.overlay import Overlay
from segstudio.viewer.panes.readout import is_down
from segstudio.viewer.panes.shown import Shown
from segstudio.viewer.tools.tool import Hand

_MARGIN = 0.97
"""How much of the pane a slice that is fitted takes."""


@dataclass(frozen=True)
class Framing:
    """What of a plane's slices is on the screen, whatever the size of its pane.

    Parameters
    ----------
    row, column
        In the middle, in voxels.
    times
        How many times as large as when the whole slice is seen.
    """

    row: float
    column: float
    times: float


class Pane(QWidget):
    """One plane: napari's canvas with the scan and the mask, Qt's drawing over it, and the mouse.

    Attributes
    ----------
    plane
        "axial", "coronal" or "sagittal".
    viewer
        napari's model of what is on the canvas.
    native
        The widget that is drawn by OpenGL and hears the mouse.
    """

    def __init__(self, session: Shown, plane: str, viewer: ViewerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.plane, self.viewer = session, plane, viewer
        self.across, self.rows, self.columns = PLANES[plane]
        self._canvas = _quiet_canvas(self.viewer)
        self.native: QOpenGLWidget = self._canvas.canvas.native
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._canvas)
        self.content = Content(session, self.viewer, contours=False)
        self.overlay = Overlay(self)
        self.mouse = Mouse(self)
        self._sized_for = (0, 0)
        self._looked: tuple[object, ...] = ()
        self._canvas.canvas.events.draw.connect(_mask_over_picture, position="first")
        self._canvas.canvas.events.draw.disconnect(self._canvas.canvas.on_draw)
        self._canvas.canvas.events.draw.connect(self._look, position="last")

    def close_canvas(self) -> None:
        """Let napari's part go, before the window does."""
        self.mouse.stop()
        self._canvas.close()

    def _look(self, event: object) -> None:
        """Have napari see to its camera, which takes a third of a frame, where that or the pane is not as it was."""
        if self._looked != self._looks():
            self._canvas.canvas.on_draw(event)
            self._looked = self._looks()

    def _looks(self) -> tuple[object, ...]:
        camera, native = self.viewer.scene.camera, self.native
        size = (native.width(), native.height(), *self._canvas.canvas.view.rect.size)
        return *size, native.devicePixelRatio(), *camera.center, camera.zoom, camera.orientation2d

    # What is seen

    def follow(self) -> bool:
        """Show the session as it is now; whether the canvas has to be drawn again, and not only what lies over it."""
        before, changed = self.content.scan, self.content.follow()
        scan = self.content.scan
        if scan is not None:
            if before is None or before.mask is not scan.mask:
                self.fit()
            self._turn()
            self._take_cursor()
            mm = self.session.view.point[self.across]
            if self.viewer.dims.point[self.across] != mm:
                self.viewer.dims.set_point(self.across, mm)
                changed = True
            if not self.native.updatesEnabled():
                self.native.setUpdatesEnabled(True)
        self.overlay.follow()
        return changed

    def go_black(self) -> None:
        """Show no scan until the session's is followed, and draw none of what is laid for it before it is whole."""
        self.native.setUpdatesEnabled(False)
        self.overlay.update()

    @property
    def shows_scan(self) -> bool:
        """Whether it has come to show the session's scan."""
        shown, scan = self.content.scan, self.session.scan
        return shown is not None and scan is not None and shown.mask is scan.mask

    def touch(self, box: Box) -> bool:
        """Show what was written inside a box; whether the canvas has to be drawn again."""
        self.overlay.touched(box)
        return self.content.touched(box)

    @property
    def index(self) -> int:
        """The slice that is shown."""
        return self.session.view.voxel[self.across]

    @property
    def coarseness(self) -> int:
        """How many voxels in a row the graphics can only show as one; 1 for any usual scan."""
        scan, (longest, _) = self.session.scan, self._canvas.canvas.max_texture_sizes
        return 1 if scan is None or not longest else -(-max(scan.display.shown.shape) // int(longest))

    def _take_cursor(self) -> None:
        """A thin cross where a tool works, which hides less than an arrow."""
        moves = self.session.tools.active.name == "move"
        wanted = Qt.CursorShape.ArrowCursor if moves else Qt.CursorShape.CrossCursor
        if self.native.cursor().shape() != wanted:
            self.native.setCursor(wanted)

    def _turn(self) -> None:
        flips = self.session.view.flips
        vertical = "down" if is_down(self.plane, flips) else "up"
        wanted = (vertical, "left" if "h" in flips else "right")
        if tuple(str(each) for each in self.viewer.scene.camera.orientation2d) != wanted:
            self.viewer.scene.camera.orientation2d = wanted

    # The camera

    def fit(self) -> None:
        """The whole slice on the screen."""
        display = self.session.view.display
        if display is not None:
            middle = display.position_of([(side - 1) / 2 for side in display.shown.shape])
            self.viewer.scene.camera.center = (0.0, middle[self.rows], middle[self.columns])
            self._sized_for = (self.width(), self.height())
            self.viewer.scene.camera.zoom = self._fitting_zoom(self._sized_for)
            self.overlay.update()

    @property
    def seen(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest row and column on the screen, in voxels."""
        corners = [QPointF(0, 0), QPointF(self.native.width(), self.native.height())]
        found = np.array([self.to_voxels(corner) for corner in corners])
        return found.min(axis=0), found.max(axis=0)

    @property
    def framing(self) -> Framing:
        """What of its slices is on the screen."""
        display, camera = self.session.view.display, self.viewer.scene.camera
        assert display is not None
        row, column = self.to_voxels(QPointF(self.native.width() / 2, self.native.height() / 2))
        return Framing(row, column, float(camera.zoom) / self._fitting_zoom(self._sized_for))

    @framing.setter
    def framing(self, framing: Framing) -> None:
        display, place = self.session.view.display, [0.0, 0.0, 0.0]
        assert display is not None
        place[self.rows], place[self.columns] = framing.row, framing.column
        middle = display.position_of(place)
        self._sized_for = (self.width(), self.height())
        self.viewer.scene.camera.center = (0.0, middle[self.rows], middle[self.columns])
        self.viewer.scene.camera.zoom = framing.times * self._fitting_zoom(self._sized_for)
        self.overlay.update()

    def zoom_at(self, at: QPointF, by: float) -> None:
        """Nearer or farther; what is under a point of the screen stays there."""
        camera = self.viewer.scene.camera
        before = np.array(self.to_mm(at))
        camera.zoom = float(np.clip(camera.zoom * by, 0.02, 400))
        self._shift(before - self.to_mm(at))

    def pan(self, by: QPointF) -> None:
        """Move the picture by some pixels."""
        self._shift(np.array(self.to_mm(QPointF(0, 0))) - self.to_mm(by))

    def _shift(self, mm: NDArray[np.float64]) -> None:
        _, row, column = self.viewer.scene.camera.center
        self.viewer.scene.camera.center = (0.0, row + float(mm[0]), column + float(mm[1]))
        self.overlay.update()

    def _fitting_zoom(self, size: tuple[int, int]) -> float:
        display = self.session.view.display
        assert display is not None
        wide = display.shown.shape[self.columns] * display.scale[self.columns]
        high = display.shown.shape[self.rows] * display.scale[self.rows]
        return max(_MARGIN * min(size[0] / wide, size[1] / high), 1e-3)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What was seen is seen still, larger or smaller."""
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())
        before, self._sized_for = self._sized_for, (self.width(), self.height())
        if self.session.view.display is not None and min(before) > 0:
            self.viewer.scene.camera.zoom *= self._fitting_zoom(self._sized_for) / self._fitting_zoom(before)

    # From the screen to the scan and back

    def to_mm(self, at: QPointF) -> tuple[float, float]:
        """Display millimetres along rows and columns at a point of the screen."""
        camera, (down, right) = self.viewer.scene.camera, self._signs
        _, row, column = camera.center
        zoom = camera.zoom
        return (
            row + down * (at.y() - self.native.height() / 2) / zoom,
            column + right * (at.x() - self.native.width() / 2) / zoom,
        )

    def to_voxels(self, at: QPointF) -> tuple[float, float]:
        """Row and column, in voxels, at a point of the screen."""
        display = self.session.view.display
        assert display is not None
        row, column = self.to_mm(at)
        return (
            (row - display.translate[self.rows]) / display.scale[self.rows],
            (column - display.translate[self.columns]) / display.scale[self.columns],
        )

    def to_screen(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the screen (x, y), shape (n, 2), of rows and columns in voxels, shape (n, 2)."""
        display = self.session.view.display
        assert display is not None
        camera, (down, right) = self.viewer.scene.camera, self._signs
        axes = [self.rows, self.columns]
        mm = np.asarray(points, float) * np.array(display.scale)[axes] + np.array(display.translate)[axes]
        moved = (mm - np.array(camera.center)[1:]) * camera.zoom * (down, right)
        found: NDArray[np.float64] = moved[:, ::-1] + (self.native.width() / 2, self.native.height() / 2)
        return found

    @property
    def mm_in_pixels(self) -> float:
        """How many pixels a millimetre takes."""
        return float(self.viewer.scene.camera.zoom)

    @property
    def _signs(self) -> tuple[int, int]:
        """Whether rows grow down the screen and columns to the right: 1, or -1."""
        flips = self.session.view.flips
        return (1 if is_down(self.plane, flips) else -1), (-1 if "h" in flips else 1)

    def hand_at(self, at: QPointF, keys: Qt.KeyboardModifier) -> Hand:
        """Where the hand is when the pointer is at a point of the screen."""
        place = [0.0, 0.0, 0.0]
        place[self.across] = float(self.index)
        place[self.rows], place[self.columns] = self.to_voxels(at)
        held = Qt.KeyboardModifier
        return Hand(
            self.plane,
            (place[0], place[1], place[2]),
            shift=bool(keys & held.ShiftModifier),
            ctrl=bool(keys & held.ControlModifier),
        )


def _mask_over_picture(_event: object) -> None:
    """Draw what lies at the depth of the picture over it, in every frame.

    napari asks for that once, and it is lost where layers are joined before the pane was seen for the first time.
    """
    gloo.set_depth_func("lequal")


def viewer_for(plane: str) -> ViewerModel:
    """What a pane of this plane is made of; it takes a while itself, so that a window has a turn between them."""
    viewer = ViewerModel(axis_labels=AXES, order=PLANES[plane])
    viewer.canvas.background_color_override = "black"
    return viewer


def _quiet_canvas(viewer: ViewerModel) -> QtViewer:
    """napari's canvas without its sliders, margins, and its own way of opening what is dropped on it."""
    with action_manager.events.shortcut_changed.blocker():  # each key would be told to each canvas that there is
        canvas = QtViewer(viewer)
    canvas.dims.hide()
    for widget in [canvas, *canvas.findChildren(QWidget)]:
        widget.setAcceptDrops(False)
    if (layout := canvas.widget(0).layout()) is not None:
        layout.setContentsMargins(0, 0, 0, 0)
    return canvas
