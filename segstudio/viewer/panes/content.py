"""The open scan and its mask as layers of a napari viewer, over the session's own arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from segstudio.imaging import Box
from segstudio.viewer.layers import AXES, GREYS, colormap_of, pictures
from segstudio.viewer.panes.shown import Shown
from segstudio.viewer.scan import Scan

DIFFERENCES = {1: (94, 203, 139), 2: (255, 123, 114), 3: (230, 180, 80)}
"""Colours of what was added, what was removed, and what has another class now."""

_OVER_OPACITY = 0.6


class Content:
    """What a napari viewer shows of a session: the scan, its mask, and what would become of the mask.

    No voxel is copied, and napari writes none: the mask changes through the session's door alone. Nothing is followed
    by itself: who has the viewer says when, so that the pane under the hand is drawn before the others.

    Attributes
    ----------
    picture, mask
        Their layers, once there was something to show.
    scan
        The one that is shown.
    """

    def __init__(self, session: Shown, viewer: ViewerModel, *, contours: bool = True) -> None:
        """Show nothing yet.

        Parameters
        ----------
        contours
            Whether napari draws the mask's outlines, as coarse as voxels; else it draws none.
        """
        self._session, self._view, self._viewer = session, session.view, viewer
        self.picture: Image | None = None
        self.mask: Labels | None = None
        self._over: dict[str, Labels] = {}
        self.scan: Scan | None = None
        self._known: dict[str, Any] = {}
        self._changed = False
        self._contours = contours

    @property
    def layers(self) -> list[Image | Labels]:
        """All that is shown, the lowest first."""
        return [each for each in (self.picture, self.mask, *self._over.values()) if each is not None]

    def clear(self) -> None:
        """Take everything away."""
        for layer in self.layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self.picture, self.mask, self._over, self.scan, self._known = None, None, {}, None, {}

    def follow(self) -> bool:
        """Show the session as it is now; what has not changed costs nothing.

        Returns
        -------
        bool
            Whether anything has to be drawn again.
        """
        scan, before, self._changed = self._session.scan, self.scan, False
        self.scan = scan
        if scan is None:
            self._blank()
            return True
        if before is None or scan.mask is not before.mask:
            self._begin(scan)
        self._follow_picture(scan)
        self._follow_mask()
        self._follow_over(scan)
        return self._changed

    def _blank(self) -> None:
        """Show nothing and hold nothing; the layers stay, since napari takes half a second to remove one."""
        self._known = {}
        for layer in self.layers:
            layer.visible = False
            layer.data = np.zeros((1, 1, 1, 3) if getattr(layer, "rgb", False) else (1, 1, 1), np.uint8)

    def prepare(self, *, rgb: bool = False) -> None:
        """Make the layers, which show nothing yet: napari takes its time for that, and has it while a scan is read."""
        if self.picture is None:
            blank = np.zeros((1, 1, 1, 3) if rgb else (1, 1, 1), np.uint8)
            options = {"visible": False, "units": ("mm",) * 3, "axis_labels": AXES}
            self.picture = self._viewer.add_image(blank, name="scan", rgb=rgb, **({} if rgb else GREYS), **options)
            self.mask = self._viewer.add_labels(np.zeros((1, 1, 1), np.uint8), name="mask", **options)

    def _begin(self, scan: Scan) -> None:
        voxels = _voxels(scan, self._view.channel)
        if self.picture is not None and self.picture.rgb != (voxels.ndim == 4):
            self.clear()
            self.scan = scan
        self.prepare(rgb=voxels.ndim == 4)
        assert self.picture is not None
        assert self.mask is not None
        self._known = {"voxels": (scan.volume, self._view.channel), "visible": True}
        self._put(self.picture, voxels, scan)
        self._put(self.mask, scan.mask.labels, scan)
        self.mask.editable = False

    def _put(self, layer: Image | Labels, voxels: NDArray[Any], scan: Scan) -> None:
        self._changed = True
        layer.data = voxels
        layer.scale, layer.translate = scan.display.scale, scan.display.translate
        layer.metadata = scan.display.options["metadata"]
        layer.visible = True

    def touched(self, box: Box) -> bool:
        """Show what changed of the mask inside a box of the display grid; whether any of it is seen here."""
        mask, scan = self.mask, self.scan
        if mask is None or scan is None or not mask.visible:
            return False
        across, rows, columns = self._viewer.dims.order[-3:]
        index = scan.display.voxel_at(self._viewer.dims.point)[across]
        if not box[across].start <= index < box[across].stop:
            return False
        if mask.contour:
            mask.refresh(extent=False, thumbnail=False)
            return True
        part: list[Any] = [box[0], box[1], box[2]]
        part[across] = index
        seen = scan.mask.labels[tuple(part)]
        # napari's slice is a view of the same voxels: only the texture has to hear of it.
        mask.events.labels_update(data=seen if rows < columns else seen.T, offset=[box[rows].start, box[columns].start])
        return True

    def _new(self, what: str, value: Any) -> bool:
        """Whether this differs from what was shown last."""
        if what in self._known and self._known[what] == value:
            return False
        self._known[what] = value
        self._changed = True
        return True

    def _follow_picture(self, scan: Scan) -> None:
        picture, view = self.picture, self._view
        assert picture is not None
        if self._new("voxels", (scan.volume, view.channel)):
            picture.data = _voxels(scan, view.channel)
        if picture.rgb:
            return
        if self._new("window", view.window):
            low, high = picture.contrast_limits_range
            picture.contrast_limits_range = (min(low, view.window[0]), max(high, view.window[1]))
            picture.contrast_limits = view.window
        if self._new("inverted", view.inverted):
            picture.colormap = "gray_r" if view.inverted else "gray"

    def _follow_mask(self) -> None:
        mask, view = self.mask, self._view
        assert mask is not None
        if self._new("colors", (self._session.classes, view.hidden, view.only)):
            mask.colormap = self._colors()
        if self._new("visible", visible := view.mask_visible and (self._contours or not view.outline)):
            mask.visible = visible
        if self._new("opacity", view.opacity):
            mask.opacity = view.opacity
        if self._contours and self._new("outline", view.outline):
            mask.contour = int(view.outline)

    def _colors(self) -> DirectLabelColormap:
        return colormap_of(self._session.classes, hidden=self._view.hidden, only=self._view.only)

    def _preview_colors(self) -> DirectLabelColormap:
        """Those of the mask, but what no class names in white: scribbles of what is no class are seen on grey."""
        return DirectLabelColormap(color_dict={**self._colors().color_dict, None: np.ones(4)})

    def _follow_over(self, scan: Scan) -> None:
        for name, labels in (("preview", self._view.preview), ("difference", self._view.compared)):
            layer = self._over.get(name)
            if labels is None:
                if layer is not None and layer.visible:
                    layer.visible = False
                    layer.data = np.zeros((1, 1, 1), np.uint8)
                    self._changed = True
            elif layer is None:
                self._lay_over(scan, name, labels)
            elif layer.data is not labels:
                self._put(layer, labels, scan)
        if "preview" in self._over and self._new("preview colors", (self._session.classes, self._view.only)):
            self._over["preview"].colormap = self._colors()

    def _lay_over(self, scan: Scan, name: str, labels: NDArray[Any]) -> None:
        colors = self._preview_colors() if name == "preview" else _difference_colors()
        options = scan.display.options
        layer = self._viewer.add_labels(labels, name=name, colormap=colors, opacity=_OVER_OPACITY, **options)
        layer.editable = False
        self._over[name] = layer
        self._changed = True


def _voxels(scan: Scan, channel: int) -> NDArray[Any]:
    found = pictures(scan.volume)
    return found[min(channel, len(found) - 1)][1]


def _difference_colors() -> DirectLabelColormap:
    colors: dict[int | None, Any] = {None: np.zeros(4), 0: np.zeros(4)}
    colors |= {value: np.array([*color, 255]) / 255 for value, color in DIFFERENCES.items()}
    return DirectLabelColormap(color_dict=colors)
