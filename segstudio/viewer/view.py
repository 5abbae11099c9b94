"""How the scan is looked at: one state for all panes, which tools, columns and panes read and change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from segstudio.viewer.layers import MASK_OPACITY, PLANES, Display

if TYPE_CHECKING:
    from segstudio.viewer.tools.tool import Hand

Layout = Literal["four", "axial", "coronal", "sagittal", "3d"]
LAYOUTS: tuple[Layout, ...] = ("four", "axial", "coronal", "sagittal", "3d")
"""Which panes are seen: all, or one that fills the picture."""

Window = tuple[float, float]
"""Darkest and brightest intensity that is shown."""

_T = TypeVar("_T")


class _State(Generic[_T]):
    """A value that never changes in place; setting another one emits the signal that is named."""

    def __init__(self, start: _T, signal: str) -> None:
        self._start, self._signal = start, signal

    def __set_name__(self, owner: type[QObject], name: str) -> None:
        self._name = f"_state_{name}"

    @overload
    def __get__(self, view: None, owner: type[QObject]) -> _State[_T]: ...
    @overload
    def __get__(self, view: QObject, owner: type[QObject]) -> _T: ...
    def __get__(self, view: QObject | None, owner: type[QObject]) -> _T | _State[_T]:
        if view is None:
            return self
        value: _T = getattr(view, self._name, self._start)
        return value

    def __set__(self, view: QObject, value: _T) -> None:
        before = getattr(view, self._name, self._start)
        # Overlays are arrays: each one that is set is a new one.
        same = before is value if isinstance(value, np.ndarray) or isinstance(before, np.ndarray) else before == value
        if not same:
            setattr(view, self._name, value)
            getattr(view, self._signal).emit()


class View(QObject):
    """The looks of a session, the same in every pane. Setting an attribute redraws what shows it.

    Attributes
    ----------
    display
        The display grid of the scan that is open; None without a scan.
    point
        Where the crosshair is: display millimetres (z, y, x), as in `Display.position_of`.
    window
        Darkest and brightest intensity of the channel that is shown.
    channel
        Which channel of the scan is shown.
    hidden, only
        Classes that are not drawn; the one class that is drawn, or None for all.
    opacity, outline, mask_visible
        How the mask is drawn.
    inverted, flips
        Dark for bright; "h" and "v" turn every plane's left and right, top and bottom.
    crosshair
        Whether the panes draw it.
    chosen
        The class value that tools paint.
    layout
        Which panes are seen.
    hover
        Where the pointer is, or None when it is over no pane.
    preview
        What would become of the mask, drawn over it, as `foresight.Foreseen` says; None for none.
    scribbled
        Scribbles on the display grid, those of no class as the highest value; None for none.
    compared
        Differences on the display grid: 0 none, 1 added, 2 removed, 3 another class; None for none.
    """

    point_changed = Signal()
    window_changed = Signal()
    look_changed = Signal()
    chosen_changed = Signal()
    layout_changed = Signal()
    hovered = Signal()
    preview_changed = Signal()
    compared_changed = Signal()

    hidden = _State[frozenset[int]](frozenset(), "look_changed")
    only = _State[int | None](None, "look_changed")
    opacity = _State[float](MASK_OPACITY, "look_changed")
    outline = _State[bool](False, "look_changed")
    mask_visible = _State[bool](True, "look_changed")
    inverted = _State[bool](False, "look_changed")
    flips = _State[frozenset[str]](frozenset(), "look_changed")
    crosshair = _State[bool](True, "look_changed")
    chosen = _State[int](1, "chosen_changed")
    layout = _State[Layout]("four", "layout_changed")
    hover: _State[Hand | None] = _State(None, "hovered")
    preview = _State[NDArray[Any] | None](None, "preview_changed")
    scribbled = _State[NDArray[Any] | None](None, "preview_changed")
    compared = _State[NDArray[np.uint8] | None](None, "compared_changed")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.display: Display | None = None
        self._point = (0.0, 0.0, 0.0)
        self._channel = 0
        self._first: tuple[Window, ...] = ((0.0, 1.0),)
        self._windows = list(self._first)

    def begin(self, display: Display, windows: Sequence[Window], start: tuple[int, int, int] | None = None) -> None:
        """Look at another scan, at a voxel or its middle, each channel in a window of its own, nothing hidden."""
        self.display = display
        self._first, self._windows, self._channel = tuple(windows), list(windows), 0
        self.only, self.hidden, self.flips, self.inverted = None, frozenset(), frozenset(), False
        self.preview = self.scribbled = self.compared = self.hover = None
        self.point = display.position_of(start or [(side - 1) // 2 for side in display.shown.shape])
        self.window_changed.emit()

    def add_channels(self, windows: Sequence[Window]) -> None:
        """The scan that is looked at has more channels now."""
        self._first = (*self._first, *windows)
        self._windows.extend(windows)

    def end(self) -> None:
        """No scan is open any more."""
        self.display = self.preview = self.scribbled = self.compared = self.hover = None

    # Where

    @property
    def point(self) -> tuple[float, float, float]:
        """Where the crosshair is, in display millimetres; kept inside the scan, in the middle of a voxel."""
        return self._point

    @point.setter
    def point(self, point: Sequence[float]) -> None:
        if self.display is None:
            return
        nearest = zip(self.display.voxel_at(point), self.display.shown.shape, strict=True)
        inside = self.display.position_of([min(max(at, 0), side - 1) for at, side in nearest])
        if inside != self._point:
            self._point = inside
            self.point_changed.emit()

    @property
    def voxel(self) -> tuple[int, int, int]:
        """The voxel of the display grid (z, y, x) at the crosshair."""
        return (0, 0, 0) if self.display is None else self.display.voxel_at(self._point)

    @voxel.setter
    def voxel(self, voxel: Sequence[float] | NDArray[np.float64]) -> None:
        if self.display is not None:
            self.point = self.display.position_of(voxel)

    def step(self, plane: str, slices: int) -> None:
        """Go on by some slices of a plane; stays within the scan."""
        voxel = list(self.voxel)
        voxel[PLANES[plane][0]] += slices
        self.voxel = voxel

    # Contrast

    @property
    def channel(self) -> int:
        """Which channel of the scan is shown."""
        return self._channel

    @channel.setter
    def channel(self, channel: int) -> None:
        if channel != self._channel and 0 <= channel < len(self._windows):
            self._channel = channel
            self.look_changed.emit()
            self.window_changed.emit()

    @property
    def window(self) -> Window:
        """Darkest and brightest intensity of the channel that is shown."""
        return self._windows[self._channel]

    @window.setter
    def window(self, window: Window) -> None:
        low, high = float(window[0]), float(window[1])
        if high > low and (low, high) != self.window:
            self._windows[self._channel] = (low, high)
            self.window_changed.emit()

    def reset_window(self) -> None:
        """As the scan was first shown."""
        self.window = self._first[self._channel]

    # Classes

    def shows(self, value: int) -> bool:
        """Whether a class is drawn."""
        return value not in self.hidden and self.only in (None, value)
