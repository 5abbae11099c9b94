"""What identifies a patient in the files of a patient, so that it can be looked for where nobody expects it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from segstudio.imaging.deidentify.words import is_harmless, normal, words

_NUMBERS = (
    *("PatientID", "OtherPatientIDs", "AccessionNumber", "AdmissionID", "MedicalRecordLocator", "RequestedProcedureID"),
    *("PatientTelephoneNumbers", "FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberImagingServiceRequest"),
    *("PerformedProcedureStepID", "ScheduledProcedureStepID", "ServiceEpisodeID", "PatientInsurancePlanCodeSequence"),
    *("StudyID", "DeviceSerialNumber", "InstanceCreatorUID"),
)
_PLACES = ("PatientAddress", "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName")
_DATES = ("PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "AdmittingDate")
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
_UID = re.compile(r"\d+(?:\.\d+){2,}")
_LONG, _LONG_NUMBER, _SURE, _SURE_NUMBER = 4, 5, 5, 10


class Identifiers:
    """Names, numbers, places and dates that belong to one patient.

    Parameters
    ----------
    dates, uids
        Whether dates of examinations and unique identifiers are to go as well.
    """

    def __init__(self, *, dates: bool = True, uids: bool = True) -> None:
        self._with_dates, self._with_uids = dates, uids
        self._words: set[str] = set()
        self._pieces: set[str] = set()
        self._uids: set[str] = set()
        self._written: set[bytes] = set()

    def learn(self, dataset: Any) -> None:
        """Take in what a file says of its patient, at any depth."""
        self._written.clear()
        for name, value in _texts(dataset):
            if name == "PN":
                self._name(value)
            elif name in _NUMBERS:
                self._number(value)
            elif name in _PLACES:
                self._place(value)
            elif name in _DATES and (self._with_dates or name == "PatientBirthDate"):
                self._pieces.update(_written(value))
            elif name in _UIDS and self._with_uids:
                self._uids.add(value)

    def within(self, text: str) -> bool:
        """Whether a text holds one of them."""
        plain = normal(text)
        return (
            any(piece in plain for piece in self._pieces)
            or any(each in self._words for each in words(text))
            or any(each in self._uids for each in _UID.findall(text))
        )

    def within_bytes(self, content: bytes) -> bool:
        """Whether bytes hold one of those that are long enough not to stand there by chance."""
        return any(each in content for each in self._sure())

    def _sure(self) -> set[bytes]:
        if not self._written:
            for piece in self._pieces:
                if len(piece) >= (_SURE_NUMBER if _is_number(piece) else _SURE):
                    for text in {piece, piece.upper(), piece.title()}:
                        self._written.add(text.encode())
                        with suppress(UnicodeEncodeError):
                            self._written.add(text.encode("latin-1"))
        return self._written

    def _name(self, value: str) -> None:
        for word in words(value.replace("-", " ")) + words(value):
            if not is_harmless(word) and len(word) > 1:
                self._words.add(word)
                if len(word) >= _LONG or not word.isascii():
                    self._pieces.add(word)

    def _number(self, value: str) -> None:
        plain = normal(value.strip())
        for part in {plain, re.sub(r"[^0-9a-z]", "", plain)}:
            if len(part) >= (_LONG_NUMBER if _is_number(part) else _LONG) and not is_harmless(part):
                self._pieces.add(part)
            elif len(part) == _LONG:
                self._words.add(part)

    def _place(self, value: str) -> None:
        for part in re.split(r"[\r\n^]+", normal(value)):
            if len(part.strip()) >= _LONG and not is_harmless(part.strip()):
                self._pieces.add(part.strip())


def _texts(dataset: Any) -> Iterator[tuple[str, str]]:
    """The values of text of a dataset and of all that is in it; names of people are called "PN"."""
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
        except Exception:  # what cannot be read is not kept either
            continue
        if element.VR == "SQ":
            for item in element.value or ():
                yield from _texts(item)
        else:
            name = "PN" if element.VR == "PN" else element.keyword
            for value in texts_of(element):
                yield name, value


def texts_of(element: Any) -> Iterable[str]:
    """The values of an element of text, one by one."""
    value = element.value
    if value is None or isinstance(value, bytes | int | float):
        return ()
    values = value if isinstance(value, list | tuple) or type(value).__name__ == "MultiValue" else (value,)
    return [str(each) for each in values if each is not None and str(each)]


def _written(date: str) -> set[str]:
    """A date as people write it."""
    digits = re.sub(r"\D", "", date)[:8]
    if len(digits) < 8:
        return set()
    year, month, day = digits[:4], digits[4:6], digits[6:]
    orders = ((year, month, day), (day, month, year), (month, day, year))
    return {mark.join(order) for order in orders for mark in ("", "-", ".", "/")}


def _is_number(text: str) -> bool:
    return all(each.isdigit() or each in "-./ " for each in text)
