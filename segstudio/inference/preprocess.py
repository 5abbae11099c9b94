"""From a scan to what a network sees: its orientation, spacing and intensities. Training and prediction share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segstudio.errors import ModelError
from segstudio.imaging import Geometry, Reorientation, Shape, Volume, require_finite
from segstudio.inference.fit import CT_BELOW, check_fit
from segstudio.networks import ModelSpec, Normalisation

_SAMPLE = 200_000
"""Voxels from which intensity statistics are taken; more change no digit that matters."""


@dataclass(frozen=True)
class Grid:
    """How the network's grid lies to the scan's: an orientation, then another number of voxels over the same extent."""

    turn: Reorientation
    native: Shape
    """The scan's shape in the network's orientation."""
    shape: Shape
    """The network's own shape."""

    @classmethod
    def of(cls, geometry: Geometry, spec: ModelSpec) -> Grid:
        """The network's grid over a scan's."""
        turn = Reorientation.to(geometry, spec.orientation)
        turned = turn.geometry(geometry)
        sides = np.maximum(1, np.rint(np.array(turned.shape) * turned.spacing / np.array(spec.spacing))).astype(int)
        return cls(turn, turned.shape, (int(sides[0]), int(sides[1]), int(sides[2])))


def prepare(volume: Volume, spec: ModelSpec, device: torch.device | None = None) -> tuple[Tensor, Grid]:
    """The chosen frame as the network sees it: float32, shape (channel, z, y, x), and how to get back.

    Raises
    ------
    ModelError
        Another number of channels, or another modality, than the model was made for.
    ImageError
        Voxels that are NaN or infinite.
    """
    check_fit(volume, spec)
    require_finite(volume.image, volume.source.path.name if volume.source else "the scan")
    grid = Grid.of(volume.geometry, spec)
    turned = np.ascontiguousarray(grid.turn.apply(volume.image), dtype=np.float32)
    image = resample(torch.from_numpy(turned).to(device), grid.shape)
    return torch.stack([normalise(channel, spec.normalisation) for channel in image]), grid


def brightness(volume: Volume, spec: ModelSpec, grid: Grid, device: torch.device | None = None) -> Tensor:
    """The first channel on the scan's own grid, turned as the network's, from 0 to 1: float32, shape (z, y, x)."""
    turned = np.ascontiguousarray(grid.turn.apply(volume.image)[0], dtype=np.float32)
    how = spec.normalisation if spec.normalisation.kind == "any" else Normalisation("percentile")
    return normalise(torch.from_numpy(turned).to(device), how)


def prepare_labels(labels: NDArray[Any], grid: Grid) -> NDArray[np.uint8]:
    """Class indices or flags, shape (z, y, x) on the scan's grid, brought to the network's by the nearest voxel."""
    turned = grid.turn.apply(labels)
    for axis, (old, new) in enumerate(zip(grid.native, grid.shape, strict=True)):
        if old != new:
            nearest = np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1)
            turned = turned.take(nearest, axis=axis)
    return np.ascontiguousarray(turned, dtype=np.uint8)


def resample(image: Tensor, shape: Shape) -> Tensor:
    """Linear interpolation of (channel, z, y, x) to another number of voxels over the same extent.

    Along an axis that loses half its voxels or more they are averaged instead: thin structures are thinned, not lost.
    """
    sides = zip(image.shape[1:], shape, strict=True)
    z, y, x = (new if old >= 2 * new else old for old, new in sides)
    image = _interpolate(image, (z, y, x), "area")
    return _interpolate(image, shape, "trilinear")


def normalise(image: Tensor, how: Normalisation) -> Tensor:
    """Intensities of one channel, shape (z, y, x), as the network expects them.

    Raises
    ------
    ModelError
        The model wants a way that is not known here.
    """
    if how.kind == "any" and float(image.min()) <= CT_BELOW:
        image = image.clamp(how.low, how.high)
    if how.kind == "ct":
        return (image.clamp(how.low, how.high) - how.mean) / max(how.std, 1e-6)
    sample = foreground(image)
    low, high = quantiles(sample, (0.005, 0.995))
    if how.kind in ("percentile", "any"):
        return (image.clamp(low, high) - low) / max(high - low, 1e-6)
    if how.kind == "zscore":
        sample = sample.clamp(low, high)
        return (image.clamp(low, high) - sample.mean()) / sample.std().clamp_min(1e-6)
    raise ModelError(f"normalisation {how.kind!r} is unknown", hint="Update SegStudio.")


def foreground(image: Tensor) -> Tensor:
    """A sample of the voxels that are not air or padding: above a tenth of the way from lowest to 99th percentile."""
    flat = image.flatten()
    if flat.numel() > _SAMPLE:
        flat = flat[:: flat.numel() // _SAMPLE + 1]
    low, high = float(flat.min()), quantiles(flat, (0.99,))[0]
    above = flat[flat > low + 0.1 * (high - low)]
    return above if above.numel() > 1 else flat


def quantiles(sample: Tensor, at: tuple[float, ...]) -> tuple[float, ...]:
    """Quantiles of a sample of at most a few million values."""
    ordered = sample.sort().values
    return tuple(float(ordered[min(int(part * ordered.numel()), ordered.numel() - 1)]) for part in at)


def _interpolate(image: Tensor, shape: Shape, mode: str) -> Tensor:
    if tuple(image.shape[1:]) == tuple(shape):
        return image
    corners = False if mode == "trilinear" else None
    return torch.nn.functional.interpolate(image[None], size=shape, mode=mode, align_corners=corners)[0]
