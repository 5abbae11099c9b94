"""The picture: napari's canvas, with the slice, the sides and the pointer's place as a radiologist expects them."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.qt import QtViewer
from qtpy.QtCore import QEvent, QObject, Qt, QTimer, Signal
from qtpy.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from qtpy.QtWidgets import QLabel, QSlider, QVBoxLayout, QWidget

from segstudio.imaging import LabelClass
from segstudio.viewer.layers import PLANES
from segstudio.viewer.sections.section import label, row
from segstudio.viewer.session import Scan, Session

_LETTERS = {"axial": "LRAP", "coronal": "LRSI", "sagittal": "PASI"}
"""What is at the right, left, top and bottom edge."""

_POINTER_MS = 40
_EDGE = 8
"""Pixels between the letters and the picture's edge."""


class Canvas(QtViewer):  # type: ignore[misc]  # napari has no types
    """napari's canvas without its own way of opening what is dropped on it."""

    dropped = Signal(object)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files only."""
        event.setAccepted(event.mimeData().hasUrls())

    def dropEvent(self, event: QDropEvent) -> None:
        """A file is opened as a scan."""
        if files := dropped_files(event):
            event.acceptProposedAction()
            self.dropped.emit(files[0])


def dropped_files(event: QDropEvent | QDragEnterEvent) -> list[Path]:
    """Files and folders that lie on this machine."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


class Picture(QWidget):
    """One plane of the scan with its mask, a slider for the slice, and the letters of the patient's sides."""

    pointed = Signal(str)
    plane_changed = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._viewer = viewer = session.viewer
        self.plane = "axial"
        viewer.canvas.background_color_override = "black"
        self.canvas = Canvas(viewer)
        self.canvas.dims.hide()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Slice")
        self.place = label(kind="quiet")
        self.place.setFixedWidth(150)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        bar = row(self.place, self.slider, stretch=1)
        bar.setContentsMargins(12, 5, 12, 5)
        column.addLayout(bar)
        self._letters = [self._letter() for _ in range(4)]
        self._follow_mouse()
        self.slider.valueChanged.connect(self._choose_slice)
        viewer.dims.events.point.connect(self._slice_moved)
        session.scan_changed.connect(self._other_scan)
        self.canvas.installEventFilter(self)

    def close_canvas(self) -> None:
        """Let napari's part go, before the window does."""
        self._pointing.stop()
        self._viewer.dims.events.point.disconnect(self._slice_moved)
        self._viewer.cursor.events.position.disconnect(self._pointer_moved)
        self.canvas.removeEventFilter(self)
        self.canvas.close()

    # Planes and slices

    def show_plane(self, plane: str) -> None:
        """Cut the scan along another plane, through the same point."""
        self.plane = plane
        self._viewer.dims.order = PLANES[plane]
        vertical = "down" if plane == "axial" else "up"
        self._viewer.scene.camera.orientation2d = (vertical, "right")
        self.fit()
        self._slice_moved()
        self._place_letters()
        self.plane_changed.emit(plane)

    def fit(self) -> None:
        """The whole slice on the screen."""
        if self._session.scan is not None:
            self._viewer.fit_to_view(layers=list(self._session.scan.pictures[:1]), margin=0.02)

    def centre_on(self, box_mm: tuple[tuple[float, float], ...]) -> None:
        """Show a part of the scan, large: (low, high) along z, y, x in napari's millimetres."""
        _, rows, columns = PLANES[self.plane]
        self._viewer.dims.set_point(range(3), [(low + high) / 2 for low, high in box_mm])
        middle = [(low + high) / 2 for low, high in (box_mm[rows], box_mm[columns])]
        self._viewer.scene.camera.center = (0.0, *middle)
        sides = [high - low for low, high in (box_mm[rows], box_mm[columns])]
        canvas = (self.canvas.height(), self.canvas.width())
        self._viewer.scene.camera.zoom = min(pixels / side for pixels, side in zip(canvas, sides, strict=True))

    def step(self, slices: int) -> None:
        """Go on by some slices."""
        self.slider.setValue(self.slider.value() + slices)

    def _other_scan(self) -> None:
        scan = self._session.scan
        for letter in self._letters:
            letter.setVisible(scan is not None)
        if scan is not None:
            self.show_plane(scan.display.plane)
            across = PLANES[self.plane][0]
            self.slider.setValue(scan.display.shown.shape[across] // 2)

    def _choose_slice(self, index: int) -> None:
        scan = self._session.scan
        if scan is not None:
            across = PLANES[self.plane][0]
            self._viewer.dims.set_point(across, scan.display.translate[across] + index * scan.display.scale[across])

    def _slice_moved(self, _event: object = None) -> None:
        scan = self._session.scan
        if scan is None:
            return
        across = PLANES[self.plane][0]
        index = scan.display.voxel_at(self._viewer.dims.point)[across]
        count = scan.display.shown.shape[across]
        self.slider.blockSignals(True)
        self.slider.setRange(0, count - 1)
        self.slider.setValue(index)
        self.slider.blockSignals(False)
        self.place.setText(f"slice {index + 1}/{count}   {signed(self._viewer.dims.point[across])} mm")

    # The mouse

    def _follow_mouse(self) -> None:
        viewer = self._viewer
        viewer.mouse_wheel_callbacks[:] = [self._wheel]
        viewer.mouse_drag_callbacks.append(self._window_level)
        viewer.mouse_drag_callbacks.append(self._hold_still)
        # napari looks up what is under the pointer on every move; here that waits until there is a moment for it.
        viewer.cursor.events.position.disconnect(viewer.update_status_from_cursor)
        viewer.cursor.events.position.connect(self._pointer_moved)
        self._pointing = QTimer(self, singleShot=True, interval=_POINTER_MS)
        self._pointing.timeout.connect(self._tell_pointer)
        self._turned = 0.0
        self._held = False

    def _wheel(self, viewer: ViewerModel, event: Any) -> None:
        """One notch, one slice; with Ctrl, nearer or farther."""
        event.handled = True  # else napari zooms
        if "Control" in event.modifiers:
            viewer.scene.camera.zoom *= 1.15 ** event.delta[1]
            return
        self._turned += event.delta[1]
        notches, self._turned = int(self._turned), self._turned - int(self._turned)
        self.step(notches)

    def _window_level(self, _viewer: ViewerModel, event: Any) -> Generator[None, None, None]:
        """Right button: across for contrast, up for darkness."""
        scan = self._session.scan
        if event.button != 2 or scan is None:
            return
        layer = next((each for each in scan.pictures if each.visible and not each.rgb), None)
        if layer is None:
            return
        low, high = layer.contrast_limits
        x, y = event.pos
        step = max(high - low, 1e-6) / 300
        tools, scan.mask.mouse_drag_callbacks[:] = (
            list(scan.mask.mouse_drag_callbacks),
            [],
        )  # napari paints with any button
        yield
        while event.type == "mouse_move":
            width = max((high - low) + (event.pos[0] - x) * step, step)
            level = (low + high) / 2 + (event.pos[1] - y) * step
            set_window(scan, (level - width / 2, level + width / 2))
            event.handled = True
            yield
        scan.mask.mouse_drag_callbacks[:] = tools

    def _hold_still(self, _viewer: ViewerModel, event: Any) -> Generator[None, None, None]:
        """Words wait until the button is let go: writing them would slow the stroke."""
        self._held = True
        yield
        while event.type == "mouse_move":
            yield
        self._held = False
        self._pointer_moved()

    def _pointer_moved(self, _event: object = None) -> None:
        if not self._held and not self._pointing.isActive():
            self._pointing.start()

    def _tell_pointer(self) -> None:
        scan = self._session.scan
        if scan is not None:
            over, position = self._viewer.mouse_over_canvas, self._viewer.cursor.position
            self.pointed.emit(describe_point(scan, position, self._session.classes) if over else "")

    # Letters over the picture

    def _letter(self) -> QLabel:
        made = label()
        made.setParent(self)
        made.setStyleSheet(
            "color: #d7dae0; font-size: 14px; font-weight: 600; "
            "background: rgba(0, 0, 0, 110); border-radius: 3px; padding: 0 3px;"
        )
        made.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        made.hide()
        return made

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The letters stay at the edges."""
        if watched is self.canvas and isinstance(event, QResizeEvent):
            self._place_letters()
        return super().eventFilter(watched, event)

    def _place_letters(self) -> None:
        width, height = self.canvas.width(), self.canvas.height()
        places = ((1.0, 0.5), (0.0, 0.5), (0.5, 0.0), (0.5, 1.0))
        for letter, text, (across, down) in zip(self._letters, _LETTERS[self.plane], places, strict=True):
            letter.setText(text)
            letter.adjustSize()
            letter.move(
                round(_EDGE + across * (width - 2 * _EDGE - letter.width())),
                round(_EDGE + down * (height - 2 * _EDGE - letter.height())),
            )
            letter.raise_()


def set_window(scan: Scan, window: tuple[float, float]) -> None:
    """Choose the darkest and brightest intensity of what is shown."""
    for layer in scan.pictures:
        if not layer.rgb:
            low, high = layer.contrast_limits_range
            layer.contrast_limits_range = (min(low, window[0]), max(high, window[1]))
            layer.contrast_limits = window


def describe_point(scan: Scan, position: tuple[float, ...], classes: tuple[LabelClass, ...]) -> str:
    """Where the pointer is in the patient, which voxel that is, and what is there; "" outside the scan."""
    voxel = scan.display.voxel_at(position)
    if not all(0 <= at < side for at, side in zip(voxel, scan.display.shown.shape, strict=True)):
        return ""
    world = scan.display.shown.to_world(np.array([voxel], float))[0]
    sides = (("L", "R"), ("P", "A"), ("S", "I"))
    where = "  ".join(f"{pair[int(mm < 0)]} {abs(mm):.1f}" for pair, mm in zip(sides, world, strict=True))
    picture = next((layer for layer in scan.pictures if layer.visible), scan.pictures[0])
    value = np.asarray(picture.data[voxel])
    unit = " HU" if scan.volume.modality == "CT" else ""
    number = " ".join(f"{each:.4g}" for each in value.ravel())
    z, y, x = (round(float(at)) for at in scan.display.source.to_index(world[None])[0])
    name = _name_at(int(scan.mask.data[voxel]), classes)
    return f"{where} mm  ·  voxel {x}, {y}, {z}  ·  {number}{unit}{name}"


def _name_at(value: int, classes: tuple[LabelClass, ...]) -> str:
    if value == 0:
        return ""
    return f"  ·  {next((each.name for each in classes if each.value == value), f'class {value}')}"


def signed(mm: float) -> str:
    """A coordinate with its sign, the minus a real one."""
    return f"{'−' if round(mm, 1) < 0 else ''}{abs(mm):.1f}"
