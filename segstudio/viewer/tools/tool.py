"""The seam between panes and tools: a pane says where the hand is, the tool does something about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.limits import Limits
from segstudio.imaging import Box
from segstudio.viewer.layers import PLANES

if TYPE_CHECKING:
    from segstudio.viewer.correcting import Correcting
    from segstudio.viewer.scan import Scan

Line = tuple[str, int, NDArray[np.float64]]
"""A plane, the slice of it, and points, shape (n, 2), in voxels of the display grid: rows, columns."""


@dataclass(frozen=True, eq=False)
class Hand:
    """Where the hand is.

    Parameters
    ----------
    plane
        "axial", "coronal" or "sagittal".
    at
        Voxels of the display grid (z, y, x); across the plane it is the slice that is shown.
    """

    plane: str
    at: tuple[float, float, float]
    shift: bool = False
    ctrl: bool = False

    @property
    def axes(self) -> tuple[int, int, int]:
        """Display axes of the plane: across, rows, columns."""
        return PLANES[self.plane]

    @property
    def index(self) -> int:
        """The slice that is shown."""
        return round(self.at[self.axes[0]])

    @property
    def slice(self) -> tuple[int, int]:
        """Axis across the plane, and the slice that is shown."""
        return self.axes[0], self.index

    @property
    def voxel(self) -> tuple[int, int, int]:
        """The nearest voxel; may lie outside the scan."""
        z, y, x = (int(np.floor(each + 0.5)) for each in self.at)
        return z, y, x

    @property
    def on_plane(self) -> tuple[float, float]:
        """Row and column, in voxels."""
        _, rows, columns = self.axes
        return self.at[rows], self.at[columns]


@dataclass(frozen=True)
class ToolOptions:
    """What the hand has set for the tools; one for all, so that brush and eraser are of one size.

    Parameters
    ----------
    size_mm
        Diameter of brush and eraser.
    ball
        Brush and eraser reach into the slices beside.
    window
        Paint only where the intensity lies in it, ends included; None is everywhere.
    over
        Paint only over these classes (0 is where no class is); None is over any.
    cut
        Outlines take away instead of filling.
    deep
        Fill reaches through all slices.
    into
        Class that a part that is cut off becomes; 0 removes it.
    through
        A cut goes through all slices.
    """

    size_mm: float = 8.0
    ball: bool = False
    window: tuple[float, float] | None = None
    over: frozenset[int] | None = None
    cut: bool = False
    deep: bool = False
    into: int = 0
    through: bool = True


class Tool:
    """What the left button does on a plane; this one does nothing.

    Attributes
    ----------
    name
        Of the command that takes it.
    uses
        Names of the options that it heeds, in the order in which the column lists them.
    held
        What keys do that are held while it is used, in a few words.
    """

    name = ""
    uses: tuple[str, ...] = ()
    held = ""

    def __init__(self, session: Correcting) -> None:
        self._session = session

    @property
    def options(self) -> ToolOptions:
        """As they are set now."""
        return self._session.tools.options

    @property
    def radius_mm(self) -> float | None:
        """Of the outline that panes draw round the pointer; None is a cross."""
        return None

    @property
    def ball(self) -> bool:
        """Whether it cuts the other planes as well."""
        return False

    @property
    def busy(self) -> bool:
        """Whether the hand is in the middle of something that is one step."""
        return False

    def press(self, hand: Hand) -> None:
        """The button goes down."""

    def move(self, hand: Hand) -> None:
        """The hand moves with the button down."""

    def release(self, hand: Hand) -> None:
        """The button comes up."""

    def hover(self, hand: Hand) -> None:
        """The hand moves without a button."""

    def double_click(self, hand: Hand) -> None:
        """Twice on one spot."""

    def key_escape(self) -> None:
        """Give up what was begun; the mask is as before."""

    def put_down(self) -> None:
        """Another tool is taken."""

    def forget(self) -> None:
        """Another scan is open."""
        self.put_down()

    def lines(self) -> list[Line]:
        """What it would do, as lines for the panes to draw."""
        return []

    @property
    def words(self) -> str:
        """What is said at the end of its first line; "" for nothing."""
        return ""

    def _allowed(self, scan: Scan, box: Box, where: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """What of a shape may be painted, as the options say."""
        options = self.options
        if options.window is None and options.over is None:
            return where
        limits = Limits(options.window, options.over)
        return limits.allow(where, box, scan.picture(self._session.view.channel), scan.mask.labels)

    def _draw(self) -> None:
        self._session.tools.preview_changed.emit()


def on_grid(voxel: tuple[int, int, int], shape: tuple[int, ...]) -> bool:
    """Whether a voxel lies in the scan."""
    return all(0 <= at < side for at, side in zip(voxel, shape, strict=True))


def slab(axis: int, index: int, shape: tuple[int, ...]) -> Box:
    """One slice, as a box."""
    sides: list[slice] = [slice(0, side) for side in shape]
    sides[axis] = slice(index, index + 1)
    return sides[0], sides[1], sides[2]
