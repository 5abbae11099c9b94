"""Whether a file that is opened as a scan holds a mask; a guess, to be asked about."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging.labels import LabelMap
from segstudio.imaging.volume import Volume

_WORDS = {"mask", "masks", "seg", "segmentation", "label", "labels", "labelmap", "dseg", "aseg", "aparc", "roi", "gt"}
_SAMPLE = 2_000_000
_MOST_VALUES = 256
_FEW_VALUES = 8
"""Classes that may lie in each other in any way."""

_MOSTLY_ZERO, _ALIKE = 0.3, 0.7
"""Of all voxels those that are 0; of neighbours in the rest those of one value, which noise never lets be so many."""


def looks_like_mask(volume: Volume, name: str) -> bool:
    """Whether voxels look like class numbers: whole, few, mostly 0, in patches of one value.

    A name with "mask", "seg" or "label" in it makes up for a lack of zeros. Of a large volume only some slices are
    looked at, two million voxels or so.
    """
    if volume.voxels.shape[:2] != (1, 1):
        return False
    part = _slices(volume.voxels[0, 0])
    if np.issubdtype(part.dtype, np.floating) and not (np.isfinite(part).all() and (part == np.rint(part)).all()):
        return False
    if part.min() < 0 or part.max() > 65535 or len(np.unique(part)) > _MOST_VALUES:
        return False
    named, zeros = bool(_WORDS & set(re.split(r"[^a-z]+", name.lower()))), float((part == 0).mean())
    if zeros == 1:
        return named
    return (named or zeros >= _MOSTLY_ZERO) and _alike(part) >= _ALIKE


def require_patches(labels: LabelMap, name: str) -> None:
    """Raise `ImageError` if what was read as a mask changes from voxel to voxel, as only pictures do."""
    part = _slices(labels.labels)
    values = len(np.unique(part[part != 0]))
    if values > _FEW_VALUES and _alike(part) < _ALIKE:
        raise ImageError(
            f"{name} looks like a scan, not a mask: {values} values that change from voxel to voxel",
            hint="Open it as a scan; in a mask neighbours mostly are of one class.",
        )


def _slices(voxels: NDArray[Any]) -> NDArray[Any]:
    """Some slices along z, evenly spread."""
    return voxels[:: max(1, voxels.size // _SAMPLE)]


def _alike(part: NDArray[Any]) -> float:
    """Of voxels that are not 0 beside another that is not, how many have its value."""
    one, other = part[..., :-1], part[..., 1:]
    both = (one != 0) & (other != 0)
    return float((one == other)[both].mean()) if both.any() else 0.0
