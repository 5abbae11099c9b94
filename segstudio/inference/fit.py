"""Whether a scan is of the kind that a model was made for; asked before anything heavy is done, so without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ModelError
from segstudio.imaging import Box, Geometry, Reorientation, Volume
from segstudio.networks import ModelSpec

CT_BELOW = -500.0
"""A scan with values as low as this is CT in HU: air is -1000 there, and other scans have nothing like it."""

_WIDE, _NARROW = 2.0, 0.5
"""A side this many times as long as in the scans a model was made for is another kind of scan."""


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
    if spec.modality != "MR" or volume.modality:
        return
    lowest = float(volume.image.min())
    if lowest <= CT_BELOW:
        raise ModelError(
            f"{spec.label} was made for MR, this scan has values down to {lowest:.0f} and looks like CT",
            hint="Choose a model made for CT.",
        )


def misfit(geometry: Geometry, spec: ModelSpec, box: Box | None = None) -> str:
    """Why waiting for this model may not be worth it: a scan, or box in it, of another extent than it knows; or ""."""
    if not all(spec.shows_mm):
        return ""
    turn = Reorientation.to(geometry, spec.orientation)
    seen = geometry if box is None else geometry.cropped(box)
    turned = turn.geometry(seen)
    extent, usual = np.array(turned.shape) * turned.spacing, np.array(spec.shows_mm)
    what, told = ("scan" if box is None else "box"), _in_mm(extent)
    if np.sum(extent > _WIDE * usual) >= 2:
        return (
            f"{spec.label} knows scans of about {_in_mm(usual)}, this {what} shows {told}: "
            "draw a box round what it is to find."
        )
    if np.any(extent < _NARROW * usual):
        return (
            f"{spec.label} knows scans of about {_in_mm(usual)}, this {what} shows {told}: "
            "what is cut off may be drawn wrong."
        )
    return ""


def fits(volume: Volume, spec: ModelSpec) -> bool:
    """Whether a model was made for scans of this kind and extent."""
    try:
        check_fit(volume, spec)
    except ModelError:
        return False
    return not misfit(volume.geometry, spec)


def _in_mm(extent: NDArray[np.float64]) -> str:
    """Sides along left, back and head, as people are told them."""
    return "×".join(f"{side:.0f}" for side in extent[::-1]) + " mm"
