"""Large boxes worked on at a coarser grid, so that nobody waits long for what needs many passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.editing.seeds import OPEN

MOST = 1_000_000
"""Voxels that are worked on at full detail."""

Factors = tuple[int, int, int]
"""How many voxels along (z, y, x) become one."""


def factors_for(shape: Sequence[int], spacing: Sequence[float], most: int = MOST) -> Factors:
    """How much coarser a grid has to be to have at most that many voxels; its finest axis is thinned first."""
    factors = [1, 1, 1]
    while np.prod([-(-side // by) for side, by in zip(shape, factors, strict=True)]) > most:
        able = [axis for axis in range(3) if shape[axis] > factors[axis]]
        finest = min(able, key=lambda axis: (factors[axis] * spacing[axis], -shape[axis]))
        factors[finest] += 1
    return factors[0], factors[1], factors[2]


def told(factors: Factors) -> str:
    """What a person is told about the detail; empty where none is lost."""
    if factors == (1, 1, 1):
        return ""
    return f"the box is large: working on every {max(factors)} voxels as one, then drawing the border smooth"


def thinned(image: NDArray[Any], factors: Factors) -> NDArray[np.float32]:
    """Means of blocks of voxels, shape (z, y, x) divided by the factors and rounded up."""
    result = image
    for axis, by in enumerate(factors):
        if by > 1:
            starts = np.arange(0, result.shape[axis], by)
            counts = np.diff(np.append(starts, result.shape[axis])).astype(np.float32)
            counts = counts.reshape([-1 if each == axis else 1 for each in range(3)])
            result = np.add.reduceat(result, starts, axis=axis, dtype=np.float32)
            result /= counts
    return result.astype(np.float32)


def thinned_seeds(seeds: NDArray[np.int32], factors: Factors) -> NDArray[np.int32]:
    """Seeds on the coarser grid: a block that holds several takes the highest class."""
    for axis, by in enumerate(factors):
        if by > 1:
            seeds = np.maximum.reduceat(seeds, np.arange(0, seeds.shape[axis], by), axis=axis)
    return seeds


def refined(found: NDArray[np.int32], factors: Factors, seeds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Classes of the coarser grid on the full one, with borders between voxels interpolated; seeds keep their class."""
    if factors == (1, 1, 1):
        return np.where(seeds == OPEN, found, seeds)
    result = np.zeros(seeds.shape, np.int32)
    best = np.zeros(seeds.shape, np.float32)
    for value in np.unique(found):
        part = enlarged((found == value).astype(np.float32), factors, seeds.shape)
        np.copyto(result, value, where=part > best)
        np.maximum(best, part, out=best)
    return np.where(seeds == OPEN, result, seeds)


def enlarged(part: NDArray[np.float32], factors: Factors, shape: Sequence[int]) -> NDArray[np.float32]:
    """Linearly interpolated between the middles of the blocks."""
    for axis, by in enumerate(factors):
        if by > 1:
            at = np.clip((np.arange(shape[axis]) + 0.5) / by - 0.5, 0, part.shape[axis] - 1)
            low = np.minimum(at.astype(int), max(part.shape[axis] - 2, 0))
            high = np.minimum(low + 1, part.shape[axis] - 1)
            share = (at - low).astype(np.float32).reshape([-1 if each == axis else 1 for each in range(3)])
            part = part.take(low, axis=axis) * (1 - share) + part.take(high, axis=axis) * share
    return part


def smoothed(image: NDArray[np.float32], spacing: Sequence[float], voxels: float = 0.6) -> NDArray[np.float32]:
    """Light smoothing against noise, by so many voxels of the finest spacing, less along coarser axes."""
    sigma = [0.0 if side == 1 else voxels * min(spacing) / mm for side, mm in zip(image.shape, spacing, strict=True)]
    blurred: NDArray[np.float32] = ndimage.gaussian_filter(image, sigma, truncate=3, mode="nearest")
    return blurred
