"""Patches as another patient, another scanner and another day would have given them; in torch, on the training device.

The kinds and ranges of change are those that nnU-Net showed to carry over (Isensee et al. 2021); position, deformation
and cropping are one interpolation, so that nothing is lost at a patch's border.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from segstudio.imaging import Shape
from segstudio.networks import Mirror, ModelSpec

Rng = np.random.Generator


def positions(
    centre: Tensor, spec: ModelSpec, rng: Rng, *, often: float, mirrored: bool, mirror: Mirror | None
) -> Tensor:
    """Where a patch's voxels come from: case voxels, shape (z, y, x, 3), turned, scaled and bent at random.

    Parameters
    ----------
    often
        From 0, never, to 1, as often as is usual.
    """
    patch, spacing = spec.patch, torch.tensor(spec.spacing, dtype=torch.float32)
    axes = [torch.arange(side, dtype=torch.float32) - (side - 1) / 2 for side in patch]
    offset = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1) * spacing
    if mirrored and mirror:
        offset[..., mirror.axis] *= -1
    matrix = torch.eye(3)
    if rng.random() < 0.5 * often:
        matrix = matrix @ _rotation(rng, _turns(patch, spec.spacing))
    if rng.random() < 0.5 * often:
        matrix = (
            matrix * _between(rng, 0.75, 1.3) @ torch.diag(torch.tensor([_between(rng, 0.9, 1.1) for _ in range(3)]))
        )
    offset = offset @ matrix.T
    if rng.random() < 0.3 * often:
        offset = offset + _bend(patch, spec.spacing, rng)
    return centre + offset / spacing


def intensities(image: Tensor, rng: Rng, *, often: float) -> Tensor:
    """Noise, blur, brightness, contrast, lower resolution and gamma on a patch (channel, z, y, x).

    Parameters
    ----------
    often
        From 0, never, to 1, as often as is usual.
    """
    for index in range(image.shape[0]):
        image[index] = _channel(image[index], rng, often)
    return image


def sample(image: Tensor, labels: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
    """The image and labels at positions, both linear: a voxel gets the class that weighs most there; outside 0 and -1.

    Classes taken from the nearest voxel would be half a voxel off at every border of a turned patch, and borders are
    what a model is judged by.

    Parameters
    ----------
    image, labels
        Shapes (channel, z, y, x) and (z, y, x); labels are integers, -1 where nothing is learned.
    where
        Voxel positions (z, y, x), shape (…, 3) of a patch.
    """
    size = torch.tensor(labels.shape, dtype=torch.float32, device=where.device)
    grid = ((2 * where + 1) / size - 1).flip(-1)[None]
    present = torch.unique(labels)
    present = present[present >= 0]
    shares = (labels == present[:, None, None, None]).to(image.dtype)
    both = functional.grid_sample(torch.cat([image, shares])[None], grid, padding_mode="zeros", align_corners=False)[0]
    patch, shares = both[: len(image)], both[len(image) :]
    nothing = 1 - shares.sum(0, keepdim=True)
    classes = torch.cat([present.new_tensor([-1]), present])
    return patch, classes[torch.cat([nothing, shares]).argmax(0)]


def _channel(image: Tensor, rng: Rng, often: float) -> Tensor:
    shape: Shape = (image.shape[0], image.shape[1], image.shape[2])
    if rng.random() < 0.15 * often:
        image = image + torch.randn(shape, generator=_generator(rng), device="cpu").to(image.device) * _between(
            rng, 0, 0.3
        )
    if rng.random() < 0.2 * often:
        image = _blur(image, _between(rng, 0.5, 1.0))
    if rng.random() < 0.15 * often:
        image = image * _between(rng, 0.75, 1.25)
    if rng.random() < 0.15 * often:
        low, high = image.min(), image.max()
        image = ((image - image.mean()) * _between(rng, 0.75, 1.25) + image.mean()).clamp(low, high)
    if rng.random() < 0.2 * often:
        image = _coarse(image, _between(rng, 1.0, 2.0))
    if rng.random() < 0.3 * often:
        image = _gamma(image, _between(rng, 0.7, 1.5), inverted=rng.random() < 0.3)
    return image


def _gamma(image: Tensor, power: float, *, inverted: bool) -> Tensor:
    """Bend the curve of grey values, keeping mean and spread."""
    mean, std = image.mean(), image.std()
    image = -image if inverted else image
    low, high = image.min(), image.max()
    bent = ((image - low) / (high - low).clamp_min(1e-6)) ** power
    bent = (bent - bent.mean()) / bent.std().clamp_min(1e-6) * std
    return (-bent if inverted else bent) + mean


def _coarse(image: Tensor, factor: float) -> Tensor:
    small = [max(1, round(side / factor)) for side in image.shape]
    lower = functional.interpolate(image[None, None], size=small, mode="nearest-exact")
    return functional.interpolate(lower, size=image.shape, mode="trilinear", align_corners=False)[0, 0]


def _blur(image: Tensor, sigma: float) -> Tensor:
    line = torch.exp(-0.5 * (torch.arange(-3, 4, device=image.device) / sigma) ** 2)
    line = line / line.sum()
    for axis in range(3):
        if image.shape[axis] > 3:
            shape, pad = [1] * 5, [0] * 6
            shape[axis + 2] = 7
            pad[2 * (2 - axis)] = pad[2 * (2 - axis) + 1] = 3
            image = functional.conv3d(functional.pad(image[None, None], pad, mode="replicate"), line.view(shape))[0, 0]
    return image


def _turns(patch: Shape, spacing: tuple[float, float, float]) -> tuple[float, float, float]:
    """Largest turn about each axis; only in the plane where slices are thick or single, for others would smear them."""
    free = math.radians(20)
    if max(spacing) <= 2.5 * min(spacing) and min(patch) > 1:
        return free, free, free
    through = int(np.argmin(patch)) if min(patch) == 1 else int(np.argmax(spacing))
    z, y, x = (free if axis == through else 0.0 for axis in range(3))
    return z, y, x


def _rotation(rng: Rng, largest: tuple[float, float, float]) -> Tensor:
    matrix = torch.eye(3)
    for axis, most in enumerate(largest):
        angle = _between(rng, -most, most)
        one, other = (each for each in range(3) if each != axis)
        turn = torch.eye(3)
        turn[one, one] = turn[other, other] = math.cos(angle)
        turn[one, other], turn[other, one] = -math.sin(angle), math.sin(angle)
        matrix = matrix @ turn
    return matrix


def _bend(patch: Shape, spacing: tuple[float, float, float], rng: Rng) -> Tensor:
    """A smooth displacement in mm: random at points about 16 mm apart or more, up to 2 mm and more rarely 4."""
    points = [max(3, min(8, round(side * mm / 16) + 1)) for side, mm in zip(patch, spacing, strict=True)]
    field = torch.randn((1, 3, *points), generator=_generator(rng)) * _between(rng, 0.5, 2.0)
    return functional.interpolate(field, size=patch, mode="trilinear", align_corners=True)[0].permute(1, 2, 3, 0)


def _generator(rng: Rng) -> torch.Generator:
    return torch.Generator().manual_seed(int(rng.integers(2**62)))


def _between(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high))
