"""Ranges of intensity that have a name: in HU for CT, in percentiles for everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.viewer.scan import Scan

_SAMPLES = 200_000


@dataclass(frozen=True)
class Preset:
    """A range to show.

    Parameters
    ----------
    width, level
        In HU; or 0 where the range is in percentiles.
    percent
        Percentiles of the intensities that are not background.
    """

    name: str
    width: float = 0.0
    level: float = 0.0
    percent: tuple[float, float] = (0.0, 100.0)

    def told(self, unit: str) -> str:
        """Name and range, as in a menu; `unit` is "HU", or "" where nobody has said that the scan is a CT."""
        if self.width:
            return f"{self.name}  {self.width:g} / {self.level:g} {unit}".rstrip().replace("-", "−")
        return f"{self.name}  {self.percent[0]:g} to {self.percent[1]:g} %"

    def of(self, picture: NDArray[Any]) -> tuple[float, float]:
        """Darkest and brightest intensity of a picture, shape (z, y, x), in this range."""
        if self.width:
            return self.level - self.width / 2, self.level + self.width / 2
        step = max(1, round((picture.size / _SAMPLES) ** (1 / 3)))
        sample = picture[::step, ::step, ::step].astype(np.float64).ravel()
        sample = sample[np.isfinite(sample)]
        inside = sample[sample > sample.min()] if sample.size else sample
        if not inside.size:
            return 0.0, 1.0
        low, high = (float(edge) for edge in np.percentile(inside, self.percent))
        return (low, high) if high > low else (low, low + 1.0)


CT = (
    Preset("Soft tissue", 400, 40),
    Preset("Lung", 1500, -600),
    Preset("Bone", 1800, 400),
    Preset("Brain", 80, 40),
    Preset("Liver", 150, 60),
    Preset("Angio", 600, 300),
)
OTHER = (
    Preset("Usual", percent=(0.5, 99.5)),
    Preset("Everything", percent=(0, 100)),
    Preset("Soft", percent=(0.1, 99.99)),
    Preset("Hard", percent=(10, 90)),
    Preset("Dark parts", percent=(0, 60)),
    Preset("Bright parts", percent=(50, 100)),
)


def presets_of(scan: Scan | None) -> tuple[Preset, ...]:
    """The presets for a scan, first the one with key 1; none for colours or without a scan."""
    if scan is None or scan.is_color:
        return ()
    return CT if is_ct(scan) else OTHER


def is_ct(scan: Scan) -> bool:
    """Whether they are likely HU: the file or the reader says so, or nothing else and they reach far below zero."""
    return scan.volume.modality == "CT" or (not scan.volume.modality and scan.windows[0][0] < 0)
