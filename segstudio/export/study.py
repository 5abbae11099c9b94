"""What every DICOM file that is written about a series says of its patient and study: the same as the series."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from segstudio.errors import ImageError
from segstudio.imaging.dicom.instances import PATIENT, Series

UTF8 = "ISO_IR 192"
"""The character set of what is written: names of classes and of patients may need any letters."""

_EMPTY_IF_UNKNOWN = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)


def name_patient(data: Any, series: Series) -> None:
    """Put patient and study of the series into a dataset that is about it."""
    header = series.header
    for tag in PATIENT:
        if tag in header:
            data[tag] = deepcopy(header[tag])
        elif tag in _EMPTY_IF_UNKNOWN:
            setattr(data, tag, "")
    data.SpecificCharacterSet = UTF8


def series_number(series: Series) -> int:
    """A number well behind those of the scanner's series, which tells from which it was made."""
    return 9000 + abs(int(series.header.get("SeriesNumber") or 0)) % 1000


def require_frame_of_reference(series: Series, name: str) -> None:
    """Raise `ImageError` if the series does not say in which space its places are."""
    if not series.frame_of_reference:
        raise ImageError(
            f"{name} has no Frame of Reference UID, without which nothing can be placed on it",
            hint="Write NIfTI, NRRD or a surface instead.",
        )
