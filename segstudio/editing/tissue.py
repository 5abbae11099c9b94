"""Which voxels are the same tissue as a place, up to its edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def same_tissue(away: NDArray[np.float32], tolerance: float) -> NDArray[np.bool_]:
    """Where intensities are those of a tissue, or lie less than halfway to the neighbouring tissue's.

    Parameters
    ----------
    away
        How far each intensity is from the tissue's, shape (z, y, x), at least 0.
    tolerance
        What is no farther away counts, however it compares with what is round it.
    """
    most = ndimage.maximum_filter(away, tuple(min(3, side) for side in away.shape), mode="nearest")
    same: NDArray[np.bool_] = away <= np.maximum(most / 2, tolerance)
    return same


def connected(same: NDArray[np.bool_], start: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What of a mask, shape (z, y, x), hangs together with a place in it, without single voxels' holes.

    A bridge one voxel wide does not carry over; where everything is that thin, only faces that touch count.
    """
    core = _opened(same)
    pieces, _ = ndimage.label(core if (core & start).any() else same)
    held = np.unique(pieces[start])
    found = np.isin(pieces, held[held > 0])
    for _ in range(2):  # what opening took from the rim
        found = _wider(found) & same
    return found | _enclosed(found)


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
