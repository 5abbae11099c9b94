"""How far apart the surfaces of two masks are, in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree


@dataclass(frozen=True)
class SurfaceDistance:
    """Distances between the surfaces of two masks.

    Parameters
    ----------
    hd95_mm
        The larger of the two directed 95th percentiles: from each mask's surface to the other's. (Some programs take
        the percentile of both directions together, which is smaller or equal.)
    assd_mm
        Mean over the surface voxels of both masks of the distance to the other's surface.
    """

    hd95_mm: float
    assd_mm: float


def surface_distance(
    drawn: NDArray[np.bool_], reference: NDArray[np.bool_], spacing: Sequence[float] | NDArray[np.float64]
) -> SurfaceDistance | None:
    """Compare the surfaces of two masks, shape (z, y, x), on a grid with `spacing` in mm along (z, y, x).

    Distances run from the middle of one surface voxel to the middle of the nearest one of the other mask. A mask
    without a voxel has no surface, and then there is no distance: None.
    """
    points = [np.argwhere(surface(mask)) * np.asarray(spacing, float) for mask in (drawn, reference)]
    if not len(points[0]) or not len(points[1]):
        return None
    # Surfaces are thin: a tree over their voxels is five times faster than distance transforms of the box round them.
    there = _nearest(points[0], points[1])
    back = _nearest(points[1], points[0])
    worst = max(float(np.percentile(there, 95)), float(np.percentile(back, 95)))
    return SurfaceDistance(worst, float(np.concatenate([there, back]).mean()))


def surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels of a mask with one of their six neighbours outside it, shape (z, y, x); beyond the grid is outside.

    Along an axis of a single voxel there are no neighbours, so that a mask on one slice has an outline.
    """
    inner = mask.copy()
    for axis in (axis for axis in range(3) if mask.shape[axis] > 1):
        along, kept = np.moveaxis(mask, axis, 0), np.moveaxis(inner, axis, 0)
        kept[1:] &= along[:-1]
        kept[:-1] &= along[1:]
        kept[0] = kept[-1] = False
    return mask & ~inner


def _nearest(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    tree = KDTree(others, balanced_tree=False, compact_nodes=False)
    distances: NDArray[np.float64] = tree.query(points)[0]
    return distances
