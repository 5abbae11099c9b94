"""Words in DICOM files, in whatever letters they are written."""

from __future__ import annotations

import unicodedata

from segstudio.imaging.dicom.elements import Elements

_LONGEST = 128


def decoded(found: Elements, name: str) -> str:
    """An element of free text in the letters that the file names, on one line."""
    raw = found.raw(name)
    if not raw:
        return ""
    sets = found.words("SpecificCharacterSet")
    words = raw.decode("ascii") if raw.isascii() and not any("2022" in each for each in sets) else _through(raw, sets)
    printable = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in words)
    return " ".join(printable.split())[:_LONGEST]


def _through(raw: bytes, sets: tuple[str, ...]) -> str:
    import warnings

    from pydicom.charset import convert_encodings, decode_bytes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return decode_bytes(raw, convert_encodings(list(sets) or "ISO_IR 100"), set(map(ord, "\r\n\t\f")))
        except Exception:  # an unknown set, or letters that are none of it
            return raw.decode("utf-8", "replace")
