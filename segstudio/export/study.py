"""What every DICOM file that is written about a series says of its patient and study: the same as the series."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydicom.uid import generate_uid

from segstudio.errors import ImageError
from segstudio.imaging import Volume
from segstudio.imaging.dicom.instances import Instance, Series, series_of
from segstudio.imaging.stream import telling

_PATIENT = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"),
    *("PatientAge", "PatientSize", "PatientWeight", "PatientIdentityRemoved", "DeidentificationMethod"),
    *("DeidentificationMethodCodeSequence", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "StudyDescription", "ReferringPhysicianName", "LongitudinalTemporalInformationModified"),
)
_SERIES = ("SeriesNumber", "Modality", "PositionReferenceIndicator")

UTF8 = "ISO_IR 192"
"""The character set of what is written: names of classes and of patients may need any letters."""

_EMPTY_IF_UNKNOWN = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName"),
)


@dataclass(frozen=True, eq=False)
class Study:
    """A series, and what its files say of patient and study.

    Parameters
    ----------
    header
        A pydicom dataset. It names the patient: never log it.
    """

    series: Series
    header: Any = field(repr=False)

    @property
    def frame_of_reference(self) -> str:
        """The UID of the space of its places; for a series without one, always the same made from its own."""
        return self.series.frame_of_reference or str(generate_uid(entropy_srcs=[self.series.uid]))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the person should know of what is written about it."""
        if self.series.frame_of_reference:
            return ()
        return ("The series has no Frame of Reference UID; one was made for what refers to it.",)

    @property
    def series_number(self) -> int:
        """For a series made from this one: well behind the scanner's, and it tells from which it was made."""
        return 9000 + abs(int(self.header.get("SeriesNumber") or 0)) % 1000

    def name_patient(self, data: Any) -> None:
        """Put patient and study into a dataset."""
        for tag in _PATIENT:
            if tag in self.header:
                data[tag] = self.header[tag]
            elif tag in _EMPTY_IF_UNKNOWN:
                setattr(data, tag, "")
        data.SpecificCharacterSet = UTF8


def study_of(scan: Volume) -> Study:
    """What a file about a scan has to say of it; read anew, since a scan keeps nothing of its patient.

    Raises
    ------
    ImageError
        The scan is not from DICOM, its files are gone, or nothing can be placed on it.
    GeometryError
        The slices of the scan are not those of the series.
    """
    import pydicom

    series = series_of(scan)
    if not series.uid:
        raise ImageError(
            "the series has no Series Instance UID, so nothing can refer to it",
            hint="Write NRRD, NIfTI or a surface instead.",
        )
    with telling(series.first.path), series.first.opened() as file:
        header = pydicom.dcmread(file, stop_before_pixels=True, force=True, specific_tags=[*_PATIENT, *_SERIES])
        header.decode()
    return Study(series, header)


def reference(instance: Instance) -> Any:
    """An item that names a picture."""
    from pydicom.dataset import Dataset

    data = Dataset()
    data.ReferencedSOPClassUID, data.ReferencedSOPInstanceUID = instance.sop_class, instance.uid
    if instance.frame:
        data.ReferencedFrameNumber = instance.frame
    return data
