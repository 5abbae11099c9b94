"""Where a reader looks first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def where_to_look(labels: NDArray[np.unsignedinteger]) -> tuple[int, int, int] | None:
    """A voxel deep in the largest piece of the slice that holds most of a mask; None where the mask is empty.

    Parameters
    ----------
    labels
        Shape (z, y, x), 0 for no class; cut into slices as it lies in memory, which is many times faster.
    """
    from scipy import ndimage  # no start of the window waits for it

    across = int(np.argmax(np.abs(labels.strides)))
    slices = np.moveaxis(labels, across, 0)
    counts = [np.count_nonzero(each) for each in slices]
    if not any(counts):
        return None
    at = int(np.argmax(counts))
    pieces, _ = ndimage.label(slices[at])
    piece = pieces == np.argmax(np.bincount(pieces.ravel())[1:]) + 1
    depth = ndimage.distance_transform_edt(np.pad(piece, 1))[1:-1, 1:-1]
    voxel = [int(side) for side in np.unravel_index(np.argmax(depth), depth.shape)]
    voxel.insert(across, at)
    return voxel[0], voxel[1], voxel[2]
