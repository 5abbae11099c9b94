"""The classes of a mask as an export names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segstudio.errors import ImageError
from segstudio.imaging import LabelClass, LabelMap, color_of, present_values


def drawn(labels: LabelMap) -> tuple[LabelClass, ...]:
    """The classes that have a voxel, by value, those without a name as "class N"; all of them where nothing is drawn.

    Raises
    ------
    ImageError
        Nothing is drawn, and no class is named.
    """
    there = {int(value) for value in present_values(labels.labels) if value}
    named = tuple(each for each in labels.classes if not there or each.value in there)
    nameless = tuple(
        LabelClass(value, f"class {value}", color_of(len(labels.classes) + at))
        for at, value in enumerate(labels.unknown_values)
    )
    if not named + nameless:
        raise ImageError("the mask is empty and has no classes", hint="Name its classes, or draw something.")
    return tuple(sorted((*named, *nameless), key=lambda each: each.value))


def require_same(found: LabelMap, labels: LabelMap, classes: Sequence[LabelClass], name: str) -> None:
    """Raise `ImageError` unless a file that was read back holds the mask, voxel by voxel and class by class."""
    wrong = sum(int(np.count_nonzero(one != other)) for one, other in zip(found.labels, labels.labels, strict=True))
    if wrong:
        raise ImageError(f"{wrong} voxels read back from {name} differ from the mask", hint="Is the disk sound?")
    if [(each.value, each.name) for each in found.classes] != [(each.value, shortened(each.name)) for each in classes]:
        raise ImageError(f"the classes read back from {name} are others", hint="Give them other names.")


def shortened(name: str) -> str:
    """A name as files keep it: on one line, of at most 64 characters (DICOM's LO)."""
    return " ".join(name.replace("\\", "/").split())[:64].strip()


def names_of(path: Path, classes: Sequence[LabelClass]) -> list[str]:
    """Names for one file a class: that of `path`, with the class behind its stem where there are several."""
    if len(classes) == 1:
        return [path.name]
    plain = [re.sub(r"[^\w.-]+", "-", each.name).strip("-.") for each in classes]
    same = len({each.lower() for each in plain}) < len(plain) or not all(plain)
    ends = [f"{name}-{each.value}" if same else name for name, each in zip(plain, classes, strict=True)]
    return [f"{path.stem}-{end}{path.suffix}" for end in ends]


def all_the_same(labels: LabelMap) -> str:
    """What is said after `require_same`."""
    return f"Read back: all {labels.labels.size:,} voxels are the same.".replace(",", " ")
