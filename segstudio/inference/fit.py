"""Whether a scan is of the kind that a model was made for; asked before anything heavy is done, so without torch."""

from __future__ import annotations

from segstudio.errors import ModelError
from segstudio.imaging import Volume
from segstudio.networks import ModelSpec

CT_BELOW = -500.0
"""A scan with values as low as this is CT in HU: air is -1000 there, and other scans have nothing like it."""


def check_fit(volume: Volume, spec: ModelSpec) -> None:
    """Raise `ModelError` if the scan is of another kind than the model was made for."""
    channels = volume.image.shape[0]
    if channels != len(spec.channels):
        wanted = ", ".join(name or f"channel {i}" for i, name in enumerate(spec.channels, 1))
        raise ModelError(
            f"{spec.label} works on {len(spec.channels)} channel(s) ({wanted}), this scan has {channels}",
            hint="Choose a model made for this kind of scan, or open the matching series.",
        )
    if volume.modality and spec.modality and volume.modality != spec.modality:
        raise ModelError(
            f"{spec.label} was made for {spec.modality}, this scan is {volume.modality}",
            hint="Choose a model made for this kind of scan.",
        )
    lowest = float(volume.image.min())
    if spec.modality == "MR" and not volume.modality and lowest <= CT_BELOW:
        raise ModelError(
            f"{spec.label} was made for MR, this scan has values down to {lowest:.0f} and looks like CT",
            hint="Choose a model made for CT.",
        )
