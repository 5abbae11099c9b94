"""Masks that were not submitted, kept until their scan is opened again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from segstudio.errors import SegStudioError
from segstudio.imaging import Geometry, LabelClass, LabelMap, read_labels, write_labels


def keep(library: Path, scan: Path, labels: LabelMap) -> None:
    """Write a draft in place of the one that the scan had.

    Raises
    ------
    SegStudioError
        There is no room, or the library cannot be written to.
    """
    file = _file(library, scan)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SegStudioError(
            f"the mask could not be kept ({error.strerror})", hint="Submit it before you close."
        ) from error
    write_labels(labels, file)


def take(library: Path, scan: Path, geometry: Geometry, classes: Sequence[LabelClass]) -> LabelMap | None:
    """The draft of a scan, or None; one that no longer fits the scan is left alone."""
    file = _file(library, scan)
    if not file.exists():
        return None
    try:
        labels = read_labels(file, classes=tuple(classes))
    except SegStudioError:
        return None
    return (
        LabelMap(labels.labels, geometry, labels.classes)
        if geometry.same_space(labels.geometry, tolerance_mm=0.01)
        else None
    )


def forget(library: Path, scan: Path) -> None:
    """Throw a scan's draft away."""
    _file(library, scan).unlink(missing_ok=True)


def _file(library: Path, scan: Path) -> Path:
    """Named by a hash, since a scan's name may be a patient's."""
    return library / "drafts" / f"{hashlib.sha256(str(scan.resolve()).encode()).hexdigest()[:24]}.nii.gz"
