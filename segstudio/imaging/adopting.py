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


def adopted(
    found: LabelMap, classes: Sequence[LabelClass], highest: int = 255, *, doubted: Sequence[LabelClass] = ()
) -> Adopted:
    """Classes of one name become one; a new name takes a number that is free; a value without a name keeps its own.

    Parameters
    ----------
    highest
        Number that the labels have room for.
    doubted
        Of the classes those whose names a person did not choose: they do not name what the mask leaves nameless.

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
    unsure = {(each.value, each.name) for each in doubted if each.value in nameless}
    kept = tuple(each for each in classes if (each.value, each.name) not in unsure)
    together = joined(kept, fitting, nameless)
    values = {each.name: each.value for each in together}
    table = np.arange(65536, dtype=np.uint16)
    for each in named:
        table[each.value] = values[each.name]
    if all(table[value] == value for value in there):
        return Adopted(found.labels, together)
    narrow = max(int(table[value]) for value in there) <= 255
    return Adopted((table.astype(np.uint8) if narrow else table)[found.labels], together)
