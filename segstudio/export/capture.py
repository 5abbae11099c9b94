"""Key pictures of a mask as DICOM Secondary Capture: of each class the slice where it is largest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.uid import generate_uid
from scipy import ndimage

from segstudio.errors import ImageError
from segstudio.export.classes import drawn, names_of, shortened
from segstudio.export.study import UTF8, Study, reference, study_of
from segstudio.export.written import MANUFACTURER, RESEARCH, VERSION, Author, Written
from segstudio.imaging import Box, Geometry, LabelClass, LabelMap, Volume
from segstudio.imaging.dicom.derived import hushed
from segstudio.imaging.storing import storing
from segstudio.measure import class_boxes
from segstudio.progress import Progress, Stop, check, never, part, silent

_LEAST = 768
"""Pixels along the longer side."""

_SOFT_TISSUE = (-160.0, 240.0)
_FILL = 0.3
_MARGIN, _LETTERS = 12, 18
_WHITE = (255, 255, 255)


@hushed()
def write(
    labels: LabelMap, scan: Volume, path: Path, *, author: Author, progress: Progress = silent, stop: Stop = never
) -> Written:
    """Write a picture a class: PATH, or PATH with the class behind its name where there are several.

    Every class is drawn on each, as an outline with a faint fill; letters tell the sides.

    Raises
    ------
    ImageError
        The scan is not from DICOM, nothing is drawn, or a picture read back differs.
    GeometryError
        The mask is not on the scan's grid, or the scan was resampled.
    Stopped
        `stop()` became true; nothing was written.
    """
    scan.geometry.require_same_space(labels.geometry, mine="the scan", others="the mask")
    study = study_of(scan)
    boxes = class_boxes(labels.labels, stop=stop)
    classes = [each for each in drawn(labels) if each.value in boxes]
    if not classes:
        raise ImageError("the mask is empty, so there is nothing to picture", hint="Draw something first.")
    names = names_of(path, classes)
    series = generate_uid(prefix=None)
    with storing(path) as draft:
        for number, (each, name) in enumerate(zip(classes, names, strict=True), start=1):
            check(stop)
            part(progress, 0.0, 1.0)((number - 1) / len(classes), f"Picture of {each.name}")
            z = _largest(labels.labels, each.value, boxes[each.value])
            picture = key_picture(labels, scan, classes, z)
            data = _capture(picture, study, scan.geometry, each, z)
            data.SeriesInstanceUID, data.InstanceNumber = series, number
            data.save_as(draft.with_name(name), enforce_file_format=True)
            _require_same(draft.with_name(name), picture)
    return Written(
        tuple(path.with_name(name) for name in names),
        (f"Read back: all pixels of {len(names)} pictures are the same.",),
    )


def _largest(labels: NDArray[Any], value: int, box: Box) -> int:
    """The slice with the most voxels of a class."""
    return int(box[0].start + (labels[box] == value).sum(axis=(1, 2)).argmax())


def key_picture(labels: LabelMap, scan: Volume, classes: Sequence[LabelClass], z: int) -> NDArray[np.uint8]:
    """A slice with all classes on it, shape (row, column, 3)."""
    height, width = _size(scan.geometry.spacing[1:], scan.geometry.shape[1:])
    picture = np.repeat(_grey(scan, z, (width, height))[..., None], 3, axis=2).astype(np.float32)
    shown = np.asarray(
        Image.fromarray(labels.labels[z].astype(np.int32)).resize((width, height), Image.Resampling.NEAREST)
    )
    seen = [one for one in classes if (shown == one.value).any()]
    for one in seen:
        inside = shown == one.value
        edge = inside & ~ndimage.binary_erosion(inside, iterations=2)
        color = np.array(one.color, np.float32)
        picture[inside] += _FILL * (color - picture[inside])
        picture[edge] = color
    return _lettered(picture.astype(np.uint8), scan.geometry.orientation, seen)


def _size(spacing: NDArray[np.float64], shape: Sequence[int]) -> tuple[int, int]:
    """Rows and columns of square pixels, the longer side of at least 768."""
    mm = np.array(shape) * spacing
    scale = max(_LEAST / mm.max(), float(1 / spacing.min()))
    height, width = (max(1, round(float(side * scale))) for side in mm)
    return height, width


def _grey(scan: Volume, z: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    plane = np.nan_to_num(np.asarray(scan.image[0, z], np.float32))
    low, high = _SOFT_TISSUE if scan.modality == "CT" else (float(each) for each in np.percentile(plane, (1, 99)))
    grey = 255 * np.clip((plane - low) / max(high - low, 1e-6), 0, 1)
    return np.asarray(Image.fromarray(grey.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC))


def _lettered(picture: NDArray[np.uint8], orientation: str, classes: Sequence[LabelClass]) -> NDArray[np.uint8]:
    """With the sides at its edges, and under it the classes that are seen and what it must not be used for."""
    height, width = picture.shape[:2]
    lines = [RESEARCH, *(each.name for each in classes)]
    image = Image.new("RGB", (width, height + _MARGIN + (_LETTERS + 6) * len(lines)))
    image.paste(Image.fromarray(picture), (0, 0))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(_LETTERS)
    opposite = dict(zip("LRPASI", "RLAPIS", strict=True))
    down, right = orientation[1], orientation[2]
    places = {"lm": (_MARGIN, height // 2), "rm": (width - _MARGIN, height // 2)}
    for (anchor, place), letter in zip(places.items(), (opposite[right], right), strict=True):
        draw.text(place, letter, _WHITE, font, anchor, stroke_width=2, stroke_fill=(0, 0, 0))
    for anchor, place, letter in (
        ("mt", (width // 2, _MARGIN), opposite[down]),
        ("mb", (width // 2, height - _MARGIN), down),
    ):
        draw.text(place, letter, _WHITE, font, anchor, stroke_width=2, stroke_fill=(0, 0, 0))
    for at, line in enumerate(lines):
        color = classes[at - 1].color if at else _WHITE
        draw.text((_MARGIN, height + _MARGIN + at * (_LETTERS + 6)), line, color, font, "lt")
    return np.asarray(image)


def _capture(picture: NDArray[np.uint8], study: Study, geometry: Geometry, each: LabelClass, z: int) -> Any:
    from highdicom.sc import SCImage

    down, right = geometry.orientation[1], geometry.orientation[2]
    data = SCImage(
        pixel_array=picture,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        study_instance_uid=study.header.StudyInstanceUID,
        series_instance_uid=generate_uid(prefix=None),
        series_number=study.series_number,
        sop_instance_uid=generate_uid(prefix=None),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=VERSION,
        series_description=f"Key pictures. {RESEARCH}",
        patient_orientation=(right, down),
        specific_character_set=UTF8,
    )
    study.name_patient(data)
    data.ImageComments = f"{shortened(each.name)}. {RESEARCH}"
    data.BurnedInAnnotation, data.Laterality = "NO", ""
    data.SourceImageSequence = [reference(study.series.slices[z])]
    return data


def _require_same(path: Path, picture: NDArray[np.uint8]) -> None:
    import pydicom

    if not np.array_equal(pydicom.dcmread(path).pixel_array, picture):
        raise ImageError(f"the picture read back from {path.name} differs", hint="Is the disk sound? Save elsewhere.")
