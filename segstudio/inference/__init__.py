"""Labels from a scan and a model. What comes out is described here; the work is in `predict`, which needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segstudio.imaging import Box, LabelMap


@dataclass(frozen=True)
class DoubtPlace:
    """Somewhere a model was not sure.

    Parameters
    ----------
    box, voxel
        On the scan's own grid (z, y, x).
    value
        The class that it was least sure of there.
    ml
        How much of the place is in doubt.
    """

    box: Box
    voxel: tuple[int, int, int]
    value: int
    ml: float


@dataclass(frozen=True)
class Doubt:
    """How unsure a model was of what it drew.

    Parameters
    ----------
    classes
        By class value, from 0 (sure) to 1: one minus the Dice that the model's own probabilities let expect.
    places
        The largest first, at most a few dozen.
    """

    classes: Mapping[int, float]
    places: tuple[DoubtPlace, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        rows = [
            [[[side.start, side.stop] for side in each.box], list(each.voxel), each.value, round(each.ml, 4)]
            for each in self.places
        ]
        return {"classes": {str(value): round(doubt, 4) for value, doubt in self.classes.items()}, "places": rows}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Doubt:
        """From `to_json`'s data."""
        places = []
        for sides, (z, y, x), value, ml in plain["places"]:
            deep, high, wide = (slice(start, stop) for start, stop in sides)
            places.append(DoubtPlace((deep, high, wide), (z, y, x), value, ml))
        return cls({int(value): doubt for value, doubt in plain["classes"].items()}, tuple(places))


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model drew.

    Parameters
    ----------
    labels
        On the scan's own grid, in the scan's own orientation; background outside the box.
    box
        Where the model looked, or None for the whole scan.
    seconds
        From the scan in memory to the labels in memory.
    device
        What it ran on, in words: "CPU (bf16)".
    notes
        What the person should know: a fallback for want of memory, say.
    doubt
        How unsure the model was, where that was asked.
    kept
        False where what was drawn cannot be what the model was made for: then all is background, and a note says why.
    """

    labels: LabelMap
    box: Box | None
    seconds: float
    device: str
    notes: tuple[str, ...] = ()
    doubt: Doubt | None = None
    kept: bool = True


__all__ = ["Doubt", "DoubtPlace", "Prediction"]
