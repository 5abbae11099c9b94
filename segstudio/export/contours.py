"""Voxels to polygons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree
from skimage.measure import find_contours

from segstudio.imaging.dicom.filling import Polygon, area


def traced(inside: NDArray[np.bool_]) -> list[Polygon]:
    """One closed polygon for each part of a plane, through the middle between voxels inside and outside.

    Parts that touch only at corners are parts of their own. Holes are joined to the outside by a line gone there and
    back (DICOM's "keyhole", PS3.3 C.8.8.6.3), so that each part is one polygon whatever rule it is filled by.

    Parameters
    ----------
    inside
        Shape (row, column).
    """
    parts, count = ndimage.label(inside)
    found = []
    for number, box in enumerate(ndimage.find_objects(parts, count), start=1):
        corner = np.array([side.start for side in box], float)
        found.append(_outline(parts[box] == number) + corner)
    return found


def _outline(part: NDArray[np.bool_]) -> Polygon:
    found: list[Polygon] = find_contours(np.pad(part, 1).astype(np.float32), 0.5)  # type: ignore[no-untyped-call]
    lines = [line[:-1] - 1 for line in found]
    lines.sort(key=area, reverse=True)
    return _straightened(_joined(lines[0], lines[1:]))


def _joined(outline: Polygon, holes: Sequence[Polygon]) -> Polygon:
    """The outline with a way to each hole and back, the nearest first."""
    left = list(holes)
    while left:
        tree = KDTree(outline)
        nearest = [tree.query(hole) for hole in left]
        at = int(np.argmin([float(away.min()) for away, _ in nearest]))
        away, corners = nearest[at]
        hole, start = left.pop(at), int(away.argmin())
        corner = int(corners[start])
        round_it = np.concatenate([hole[start:], hole[: start + 1]])
        outline = np.concatenate([outline[: corner + 1], round_it, outline[corner:]])
    return outline


def _straightened(polygon: Polygon) -> Polygon:
    """Without corners in the middle of straight lines; a way there and back keeps its ends."""
    before, after = polygon - np.roll(polygon, 1, axis=0), np.roll(polygon, -1, axis=0) - polygon
    turns = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    straight = (np.abs(turns) < 1e-9) & ((before * after).sum(axis=1) > 0)
    kept: Polygon = polygon[~straight]
    return kept
