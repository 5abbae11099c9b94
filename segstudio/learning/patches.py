"""Which patches training sees: half of them round voxels that a person corrected, the rest from every case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segstudio.learning.augment import intensities, positions, sample
from segstudio.learning.partial import as_code
from segstudio.learning.prepared import IGNORED, Prepared
from segstudio.networks import Mirror, ModelSpec

Rng = np.random.Generator


class Source(Protocol):
    """Where training batches come from; the same seed and step give the same batch."""

    @property
    def spec(self) -> ModelSpec:
        """Of the model that learns from it."""

    def batch(self, step: int, size: int, device: torch.device, *, changed: float = 1.0) -> tuple[Tensor, Tensor]:
        """Images (batch, channel, z, y, x) and class indices (batch, z, y, x), -1 where nothing is learned.

        Where a case's reader did not know every class, its background is `segstudio.learning.partial`'s code.

        Parameters
        ----------
        changed
            How often patches are turned, bent and made worse: from 0, never, to 1, as often as is usual.
        """


@dataclass(frozen=True)
class Mixed:
    """Several sources, one step from each in turn."""

    sources: Sequence[Source]

    @property
    def spec(self) -> ModelSpec:
        """Of the model that learns from them."""
        return self.sources[0].spec

    def batch(self, step: int, size: int, device: torch.device, *, changed: float = 1.0) -> tuple[Tensor, Tensor]:
        """A batch of the source whose turn it is."""
        return self.sources[step % len(self.sources)].batch(step, size, device, changed=changed)


@dataclass(frozen=True, eq=False)
class Patches:
    """Training batches from labelled scans.

    Parameters
    ----------
    cases
        At least one.
    """

    cases: Sequence[Prepared]
    spec: ModelSpec
    seed: int

    def batch(self, step: int, size: int, device: torch.device, *, changed: float = 1.0) -> tuple[Tensor, Tensor]:
        """As `Source.batch`."""
        rng = np.random.default_rng([self.seed, step])
        drawn = [self._one(rng, device, changed) for _ in range(size)]
        return torch.stack([image for image, _ in drawn]), torch.stack([labels for _, labels in drawn])

    def _one(self, rng: Rng, device: torch.device, changed: float) -> tuple[Tensor, Tensor]:
        case, centre = self._centre(rng)
        mirror = Mirror.of(self.spec)
        mirrored = mirror is not None and rng.random() < 0.5
        where = positions(torch.from_numpy(centre), self.spec, rng, often=changed, mirrored=mirrored, mirror=mirror)
        image, labels, corner = _around(case, where)
        patch, index = sample(image.to(device), labels.to(device), (where - corner).to(device))
        if mirrored and mirror:
            table = torch.tensor([*mirror.classes, -1], device=device)
            index = table[index]
        if case.unknown:
            index[index == 0] = as_code(case.unknown)
        return intensities(patch, rng, often=changed), index

    def _centre(self, rng: Rng) -> tuple[Prepared, NDArray[np.float32]]:
        corrected = [case for case in self.cases if len(case.corrected)]
        if corrected and rng.random() < 0.5:
            case = corrected[int(rng.integers(len(corrected)))]
            return case, self._near(case.corrected[rng.integers(len(case.corrected))], case, rng)
        case = self.cases[int(rng.integers(len(self.cases)))]
        if case.centres and rng.random() < 0.67:
            voxels = case.centres[rng.integers(len(case.centres))]
            return case, self._near(voxels[rng.integers(len(voxels))], case, rng)
        return case, self._near(rng.integers(0, case.labels.shape), case, rng)

    def _near(self, voxel: NDArray[np.intp], case: Prepared, rng: Rng) -> NDArray[np.float32]:
        """A centre up to a quarter patch from a voxel, such that the patch stays in a case that is large enough.

        The patch's voxels fall on the case's: between them every patch would be a blur that no scan shows later.
        """
        patch, shape = np.array(self.spec.patch), np.array(case.labels.shape)
        half = (patch - 1) / 2
        corner = np.round(voxel + rng.uniform(-0.25, 0.25, 3) * patch - half)
        free = shape - patch
        inside = np.where(free >= 0, corner.clip(0, np.maximum(free, 0)), np.round(free / 2))
        centre: NDArray[np.float32] = (inside + half).astype(np.float32)
        return centre


def _around(case: Prepared, where: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The part of a case that the positions touch, as tensors, and its corner: a large case is never copied whole."""
    shape: tuple[int, ...] = case.labels.shape
    low = where.amin((0, 1, 2)).floor().long().numpy()
    high = where.amax((0, 1, 2)).ceil().long().numpy() + 1
    sides = [
        (max(0, min(int(a), side - 1)), max(1, min(int(b), side))) for a, b, side in zip(low, high, shape, strict=True)
    ]
    box = tuple(slice(a, b) for a, b in sides)
    image = torch.from_numpy(case.image[(slice(None), *box)].astype(np.float32))
    labels = torch.from_numpy(case.labels[box].astype(np.int64))
    labels[labels == IGNORED] = -1
    return image, labels, torch.tensor([a for a, _ in sides], dtype=torch.float32)
