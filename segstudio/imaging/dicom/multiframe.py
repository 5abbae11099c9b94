"""Files with many pictures: enhanced ones with functional groups (PS3.3, C.7.6.16), doses, tomograms, films."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging.dicom.elements import Damaged, Elements
from segstudio.imaging.dicom.pictures import File, Marks, Picture
from segstudio.imaging.dicom.plane import directions, normal, spacing, vector

_TYPES = ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence")
_MOST = 1 << 14
"""Pictures of a film; those of other kinds are each described in the file."""

_TIME, _TIMES, _SLICES = b"\x18\x00\x63\x10", b"\x18\x00\x65\x10", b"\x54\x00\x80\x00"
"""FrameTime, FrameTimeVector and SliceVector, as pointers in little endian."""


def pictures(file: File, found: Elements) -> tuple[Picture, ...]:
    """The pictures of an enhanced file, each with what its own group says, else the shared one.

    Raises
    ------
    Damaged
        There are more or fewer groups than pictures, or one contradicts itself.
    """
    groups = found.items("PerFrameFunctionalGroupsSequence")
    if len(groups) != file.frames:
        raise Damaged(f"it claims {file.frames} pictures and describes {len(groups)}")
    shared = found.item("SharedFunctionalGroupsSequence")
    offset = int(found.about("ConcatenationFrameOffsetNumber") or 0)
    start = int(found.about("InstanceNumber") or 0) if not offset else 0
    return tuple(_picture(file, found, own, shared, at, (start << 20) + offset + at) for at, own in enumerate(groups))


def _picture(file: File, found: Elements, own: Elements, shared: Elements, at: int, number: int) -> Picture:
    def group(name: str) -> Elements:
        return own.item(name) or shared.item(name)

    measures, values = group("PixelMeasuresSequence"), group("PixelValueTransformationSequence")
    slope, intercept = (
        values.number(name) if values else found.number(name) for name in ("RescaleSlope", "RescaleIntercept")
    )
    position = vector(group("PlanePositionSequence"), "ImagePositionPatient", 3)
    return Picture(
        file=file,
        frame=at,
        position=position,
        directions=directions(group("PlaneOrientationSequence")) or directions(found),
        spacing=spacing(measures) or spacing(found),
        thickness=max(measures.about("SliceThickness") or 0.0, 0.0),
        number=number,
        slope=1.0 if slope is None else slope,
        intercept=intercept or 0.0,
        marks=_marks(found, group),
    )


def _marks(found: Elements, group: Callable[[str], Elements]) -> Marks:
    content = group("FrameContentSequence")
    kind = next((each for name in _TYPES if (each := group(name))), found)
    temporal, acquisition = content.about("TemporalPositionIndex"), content.about("FrameAcquisitionNumber")
    inversion = group("MRModifierSequence").about("InversionTimes")
    return Marks(
        kind=(*(kind.words("FrameType") or found.words("ImageType")), kind.text("ComplexImageComponent")),
        echo=group("MREchoSequence").about("EffectiveEchoTime"),
        inversion=inversion,
        stack=content.text("StackID"),
        space=found.text("FrameOfReferenceUID"),
        acquisition=None if acquisition is None else int(acquisition),
        b_value=group("MRDiffusionSequence").about("DiffusionBValue"),
        temporal=None if temporal is None else int(temporal),
        trigger=group("CardiacSynchronizationSequence").about("NominalCardiacTriggerDelayTime"),
    )


def is_dose(found: Elements) -> bool:
    """Whether a file holds a dose on a grid of its own."""
    return "GridFrameOffsetVector" in found


def dose(plain: Picture, found: Elements) -> tuple[Picture, ...]:
    """The planes of a dose, in the unit that it gives (PS3.3, C.8.8.3.2).

    Raises
    ------
    Damaged
        There are more or fewer offsets than planes.
    """
    offsets = found.numbers("GridFrameOffsetVector")
    if len(offsets) != plain.file.frames or plain.position is None or plain.directions is None:
        raise Damaged(f"it claims {plain.file.frames} planes and places {len(offsets)}")
    # Offsets are from the first plane, or, where they do not begin with 0, places along the patient's axis.
    along = normal(plain.directions)
    scale = found.number("DoseGridScaling")
    return tuple(
        replace(
            plain,
            frame=at,
            number=at,
            position=_moved(plain.position, along * (offset - offsets[0])),
            slope=1.0 if scale is None else scale,
        )
        for at, offset in enumerate(offsets)
    )


def plain(first: Picture, found: Elements) -> tuple[Picture, ...]:
    """The pictures of a file without functional groups: one, a film, or the slices of a tomogram.

    Raises
    ------
    ImageError
        There are several, and nothing says how they follow each other.
    """
    count, pointer = first.file.frames, found.raw("FrameIncrementPointer")
    if count == 1:
        return (first,)
    if count > _MOST:
        raise Damaged(f"it claims to hold {count} pictures")
    if first.file.big:
        pointer = b"".join(pointer[at : at + 2][::-1] for at in range(0, len(pointer), 2))
    if pointer in (_TIME, _TIMES):
        return tuple(
            replace(first, frame=at, number=at, marks=replace(first.marks, temporal=at)) for at in range(count)
        )
    detector, step = found.item("DetectorInformationSequence"), found.number("SpacingBetweenSlices")
    position = first.position or vector(detector, "ImagePositionPatient", 3)
    turned = first.directions or directions(detector)
    if pointer == _SLICES and position is not None and turned is not None and step:
        along = normal(turned) * step
        return tuple(
            replace(first, frame=at, number=at, position=_moved(position, along * at), directions=turned)
            for at in range(count)
        )
    raise ImageError(
        f"it is a multi-frame file whose {count} pictures do not say where they lie",
        hint="Export it again as single slices, or as an enhanced multi-frame file.",
    )


def _moved(position: tuple[float, ...], by: NDArray[np.float64]) -> tuple[float, ...]:
    x, y, z = (float(part) for part in np.array(position) + by)
    return x, y, z
