"""Scans that never were, made from label maps: a source of training patches that needs no patient's image.

The method is that of SynthSeg (Billot et al., Medical Image Analysis 2023, arXiv 2107.09559): every patch has its own
brightness of each tissue, pose, deformation, resolution, bias field, noise and field of view, so that a network learns
shapes, whatever the contrast. A part of the brightnesses follows the contrasts that exist, which it learns sooner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import product

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from segstudio.imaging import Geometry, LabelMap, Shape, Volume
from segstudio.inference.preprocess import normalise, resample
from segstudio.learning.labelled import Example, Labelled
from segstudio.learning.maps import Map
from segstudio.learning.recipe import Recipe
from segstudio.networks import Mirror, ModelSpec

Rng = np.random.Generator
Spacing = tuple[float, float, float]

TURN = 20.0
"""Degrees that a head may be turned about each axis."""

STRETCH = (0.85, 1.18)
SHEAR = 0.08
BEND_MM = 3.0
ANYWHERE = 0.4
"""Part of the patches that lie anywhere in the map, neck and face too, as those of a whole scan do; others lie round
what is to be learned."""

THICKEST_MM = 7.0
STRIPPED = 0.12
CUT = 0.25
SLAB = 0.06
ELSE = 0.04
LOST = 0.25
"""Largest part of a side that a narrow field of view leaves out; a slab, which is rarer, leaves out most of one. And
a few scans show something else, of which nothing is to be drawn."""

_REGIONS = 5


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
    def _mirror(self) -> Mirror | None:
        return Mirror.of(self.spec)

    def _one(self, rng: Rng, device: torch.device) -> tuple[Tensor, Tensor]:
        generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
        grid = _Grid(self.spec.patch, self.spec.spacing)
        if rng.random() < ELSE:
            image = _acquired(_something_else(grid, rng, generator), grid, rng, generator, ct=False)
            return _in_view(image, torch.zeros(grid.shape, dtype=torch.long, device=device), self.spec, rng)
        source = self.maps[int(rng.integers(len(self.maps)))]
        mirror = self._mirror if self._mirror is not None and rng.random() < 0.5 else None
        pose = _Pose.draw(rng, mirror=mirror.axis if mirror else None)
        look = _Look.draw(self.recipe, self.recipe.tissue_names(source.values), _kind(self.recipe, rng), rng)
        image, values = _seen(source, grid, pose, look, generator)
        index = torch.from_numpy(self.recipe.class_index(source.values)).to(device).long()[values]
        if mirror:
            index = torch.tensor(mirror.classes, device=device)[index]
        image = _acquired(image, grid, rng, generator, ct=look.ct)
        return _in_view(image, index, self.spec, rng)


def synthetic_scan(source: Map, recipe: Recipe, spacing: Spacing, *, contrast: str = "", seed: int = 0) -> Labelled:
    """A whole scan made from a label map, with its mask.

    Parameters
    ----------
    source
        In the canonical orientation.
    spacing
        Of the scan in mm along z, y, x; slices may be thick.
    contrast
        One of the recipe's; "" draws the brightnesses at random.
    """
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    sides = np.rint(np.array(source.voxels.shape) * source.spacing / np.array(spacing)).astype(int)
    grid = _Grid((int(sides[0]), int(sides[1]), int(sides[2])), spacing)
    centre = tuple((side - 1) / 2 for side in source.voxels.shape)
    pose = replace(_Pose.draw(rng, mirror=None), shift=(0.0, 0.0, 0.0), anywhere=False)
    look = _Look.draw(recipe, recipe.tissue_names(source.values), contrast, rng)
    image, values = _seen(replace(source, middle=centre), grid, pose, look, generator)
    image = _noisy(_weighed(image, rng, generator, ct=look.ct), rng, generator, ct=look.ct)
    image = image * 200 - 50 if look.ct else image * 1000
    drawn = np.array([0, *(each.value for each in recipe.classes)], np.uint16)
    labels = drawn[recipe.class_index(source.values)][values.numpy()]
    geometry = Geometry(grid.shape, np.diag([*spacing, 1.0])[[2, 1, 0, 3]])
    modality = "CT" if look.ct else "MR"
    return Labelled(Volume.of(image.numpy(), geometry, modality=modality), LabelMap(labels, geometry, recipe.classes))


def synthetic_examples(maps: Sequence[Map], recipe: Recipe, seed: int) -> list[Example]:
    """A whole scan of each map on its own grid, each of another contrast: what versions are compared on."""

    def make(index: int, source: Map) -> Labelled:
        kinds = (*recipe.contrasts, "")
        return synthetic_scan(source, recipe, source.spacing, contrast=kinds[index % len(kinds)], seed=seed + index)

    return [Example(f"map-{index}", partial(make, index, source)) for index, source in enumerate(maps)]


@dataclass(frozen=True)
class _Grid:
    shape: Shape
    spacing: Spacing


@dataclass(frozen=True, eq=False)
class _Pose:
    """How a grid lies in a head: a matrix from its millimetres to the map's, and a smooth displacement."""

    matrix: Tensor
    shift: tuple[float, float, float]
    anywhere: bool
    bend: tuple[int, float]

    @classmethod
    def draw(cls, rng: Rng, *, mirror: int | None) -> _Pose:
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
        return cls(matrix, (shift[0], shift[1], shift[2]), bool(rng.random() < ANYWHERE), (points, amount))

    def where(self, source: Map, grid: _Grid, generator: torch.Generator) -> Tensor:
        """Voxel positions in the map, shape (3, z, y, x)."""
        device = generator.device
        z, y, x = (
            (torch.arange(side, dtype=torch.float32, device=device) - (side - 1) / 2) * mm
            for side, mm in zip(grid.shape, grid.spacing, strict=True)
        )
        matrix = self.matrix.to(device)
        points, amount = self.bend
        field = torch.randn((1, 3, points, points, points), generator=generator, device=device) * amount
        field = functional.interpolate(field, size=grid.shape, mode="trilinear", align_corners=True)[0]
        pick = torch.rand(3, generator=generator, device=device)
        found = torch.empty((3, *grid.shape), device=device)
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
    sides = zip(where, (depth, height, width), strict=True)
    z, y, x = (each.round().clamp_(0, side - 1).int() for each, side in sides)
    return flat[(z * height + y) * width + x].long()


def _seen(source: Map, grid: _Grid, pose: _Pose, look: _Look, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Brightness of each voxel, the mean over points in it, so that borders are as in a scan; and its value's index."""
    device = generator.device
    flat = torch.from_numpy(source.voxels).to(device).flatten()
    where = pose.where(source, grid, generator)
    means, roughness = look.means.to(device), look.roughness.to(device)
    inside = [_points(mm, own) for mm, own in zip(grid.spacing, source.spacing, strict=True)]
    total = torch.zeros(grid.shape, device=device)
    for point in product(*inside):
        offset = (pose.matrix @ torch.tensor(point)) / torch.tensor(source.spacing)
        total += means[_voxels(flat, where + offset.to(device)[:, None, None, None], source)]
    values = _voxels(flat, where, source)
    image = total / math.prod(map(len, inside))
    if look.filled:
        image = torch.where(values == source.values.index(0), _filling(grid, look.filled, generator), image)
    noise = torch.randn(grid.shape, generator=generator, device=device)
    return image + roughness[values] * noise, values


def _filling(grid: _Grid, levels: tuple[float, ...], generator: torch.Generator) -> Tensor:
    """Background of which nothing is known: regions of any shape, each of one brightness."""
    device = generator.device
    field = torch.randn((1, len(levels), 8, 8, 8), generator=generator, device=device)
    field = functional.interpolate(field, size=grid.shape, mode="trilinear", align_corners=True)[0]
    return torch.tensor(levels, device=device)[field.argmax(0)]


def _something_else(grid: _Grid, rng: Rng, generator: torch.Generator) -> Tensor:
    """A scan of nothing that is to be drawn: regions of any shape in more or less noise, or noise alone."""
    levels = rng.uniform(0, 1, int(rng.integers(1, _REGIONS + 2)))
    noise = torch.randn(grid.shape, generator=generator, device=generator.device)
    return _filling(grid, tuple(levels.tolist()), generator) + noise * float(rng.uniform(0, 0.5)) ** 2


def _points(mm: float, own: float) -> list[float]:
    """Offsets of points that stand for a voxel's side: one for each voxel of the map that it covers, at least two."""
    count = max(2, round(mm / own))
    return [mm * ((index + 0.5) / count - 0.5) for index in range(count)]


@dataclass(frozen=True, eq=False)
class _Look:
    """Brightness and roughness of each value of the maps, whether they are those of CT, and what fills the background.

    The background is filled, with some brightnesses, where no recipe says what it is.
    """

    means: Tensor
    roughness: Tensor
    ct: bool
    filled: tuple[float, ...]

    @classmethod
    def draw(cls, recipe: Recipe, names: Sequence[str], kind: str, rng: Rng) -> _Look:
        tissues = sorted(set(names))
        mean = {name: float(rng.uniform(0.03, 1)) for name in tissues}
        if kind:
            contrast = recipe.contrasts[kind]
            mean |= {name: usual + float(rng.normal(0, contrast.spread)) for name, usual in contrast.means.items()}
        else:
            _bind(mean, recipe, rng)
        if rng.random() < STRIPPED:
            mean |= dict.fromkeys(recipe.outside, mean.get("air", 0.0))
        rough = float(rng.uniform(0.003, 0.03))
        roughness = {name: rough * float(rng.uniform(0.5, 1.5)) for name in tissues} | {"air": 0.0}
        means, spreads = (
            torch.tensor([each[name] for name in names], dtype=torch.float32) for each in (mean, roughness)
        )
        known = any(0 in values for values in recipe.tissues.values())
        filled = () if known else tuple(rng.uniform(0, 1, _REGIONS).tolist())
        return cls(means, spreads, kind == "CT", filled)


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


def _acquired(image: Tensor, grid: _Grid, rng: Rng, generator: torch.Generator, *, ct: bool) -> Tensor:
    """What a scanner makes of it: gamma, uneven sensitivity, slices and noise."""
    image = _weighed(image, rng, generator, ct=ct)
    coarse = _slices(grid, rng)
    if coarse != grid.shape:
        image = functional.interpolate(image[None, None], size=coarse, mode="area")[0]
        noisy = _noisy(image[0], rng, generator, ct=ct)
        image = resample(noisy[None], grid.shape)[0]
    else:
        image = _noisy(image, rng, generator, ct=ct)
    return image.clamp(0, 1) if ct else image


def _weighed(image: Tensor, rng: Rng, generator: torch.Generator, *, ct: bool) -> Tensor:
    """Gamma and a bias field, which CT has not."""
    if ct:
        return image
    return image.clamp_min(0) ** float(np.exp(rng.normal(0, 0.25))) * _uneven(image.shape, rng, generator)


def _uneven(shape: Sequence[int], rng: Rng, generator: torch.Generator) -> Tensor:
    """A bias field, about 1: smooth, and its logarithm of a standard deviation of up to 0.35."""
    points = int(rng.integers(2, 5))
    field = torch.randn((1, 1, points, points, points), generator=generator, device=generator.device)
    field = field * float(rng.uniform(0, 0.35))
    return functional.interpolate(field, size=tuple(shape), mode="trilinear", align_corners=True)[0, 0].exp()


def _slices(grid: _Grid, rng: Rng) -> Shape:
    """Voxels that the scanner takes over the grid: often fewer than it has along one axis, sometimes along all."""
    mm = np.array(grid.spacing)
    draw = rng.random()
    if draw < 0.45:
        axis = int(rng.integers(3))
        mm[axis] = max(mm[axis], rng.uniform(2.0, THICKEST_MM))
    elif draw < 0.6:
        mm = np.maximum(mm, rng.uniform(1.0, 3.0))
    sides = np.maximum(1, np.rint(np.array(grid.shape) * np.array(grid.spacing) / mm)).astype(int)
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
    if rng.random() < SLAB:
        axis = int(rng.integers(3))
        depth = max(2, int(image.shape[axis] * rng.uniform(0.03, 0.5)))
        start = int(rng.integers(image.shape[axis] - depth + 1))
        sides[axis] = slice(start, start + depth)
    box = (sides[0], sides[1], sides[2])
    padded, known = torch.zeros_like(image), torch.full_like(index, -1)
    padded[box] = normalise(image[box], spec.normalisation)
    known[box] = index[box]
    return padded[None], known
