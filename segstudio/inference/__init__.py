"""Labels from a scan and a model. What comes out is described here; the work is in `predict`, which needs torch."""

from __future__ import annotations

from dataclasses import dataclass

from segstudio.imaging import Box, LabelMap


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
    """

    labels: LabelMap
    box: Box | None
    seconds: float
    device: str
    notes: tuple[str, ...] = ()


__all__ = ["Prediction"]
