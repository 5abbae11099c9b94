"""The classes of a mask as other systems want them: all that is drawn, with codes where they are known."""

from __future__ import annotations

from segstudio.errors import ImageError
from segstudio.imaging import Code, LabelClass, LabelMap, color_of, present_values, without_side
from segstudio.imaging.dicom.seg import TISSUE
from segstudio.imaging.presets import code_of

ANATOMY = Code("123037004", "SCT", "Anatomical Structure")
CHANGED = Code("49755003", "SCT", "Morphologically Abnormal Structure")

LEFT = Code("7771000", "SCT", "Left")
RIGHT = Code("24028007", "SCT", "Right")
"""Sides, which the name of a class says and its code does not."""

_CHANGES = ("6574001", "79654002", "108369006", "86049000", "52988006", "4147007")
"""SNOMED codes of what is no anatomy: necrosis, oedema, neoplasm, primary neoplasm, lesion, mass."""


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


def coded(each: LabelClass) -> tuple[Code, Code, Code | None]:
    """Category, type and side of a class; what no list knows is tissue."""
    kind = each.code or code_of(each.name) or TISSUE
    side = {"left": LEFT, "right": RIGHT}.get(without_side(each.name)[1])
    return (CHANGED if kind.value in _CHANGES else ANATOMY), kind, side
