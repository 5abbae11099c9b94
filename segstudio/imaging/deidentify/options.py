"""What may stay in a de-identified file, and what was done to one, as DICOM codes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segstudio.imaging.labels import Code

Dates = Literal["shift", "remove", "keep"]


@dataclass(frozen=True)
class Options:
    """Which options of the Basic Application Level Confidentiality Profile are taken (DICOM PS3.15, Annex E).

    Parameters
    ----------
    dates
        "shift" moves all dates of a patient by the same number of days, "remove" empties them, "keep" leaves them. A
        date of birth never stays.
    keep_uids
        Unique identifiers stay, by which the files can be found again in the archive that they came from.
    keep_characteristics
        Sex, age (above 89 as 90 years), size, weight, smoking and pregnancy stay.
    keep_device
        Serial numbers and names of the machine stay.
    keep_institution
        Name, address and department of the institution stay.
    clean_descriptions
        Of descriptions of study and series, those words stay that are on a list of imaging terms.
    """

    dates: Dates = "shift"
    keep_uids: bool = False
    keep_characteristics: bool = False
    keep_device: bool = False
    keep_institution: bool = False
    clean_descriptions: bool = False

    @property
    def codes(self) -> tuple[Code, ...]:
        """The profile and its options as DICOM codes them (PS3.16, context group 7050)."""
        taken = [
            (True, "113100", "Basic Application Confidentiality Profile"),
            (self.clean_descriptions, "113105", "Clean Descriptors Option"),
            (self.dates == "keep", "113106", "Retain Longitudinal Temporal Information Full Dates Option"),
            (self.dates == "shift", "113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
            (self.keep_characteristics, "113108", "Retain Patient Characteristics Option"),
            (self.keep_device, "113109", "Retain Device Identity Option"),
            (self.keep_uids, "113110", "Retain UIDs Option"),
            (self.keep_institution, "113112", "Retain Institution Identity Option"),
        ]
        return tuple(Code(value, "DCM", meaning) for taken_too, value, meaning in taken if taken_too)
