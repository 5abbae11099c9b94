"""The open scan and its mask as layers of a napari viewer, over the session's own arrays."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from segstudio.editing import Mask
from segstudio.imaging import Box, unnamed_values
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

_HIDDEN: dict[str, Any] = {"visible": False, "units": ("mm",) * 3, "axis_labels": AXES}
_OVER_OPACITY = {"preview": 0.8, "scribbles": 0.6, "difference": 0.75}


class Content:
    """What a napari viewer shows of a session: the scan, its mask, and what would become of the mask.

    No voxel is copied, and napari writes none: the mask changes through the session's door alone. Nothing is followed
    by itself: who has the viewer says when, so that the pane under the hand is drawn before the others. napari takes
    its time for each layer: a window that has to answer makes one part of them in a turn of its event loop
    (`approach`), until there is none left, and only then has the content follow.

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
        self._joining = False
        self._laid: dict[str, Mask] = {}
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
        self.picture, self.mask, self._pictures, self._over, self.scan = None, None, {}, {}, None
        self._known, self._laid = {}, {}

    @property
    def holds(self) -> bool:
        """Whether any layer holds a scan, shown or about to be shown."""
        return self.scan is not None or bool(self._laid)

    @property
    def lacks(self) -> bool:
        """Whether something is to be laid over the scan whose layer is yet to be made."""
        return self._joining or any(
            self._overlaid(name) is not None and name not in self._over for name in _OVER_OPACITY
        )

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
        self._follow_mask(scan)
        self._follow_over(scan)
        return self._changed

    def _blank(self) -> None:
        """Show nothing and hold nothing; the layers stay, since napari takes half a second to remove one."""
        self._known, self._laid = {}, {}
        for layer in self.layers:
            _empty(layer)

    def prepare(self, *, rgb: bool = False) -> bool:
        """Make a part of the layers that any scan needs, which show nothing yet; whether one was missing."""
        if self._joining:
            self._joined()
        elif rgb not in self._pictures:
            looks = {"rgb": True} if rgb else {"rgb": False, **GREYS}
            self._pictures[rgb] = self.picture = Image(_nothing(rgb), name="scan", **looks, **_HIDDEN)
            self._viewer.layers.insert(0, self.picture)
        elif self.mask is None:
            self.mask = self._join("mask")
        else:
            return False
        return True

    def approach(self) -> bool:
        """Do a part of what has to be done before the session as it is now can be followed; whether any was left."""
        scan = self._session.scan
        if scan is None:
            return False
        if self.prepare(rgb=scan.is_color):
            return True
        if self._laid.get("picture") is not scan.mask:
            self._laid["picture"] = scan.mask
            self._put(self._pictures[scan.is_color], _voxels(scan, self._view.channel), scan)
            return True
        if self._shows_mask and self._laid.get("mask") is not scan.mask:
            self._lay_mask(scan)
            return True
        for name in _OVER_OPACITY:
            if name not in self._over and self._overlaid(name) is not None:
                self._over[name] = self._join(name, opacity=_OVER_OPACITY[name])
                return True
        return False

    def _join(self, name: str, **options: Any) -> Labels:
        """Add labels that show nothing yet; in panes the visuals of napari's own tools, half of the work, `_joined`."""
        layer = Labels(_nothing(), name=name, **options, **_HIDDEN)
        at = (
            self._viewer.layers.index(self._over["scribbles"])
            if name == "preview" and "scribbles" in self._over
            else None
        )
        if not self._contours:
            self._viewer.layers.events.begin_batch()
            self._joining = True
        self._viewer.layers.insert(len(self._viewer.layers) if at is None else at, layer)
        return layer

    def _joined(self) -> None:
        self._joining = False
        gc.freeze()  # napari looks for garbage now: among all that came since the last time it would take as long again
        self._viewer.layers.events.end_batch()

    def _begin(self, scan: Scan) -> None:
        while self.approach():
            pass
        for other in (each for each in self._pictures if each != scan.is_color):
            _empty(self._pictures[other])
        if self.mask is not None and self._laid.get("mask") is not scan.mask:
            _empty(self.mask)
        self.picture = self._pictures[scan.is_color]
        self._known["voxels"] = (scan.volume, self._view.channel)
        self._changed = True

    def _lay_mask(self, scan: Scan) -> None:
        """Only where it is seen: outlines need no layer."""
        assert self.mask is not None
        self._laid["mask"] = scan.mask
        self._put(self.mask, scan.mask.labels, scan)

    def _put(self, layer: Image | Labels, voxels: NDArray[Any], scan: Scan) -> None:
        """Have a layer show voxels; napari cuts them once, at the end, and is told once that they are others."""
        self._changed, seen, events = True, layer.visible, layer.events
        with events.visible.blocker(), events.scale.blocker(), events.translate.blocker():
            layer.visible = False
            layer.scale, layer.translate = scan.display.scale, scan.display.translate
        layer.data = voxels
        layer.metadata = scan.display.options["metadata"]
        across = self._viewer.dims.order[-3]
        self._viewer.dims.set_point(across, self._view.point[across])
        with events.visible.blocker() if seen else nullcontext():
            layer.visible = True
        layer.editable = False  # which napari takes back whenever a layer is seen

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
            (low, high), (darkest, brightest) = picture.contrast_limits_range, view.window
            if darkest < low or brightest > high:
                picture.contrast_limits_range = (min(low, darkest), max(high, brightest))
            picture.contrast_limits = view.window
        if self._new("inverted", view.inverted):
            picture.colormap = "gray_r" if view.inverted else "gray"

    @property
    def _shows_mask(self) -> bool:
        """Whether the mask is seen as a layer; where napari draws no outlines, these are not."""
        return self._view.mask_visible and (self._contours or not self._view.outline)

    def _follow_mask(self, scan: Scan) -> None:
        mask, view = self.mask, self._view
        assert mask is not None
        if mask.visible and not self._shows_mask:
            mask.visible, self._changed = False, True
        if not self._shows_mask:
            return
        if self._laid.get("mask") is not scan.mask:
            self._lay_mask(scan)
        elif not mask.visible:
            mask.visible, self._changed = True, True
        if self._new("colors", self._looks):
            mask.colormap = self._colors()
        if self._new("opacity", view.opacity):
            mask.opacity = view.opacity
        if self._contours and self._new("outline", view.outline):
            mask.contour = int(view.outline)

    @property
    def _looks(self) -> tuple[Any, ...]:
        """All that the colours of classes come from."""
        unnamed = unnamed_values(self._session.classes, self.scan.mask.counts) if self.scan is not None else ()
        return self._session.classes, unnamed, self._view.hidden, self._view.only

    def _colors(self) -> DirectLabelColormap:
        classes, unnamed, hidden, only = self._looks
        return colormap_of(classes, unnamed, hidden=hidden, only=only)

    def _over_colors(self, name: str, labels: NDArray[Any]) -> DirectLabelColormap:
        """Of scribbles those of the mask, of what would become of it lighter ones; white for what no class names."""
        if name == "difference":
            return _difference_colors()
        colors = {**self._colors().color_dict, None: np.ones(4)}
        if name == "preview":
            colors = {value: _lighter(color) for value, color in colors.items()}
            colors |= {value: np.array(_REMOVED[at]) / 255 for at, value in enumerate(removed_in(labels))}
        return DirectLabelColormap(color_dict=colors)

    def _overlaid(self, name: str) -> NDArray[Any] | None:
        """What is to be laid over the scan under this name."""
        view = self._view
        return {"preview": view.preview, "scribbles": view.scribbled, "difference": view.compared}[name]

    def _follow_over(self, scan: Scan) -> None:
        """What is laid over the scan, as far as its layers are made."""
        for name, layer in self._over.items():
            labels = self._overlaid(name)
            if labels is None:
                if layer.visible:
                    _empty(layer)
                    self._changed = True
                continue
            if layer.data is not labels:
                self._put(layer, labels, scan)
            if self._new(f"{name} colors", (*self._looks, labels.dtype)):
                layer.colormap = self._over_colors(name, labels)


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
