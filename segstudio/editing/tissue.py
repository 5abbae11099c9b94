"""Which voxels are the same tissue as a place, up to its edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_RIM = 3
"""Voxels over which an edge is blurred."""


def spread_of(values: NDArray[np.float32], middle: float) -> float:
    """Standard deviation of a tissue's intensities round its usual one, though a part of them may be another's.

    The nearest third of a normal distribution lies within 0.43 standard deviations.
    """
    return float(np.quantile(np.abs(values - middle), 1 / 3)) / 0.43 if values.size else 0.0


def same_tissue(
    away: NDArray[np.float32], tolerance: float, start: NDArray[np.bool_], where: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """What hangs together with a place and is the same tissue, out to halfway to the neighbouring tissue's intensity.

    A bridge one voxel wide does not carry over, and a hole of one voxel is closed.

    Parameters
    ----------
    away
        How far each intensity is from the tissue's, shape (z, y, x), at least 0.
    tolerance
        What is no farther away is this tissue for sure; at the rim, so is what lies less than halfway.
    start
        Voxels of the place, shape of `away`.
    where
        Where the tissue is looked for, shape of `away`.
    """
    sure = (away <= tolerance) & where
    core = _opened(sure)
    pieces, _ = ndimage.label(core if (core & start).any() else sure)
    held = np.unique(pieces[start])
    found = np.isin(pieces, held[held > 0])
    most = ndimage.maximum_filter(away, tuple(min(3, side) for side in away.shape), mode="nearest")
    rim = where & ((away <= most / 2) | sure)
    for _ in range(_RIM):
        found = _wider(found) & rim
    return found | (_enclosed(found) & where)


def _opened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return _wider(~_wider(~mask)) & mask


def _wider(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With the voxels whose faces touch it; slices are shifted, as scipy's dilation is slow on small arrays."""
    wide = mask.copy()
    for axis in range(3):
        here, there = np.moveaxis(wide, axis, 0), np.moveaxis(mask, axis, 0)
        here[1:] |= there[:-1]
        here[:-1] |= there[1:]
    return wide


def _enclosed(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels with the mask on both sides along every axis that has sides."""
    closed = np.ones(mask.shape, bool)
    for axis in (axis for axis in range(3) if mask.shape[axis] > 1):
        here, there = np.moveaxis(closed, axis, 0), np.moveaxis(mask, axis, 0)
        here[1:] &= there[:-1]
        here[:-1] &= there[1:]
        here[0] = here[-1] = False
    return closed if max(mask.shape) > 1 else mask
