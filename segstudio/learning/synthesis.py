"""Scans that never were, made from label maps: a source of training patches that needs no patient's image.

The method is that of SynthSeg (Billot et al., Medical Image Analysis 2023, arXiv 2107.09559): every patch has its own
brightness of each tissue, pose, deformation, resolution, bias field, noise and field of view, so that a network learns
shapes, whatever the contrast. A part of the brightnesses follows the contrasts that exist, which it learns sooner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from segstudio.imaging import Shape
from segstudio.inference.preprocess import normalise, resample
from segstudio.learning.augment import Mirror
from segstudio.learning.maps import Map
from segstudio.learning.recipe import Recipe
from segstudio.networks import ModelSpec

Rng = np.random.Generator

TURN = 20.0
"""Degrees that a head may be turned about each axis."""

STRETCH = (0.85, 1.18)
SHEAR = 0.08
BEND_MM = 3.0
THICKEST_MM = 7.0
STRIPPED = 0.12
CUT = 0.25
LOST = 0.25
"""Largest part of a side that a narrow field of view leaves out."""


@dataclass(frozen=True, eq=False)
class Synthesised:
    """A source of training batches; the same seed and step give the same batch on the same kind of device.

    Parameters
    ----------
    maps
        At least one, all with the same values.
    """

    maps: Sequence[Map]
    recipe: Recipe
    spec: ModelSpec
    seed: int

    def batch(self, step: int, size: int, device: torch.device, *, changed: float = 1.0) -> tuple[Tensor, Tensor]:
        """Images (batch, channel, z, y, x) and class indices (batch, z, y, x), -1 outside the field of view.

        `changed` has no part in it: of a synthesised scan nothing is left to show unchanged.
        """
        rng = np.random.default_rng([self.seed, step])
        drawn = [self._one(rng, device) for _ in range(size)]
        return torch.stack([image for image, _ in drawn]), torch.stack([labels for _, labels in drawn])

    @cached_property
    def _tables(self) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
        values = self.maps[0].values
        return self.recipe.tissue_names(values), self.recipe.class_index(values)

    @cached_property
    def _mirror(self) -> Mirror | None:
        return Mirror.of(self.spec)

    def _one(self, rng: Rng, device: torch.device) -> tuple[Tensor, Tensor]:
        generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
        where_from = self.maps[int(rng.integers(len(self.maps)))]
        names, classes = self._tables
        mirrored = self._mirror is not None and rng.random() < 0.5
        pose = _Pose.draw(self.spec, rng, mirror=self._mirror.axis if mirrored and self._mirror else None)
        flat = torch.from_numpy(np.asarray(where_from.voxels)).to(device).flatten()
        where = pose.where(where_from, generator, device)
        means, spreads, ct = _brightness(names, self.recipe, rng)
        image = _seen(flat, where, pose, where_from, means.to(device), spreads.to(device), generator)
        index = torch.from_numpy(classes).to(device).long()[_voxels(flat, where, where_from)]
        if mirrored and self._mirror:
            index = torch.tensor(self._mirror.classes, device=device)[index]
        image = _acquired(image, self.spec, rng, generator, ct=ct)
        return _in_view(image, index, self.spec, rng)


@dataclass(frozen=True, eq=False)
class _Pose:
    """How a patch lies in a head: a matrix from its millimetres to the map's, and a smooth displacement."""

    spec: ModelSpec
    matrix: Tensor
    shift: tuple[float, float, float]
    anywhere: bool
    bend: tuple[int, float]

    @classmethod
    def draw(cls, spec: ModelSpec, rng: Rng, *, mirror: int | None) -> _Pose:
        turn = math.radians(TURN) * rng.uniform(0.2, 1)
        matrix = torch.eye(3)
        for one, other in ((1, 2), (0, 2), (0, 1)):
            angle = float(rng.uniform(-turn, turn))
            each = torch.eye(3)
            each[one, one] = each[other, other] = math.cos(angle)
            each[one, other], each[other, one] = -math.sin(angle), math.sin(angle)
            matrix = matrix @ each
        sheared = torch.eye(3) + torch.from_numpy(rng.uniform(-SHEAR, SHEAR, (3, 3))).float() * (1 - torch.eye(3))
        stretch = torch.from_numpy(rng.uniform(*STRETCH, 3)).float().reciprocal()
        matrix = matrix @ sheared @ torch.diag(stretch)
        if mirror is not None:
            matrix[:, mirror] *= -1
        shift = rng.normal(0, 18, 3)
        points = int(rng.integers(4, 11))
        amount = BEND_MM * float(rng.uniform(0, 1)) * 6 / points
        return cls(spec, matrix, (shift[0], shift[1], shift[2]), bool(rng.random() < 0.1), (points, amount))

    def where(self, source: Map, generator: torch.Generator, device: torch.device) -> Tensor:
        """Voxel positions in the map, shape (3, z, y, x)."""
        patch, spacing = self.spec.patch, self.spec.spacing
        z, y, x = (
            (torch.arange(side, dtype=torch.float32, device=device) - (side - 1) / 2) * mm
            for side, mm in zip(patch, spacing, strict=True)
        )
        matrix = self.matrix.to(device)
        points, amount = self.bend
        field = torch.randn((1, 3, points, points, points), generator=generator, device=device) * amount
        field = functional.interpolate(field, size=patch, mode="trilinear", align_corners=True)[0]
        pick = torch.rand(3, generator=generator, device=device)
        found = torch.empty((3, *patch), device=device)
        for axis in range(3):
            middle = (
                float(pick[axis]) * source.voxels.shape[axis]
                if self.anywhere
                else source.middle[axis] + self.shift[axis] / source.spacing[axis]
            )
            plane = matrix[axis, 0] * z[:, None, None] + matrix[axis, 1] * y[None, :, None]
            moved = plane + matrix[axis, 2] * x[None, None, :] + field[axis]
            found[axis] = moved / source.spacing[axis] + middle
        return found


def _voxels(flat: Tensor, where: Tensor, source: Map) -> Tensor:
    """The map's value indices at the voxels nearest to the positions; beyond its edges as at them."""
    depth, height, width = source.voxels.shape
    z = where[0].round().clamp_(0, depth - 1)
    y = where[1].round().clamp_(0, height - 1)
    x = where[2].round().clamp_(0, width - 1)
    # Offsets of a few million voxels are whole numbers in float32 too.
    return flat[((z * height + y) * width + x).int()].long()


def _seen(
    flat: Tensor, where: Tensor, pose: _Pose, source: Map, means: Tensor, spreads: Tensor, generator: torch.Generator
) -> Tensor:
    """Brightness of each voxel of the patch: the mean over eight points in it, so that borders are as in a scan."""
    total = torch.zeros(where.shape[1:], device=where.device)
    spacing = torch.tensor(pose.spec.spacing, device=where.device)
    for corner in product((-0.25, 0.25), repeat=3):
        offset = pose.matrix.to(where.device) @ (torch.tensor(corner, device=where.device) * spacing)
        offset = offset / torch.tensor(source.spacing, device=where.device)
        total += means[_voxels(flat, where + offset[:, None, None, None], source)]
    rough = spreads[_voxels(flat, where, source)]
    return total / 8 + rough * torch.randn(total.shape, generator=generator, device=total.device)


def _brightness(names: tuple[str, ...], recipe: Recipe, rng: Rng) -> tuple[Tensor, Tensor, bool]:
    """Mean and roughness of each value of the maps, and whether they are those of CT."""
    tissues = sorted(set(names))
    kind = _kind(recipe, rng)
    mean = {name: float(rng.uniform(0.03, 1)) for name in tissues}
    if kind:
        contrast = recipe.contrasts[kind]
        mean |= {name: contrast.means[name] + float(rng.normal(0, contrast.spread)) for name in contrast.means}
    else:
        _bind(mean, recipe, rng)
    if rng.random() < STRIPPED:
        mean |= dict.fromkeys(recipe.outside, mean.get("air", 0.0))
    rough = float(rng.uniform(0.003, 0.03))
    roughness = {name: rough * float(rng.uniform(0.5, 1.5)) for name in tissues}
    if "air" in mean:
        roughness["air"] = 0.0
    means, spreads = ([each[name] for name in names] for each in (mean, roughness))
    return torch.tensor(means, dtype=torch.float32), torch.tensor(spreads, dtype=torch.float32), kind == "CT"


def _kind(recipe: Recipe, rng: Rng) -> str:
    """A contrast by its share, or "" for brightnesses at random."""
    draw = rng.random()
    for name, contrast in recipe.contrasts.items():
        draw -= contrast.share
        if draw < 0:
            return name
    return ""


def _bind(mean: dict[str, float], recipe: Recipe, rng: Rng) -> None:
    """Random brightnesses as tissues usually share them: kin alike, and air dark."""
    for kin in recipe.alike:
        if rng.random() < 0.6:
            near = rng.normal(mean[kin[0]], rng.uniform(0, 0.12), len(kin))
            mean |= dict(zip(kin, near.tolist(), strict=True))
    if "air" in mean and rng.random() < 0.9:
        mean["air"] = float(rng.uniform(0, 0.05))


def _acquired(image: Tensor, spec: ModelSpec, rng: Rng, generator: torch.Generator, *, ct: bool) -> Tensor:
    """What a scanner makes of it: gamma, blur, slices, uneven sensitivity and noise."""
    if not ct:
        image = image.clamp_min(0) ** float(np.exp(rng.normal(0, 0.25)))
        image = image * _uneven(image.shape, rng, generator)
    coarse = _slices(spec, rng)
    if coarse != tuple(image.shape):
        image = functional.interpolate(image[None, None], size=coarse, mode="area")[0]
        noisy = _noisy(image[0], rng, generator, ct=ct)
        image = resample(noisy[None], spec.patch)[0]
    else:
        image = _noisy(image, rng, generator, ct=ct)
    return image.clamp(0, 1) if ct else image


def _uneven(shape: Sequence[int], rng: Rng, generator: torch.Generator) -> Tensor:
    """A bias field, about 1: smooth, and its logarithm of a standard deviation of up to 0.35."""
    points = int(rng.integers(2, 5))
    field = torch.randn((1, 1, points, points, points), generator=generator, device=generator.device)
    field = field * float(rng.uniform(0, 0.35))
    return functional.interpolate(field, size=tuple(shape), mode="trilinear", align_corners=True)[0, 0].exp()


def _slices(spec: ModelSpec, rng: Rng) -> Shape:
    """Voxels that the scanner takes over the patch: often fewer than it has along one axis, sometimes along all."""
    mm = np.array(spec.spacing)
    draw = rng.random()
    if draw < 0.45:
        axis = int(rng.integers(3))
        mm[axis] = max(mm[axis], rng.uniform(2.0, THICKEST_MM))
    elif draw < 0.6:
        mm = np.maximum(mm, rng.uniform(1.0, 3.0))
    sides = np.maximum(1, np.rint(np.array(spec.patch) * np.array(spec.spacing) / mm)).astype(int)
    return int(sides[0]), int(sides[1]), int(sides[2])


def _noisy(image: Tensor, rng: Rng, generator: torch.Generator, *, ct: bool) -> Tensor:
    amount = float(rng.uniform(0, 0.02 if ct else 0.06)) * float(rng.uniform(0.2, 1))
    noise = torch.randn(image.shape, generator=generator, device=image.device) * amount
    if ct or rng.random() < 0.5:
        return image + noise
    other = torch.randn(image.shape, generator=generator, device=image.device) * amount
    return torch.hypot(image + noise, other)


def _in_view(image: Tensor, index: Tensor, spec: ModelSpec, rng: Rng) -> tuple[Tensor, Tensor]:
    """The part in the field of view as the network sees it; the rest is padding, from which nothing is learned."""
    sides = []
    for side in image.shape:
        low, high = (int(side * rng.uniform(0, LOST)) if rng.random() < CUT / 2 else 0 for _ in range(2))
        sides.append(slice(low, side - high))
    box = (sides[0], sides[1], sides[2])
    padded, known = torch.zeros_like(image), torch.full_like(index, -1)
    padded[box] = normalise(image[box], spec.normalisation)
    known[box] = index[box]
    return padded[None], known
