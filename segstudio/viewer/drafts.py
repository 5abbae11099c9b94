"""Masks that were not submitted, kept until their scan is opened again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from segstudio.errors import SegStudioError
from segstudio.imaging import Box, Geometry, LabelClass, LabelMap, read_labels, write_labels


@dataclass(frozen=True, eq=False)
class Draft:
    """A mask in the making.

    Parameters
    ----------
    model
        NAME@VERSION that drew first, or "".
    box
        Where it looked, on the scan's own grid; None is everywhere.
    """

    labels: LabelMap
    model: str = ""
    box: Box | None = None


def keep(library: Path, scan: Path, draft: Draft) -> None:
    """Write a draft in place of the one that the scan had.

    Raises
    ------
    SegStudioError
        There is no room, or the library cannot be written to.
    """
    file = _file(library, scan)
    sides = [[side.start, side.stop] for side in draft.box] if draft.box else None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        writing = file.with_suffix(".writing")
        writing.write_text(json.dumps({"model": draft.model, "box": sides}), encoding="utf8")
        os.replace(writing, _about(file))
    except OSError as error:
        raise SegStudioError(
            f"the mask could not be kept ({error.strerror})", hint="Submit it before you close."
        ) from error
    write_labels(draft.labels, file)


def take(library: Path, scan: Path, geometry: Geometry, classes: Sequence[LabelClass]) -> Draft | None:
    """The draft of a scan, or None; one that does not fit the scan any more is left alone."""
    file = _file(library, scan)
    if not file.exists():
        return None
    try:
        labels = read_labels(file, classes=tuple(classes))
    except SegStudioError:
        return None
    if not geometry.same_space(labels.geometry, tolerance_mm=0.01):
        return None
    model, box = "", None
    with suppress(OSError, ValueError, KeyError, TypeError):  # the mask counts, even alone
        plain = json.loads(_about(file).read_text(encoding="utf8"))
        z, y, x = (
            slice(int(start), int(stop)) for start, stop in plain["box"] or ((0, side) for side in geometry.shape)
        )
        model, box = str(plain["model"]), (z, y, x) if plain["box"] else None
    return Draft(LabelMap(labels.labels, geometry, labels.classes), model, box)


def forget(library: Path, scan: Path) -> None:
    """Throw a scan's draft away."""
    file = _file(library, scan)
    file.unlink(missing_ok=True)
    _about(file).unlink(missing_ok=True)


def _file(library: Path, scan: Path) -> Path:
    """Named by a hash, since a scan's name may be a patient's."""
    return library / "drafts" / f"{hashlib.sha256(str(scan.resolve()).encode()).hexdigest()[:24]}.nii.gz"


def _about(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(".nii.gz") + ".json")
