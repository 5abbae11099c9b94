"""The box in which a model is to look, drawn on the picture."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Layer, Shapes
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from segstudio.imaging import Box
from segstudio.viewer import look
from segstudio.viewer.layers import AXES, Display

_OUTLINE_PIXELS = 1.5


class Region(QObject):
    """A box on the scan's own grid, or none, and its outline in the picture.

    Attributes
    ----------
    box
        On the scan's own grid; None is the whole scan.
    outline
        Its layer, while a scan is shown.
    drawing
        Whether the next drag on the picture draws the box.
    """

    changed = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.box: Box | None = None
        self._viewer = viewer
        self._display: Display | None = None
        self.outline: Shapes | None = None
        self.drawing = False
        self._tool: tuple[Layer, str] | None = None
        viewer.dims.events.point.connect(self._redraw)
        viewer.dims.events.order.connect(self._redraw)
        viewer.scene.camera.events.zoom.connect(self._thin)

    def close(self) -> None:
        """Stop following the viewer."""
        self._viewer.dims.events.point.disconnect(self._redraw)
        self._viewer.dims.events.order.disconnect(self._redraw)
        self._viewer.scene.camera.events.zoom.disconnect(self._thin)

    def start(self, display: Display) -> None:
        """Begin with a scan: no box, and an outline layer that is ready."""
        self._display, self.box = display, None
        self.outline = self._viewer.add_shapes(
            name="box", ndim=3, edge_color=look.ACCENT, face_color="transparent", edge_width=0.6,
            units=("mm",) * 3, axis_labels=AXES, scale=display.scale, translate=display.translate,
        )  # fmt: skip
        self.outline.visible = False
        self.changed.emit()

    def end(self) -> None:
        """Forget a scan that is no longer shown."""
        self._stop_drawing()
        self._display = self.outline = self.box = None
        self.changed.emit()

    def set(self, box: Box | None) -> None:
        """Choose a box of the scan's own grid."""
        self.box = box
        self._redraw()
        self.changed.emit()

    @property
    def size_mm(self) -> tuple[float, float, float] | None:
        """Sides along left, back and head, in mm."""
        if self.box is None or self._display is None:
            return None
        sides = [side.stop - side.start for side in self._display.to_shown(self.box)]
        z, y, x = (float(mm) for mm in np.array(sides) * self._display.scale)
        return x, y, z

    def take_view(self, picture: Image) -> None:
        """The part of the scan that is seen now, as deep as it is wide, round the slice that is seen."""
        if self._display is None:
            return
        _, rows, columns = self._viewer.dims.order
        corners = np.asarray(picture.corner_pixels)
        self._around(corners[0][[rows, columns]], corners[1][[rows, columns]])

    def draw(self) -> None:
        """Let the reader drag a rectangle; the box becomes as deep as it is wide, round the slice that is seen."""
        if self.outline is not None and not self.drawing:
            self.drawing = True
            active = self._viewer.layers.selection.active
            self._tool = (active, str(active.mode)) if active is not None else None
            if active is not None:
                active.mode = "pan_zoom"  # no brush paints meanwhile
            self._viewer.scene.camera.mouse_pan = False
            self._viewer.mouse_drag_callbacks.append(self._drag)
            self.changed.emit()

    def _drag(self, viewer: ViewerModel, event: Any) -> Generator[None, None, None]:
        """From press to release the box follows the pointer."""
        assert self._display is not None
        start = self._display.voxel_at(event.position)
        _, rows, columns = viewer.dims.order
        yield
        while event.type == "mouse_move":
            corners = np.array([start, self._display.voxel_at(event.position)])[:, [rows, columns]]
            self._around(corners.min(0), corners.max(0))
            event.handled = True
            yield
        self._stop_drawing()

    def _stop_drawing(self) -> None:
        if not self.drawing:
            return
        self.drawing = False
        self._viewer.mouse_drag_callbacks.remove(self._drag)
        if self._tool is not None:
            layer, mode = self._tool
            layer.mode = mode
        self._viewer.scene.camera.mouse_pan = self._tool is None or self._tool[0].mouse_pan
        self.changed.emit()

    def _around(self, low: NDArray[Any], high: NDArray[Any]) -> None:
        display = self._display
        assert display is not None
        across, rows, columns = self._viewer.dims.order
        sides: list[slice] = [slice(0, 0)] * 3
        for axis, start, stop in ((rows, low[0], high[0]), (columns, low[1], high[1])):
            sides[axis] = _within(int(start), int(stop) + 1, display.shown.shape[axis])
        deep = min((sides[axis].stop - sides[axis].start) * display.scale[axis] for axis in (rows, columns))
        middle = display.voxel_at(self._viewer.dims.point)[across]
        half = max(1, round(deep / display.scale[across] / 2))
        sides[across] = _within(middle - half, middle + half, display.shown.shape[across])
        self.set(display.to_source((sides[0], sides[1], sides[2])))

    def _redraw(self, _event: object = None) -> None:
        self._put(self._rectangles())

    def _rectangles(self) -> list[NDArray[np.float64]]:
        """The box's outline on the slice that is seen, if it reaches there."""
        if self._display is None or self.box is None or self._viewer.dims.ndim < 3:
            return []
        across, rows, columns = self._viewer.dims.order
        box = self._display.to_shown(self.box)
        at = self._display.voxel_at(self._viewer.dims.point)[across]
        if not box[across].start <= at < box[across].stop:
            return []
        corners = np.full((4, 3), float(at))
        corners[:, rows] = np.array([box[rows].start, box[rows].start, box[rows].stop, box[rows].stop]) - 0.5
        corners[:, columns] = (
            np.array([box[columns].start, box[columns].stop, box[columns].stop, box[columns].start]) - 0.5
        )
        # Within the middles of the outermost voxels: beyond them the outline would widen the range of slices.
        return [corners.clip(0, np.array(self._display.shown.shape) - 1)]

    def _put(self, rectangles: list[NDArray[np.float64]]) -> None:
        if self.outline is not None and (rectangles or len(self.outline.data)):
            self.outline.data = rectangles
            self.outline.visible = bool(rectangles)  # an empty layer costs a stroke time, too
            self._thin()

    def _thin(self, _event: object = None) -> None:
        """The outline is as wide on the screen at every zoom."""
        if self.outline is not None and self._display is not None and len(self.outline.data):
            millimetres = _OUTLINE_PIXELS / self._viewer.scene.camera.zoom
            self.outline.edge_width = [millimetres / min(self._display.scale)] * len(self.outline.data)


def _within(start: int, stop: int, length: int) -> slice:
    start = min(max(start, 0), length - 1)
    return slice(start, max(min(stop, length), start + 1))
