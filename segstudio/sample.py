"""The scan that anybody has: the T1 of MNI ICBM152 that the package nilearn ships."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from segstudio.errors import ImageError

MODEL = "brain"
"""Name of the starter model that knows what it shows."""

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
