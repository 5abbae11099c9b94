"""A small writer of DICOM series, in any orientation, as a scanner would write them but with a patient of our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

UNIT = np.eye(3)

AXIAL = np.array([[1.0, 0, 0], [0, 1, 0]])
"""Unit vectors in LPS along a row and along a column of a usual axial slice."""


def orientations() -> Iterator[tuple[str, NDArray[np.float64], bool]]:
    """All 48 ways in which rows, columns and the order of the slices can follow the patient's axes.

    Each has a name, rows and columns of shape (2, 3), and whether slices are numbered against their normal.
    """
    for row, column in permutations(range(3), 2):
        for right, down, backwards in product((1, -1), (1, -1), (False, True)):
            letters = "".join("LPS"[axis] if sign > 0 else "RAI"[axis] for axis, sign in ((row, right), (column, down)))
            turned = np.array([right * UNIT[row], down * UNIT[column]])
            yield f"{letters}-{'backwards' if backwards else 'forwards'}", turned, backwards


def turned(degrees: float, about: Sequence[float], rows_columns: NDArray[np.float64] = AXIAL) -> NDArray[np.float64]:
    """Rows and columns after a rotation (Rodrigues), shape (2, 3)."""
    x, y, z = np.array(about) / np.linalg.norm(about)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    matrix = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return rows_columns @ matrix.T


def save_series(
    folder: Path,
    *,
    shape: tuple[int, int, int] = (5, 7, 6),
    rows_columns: NDArray[np.float64] = AXIAL,
    backwards: bool = False,
    spacing: tuple[float, float, float] = (2.5, 0.8, 0.7),
    modality: str = "CT",
    times: int = 1,
    **tags: Any,
) -> Path:
    """Write one file a slice, whose names say nothing of their order.

    Parameters
    ----------
    shape, spacing
        Of the slices along their normal, rows, columns.
    backwards
        Number the slices against their normal.
    times
        Pictures of each place.
    tags
        Attributes that every file gets; None leaves one out.
    """
    folder.mkdir(parents=True)
    normal = np.cross(*rows_columns)
    random = np.random.default_rng(3)
    common = {
        "SeriesInstanceUID": generate_uid(),
        "StudyInstanceUID": generate_uid(),
        "FrameOfReferenceUID": generate_uid(),
    }
    for time, z in product(range(times), range(shape[0])):
        number = 1 + time * shape[0] + (shape[0] - 1 - z if backwards else z)
        data = _file(CTImageStorage if modality == "CT" else MRImageStorage, common | tags, modality)
        data.InstanceNumber, data.Rows, data.Columns = number, *shape[1:]
        data.PixelSpacing, data.SliceThickness = list(spacing[1:]), spacing[0]
        data.ImageOrientationPatient = [round(float(part), 12) for part in rows_columns.ravel()]
        data.ImagePositionPatient = [round(float(part), 9) for part in (-31.5, 47.25, 12.0) + normal * spacing[0] * z]
        data.PixelData = random.integers(0, 2000, shape[1:]).astype(np.uint16).tobytes()
        data.save_as(folder / f"{random.integers(1 << 40):x}.dcm", enforce_file_format=True)
    return folder


def _file(sop_class: str, tags: dict[str, Any], modality: str) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = sop_class
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
    data.SpecificCharacterSet = "ISO_IR 100"
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = "Müller^Jörg", "4711", "19500317", "M"
    data.StudyDate, data.StudyTime, data.StudyID, data.AccessionNumber = "20200229", "101500", "S1", "A1"
    data.ReferringPhysicianName, data.SeriesNumber, data.Modality = "Quincy^Jack", 4, modality
    data.ImageType, data.PatientPosition, data.FrameOfReferenceUID = ["ORIGINAL", "PRIMARY", "AXIAL"], "HFS", ""
    data.PositionReferenceIndicator = ""
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    if modality == "CT":
        data.RescaleSlope, data.RescaleIntercept = 1, -1024
    for tag, value in tags.items():
        if value is None:
            delattr(data, tag)
        else:
            setattr(data, tag, value)
    return data


def save_enhanced(folder: Path, *, shape: tuple[int, int, int] = (5, 7, 6), times: int = 2) -> Path:
    """Write one enhanced MR file, oblique, its frames time by time within each slice, the last slice first."""
    folder.mkdir(parents=True)
    rows_columns = turned(25, (1, 2, 3))
    common = {
        "SeriesInstanceUID": generate_uid(),
        "StudyInstanceUID": generate_uid(),
        "FrameOfReferenceUID": generate_uid(),
    }
    data = _file(EnhancedMRImageStorage, common, "MR")
    data.InstanceNumber, data.Rows, data.Columns = 1, *shape[1:]
    data.NumberOfFrames = shape[0] * times
    measures, plane, shared = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.8, 0.7], 2.5
    plane.ImageOrientationPatient = [round(float(part), 12) for part in rows_columns.ravel()]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = [
        _frame((-31.5, 47.25, 12.0) + np.cross(*rows_columns) * 2.5 * z, z + 1, time + 1)
        for z in reversed(range(shape[0]))
        for time in range(times)
    ]
    random = np.random.default_rng(3)
    data.PixelData = random.integers(0, 2000, (data.NumberOfFrames, *shape[1:])).astype(np.uint16).tobytes()
    data.save_as(folder / "one.dcm", enforce_file_format=True)
    return folder


def _frame(position: NDArray[np.float64], place: int, time: int) -> Dataset:
    plane, content, group = Dataset(), Dataset(), Dataset()
    plane.ImagePositionPatient = [round(float(part), 9) for part in position]
    content.StackID, content.InStackPositionNumber, content.TemporalPositionIndex = "1", place, time
    group.PlanePositionSequence, group.FrameContentSequence = [plane], [content]
    return group
