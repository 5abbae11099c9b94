"""The scan that is open, as the window's parts share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing import Mask
from segstudio.imaging import LabelClass, LabelMap, Volume
from segstudio.imaging.dicom import chosen
from segstudio.viewer.layers import RGB, Display, digits_of, window_of


@dataclass(frozen=True, eq=False)
class Scan:
    """What is open.

    Parameters
    ----------
    path
        The file or folder it was read from.
    mask
        Being corrected, on the display grid; its voxels are a view onto the scan's own grid.
    windows
        Darkest and brightest intensity to begin with, for each channel.
    digits
        Decimals that tell intensities apart, for each channel: 0 for whole numbers.
    said
        What made it, as the reader says where the file does not: "CT", "MR", or "".
    title
        What it is called where its file has no name that a person knows; "" elsewhere.
    start
        Voxel of the display grid to look at first; None is the middle.
    alone
        Who works on it without seeing what others have drawn; "" is everybody.
    """

    path: Path
    volume: Volume
    display: Display
    mask: Mask
    windows: tuple[tuple[float, float], ...]
    digits: tuple[int, ...]
    said: str = ""
    title: str = ""
    start: tuple[int, int, int] | None = None
    alone: str = ""

    @property
    def name(self) -> str:
        """What the reader calls it: its title, or the file, or of DICOM the description of the series."""
        if self.title:
            return self.title
        said = self.volume.source.title if self.volume.source is not None else ""
        return said or chosen(self.path).path.name

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Millimetres from voxel to voxel along the display axes."""
        return self.display.scale

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return self.volume.geometry.voxel_ml

    @property
    def is_color(self) -> bool:
        """Whether the channels are the colours of one picture."""
        return tuple(each.lower() for each in self.volume.channels) in RGB

    def picture(self, channel: int = 0) -> NDArray[Any]:
        """Intensities of a channel on the display grid: a view, shape (z, y, x); of a colour picture its green."""
        channel = 1 if self.is_color else min(channel, len(self.volume.channels) - 1)
        return self.display.turn.apply(self.volume.image[channel])

    def labels(self, classes: Sequence[LabelClass]) -> LabelMap:
        """A copy of the mask on the scan's own grid, which later strokes do not reach."""
        labels = self.display.turn.undo(self.mask.labels).copy(order="C")
        return LabelMap(labels, self.volume.geometry, tuple(classes))

    @property
    def is_unnamed(self) -> bool:
        """Whether the file does not say what made it."""
        return self.said != "" or not self.volume.modality

    def made_by(self, said: str) -> Scan:
        """The same with what the reader says made it."""
        return replace(self, volume=replace(self.volume, modality=said), said=said)

    def in_words(self, intensity: float, channel: int = 0) -> str:
        """An intensity with as many decimals as tell something, the minus a real one."""
        return f"{intensity:.{self.decimals(channel)}f}".replace("-", "−")

    def decimals(self, channel: int = 0) -> int:
        """How many tell intensities of a channel apart."""
        return self.digits[min(channel, len(self.digits) - 1)]

    def at(self, frame: int) -> Scan:
        """The same with another time point shown."""
        return replace(self, volume=self.volume.at(frame))


def scan_of(path: Path, volume: Volume, mask: Mask) -> Scan:
    """A scan with a mask on its display grid, ready to be shown."""
    display = Display.of(volume.geometry)
    pictures = [display.turn.apply(channel) for channel in volume.image]
    windows = tuple(window_of(picture, volume.modality) for picture in pictures)
    return Scan(path, volume, display, mask, windows, tuple(digits_of(picture) for picture in pictures))


def mask_of(labels: LabelMap) -> Mask:
    """A mask on the display grid that begins as a copy of these labels."""
    display = Display.of(labels.geometry)
    return Mask(display.turn.apply(labels.labels.copy()), display.scale)


def empty_mask(volume: Volume, classes: Sequence[LabelClass]) -> Mask:
    """A mask on the display grid in which nothing is drawn, wide enough for the classes."""
    display = Display.of(volume.geometry)
    largest = max((each.value for each in classes), default=0)
    labels = np.zeros(volume.geometry.shape, np.uint8 if largest <= 255 else np.uint16)
    return Mask(display.turn.apply(labels), display.scale)
