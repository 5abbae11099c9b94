"""A mask with names of its own among classes that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging.labels import LabelClass, LabelMap, present_values
from segstudio.imaging.presets import joined


@dataclass(frozen=True, eq=False)
class Adopted:
    """Labels as the classes number them, shape (z, y, x), and those classes."""

    labels: NDArray[Any]
    classes: tuple[LabelClass, ...]


def adopted(found: LabelMap, classes: Sequence[LabelClass], highest: int = 255) -> Adopted:
    """Classes of one name become one; a new name takes a number that is free; a value without a name keeps its own.

    Parameters
    ----------
    highest
        Number that the labels have room for.

    Raises
    ------
    ImageError
        There is no number left.
    """
    there = {int(value) for value in present_values(found.labels) if value}
    drawn = [each for each in found.classes if each.value in there]
    named = [each for each in drawn if each.name != f"class {each.value}"]
    nameless = there - {each.value for each in named}
    fitting = [each if each.value <= highest else replace(each, value=1) for each in named]
    together = joined(tuple(classes), fitting, nameless)
    values = {each.name: each.value for each in together}
    table = np.arange(65536, dtype=np.uint16)
    for each in named:
        table[each.value] = values[each.name]
    labels = table[found.labels]
    return Adopted(labels.astype(np.uint8) if labels.max(initial=0) <= 255 else labels, together)
