"""The open scan and its mask as layers of a napari viewer, over the session's own arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from segstudio.imaging import Box
from segstudio.viewer.foresight import removed_in
from segstudio.viewer.layers import AXES, GREYS, colormap_of, pictures
from segstudio.viewer.panes.shown import Shown
from segstudio.viewer.scan import Scan

DIFFERENCES = {1: (94, 203, 139), 2: (255, 123, 114), 3: (160, 80, 255)}
"""Colours of what was added, what was removed, and what has another class now; no class's own comes near the last."""

_REMOVED = (255, 60, 60, 255), (255, 60, 60, 100)
"""Stripes over what would be removed, and between them."""

_LIGHT = 0.35
"""Of white, in the colour of a class that would be drawn."""

_OVER_OPACITY = {"preview": 0.8, "scribbles": 0.6, "difference": 0.75}


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
        self._pictures: dict[bool, Image] = {}
        self._over: dict[str, Labels] = {}
        self.scan: Scan | None = None
        self._known: dict[str, Any] = {}
        self._changed = False
        self._contours = contours

    @property
    def layers(self) -> list[Image | Labels]:
        """All that was made, the lowest first."""
        return [*self._pictures.values(), *([] if self.mask is None else [self.mask]), *self._over.values()]

    def clear(self) -> None:
        """Take everything away."""
        for layer in self.layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self.picture, self.mask, self._pictures, self._over, self.scan, self._known = None, None, {}, {}, None, {}

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
        if self.picture is None or self.mask is None:  # napari tells of the one before the other is made
            return False
        self._follow_picture(scan)
        self._follow_mask()
        self._follow_over(scan)
        return self._changed

    def _blank(self) -> None:
        """Show nothing and hold nothing; the layers stay, since napari takes half a second to remove one."""
        self._known = {}
        for layer in self.layers:
            _empty(layer)

    def prepare(self, *, rgb: bool = False) -> bool:
        """Make one of the layers, which shows nothing yet, where one is missing; whether one was.

        napari takes its time for each, so that one at a time is enough for a window that has to answer.
        """
        options = {"visible": False, "units": ("mm",) * 3, "axis_labels": AXES}
        if rgb not in self._pictures:
            looks = {"rgb": True} if rgb else {"rgb": False, **GREYS}
            self._pictures[rgb] = self.picture = Image(_nothing(rgb), name="scan", **looks, **options)
            self._viewer.layers.insert(0, self.picture)
        elif self.mask is None:
            self.mask = self._viewer.add_labels(_nothing(), name="mask", **options)
        else:
            return False
        return True

    def _begin(self, scan: Scan) -> None:
        voxels = _voxels(scan, self._view.channel)
        rgb = voxels.ndim == 4
        while self.prepare(rgb=rgb):
            pass
        for other in (each for each in self._pictures if each != rgb):
            _empty(self._pictures[other])
        self.picture = self._pictures[rgb]
        assert self.picture is not None
        assert self.mask is not None
        self._known = {"voxels": (scan.volume, self._view.channel), "visible": True}
        self._put(self.picture, voxels, scan)
        self._put(self.mask, scan.mask.labels, scan)
        self.mask.editable = False

    def _put(self, layer: Image | Labels, voxels: NDArray[Any], scan: Scan) -> None:
        self._changed = True
        layer.visible = False  # nothing is drawn before all is set; napari learns from the scale that the data is new
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

    def _over_colors(self, name: str, labels: NDArray[Any]) -> DirectLabelColormap:
        """Of scribbles those of the mask, of what would become of it lighter ones; white for what no class names."""
        if name == "difference":
            return _difference_colors()
        colors = {**self._colors().color_dict, None: np.ones(4)}
        if name == "preview":
            colors = {value: _lighter(color) for value, color in colors.items()}
            colors |= {value: np.array(_REMOVED[at]) / 255 for at, value in enumerate(removed_in(labels))}
        return DirectLabelColormap(color_dict=colors)

    def _follow_over(self, scan: Scan) -> None:
        over = {"preview": self._view.preview, "scribbles": self._view.scribbled, "difference": self._view.compared}
        for name, labels in over.items():
            layer = self._over.get(name)
            if labels is None:
                if layer is not None and layer.visible:
                    _empty(layer)
                    self._changed = True
            elif layer is None:
                self._lay_over(scan, name, labels)
            else:
                if layer.data is not labels:
                    self._put(layer, labels, scan)
                looks = (self._session.classes, self._view.hidden, self._view.only, labels.dtype)
                if self._new(f"{name} colors", looks):
                    layer.colormap = self._over_colors(name, labels)

    def _lay_over(self, scan: Scan, name: str, labels: NDArray[Any]) -> None:
        options = scan.display.options | {"opacity": _OVER_OPACITY[name], "colormap": self._over_colors(name, labels)}
        layer = self._viewer.add_labels(labels, name=name, **options)
        if name == "preview" and "scribbles" in self._over:
            self._viewer.layers.move(len(self._viewer.layers) - 1, self._viewer.layers.index(self._over["scribbles"]))
        layer.editable = False
        self._over[name] = layer
        self._changed = True


def _nothing(rgb: bool = False) -> NDArray[np.uint8]:
    return np.zeros((1, 1, 1, 3) if rgb else (1, 1, 1), np.uint8)


def _empty(layer: Image | Labels) -> None:
    """Have a layer show nothing and hold nothing."""
    nothing = _nothing(getattr(layer, "rgb", False))
    if layer.visible:
        layer.visible = False
    if layer.data.shape != nothing.shape:
        layer.data = nothing


def _voxels(scan: Scan, channel: int) -> NDArray[Any]:
    found = pictures(scan.volume)
    return found[min(channel, len(found) - 1)][1]


def _lighter(color: NDArray[Any] | tuple[float, ...]) -> NDArray[np.float64]:
    """A colour with some white in it; what is not drawn stays so."""
    red, green, blue, alpha = np.asarray(color, float)
    return np.array([*((1 - _LIGHT) * np.array([red, green, blue]) + _LIGHT), alpha])


def _difference_colors() -> DirectLabelColormap:
    colors: dict[int | None, Any] = {None: np.zeros(4), 0: np.zeros(4)}
    colors |= {value: np.array([*color, 255]) / 255 for value, color in DIFFERENCES.items()}
    return DirectLabelColormap(color_dict=colors)
