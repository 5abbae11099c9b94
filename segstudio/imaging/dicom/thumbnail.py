"""One picture of a stack, small, to recognise it by."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging.dicom.grid import Grid
from segstudio.imaging.dicom.pictures import Picture
from segstudio.imaging.dicom.stacks import Stack
from segstudio.imaging.dicom.values import voxels_of
from segstudio.imaging.geometry import Geometry

_SOFT_TISSUE = (-160.0, 240.0)


def thumbnail(stack: Stack, side: int) -> NDArray[np.uint8]:
    """The middle slice of a stack as it was stored, its longer side `side` pixels, true to its proportions.

    CT is shown in a window for soft tissue, other scans between their 1st and 99th percentile.

    Returns
    -------
    NDArray
        Shape (rows, columns, 3).

    Raises
    ------
    ImageError
        The picture is damaged, or packed in a way that cannot be decoded.
    """
    picture = _middle(stack)
    alone = Grid(((picture,),), Geometry((1, *picture.size), np.eye(4)))
    plane = np.moveaxis(voxels_of(alone)[0, :, 0], 0, -1)
    rows, columns = picture.spacing or (1.0, 1.0)
    mm = np.array([plane.shape[0] * rows, plane.shape[1] * columns])
    height, width = (max(1, round(side * float(part / mm.max()))) for part in mm)
    plane = plane[_taken(plane.shape[0], height)][:, _taken(plane.shape[1], width)]
    return np.broadcast_to(_grey(plane, picture), (height, width, 3)).copy()


def _middle(stack: Stack) -> Picture:
    if isinstance(stack.grid, Grid):
        slices = stack.grid.frames[0]
        return slices[len(slices) // 2]
    return stack.pictures[len(stack.pictures) // 2]


def _taken(have: int, want: int) -> NDArray[np.intp]:
    """Which of `have` rows make `want`."""
    return ((np.arange(want) + 0.5) * have / want).astype(np.intp)


def _grey(plane: NDArray[Any], picture: Picture) -> NDArray[np.uint8]:
    if plane.shape[-1] == 3 and plane.dtype == np.uint8:
        return plane.astype(np.uint8)
    values = np.nan_to_num(plane.astype(np.float32))
    low, high = _SOFT_TISSUE if picture.file.about.modality == "CT" else np.percentile(values, [1, 99])
    scaled: NDArray[np.uint8] = (255 * np.clip((values - low) / max(float(high - low), 1e-6), 0, 1)).astype(np.uint8)
    return scaled
