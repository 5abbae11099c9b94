"""PET in standardised uptake values by body weight, where the header allows.

After the Quantitative Imaging Biomarkers Alliance's "SUV vendor-neutral pseudo-code"
(https://qibawiki.rsna.org/index.php/Standardized_Uptake_Value_(SUV)): dose and activity are decay-corrected to the
start of the series, or of its first frame where the series was stored anew later.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging.dicom.elements import Elements, read_header
from segstudio.imaging.dicom.grid import Grid
from segstudio.imaging.dicom.place import FileStart

_LONGEST_WAIT = timedelta(days=1)


def note(grid: Grid) -> str:
    """What is to be told of the unit of a PET scan; "" for any other."""
    first = grid.frames[0][0].file
    if first.about.modality != "PT":
        return ""
    try:
        factor = _factor(grid)
    except ImageError as error:
        return f"Values are in the scanner's own unit: {error.message}."
    if factor == 1:
        return "Values are standardised uptake by body weight, in g/ml."
    return f"Values are in Bq/ml; times {factor:.6g} they are standardised uptake by body weight (+suv after the UID)."


def converted(voxels: NDArray[Any], grid: Grid) -> NDArray[np.float32]:
    """Voxels in g/ml.

    Raises
    ------
    ImageError
        The header lacks what that takes, or it is no PET scan.
    """
    if grid.frames[0][0].file.about.modality != "PT":
        raise ImageError("standardised uptake is a matter of PET", hint="Leave +suv out.")
    return (voxels * np.float32(_factor(grid))).astype(np.float32, copy=False)


def _factor(grid: Grid) -> float:
    file = grid.frames[0][0].file
    with file.place.opened() as stream:
        found = read_header(FileStart(stream)).elements
    units = found.text("Units").upper()
    if units == "GML":
        return 1.0
    weight, dose = found.about("PatientWeight"), found.item("RadiopharmaceuticalInformationSequence")
    given, half_life = dose.about("RadionuclideTotalDose"), dose.about("RadionuclideHalfLife")
    lacks = [
        words
        for words, value in (
            ("the unit Bq/ml", units == "BQML"),
            ("the patient's weight", weight),
            ("the dose", given),
            ("the half-life", half_life),
        )
        if not value
    ]
    if lacks or weight is None or given is None or half_life is None or min(weight, given, half_life) <= 0:
        raise ImageError(
            f"for standardised uptake values its header lacks {', '.join(lacks) or 'sound numbers'}",
            hint="Open it without +suv.",
        )
    decayed = given if found.text("DecayCorrection") == "ADMIN" else given * 2 ** (-_waited(found, dose) / half_life)
    return 1000 * weight / decayed


def _waited(found: Elements, dose: Elements) -> float:
    """Seconds from the injection to the time that activities are corrected to."""
    if found.text("DecayCorrection") != "START":
        raise ImageError("for standardised uptake values its header lacks the decay correction")
    day = found.text("SeriesDate")
    start, first = (
        _moment(day, found.text("SeriesTime")),
        _moment(found.text("AcquisitionDate"), found.text("AcquisitionTime")),
    )
    if start is None or (first is not None and first < start):
        start = first
    given = _moment(
        dose.text("RadiopharmaceuticalStartDateTime")[:8], dose.text("RadiopharmaceuticalStartDateTime")[8:]
    )
    given = given or _moment(day, dose.text("RadiopharmaceuticalStartTime"))
    if start is None or given is None:
        raise ImageError("for standardised uptake values its header lacks the times of injection and scan")
    if given > start:
        given -= timedelta(days=1)  # only the time of day was given
    if not timedelta(0) <= start - given < _LONGEST_WAIT:
        raise ImageError("for standardised uptake values its times of injection and scan cannot be right")
    return (start - given).total_seconds()


def _moment(day: str, time: str) -> datetime | None:
    plain = time.partition("+")[0].partition("-")[0].replace(":", "")
    try:
        whole, _, part = plain.partition(".")
        found = datetime.strptime(day + whole.ljust(6, "0")[:6], "%Y%m%d%H%M%S")
        return found + timedelta(seconds=float(f"0.{part}")) if part.isdigit() else found
    except ValueError:
        return None
