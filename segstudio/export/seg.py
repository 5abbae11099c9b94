"""DICOM Segmentation: binary, which every viewer reads, or as a label map, which is smaller and keeps class values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import generate_uid

from segstudio.errors import ImageError
from segstudio.export.classes import all_the_same, drawn, require_same, shortened
from segstudio.export.study import UTF8, Study, study_of
from segstudio.export.written import MANUFACTURER, RESEARCH, VERSION, Author, Written
from segstudio.imaging import Code, Geometry, LabelClass, LabelMap, Volume
from segstudio.imaging.coding import coded
from segstudio.imaging.dicom import seg
from segstudio.imaging.dicom.derived import hushed
from segstudio.imaging.dicom.instances import Instance
from segstudio.imaging.storing import storing
from segstudio.progress import Progress, Stop, check, never, silent

Kind = Literal["BINARY", "LABELMAP"]


@hushed()
def write(
    labels: LabelMap,
    scan: Volume,
    path: Path,
    *,
    author: Author,
    kind: Kind = "BINARY",
    progress: Progress = silent,
    stop: Stop = never,
) -> Written:
    """Write a mask as a DICOM Segmentation that refers to the pictures it was drawn on.

    Raises
    ------
    ImageError
        The scan is not from DICOM, nothing is drawn, or the file read back differs.
    GeometryError
        The mask is not on the scan's grid, or the scan was resampled.
    Stopped
        `stop()` became true; nothing was written.
    """
    scan.geometry.require_same_space(labels.geometry, mine="the scan", others="the mask")
    progress(0.0, "Reading the headers of the series")
    study = study_of(scan)
    classes = drawn(labels)
    progress(0.2, "Making the segmentation")
    try:
        data = _segmentation(labels, study, classes, author, kind)
    except (AttributeError, KeyError, TypeError, ValueError):  # by highdicom, on headers against the standard
        raise ImageError(
            "the headers of the series are too far from the DICOM standard for a segmentation",
            hint="Write RTSTRUCT, NRRD or NIfTI.",
        ) from None  # its words may quote what a header says of the patient
    check(stop)
    with storing(path) as draft:
        progress(0.6, "Writing")
        data.save_as(draft, enforce_file_format=True)
        progress(0.8, "Reading back")
        checks = _compared(draft, labels, scan, classes)
        check(stop)
    return Written((path,), checks, study.notes)


def _segmentation(labels: LabelMap, study: Study, classes: Sequence[LabelClass], author: Author, kind: Kind) -> Any:
    from highdicom.seg import Segmentation

    numbers = {each.value: each.value if kind == "LABELMAP" else at for at, each in enumerate(classes, start=1)}
    data = Segmentation(
        source_images=_sources(study, labels.geometry),
        pixel_array=_numbered(labels.labels, numbers),
        segmentation_type=kind,
        segment_descriptions=[_segment(each, numbers[each.value], author) for each in classes],
        series_instance_uid=generate_uid(prefix=None),
        series_number=study.series_number,
        sop_instance_uid=generate_uid(prefix=None),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=VERSION,
        device_serial_number="0",
        content_label="SEGMENTATION",
        content_description=RESEARCH,
        series_description=f"Segmentation. {RESEARCH}",
        specific_character_set=UTF8,
    )
    study.name_patient(data)
    _number_frames(data, study.series.slices)
    return data


def _sources(study: Study, geometry: Geometry) -> list[Any]:
    """The pictures as highdicom wants them, without a word of the patient: it would log a name that it finds odd."""
    instances = study.series.slices
    if all(each.frame == 0 for each in instances):
        return [_picture(study, each, geometry) for each in instances]
    if len({each.uid for each in instances}) > 1:
        raise ImageError("the series is in several multi-frame files", hint="Write RTSTRUCT, NRRD or NIfTI instead.")
    return [_frames(study, instances, geometry)]


def _picture(study: Study, instance: Instance, geometry: Geometry) -> Any:
    data = _common(study, instance, geometry)
    data.ImagePositionPatient = _decimals(instance.position)
    data.ImageOrientationPatient = _decimals(geometry.directions[:, [2, 1]].T.ravel())
    data.update(_measures(geometry))
    return data


def _frames(study: Study, instances: Sequence[Instance], geometry: Geometry) -> Any:
    """A multi-frame file with only those frames that are slices of the scan, in the order of the slices."""
    from pydicom.dataset import Dataset

    data = _common(study, instances[0], geometry)
    turned, shared = Dataset(), Dataset()
    turned.ImageOrientationPatient = _decimals(geometry.directions[:, [2, 1]].T.ravel())
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = [turned], [_measures(geometry)]
    data.SharedFunctionalGroupsSequence = [shared]
    data.NumberOfFrames = len(instances)
    data.PerFrameFunctionalGroupsSequence = []
    for instance in instances:
        place, own = Dataset(), Dataset()
        place.ImagePositionPatient = _decimals(instance.position)
        own.PlanePositionSequence = [place]
        data.PerFrameFunctionalGroupsSequence.append(own)
    return data


def _number_frames(data: Any, slices: Sequence[Instance]) -> None:
    """Name the frames by their numbers in the series's file, of which highdicom has only seen those that are slices."""
    if not slices[0].frame:
        return
    groups = data.PerFrameFunctionalGroupsSequence
    sources = {id(each): each for group in groups for each in group.DerivationImageSequence[0].SourceImageSequence}
    for source in sources.values():  # frames of one place share theirs
        source.ReferencedFrameNumber = slices[int(source.ReferencedFrameNumber) - 1].frame


def _common(study: Study, instance: Instance, geometry: Geometry) -> Any:
    from pydicom.dataset import Dataset

    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = instance.sop_class, instance.uid
    data.Rows, data.Columns = geometry.shape[1:]
    data.SeriesInstanceUID, data.FrameOfReferenceUID = study.series.uid, study.frame_of_reference
    for tag in ("StudyInstanceUID", "PositionReferenceIndicator", "Modality"):
        setattr(data, tag, study.header.get(tag) or "")
    for tag in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"):
        setattr(data, tag, "")
    for tag in ("AccessionNumber", "StudyID", "StudyDate", "StudyTime"):
        setattr(data, tag, None)
    return data


def _measures(geometry: Geometry) -> Any:
    from pydicom.dataset import Dataset

    data = Dataset()
    between, *within = _decimals(geometry.spacing)
    data.PixelSpacing, data.SliceThickness, data.SpacingBetweenSlices = within, between, between
    return data


def _decimals(numbers: NDArray[np.float64]) -> list[str]:
    """In DICOM's decimal strings of 16 characters."""
    from pydicom.valuerep import format_number_as_ds

    return [format_number_as_ds(float(number)) for number in numbers]


def _numbered(labels: NDArray[Any], numbers: Mapping[int, int]) -> NDArray[Any]:
    table = np.zeros(int(labels.max()) + 1, np.uint8 if max(numbers.values()) <= 255 else np.uint16)
    for value, number in numbers.items():
        if value < len(table):
            table[value] = number
    numbered: NDArray[Any] = table[labels]
    return numbered


def _segment(each: LabelClass, number: int, author: Author) -> Any:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    category, kind, side = coded(each)
    drew = (
        AlgorithmIdentificationSequence(author.model[:64], codes.DCM.ArtificialIntelligence, author.version or "0")
        if author.model
        else None
    )
    data = SegmentDescription(
        number,
        shortened(each.name),
        _code(category),
        _code(kind),
        author.kind,
        drew,
        display_color=CIELabColor.from_rgb(*each.color),
    )
    data.SegmentDescription = seg.CLASS.format(each.value)
    if side is not None:
        data.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [_code(side)]
    return data


def _code(code: Code) -> Any:
    from highdicom.sr import CodedConcept

    return CodedConcept(code.value, code.scheme, code.meaning[:64])


def _compared(path: Path, labels: LabelMap, scan: Volume, classes: Sequence[LabelClass]) -> tuple[str, ...]:
    """Raise `ImageError` unless the file says the same as the mask, voxel by voxel and class by class."""
    found = seg.read(path, scan)
    require_same(found, labels, classes, path.name)
    if found.notes:
        raise ImageError(
            f"{path.name} was not read back as it was written: {found.notes[0]}", hint="Save NRRD instead."
        )
    return (all_the_same(labels),)
