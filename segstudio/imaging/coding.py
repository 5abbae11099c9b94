"""What a class is, in codes that other systems understand (SNOMED CT, as DICOM PS3.16 uses it)."""

from __future__ import annotations

from segstudio.imaging.labels import Code, LabelClass, without_side
from segstudio.imaging.presets import code_of

TISSUE = Code("85756007", "SCT", "Tissue")
"""Stands where a class has no code, since files ask for one; read back, it is none."""

_ANATOMY = Code("123037004", "SCT", "Anatomical Structure")
_CHANGED = Code("49755003", "SCT", "Morphologically Abnormal Structure")
_CHANGES = ("6574001", "79654002", "108369006", "86049000", "52988006", "4147007")
"""What is no anatomy: necrosis, oedema, neoplasm, primary neoplasm, lesion, mass."""

_SIDES = {"left": Code("7771000", "SCT", "Left"), "right": Code("24028007", "SCT", "Right")}


def coded(each: LabelClass) -> tuple[Code, Code, Code | None]:
    """Category, type and side of a class: its own code, or what the lists that SegStudio comes with give its name.

    The side is read from the name, since codes of organs have none.

    Raises
    ------
    ImageError
        One of the lists is damaged.
    """
    kind = each.code or code_of(each.name) or code_of(without_side(each.name)[0]) or TISSUE
    return (_CHANGED if kind.value in _CHANGES else _ANATOMY), kind, _SIDES.get(without_side(each.name)[1])


def known(value: str, scheme: str, meaning: str) -> Code | None:
    """A code from a file; None where it is empty or stands for none."""
    code = Code(value, scheme, meaning)
    return None if not value or code == TISSUE else code
