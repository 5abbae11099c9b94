"""One file's attributes, without what tells who the patient is."""

from __future__ import annotations

import re
from typing import Any

from segstudio import __version__
from segstudio.imaging.deidentify.identifiers import Identifiers, texts_of
from segstudio.imaging.deidentify.options import Options
from segstudio.imaging.deidentify.secret import Secret
from segstudio.imaging.deidentify.table import action_of, is_registered
from segstudio.imaging.deidentify.words import cleaned

_NUMBERS = ("DS", "IS", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV", "AT")
_SWEPT = ("AE", "AS", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT")
_DIGITS = ("DA", "DS", "DT", "IS", "TM", "UI")
_NUMBER = re.compile(r"[0-9eE.:+\- ]*")
_DUMMY = {"DA": "19000101", "TM": "000000", "DT": "19000101000000", "AS": "000Y", "SQ": [], "UN": b""}
_AGE, _OLDEST = 0x00101010, 90
_EARLIER = ("113101", "113102", "113103", "113104")
"""Codes of what somebody has cleaned before: pixels, faces, graphics, structured content."""

_MODIFIED = {"shift": "MODIFIED", "remove": "REMOVED", "keep": "UNMODIFIED"}


def patient_of(header: Any) -> str:
    """What tells one patient from another in these files; nothing to be shown."""
    number = str(header.get("PatientID") or "").strip()
    if number:
        return f"id {number}"
    name, born = str(header.get("PatientName") or "").strip(" ^"), str(header.get("PatientBirthDate") or "")
    return f"name {name} {born}" if name else f"study {header.get('StudyInstanceUID') or ''}"


class Cleaner:
    """Takes out of the files of one patient what identifies them.

    Parameters
    ----------
    patient
        As `patient_of` tells them apart.
    identifiers
        What is known of the patient from all the files; texts that hold any of it are emptied, wherever they stand.
    """

    def __init__(self, patient: str, identifiers: Identifiers, options: Options, secret: Secret) -> None:
        self.pseudonym = secret.pseudonym(patient)
        self._identifiers, self._options, self._secret = identifiers, options, secret
        self._shift = secret.shift(patient)

    def clean(self, dataset: Any) -> None:
        """Clean a file's dataset in place, its file meta information too, and record what was done."""
        from pydicom.dataset import FileMetaDataset

        self._clean(dataset)
        dataset.PatientID = dataset.PatientName = self.pseudonym
        self._record(dataset)
        before, meta = dataset.file_meta, FileMetaDataset()
        meta.TransferSyntaxUID = before.get("TransferSyntaxUID", "1.2.840.10008.1.2")
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
        dataset.file_meta, dataset.preamble = meta, bytes(128)

    def _clean(self, dataset: Any) -> None:
        for tag in list(dataset.keys()):
            try:
                element = dataset[tag]
                kept = self._kept(element)
            except Exception:  # pydicom raises nearly anything; what cannot be understood cannot be kept
                kept = False
            if not kept:
                del dataset[tag]

    def _kept(self, element: Any) -> bool:
        """Change one element as the profile wants it; False if it is to go."""
        action = action_of(int(element.tag), element.VR, self._options)
        if action == "remove" or not _is_of_its_kind(element):
            return False
        if action == "empty":
            element.value = [] if element.VR == "SQ" else None
        elif action == "dummy":
            element.value = self._dummy(element)
        elif action == "uid":
            element.value = _each(element.value, self._other_uid)
        elif action == "date":
            element.value = _each(element.value, self._shift)
        elif action == "clean":
            element.value = _each(element.value, cleaned)
        elif element.VR == "SQ":
            for item in element.value:
                self._clean(item)
        self._sweep(element)
        return True

    def _sweep(self, element: Any) -> None:
        if element.tag == _AGE:
            element.value = _each(element.value, _not_too_old)
        texts = texts_of(element)
        if element.VR in _SWEPT and any(self._identifiers.within(text) for text in texts):
            element.value = None
        if element.VR in _DIGITS and not all(_NUMBER.fullmatch(text) for text in texts):
            element.value = None

    def _dummy(self, element: Any) -> Any:
        if element.VR == "UI":
            return _each(element.value, self._other_uid)
        if element.VR in _NUMBERS:
            return 0
        if element.VR.startswith("O"):
            return b""
        return _DUMMY.get(element.VR, "REMOVED")

    def _other_uid(self, uid: str) -> str:
        return uid if not uid or is_registered(uid) else self._secret.uid(uid)

    def _record(self, dataset: Any) -> None:
        from pydicom.dataset import Dataset

        earlier = [
            item
            for item in dataset.get("DeidentificationMethodCodeSequence") or ()
            if item.get("CodingSchemeDesignator") == "DCM" and item.get("CodeValue") in _EARLIER
        ]
        codes = []
        for code in self._options.codes:
            item = Dataset()
            item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme, code.meaning
            codes.append(item)
        dataset.PatientIdentityRemoved = "YES"
        dataset.DeidentificationMethod = [f"SegStudio {__version__}", *(code.meaning for code in self._options.codes)]
        dataset.DeidentificationMethodCodeSequence = [*earlier, *codes]
        dataset.LongitudinalTemporalInformationModified = _MODIFIED[self._options.dates]


def _is_of_its_kind(element: Any) -> bool:
    """Whether an element is encoded as the dictionary has it: a name in a field for bytes is not looked for there."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    return not dictionary_has_tag(element.tag) or element.VR in dictionary_VR(element.tag).split(" or ")


def _each(value: Any, change: Any) -> Any:
    if value is None or value == "":
        return value
    if type(value).__name__ == "MultiValue" or isinstance(value, list | tuple):
        return [change(str(each)) for each in value]
    return change(str(value))


def _not_too_old(age: str) -> str:
    """Ages above 89 are rare enough to tell who it is."""
    if age[-1:].upper() == "Y" and age[:-1].isdigit() and int(age[:-1]) >= _OLDEST:
        return f"{_OLDEST:03}Y"
    return age
