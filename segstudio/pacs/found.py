"""What is asked of an archive, and what it answers (DICOM PS3.18, QIDO-RS; PS3.18 Annex F for its JSON)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segstudio.errors import PacsError

_UID = re.compile(r"[0-9][0-9.]{0,63}")
_DAYS = re.compile(r"(\d{8})?-?(\d{8})?")

STUDY_FIELDS = ("00081030", "00080061", "00201206", "00201208")
"""Description, kinds, counts of series and instances: not every archive gives them unasked."""

SERIES_FIELDS = ("0008103E", "00080060", "00200011", "00201209", "00180015")


@dataclass(frozen=True)
class Query:
    """What a study has to fit; "" fits all.

    Parameters
    ----------
    patient_id, patient_name
        `*` stands for any letters; a name without one is taken as its beginning.
    days
        YYYYMMDD, or YYYYMMDD-YYYYMMDD with either end left open.
    modality
        For example "CT".
    study
        Its UID.
    """

    patient_id: str = ""
    patient_name: str = ""
    days: str = ""
    modality: str = ""
    study: str = ""

    def __post_init__(self) -> None:
        if not _DAYS.fullmatch(self.days.strip()):
            raise PacsError(
                f"{self.days!r} is no date that an archive knows", hint="Write 20260131, or 20260101-20260131."
            )
        if self.study:
            require_uid(self.study)

    @property
    def fields(self) -> dict[str, str]:
        """As parameters of QIDO-RS."""
        name = self.patient_name.strip()
        asked = {
            "PatientID": self.patient_id.strip(),
            "PatientName": name if not name or "*" in name else f"{name}*",
            "StudyDate": self.days.strip(),
            "ModalitiesInStudy": self.modality.strip().upper(),
            "StudyInstanceUID": self.study,
        }
        return {key: value for key, value in asked.items() if value}


@dataclass(frozen=True)
class StudyFound:
    """A study in the archive; dates as YYYY-MM-DD."""

    uid: str
    patient_id: str
    patient_name: str
    date: str
    description: str
    modalities: tuple[str, ...]
    series: int
    instances: int


@dataclass(frozen=True)
class SeriesFound:
    """A series in the archive."""

    uid: str
    study: str
    number: int
    modality: str
    description: str
    body_part: str
    instances: int


def study_of(item: Mapping[str, Any]) -> StudyFound:
    """A study from an item of the answer."""
    modalities = [str(each) for each in _values(item, "00080061")]
    return StudyFound(
        uid=require_uid(text(item, "0020000D")),
        patient_id=text(item, "00100020"),
        patient_name=_name(item),
        date=_date(text(item, "00080020")),
        description=text(item, "00081030"),
        modalities=tuple(each for each in modalities if each),
        series=number(item, "00201206"),
        instances=number(item, "00201208"),
    )


def series_of(item: Mapping[str, Any], study: str) -> SeriesFound:
    """A series from an item of the answer."""
    return SeriesFound(
        uid=require_uid(text(item, "0020000E")),
        study=study,
        number=number(item, "00200011"),
        modality=text(item, "00080060"),
        description=text(item, "0008103E"),
        body_part=text(item, "00180015"),
        instances=number(item, "00201209"),
    )


def require_uid(uid: str) -> str:
    """The UID itself.

    Raises
    ------
    PacsError
        It is none: it would become part of an address.
    """
    if not _UID.fullmatch(uid):
        raise PacsError(f"{uid!r} is no UID", hint="Copy it whole from the list of studies.")
    return uid


def text(item: Mapping[str, Any], tag: str) -> str:
    """The first value of an attribute as text, or ""."""
    values = _values(item, tag)
    return str(values[0]).strip() if values and values[0] is not None else ""


def number(item: Mapping[str, Any], tag: str) -> int:
    """The first value of an attribute as a number, or 0."""
    try:
        return int(float(text(item, tag) or 0))
    except (ValueError, OverflowError):
        return 0


def _values(item: Mapping[str, Any], tag: str) -> list[Any]:
    entry = item.get(tag)
    values = entry.get("Value") if isinstance(entry, dict) else None
    return values if isinstance(values, list) else []


def _name(item: Mapping[str, Any]) -> str:
    values = _values(item, "00100010")
    name = values[0] if values else ""
    if isinstance(name, dict):
        name = next((name[kind] for kind in ("Alphabetic", "Ideographic", "Phonetic") if name.get(kind)), "")
    return ", ".join(part for part in str(name or "").split("^")[:2] if part)


def _date(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if re.fullmatch(r"\d{8}", digits) else digits
