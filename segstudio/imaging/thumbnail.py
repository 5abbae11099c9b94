"""A scan as a small picture."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging.geometry import Reorientation
from segstudio.imaging.volume import Volume

SIDE = 96
"""Pixels along the longer side."""

_SOFT_TISSUE = (-160.0, 240.0)


def thumbnail(volume: Volume) -> bytes:
    """The middle axial slice of the first channel as a grey PNG of at most 96×96 pixels, true to its proportions.

    CT is shown in a window for soft tissue, other scans between their 1st and 99th percentile.
    """
    from PIL import Image

    turn = Reorientation.to(volume.geometry)
    geometry = turn.geometry(volume.geometry)
    scan = turn.apply(volume.image[0])
    plane = np.nan_to_num(np.asarray(scan[len(scan) // 2], np.float32))
    low, high = _SOFT_TISSUE if volume.modality == "CT" else _range(plane)
    grey = (255 * np.clip((plane - low) / max(high - low, 1e-6), 0, 1)).astype(np.uint8)
    mm = np.array(plane.shape) * geometry.spacing[1:]
    height, width = (max(1, round(SIDE * float(side / mm.max()))) for side in mm)
    file = io.BytesIO()
    Image.fromarray(grey).resize((width, height), Image.Resampling.BOX).save(file, "PNG", optimize=False)
    return file.getvalue()


def _range(plane: NDArray[np.float32]) -> tuple[float, float]:
    low, high = np.percentile(plane, [1, 99])
    return float(low), float(high)
