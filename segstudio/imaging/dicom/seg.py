"""DICOM Segmentation files as masks: binary, fractional and label map."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging.coding import known
from segstudio.imaging.dicom.derived import opened, series_meant
from segstudio.imaging.dicom.instances import Instance, Series
from segstudio.imaging.geometry import Geometry
from segstudio.imaging.labels import Code, Color, LabelClass, LabelMap, color_of
from segstudio.imaging.volume import Volume

SOP_CLASSES = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""Segmentation, and Label Map Segmentation."""

CLASS = "Class {}"
"""How the description of a segment keeps the value of its class: segments themselves are numbered 1, 2, 3 …."""

_NEAR = 0.1
"""Of a voxel, that a frame may lie beside the grid: what headers round off."""

_MOST_SLICES = 1 << 14


@dataclass(frozen=True, eq=False)
class _Frame:
    """Where a frame lies and what it holds.

    Parameters
    ----------
    affine
        Shape (3, 3), LPS millimetres: the step from row to row, from column to column, and the first pixel.
    sources
        UID and frame number (0: the only one) of the pictures that it was drawn on.
    """

    segment: int
    affine: NDArray[np.float64]
    sources: tuple[tuple[str, int], ...]


def read(path: Path, scan: Volume | None = None) -> LabelMap:
    """The mask in a Segmentation file.

    Parameters
    ----------
    scan
        That it was drawn on; the mask then lies on its grid. Without, on the smallest grid that holds every frame.

    Raises
    ------
    ImageError
        It is no such file, is damaged, or belongs to another series.
    GeometryError
        Its frames do not lie on the slices of the scan, or on no one grid.
    """
    with opened(path) as data:
        if str(data.SOPClassUID) not in SOP_CLASSES:
            raise ImageError(f"{path.name} is no DICOM segmentation", hint="Choose a file of modality SEG.")
        series = series_meant(data, path.name, scan) if scan is not None else None
        frames = _frames(data, path.name)
        geometry = scan.geometry if scan is not None else _own_grid(data, frames, path.name)
        values, classes = _classes(data, path.name)
        notes = [] if series is None else _misplaced(frames, series, geometry, path.name)
        labels, more = _drawn(data, frames, geometry, values, path.name)
    return LabelMap(labels, geometry, classes, notes=(*notes, *more))


def _frames(data: Any, name: str) -> list[_Frame]:
    groups = data.PerFrameFunctionalGroupsSequence
    if len(groups) != int(data.NumberOfFrames) or not groups:
        raise ImageError(f"{name} describes {len(groups)} of its {data.NumberOfFrames} frames", hint="It is damaged.")
    shared = data.get("SharedFunctionalGroupsSequence") or [None]
    return [_frame(own, shared[0]) for own in groups]


def _frame(own: Any, shared: Any) -> _Frame:
    turned = np.array([float(part) for part in _group(own, shared, "PlaneOrientationSequence").ImageOrientationPatient])
    measures = _group(own, shared, "PixelMeasuresSequence")
    position = _group(own, shared, "PlanePositionSequence").ImagePositionPatient
    right, down = turned.reshape(2, 3)
    affine = np.column_stack(
        [
            down * float(measures.PixelSpacing[0]),
            right * float(measures.PixelSpacing[1]),
            [float(part) for part in position],
        ]
    )
    if not np.isfinite(affine).all():
        raise GeometryError("a frame does not say where it lies", hint="The file is damaged; copy it again.")
    of = _group(own, shared, "SegmentIdentificationSequence", needed=False)
    segment = 0 if of is None else int(of.ReferencedSegmentNumber)
    return _Frame(segment, affine, tuple(_sources(own)))


def _group(own: Any, shared: Any, name: str, *, needed: bool = True) -> Any:
    for holder in (own, shared):
        if holder is not None and holder.get(name):
            return holder[name].value[0]
    if needed:
        raise GeometryError(f"a frame lacks its {name}", hint="The file does not say where its frames lie.")
    return None


def _sources(own: Any) -> Iterator[tuple[str, int]]:
    for derivation in own.get("DerivationImageSequence") or ():
        for source in derivation.get("SourceImageSequence") or ():
            numbers = source.get("ReferencedFrameNumber")
            for number in np.atleast_1d(numbers if numbers is not None else 0):
                yield str(source.ReferencedSOPInstanceUID), int(number)


# What the segments are


def _classes(data: Any, name: str) -> tuple[dict[int, int], tuple[LabelClass, ...]]:
    """The value of each segment by its number, and the classes."""
    segments = {int(each.SegmentNumber): each for each in data.SegmentSequence if int(each.SegmentNumber)}
    told = {
        number: re.fullmatch(r"Class (\d{1,5})", str(each.get("SegmentDescription") or ""))
        for number, each in segments.items()
    }
    said = {number: int(match[1]) for number, match in told.items() if match and match[1] != "0"}
    values = said if len(said) == len(segments) == len(set(said.values())) else {number: number for number in segments}
    if not values or max(values.values()) > 65535:
        raise ImageError(f"{name} names no segments that could be classes", hint="It is damaged.")
    found = [_class(segments[number], value, at) for at, (number, value) in enumerate(sorted(values.items()))]
    return values, tuple(sorted(found, key=lambda each: each.value))


def _class(segment: Any, value: int, at: int) -> LabelClass:
    name = str(segment.get("SegmentLabel") or "").strip() or f"class {value}"
    return LabelClass(value, name, _color(segment, at), _code(segment))


def _color(segment: Any, at: int) -> Color:
    from highdicom.color import CIELabColor

    lab = segment.get("RecommendedDisplayCIELabValue")
    if lab is None or len(lab) != 3:
        return color_of(at)
    red, green, blue = CIELabColor.from_dicom_value([int(part) for part in lab]).to_rgb(clip=True)
    return int(red), int(green), int(blue)


def _code(segment: Any) -> Code | None:
    types = segment.get("SegmentedPropertyTypeCodeSequence")
    if not types:
        return None
    value = next(
        (str(types[0][key].value) for key in ("CodeValue", "LongCodeValue", "URNCodeValue") if key in types[0]), ""
    )
    return known(value, str(types[0].get("CodingSchemeDesignator") or ""), str(types[0].get("CodeMeaning") or ""))


# Where the frames lie


def _own_grid(data: Any, frames: Sequence[_Frame], name: str) -> Geometry:
    """The smallest grid with every frame, its slices from the lowest along their normal to the highest."""
    first = frames[0].affine
    normal = np.cross(first[:, 1], first[:, 0])
    normal /= np.linalg.norm(normal)
    if any(not np.allclose(each.affine[:, :2], first[:, :2], atol=1e-4) for each in frames):
        raise GeometryError(f"{name} holds frames of several directions", hint="Open the scan it was drawn on first.")
    heights = np.array([each.affine[:, 2] @ normal for each in frames])
    levels = _levels(heights)
    step = _step(data, levels)
    at = (levels - levels[0]) / step
    if np.abs(at - np.rint(at)).max() > _NEAR or at[-1] >= _MOST_SLICES:
        raise GeometryError(f"{name} holds frames at uneven distances", hint="Open the scan it was drawn on first.")
    affine = np.eye(4)
    affine[:3, 1:3], affine[:3, 0] = first[:, :2], normal * step
    affine[:3, 3] = frames[int(heights.argmin())].affine[:, 2]
    return Geometry((int(np.rint(at[-1])) + 1, int(data.Rows), int(data.Columns)), affine)


def _levels(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered: NDArray[np.float64] = np.sort(heights)
    levels: NDArray[np.float64] = ordered[np.append(True, np.diff(ordered) > 1e-3)]
    return levels


def _step(data: Any, levels: NDArray[np.float64]) -> float:
    """Millimetres from slice to slice: as the file says if its frames agree, for some may be left out between them."""
    measures = _group(
        None, (data.get("SharedFunctionalGroupsSequence") or [None])[0], "PixelMeasuresSequence", needed=False
    )
    told = (
        [abs(float(measures.get(tag) or 0)) for tag in ("SpacingBetweenSlices", "SliceThickness")] if measures else []
    )
    gaps = np.diff(levels)
    for step in (each for each in told if each > 1e-3):
        if (
            np.abs(gaps / step - np.rint(gaps / step)).max(initial=0) < _NEAR
            and np.rint(gaps / step).min(initial=1) >= 1
        ):
            return step
    return float(gaps.min(initial=np.inf)) if len(gaps) else 1.0


def _misplaced(frames: Sequence[_Frame], series: Series, geometry: Geometry, name: str) -> list[str]:
    """A note if frames say that they were drawn on other pictures than those at their place."""
    there: dict[tuple[str, int], Instance] = {(each.uid, each.frame): each for each in series.slices}
    wrong = 0
    for frame in frames:
        meant = [there[source] for source in frame.sources if source in there]
        heights = geometry.to_index(np.array([each.position for each in meant]).reshape(-1, 3))[:, 0]
        own = geometry.to_index(frame.affine[None, :, 2])[0, 0]
        wrong += bool(len(meant)) and bool(np.abs(heights - own).min() > 0.5)
    told = f"{wrong} frames of {name} name other pictures than those where they lie; their places were followed."
    return [told] if wrong else []


# What is drawn in them


def _drawn(
    data: Any, frames: Sequence[_Frame], geometry: Geometry, values: Mapping[int, int], name: str
) -> tuple[NDArray[Any], list[str]]:
    labels = np.zeros(geometry.shape, np.uint8 if max(values.values()) <= 255 else np.uint16)
    kind = str(data.SegmentationType)
    table = np.zeros(65536, labels.dtype)
    for number, value in values.items():
        table[number] = value
    twice = 0
    for frame, pixels in zip(frames, _pixels(data, name), strict=True):
        if kind == "LABELMAP":
            found = table[pixels]
        elif frame.segment not in values:
            raise ImageError(f"{name} draws the segment {frame.segment}, which it does not name", hint="It is damaged.")
        else:
            limit = int(data.MaximumFractionalValue) / 2 if kind == "FRACTIONAL" else 0.5
            found = np.where(pixels >= limit, table[frame.segment], table[0])
        twice += _put(labels, found, frame, geometry, name)
    notes = (
        [f"{name} holds parts of classes, not whole voxels; those of half and more were taken."]
        if kind == "FRACTIONAL"
        else []
    )
    if twice:
        notes.append(f"{twice} voxels of {name} belong to several segments; each was given to the last of them.")
    return labels, notes


def _put(labels: NDArray[Any], found: NDArray[Any], frame: _Frame, geometry: Geometry, name: str) -> int:
    """Write a frame into the mask where it lies; how many voxels had another class before."""
    inverse = np.linalg.inv(geometry.affine[:3, :3])
    steps, start = inverse @ frame.affine[:, :2], inverse @ (frame.affine[:, 2] - geometry.affine[:3, 3])
    whole = np.rint(steps).astype(int)
    corners = np.array([(0, 0), (0, 1), (1, 0), (1, 1)]).T * (np.array(found.shape)[:, None] - 1)
    off = np.abs((steps - whole) @ corners + (start - np.rint(start))[:, None]).max()
    if off > _NEAR or (np.abs(whole).sum(axis=0) != 1).any() or (whole[:, 0] * whole[:, 1]).any():
        raise GeometryError(
            f"{name} does not lie on the voxels of the scan", hint="Open the series that it was drawn on."
        )
    rows, columns = (int(axis) for axis in np.abs(whole).argmax(axis=0))
    at = np.rint(start).astype(int)
    places: list[Any] = [int(each) for each in at]
    inside = []
    for axis, side, sign in zip((rows, columns), found.shape, (whole[rows, 0], whole[columns, 1]), strict=True):
        index = at[axis] + sign * np.arange(side)
        kept = np.flatnonzero((index >= 0) & (index < labels.shape[axis]))
        inside.append(slice(int(kept[0]), int(kept[-1]) + 1) if len(kept) else slice(0, 0))
        places[axis] = index[inside[-1]]
    across = 3 - rows - columns
    shown = found[tuple(inside)]
    if np.count_nonzero(shown) < np.count_nonzero(found) or not 0 <= places[across] < labels.shape[across]:
        if not found.any():
            return 0
        raise GeometryError(f"{name} reaches beyond the scan", hint="Open the series that it was drawn on.")
    target = np.ix_(*(np.atleast_1d(place) for place in places))
    block = np.moveaxis(labels[target], (rows, columns, across), (0, 1, 2))[..., 0]
    twice = int(np.count_nonzero((block != 0) & (shown != 0) & (block != shown)))
    merged = np.where(shown != 0, shown, block)[..., None]
    labels[target] = np.moveaxis(merged, (0, 1, 2), (rows, columns, across))
    return twice


def _pixels(data: Any, name: str) -> Iterator[NDArray[Any]]:
    """The frames one by one, shape (rows, columns): unpacked, a hundred segments would not fit into memory."""
    count, rows, columns, bits = (
        int(data[tag].value) for tag in ("NumberOfFrames", "Rows", "Columns", "BitsAllocated")
    )
    if data.file_meta.TransferSyntaxUID.is_encapsulated:
        from pydicom.pixels.utils import iter_pixels

        yield from iter_pixels(data, raw=True)
        return
    packed, size = np.frombuffer(data.PixelData, np.uint8), rows * columns
    if bits not in (1, 8, 16) or len(packed) < -(-count * size * bits // 8):
        raise ImageError(f"{name} is cut off", hint="It was not copied to the end; copy it again.")
    for at in range(count):
        if bits == 1:
            first, last = at * size // 8, -(-(at + 1) * size // 8)
            line = np.unpackbits(packed[first:last], bitorder="little")[at * size - 8 * first :][:size]
        else:
            line = packed[at * size * bits // 8 : (at + 1) * size * bits // 8].view(f"<u{bits // 8}")
        yield line.reshape(rows, columns)
