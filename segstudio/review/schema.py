"""Classes of a mask beside those of a model: what is the same, what has another number, what is unknown or missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging import LabelClass, LabelMap, present_values
from segstudio.review.records import How, Match


def mapping(labels: LabelMap, classes: Sequence[LabelClass]) -> tuple[Match, ...]:
    """How a mask's classes would become a model's: by name, whatever the number; nothing is changed."""
    counts = np.bincount(labels.labels.ravel())
    mine = {each.value: each.name for each in labels.classes}
    mine |= {value: f"class {value}" for value in labels.unknown_values}
    theirs = {_plain(each.name): each.value for each in classes}
    rows = []
    for value, name in sorted(mine.items()):
        voxels = int(counts[value]) if value < len(counts) else 0
        target = theirs.get(_plain(name))
        how: How = "unknown" if target is None else "same" if target == value else "renumbered"
        rows.append(Match(value, name, voxels, target, how))
    taken = {row.target for row in rows}
    return (*rows, *(Match(each.value, each.name, 0, None, "missing") for each in classes if each.value not in taken))


def apply(labels: LabelMap, targets: Mapping[int, int], classes: Sequence[LabelClass]) -> LabelMap:
    """The mask with other numbers.

    Parameters
    ----------
    targets
        For every value of the mask, what it becomes; 0 is background.

    Raises
    ------
    ImageError
        A value that is in the mask has no target, or a target is no class.
    """
    known = {0, *(each.value for each in classes)}
    table: NDArray[Any] = np.zeros(65536, np.uint8 if max(known) <= 255 else np.uint16)
    for present in present_values(labels.labels):
        if present and int(present) not in targets:
            raise ImageError(f"nothing says what class {present} of the mask becomes", hint="Choose a class, or none.")
    for value, target in targets.items():
        if target not in known:
            raise ImageError(f"there is no class {target} in the model", hint="Choose one of its classes, or none.")
        table[value] = target
    return LabelMap(table[labels.labels], labels.geometry, tuple(classes))


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())
