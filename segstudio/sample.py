"""The scan that anybody has: the T1 of MNI ICBM152 that the package nilearn ships, with a box round one hippocampus."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from segstudio.errors import ImageError
from segstudio.imaging import Box, Geometry

MODEL = "hippocampus"
"""Name of the starter model that knows what is in the box."""

HIPPOCAMPI = {"left": (28.0, 22.0, -16.0), "right": (-28.0, 22.0, -16.0)}
"""Middle of each hippocampus in MNI space, in LPS millimetres: x to the left, y to the back, z to the head."""

SIDES = (40.0, 56.0, 40.0)
"""Of the box, in mm along x, y, z."""

_FILE = "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"


def sample_scan() -> Path:
    """The scan's file; nilearn itself is not imported.

    Raises
    ------
    ImageError
        nilearn is not installed, or no longer ships the scan.
    """
    found = find_spec("nilearn")
    if found is None or found.origin is None:
        raise ImageError(
            "the sample scan is not installed",
            hint="Install it with `pip install segstudio[sample]`, or open a scan of your own.",
        )
    file = Path(found.origin).parent / "datasets" / "data" / _FILE
    if not file.is_file():
        raise ImageError(
            f"this nilearn does not hold the sample scan {_FILE}",
            hint="Install the version that `pip install segstudio[sample]` asks for.",
        )
    return file


def is_sample(path: Path) -> bool:
    """Whether a file is the sample, which lies where nobody keeps files of their own."""
    return path.name == _FILE


def sample_box(geometry: Geometry, side: str = "right") -> Box:
    """The box round one hippocampus on the scan's grid.

    Parameters
    ----------
    geometry
        Of the sample scan, or of any other in MNI space.
    side
        Of the patient: "left" or "right".
    """
    middle, half = np.array(HIPPOCAMPI[side]), np.array(SIDES) / 2
    corners = geometry.to_index(np.stack([middle - half, middle + half]))
    low = np.rint(corners.min(axis=0)).astype(int).clip(0, np.array(geometry.shape) - 1)
    high = np.rint(corners.max(axis=0)).astype(int).clip(low + 1, geometry.shape)
    z, y, x = (slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True))
    return z, y, x
