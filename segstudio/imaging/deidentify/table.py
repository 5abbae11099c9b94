"""What the Basic Application Level Confidentiality Profile does with each attribute (DICOM PS3.15, Table E.1-1).

The table itself is the one that comes with dicom-anonymizer, which makes it from the standard. Here stand the few
columns of options that it leaves out, and what is done beyond the table with attributes that it does not name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from segstudio.imaging.deidentify.options import Options

Action = Literal["remove", "empty", "dummy", "uid", "date", "keep", "clean", "items"]
"""What is done: "items" keeps a sequence and goes through its items; "clean" leaves only harmless words."""

_CATEGORIES: dict[str, Action] = {
    "X_TAGS": "remove",
    "Z_TAGS": "empty",
    "D_TAGS": "dummy",
    "U_TAGS": "uid",
    "X_Z_TAGS": "empty",
    "X_D_TAGS": "dummy",
    "Z_D_TAGS": "dummy",
    "X_Z_D_TAGS": "dummy",
    "X_Z_U_STAR_TAGS": "items",
}

_CHARACTERISTICS = frozenset(
    {
        0x00100040,  # Patient's Sex
        0x00101010,  # Patient's Age
        0x00101020,  # Patient's Size
        0x00101030,  # Patient's Weight
        0x00102160,  # Ethnic Group
        0x001021A0,  # Smoking Status
        0x001021C0,  # Pregnancy Status
        0x00102203,  # Patient's Sex Neutered
    }
)
_DEVICE = frozenset(
    {
        0x00081010,  # Station Name
        0x00181000,  # Device Serial Number
        0x00181002,  # Device UID
        0x00181003,  # Device ID
        0x00181004,  # Plate ID
        0x00181005,  # Generator ID
        0x00181007,  # Cassette ID
        0x00181008,  # Gantry ID
        0x0018700A,  # Detector ID
        0x00500020,  # Device Description
        0x3010002D,  # Device Label
    }
)
_INSTITUTION = frozenset(
    {
        0x00080080,  # Institution Name
        0x00080081,  # Institution Address
        0x00080082,  # Institution Code Sequence
        0x00081040,  # Institutional Department Name
        0x00081041,  # Institutional Department Type Code Sequence
    }
)
_DESCRIPTIONS = frozenset(
    {
        0x00081030,  # Study Description
        0x0008103E,  # Series Description
        0x00082111,  # Derivation Description
        0x00180010,  # Contrast/Bolus Agent
        0x00181030,  # Protocol Name
        0x00181400,  # Acquisition Device Processing Description
        0x00189424,  # Acquisition Protocol Description
        0x00321060,  # Requested Procedure Description
        0x00400254,  # Performed Procedure Step Description
        0x30060002,  # Structure Set Label
        0x30060026,  # ROI Name
        0x30060028,  # ROI Description
    }
)
_BIRTH = frozenset({0x00100030, 0x00100032, 0x00100033, 0x00100034, 0x00100035})

_HARMLESS_BULK = frozenset(
    {
        *(0x7FE00001, 0x7FE00002, 0x7FE00008, 0x7FE00009, 0x7FE00010),  # pixels, and where their frames begin
        *(0x00283006, 0x00281201, 0x00281202, 0x00281203, 0x00281204),  # lookup tables and palettes
        *(0x00281221, 0x00281222, 0x00281223),
        *(0x00660016, 0x00660023, 0x00660040, 0x00660041),  # points and triangles of surfaces
    }
)
_BULK = ("OB", "OW", "OF", "OD", "OL", "OV")
_FREE_TEXT = ("ST", "LT", "UT", "UC", "UR", "UN")
_DATES = ("DA", "DT", "TM")
_OBJECTS = re.compile(r"1\.2\.840\.10008\.5\.1\.4(\.\d{1,4}){1,5}")
"""Kinds of objects that the standard has, or will have: pydicom does not know the newest."""

_GRAPHICS = (0x50, 0x60)
"""Groups 50xx of curves and 60xx of overlays, which are drawn over the picture."""


def action_of(tag: int, kind: str, options: Options) -> Action:
    """What to do with an attribute.

    Attributes that the table does not name stay, unless they are of a kind that may hold anything: private ones, those
    that the dictionary does not know, names of people, free text, curves and overlays, and bytes that are no picture.

    Parameters
    ----------
    tag
        Group and element as one number.
    kind
        The value representation, for example "LO".
    """
    named = _named().get(tag)
    if tag >> 16 & 1 or tag >> 24 in _GRAPHICS or tag & 0xFFFF == 0:
        return "remove"
    if (kept := _by_option(tag, kind, named, options)) is not None:
        return kept
    if named == "uid" or (named is None and kind == "UI"):
        return "keep" if options.keep_uids else "uid"
    return named or _unnamed(tag, kind)


def _by_option(tag: int, kind: str, named: Action | None, options: Options) -> Action | None:
    """What an option says of an attribute, if one does."""
    if kind in _DATES and tag not in _BIRTH:
        return {"keep": "keep", "shift": "keep" if kind == "TM" else "date", "remove": None}[options.dates]
    if options.keep_uids and kind == "UI":
        return "keep"
    keeps = (
        (options.keep_characteristics, _CHARACTERISTICS),
        (options.keep_device, _DEVICE),
        (options.keep_institution, _INSTITUTION),
    )
    if any(taken and tag in tags for taken, tags in keeps):
        return "items" if kind == "SQ" else "keep"
    return "clean" if options.clean_descriptions and tag in _DESCRIPTIONS and named is not None else None


def _unnamed(tag: int, kind: str) -> Action:
    from pydicom.datadict import dictionary_has_tag

    if not dictionary_has_tag(tag) or kind in _FREE_TEXT:
        return "remove"
    if kind in ("PN", "AE", *_DATES):
        return "empty"
    if kind in _BULK:
        return "keep" if tag in _HARMLESS_BULK else "remove"
    return "items" if kind == "SQ" else "keep"


def is_registered(uid: str) -> bool:
    """Whether a UID is one of the standard's: a kind of object or of encoding, not a patient's study or picture."""
    from pydicom.uid import UID

    return UID(uid).name != uid or _OBJECTS.fullmatch(uid) is not None


@lru_cache(maxsize=1)
def _named() -> dict[int, Action]:
    from dicomanonymizer.dicom_anonymization_databases import dicomfields_2026c

    return {
        tag[0] << 16 | tag[1]: action
        for category, action in _CATEGORIES.items()
        for tag in getattr(dicomfields_2026c, category)
        if len(tag) == 2
    }
