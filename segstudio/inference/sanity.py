"""Whether what a model drew can be what it was made for: a scan of something else gets a warning, not an organ."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Geometry
from segstudio.networks import ModelSpec

_LITTLE, _MUCH = 0.5, 1.6


def odd_volume(labels: NDArray[Any], geometry: Geometry, spec: ModelSpec) -> str:
    """What is odd in the volume of all classes together, as a sentence; "" where nothing is, or nothing is known."""
    least, most = spec.usual_ml
    if not most:
        return ""
    found = float(np.count_nonzero(labels)) * geometry.voxel_ml
    if found < _LITTLE * least or found > _MUCH * most:
        return (
            f"{spec.label} drew {found:.0f} ml, where {least:.0f} to {most:.0f} ml are usual: "
            "the scan may not show what it was made for."
        )
    return ""
