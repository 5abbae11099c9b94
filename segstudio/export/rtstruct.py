"""DICOM RT Structure Set: closed contours on the slices that the mask was drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.tag import Tag
from pydicom.uid import ImplicitVRLittleEndian, generate_uid

from segstudio.errors import ImageError
from segstudio.export.classes import drawn, shortened
from segstudio.export.contours import traced
from segstudio.export.study import Study, reference, study_of
from segstudio.export.written import MANUFACTURER, RESEARCH, VERSION, Author, Written
from segstudio.imaging import Box, Code, Geometry, LabelClass, LabelMap, Volume
from segstudio.imaging.coding import coded
from segstudio.imaging.dicom import rtstruct
from segstudio.imaging.dicom.derived import hushed
from segstudio.imaging.dicom.instances import Instance, Series
from segstudio.imaging.storing import storing
from segstudio.measure import class_boxes
from segstudio.progress import Progress, Stop, check, never, part, silent

LEAST_DICE = 0.99

_CONTOUR = Tag("ContourData")

_FURTHEST = 0.05
"""Of a voxel, that the middle of a class may move."""


@hushed()
def write(
    labels: LabelMap,
    scan: Volume,
    path: Path,
    *,
    author: Author,
    progress: Progress = silent,
    stop: Stop = never,
) -> Written:
    """Write a mask as contours through the middle between voxels inside and outside, so that it can be filled again.

    Raises
    ------
    ImageError
        The scan is not from DICOM, nothing is drawn, or what is read back is not the same to a Dice of 0.99.
    GeometryError
        The mask is not on the scan's grid, or the scan was resampled.
    Stopped
        `stop()` became true; nothing was written.
    """
    scan.geometry.require_same_space(labels.geometry, mine="the scan", others="the mask")
    progress(0.0, "Reading the headers of the series")
    study = study_of(scan)
    classes, boxes = drawn(labels), class_boxes(labels.labels, stop=stop)
    regions = []
    for at, each in enumerate(classes):
        part(progress, 0.2, 0.7)(at / len(classes), f"Tracing {each.name}")
        regions.append(_contours(labels, each.value, boxes.get(each.value), study.series, stop))
    data = _structures(study, classes, regions, author)
    with storing(path) as draft:
        progress(0.7, "Writing")
        data.save_as(draft, enforce_file_format=True)
        progress(0.8, "Reading back")
        checks = _compared(draft, labels, scan, classes)
        check(stop)
    return Written((path,), checks, study.notes)


def _contours(labels: LabelMap, value: int, box: Box | None, series: Series, stop: Stop) -> list[Any]:
    """The contours of a class, slice by slice; none where it has no box."""
    found: list[Any] = []
    if box is None:
        return found
    corner = np.array([side.start for side in box[1:]], float)
    for z in range(box[0].start, box[0].stop):
        check(stop)
        for polygon in traced(labels.labels[z][box[1:]] == value):
            found.append(_contour(polygon + corner, z, labels.geometry, series.slices[z], len(found) + 1))
    return found


def _contour(polygon: NDArray[np.float64], z: int, geometry: Geometry, instance: Instance, number: int) -> Any:
    from pydicom.dataset import Dataset

    points = geometry.to_world(np.column_stack([np.full(len(polygon), float(z)), polygon]))
    data = Dataset()
    data.ContourImageSequence = [reference(instance)]
    data.ContourGeometricType, data.NumberOfContourPoints, data.ContourNumber = "CLOSED_PLANAR", len(polygon), number
    data[_CONTOUR] = _decimals(points)
    return data


def _decimals(points: NDArray[np.float64]) -> Any:
    """The element ContourData as its bytes: pydicom would make an object of every number."""
    from pydicom.dataelem import RawDataElement

    text = "\\".join(f"{coordinate + 0.0:.4f}" for coordinate in points.ravel().tolist()).encode()
    packed = text + b" " * (len(text) % 2)
    return RawDataElement(_CONTOUR, "DS", len(packed), packed, 0, True, True)


def _structures(study: Study, classes: Sequence[LabelClass], regions: Sequence[list[Any]], author: Author) -> Any:
    data = _empty_file(study)
    now = datetime.now()
    data.StructureSetLabel, data.StructureSetDescription = "RESEARCH ONLY", RESEARCH
    data.StructureSetDate, data.StructureSetTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    data.ReferencedFrameOfReferenceSequence = [_frame_of_reference(study)]
    data.StructureSetROISequence = [_named(each, study, author) for each in classes]
    data.ROIContourSequence = [_colored(each, region) for each, region in zip(classes, regions, strict=True)]
    data.RTROIObservationsSequence = [_observed(each) for each in classes]
    data.ApprovalStatus = "UNAPPROVED"
    return data


def _empty_file(study: Study) -> Any:
    """Implicit VR: a contour of some thousand numbers has no room in an explicit one, whose length has 16 bits."""
    from pydicom.dataset import Dataset, FileMetaDataset

    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = rtstruct.SOP_CLASS, generate_uid(prefix=None)
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    study.name_patient(data)
    data.Modality, data.SeriesInstanceUID = "RTSTRUCT", generate_uid(prefix=None)
    data.SeriesNumber, data.InstanceNumber = study.series_number, 1
    data.SeriesDescription = f"Structures. {RESEARCH}"
    data.OperatorsName = ""
    data.Manufacturer, data.ManufacturerModelName, data.SoftwareVersions = MANUFACTURER, MANUFACTURER, VERSION
    data.FrameOfReferenceUID = study.frame_of_reference
    data.PositionReferenceIndicator = study.header.get("PositionReferenceIndicator") or ""
    return data


def _frame_of_reference(study: Study) -> Any:
    from pydicom.dataset import Dataset

    within, around, space = Dataset(), Dataset(), Dataset()
    within.SeriesInstanceUID = study.series.uid
    within.ContourImageSequence = [reference(instance) for instance in study.series.slices]
    around.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    around.ReferencedSOPInstanceUID = study.header.StudyInstanceUID
    around.RTReferencedSeriesSequence = [within]
    space.FrameOfReferenceUID = study.frame_of_reference
    space.RTReferencedStudySequence = [around]
    return space


def _named(each: LabelClass, study: Study, author: Author) -> Any:
    from pydicom.dataset import Dataset

    data = Dataset()
    data.ROINumber, data.ROIName = each.value, shortened(each.name)
    data.ReferencedFrameOfReferenceUID = study.frame_of_reference
    data.ROIGenerationAlgorithm = author.kind
    if author.model:
        data.ROIGenerationDescription = f"{author.model} {author.version}".strip()[:64]
    return data


def _colored(each: LabelClass, contours: list[Any]) -> Any:
    from pydicom.dataset import Dataset

    data = Dataset()
    data.ReferencedROINumber, data.ROIDisplayColor = each.value, list(each.color)
    if contours:
        data.ContourSequence = contours
    return data


def _observed(each: LabelClass) -> Any:
    from pydicom.dataset import Dataset

    data = Dataset()
    data.ObservationNumber = data.ReferencedROINumber = each.value
    data.RTROIInterpretedType, data.ROIInterpreter = "", ""
    data.RTROIIdentificationCodeSequence = [_code(coded(each)[1])]
    return data


def _code(code: Code) -> Any:
    from pydicom.dataset import Dataset

    data = Dataset()
    data.CodeValue, data.CodingSchemeDesignator, data.CodeMeaning = code.value, code.scheme, code.meaning[:64]
    return data


def _compared(path: Path, labels: LabelMap, scan: Volume, classes: Sequence[LabelClass]) -> tuple[str, ...]:
    """Raise `ImageError` unless every class is read back to a Dice of 0.99 and has not moved."""
    found = rtstruct.read(path, scan)
    if [(each.value, each.name) for each in found.classes] != [(each.value, shortened(each.name)) for each in classes]:
        raise ImageError(f"the classes read back from {path.name} are others", hint="Write DICOM SEG instead.")
    if found.notes:
        raise ImageError(f"{path.name} was not read back as written: {found.notes[0]}", hint="Write DICOM SEG instead.")
    same = np.array_equal(found.labels, labels.labels)
    worst = 1.0 if same else min((_alike(labels, found, each.value) for each in classes), default=1.0)
    if worst < LEAST_DICE:
        raise ImageError(f"contours in {path.name} lose part of the mask (Dice {worst:.3f})", hint="Write DICOM SEG.")
    return (f"Read back: no class below Dice {worst:.4f}, no shift.",)


def _alike(labels: LabelMap, found: LabelMap, value: int) -> float:
    """Dice of one class; 0 where its middle has moved."""
    before, after = labels.labels == value, found.labels == value
    both = int(np.count_nonzero(before)) + int(np.count_nonzero(after))
    if not both:
        return 1.0
    if not (before.any() and after.any()):
        return 0.0
    moved = np.abs(np.argwhere(before).mean(axis=0) - np.argwhere(after).mean(axis=0)).max()
    return 0.0 if moved > _FURTHEST else 2 * int(np.count_nonzero(before & after)) / both
