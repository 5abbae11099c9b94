"""Which files a person has to look at first, which are left out, and in which a face can be seen."""

from __future__ import annotations

from typing import Any

from segstudio.imaging.deidentify.table import is_registered
from segstudio.imaging.deidentify.words import words

_SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
_ULTRASOUND = ("1.2.840.10008.5.1.4.1.1.6.", "1.2.840.10008.5.1.4.1.1.3.1")
_MASKS = ("SEG", "RTSTRUCT")
_CLEAN_KINDS = ("CT", "MR", "PT", "NM", *_MASKS)
"""Kinds whose pictures come from the scanner without words in them, unless the header says otherwise."""

_PARTS = """
head brain skull face facial headneck neck orbit orbits sinus sinuses cranium cranial ear eye nose jaw mandible maxilla
tmj iac pituitary sella neuro cerebral kopf schadel hirn gesicht tete crane cerveau cabeza craneo cerebro hippocampus
mprage wholebody
"""
_HEAD = frozenset(_PARTS.split())


def left_out(header: Any) -> str:
    """Why a file is not de-identified at all, or ""."""
    kind = str(header.get("SOPClassUID") or "")
    if "MediaStorageSOPClassUID" in header.file_meta and "DirectoryRecordSequence" in header:
        return "an index of files with the patients' names (DICOMDIR)"
    if not kind or not is_registered(kind):
        return "of a kind that DICOM does not know"
    if "Rows" not in header and str(header.get("Modality")) != "RTSTRUCT":
        return "a document or a plan, not a picture or a mask"
    return ""


def reason_to_look(header: Any) -> str:
    """Why a person has to look at a picture before it is handed on, or ""."""
    kind, modality = str(header.get("SOPClassUID") or ""), str(header.get("Modality") or "")
    burned = str(header.get("BurnedInAnnotation") or "").strip().upper()
    if burned and burned != "NO":
        return "its header says that words are burned into the picture"
    if kind == _SECONDARY or kind.startswith(f"{_SECONDARY}.") or modality == "SC":
        return "a secondary capture, which may show the patient's name"
    if kind.startswith(_ULTRASOUND) or modality in ("US", "IVUS"):
        return "ultrasound, which often shows the patient's name"
    if modality not in _MASKS and (odd := _odd_picture(header)):
        return odd
    if modality not in _CLEAN_KINDS and burned != "NO":
        return f"its header does not say that no words are burned into the picture ({modality or 'kind unknown'})"
    return ""


def _odd_picture(header: Any) -> str:
    types = {str(each).upper() for each in header.get("ImageType") or ()}
    if types & {"SCREEN SAVE", "DOSE_INFO", "CSA REPORT", "REPORT", "SECONDARY CAPTURE"}:
        return "a page with words, kept as a picture"
    if str(header.get("PhotometricInterpretation") or "").startswith(("RGB", "YBR", "PALETTE")):
        return "a picture in colours, which scanners make with words in it"
    if any(0x6000 <= each.tag.group < 0x6100 and each.tag.element == 0x0102 and each.value for each in header):
        return "something is drawn within the stored picture (overlay)"
    return ""


def may_show_a_face(header: Any) -> bool:
    """Whether a scan is one of the head, as far as its header tells."""
    names = (
        "BodyPartExamined",
        "StudyDescription",
        "SeriesDescription",
        "ProtocolName",
        "RequestedProcedureDescription",
    )
    told = {word for name in names for word in words(str(header.get(name) or ""))}
    codes = [item.get("CodeMeaning") for item in header.get("AnatomicRegionSequence") or ()]
    told |= {word for meaning in codes for word in words(str(meaning or ""))}
    return bool(told & _HEAD)
