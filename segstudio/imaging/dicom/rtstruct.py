"""DICOM RT Structure Sets as masks: contours filled on the slices of the series that they were drawn on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging.coding import known
from segstudio.imaging.dicom.derived import opened, series_meant
from segstudio.imaging.dicom.filling import Polygon, area, filled
from segstudio.imaging.dicom.instances import Series
from segstudio.imaging.geometry import Geometry
from segstudio.imaging.labels import Code, Color, LabelClass, LabelMap, color_of
from segstudio.imaging.volume import Volume

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
"""RT Structure Set."""

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")

_NEAR = 0.25
"""Of a slice's distance, that a contour may lie beside it: what planning systems round off."""


@dataclass(frozen=True, eq=False)
class _Region:
    """One region of interest: its class, its polygons by slice, and the picture that each slice's polygons name."""

    each: LabelClass
    polygons: dict[int, list[Polygon]]
    sources: dict[int, set[str]]

    @property
    def size(self) -> float:
        """Voxels inside, roughly: holes count as well."""
        return sum(area(polygon) for plane in self.polygons.values() for polygon in plane)


def read(path: Path, scan: Volume) -> LabelMap:
    """The mask that a structure set draws on a scan: voxels whose middle lies in or on a contour.

    Several contours of a region on one slice count by the even-odd rule, as is usual: one inside another is a hole.
    Where regions overlap, the smaller lies on top.

    Raises
    ------
    ImageError
        It is no such file, is damaged, or belongs to another series.
    GeometryError
        Its contours do not lie on the slices of the scan.
    """
    with opened(path) as data:
        if str(data.SOPClassUID) != SOP_CLASS:
            raise ImageError(f"{path.name} is no DICOM structure set", hint="Choose a file of modality RTSTRUCT.")
        series = series_meant(data, path.name, scan)
        regions, open_lines = _regions(data, scan.geometry, path.name)
    notes = list(_told(regions, open_lines, path.name)) + _misplaced(regions, series, path.name)
    labels, twice = _drawn(regions, scan.geometry, path.name)
    if twice:
        notes.append(f"{twice} voxels of {path.name} belong to several regions; each was given to the smallest.")
    return LabelMap(labels, scan.geometry, tuple(sorted((each.each for each in regions), key=_value)), tuple(notes))


def _value(each: LabelClass) -> int:
    return each.value


def _regions(data: Any, geometry: Geometry, name: str) -> tuple[list[_Region], int]:
    """Every region, and how many open lines and points were left out."""
    named = {int(each.ROINumber): each for each in data.StructureSetROISequence}
    contours = {int(each.ReferencedROINumber): each for each in data.get("ROIContourSequence") or ()}
    codes = {int(each.ReferencedROINumber): each for each in data.get("RTROIObservationsSequence") or ()}
    values = _values(named)
    regions, open_lines = [], 0
    for at, (number, roi) in enumerate(named.items()):
        drawn = contours.get(number)
        title = str(roi.get("ROIName") or "").strip() or f"class {values[number]}"
        each = LabelClass(values[number], title, _color(drawn, at), _code(codes.get(number)))
        polygons: dict[int, list[Polygon]] = {}
        sources: dict[int, set[str]] = {}
        for contour in (drawn.get("ContourSequence") or ()) if drawn is not None else ():
            if str(contour.ContourGeometricType) not in _CLOSED:
                open_lines += 1
                continue
            z, polygon = _polygon(contour, geometry, name)
            polygons.setdefault(z, []).append(polygon)
            sources.setdefault(z, set()).update(_pictures(contour))
        regions.append(_Region(each, polygons, sources))
    return regions, open_lines


def _values(named: Mapping[int, Any]) -> dict[int, int]:
    if not named:
        raise ImageError("the structure set holds no regions", hint="Is it the right file?")
    if min(named) >= 1 and max(named) <= 65535:
        return {number: number for number in named}
    return {number: at for at, number in enumerate(sorted(named), start=1)}


def _color(drawn: Any, at: int) -> Color:
    told = drawn.get("ROIDisplayColor") if drawn is not None else None
    if told is None or len(told) != 3:
        return color_of(at)
    red, green, blue = (min(255, max(0, int(part))) for part in told)
    return red, green, blue


def _code(observed: Any) -> Code | None:
    found = observed.get("RTROIIdentificationCodeSequence") if observed is not None else None
    if not found or "CodeValue" not in found[0]:
        return None
    return known(*(str(found[0].get(tag) or "") for tag in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")))


def _polygon(contour: Any, geometry: Geometry, name: str) -> tuple[int, Polygon]:
    points = _numbers(contour)
    if points.size < 3 or points.size % 3 or not np.isfinite(points).all():
        raise ImageError(f"{name} holds a contour of {points.size} numbers", hint="The file is damaged.")
    at = geometry.to_index(points.reshape(-1, 3))
    z = round(float(np.median(at[:, 0])))
    if np.abs(at[:, 0] - z).max() > _NEAR:
        raise GeometryError(
            f"{name} holds contours that do not lie on the slices of the scan", hint="Open the series it was drawn on."
        )
    if not 0 <= z < geometry.shape[0] or (at[:, 1:] < -1).any() or (at[:, 1:] > geometry.shape[1:]).any():
        raise GeometryError(f"{name} reaches beyond the scan", hint="Open the series that it was drawn on.")
    return z, at[:, 1:]


def _numbers(contour: Any) -> NDArray[np.float64]:
    """Of its bytes: pydicom would make an object of every number, of which there may be millions."""
    written = contour.get_item("ContourData").value
    if isinstance(written, bytes):
        return np.array(written.strip(b" \0").split(b"\\"), np.float64)
    return np.array([float(part) for part in written], np.float64)


def _pictures(contour: Any) -> Iterator[str]:
    for each in contour.get("ContourImageSequence") or ():
        yield str(each.ReferencedSOPInstanceUID)


def _told(regions: Sequence[_Region], open_lines: int, name: str) -> Iterator[str]:
    if open_lines:
        yield f"{open_lines} points and open lines of {name} enclose nothing and were left out."
    gaps = [each for each in regions if each.polygons and _gaps(sorted(each.polygons))]
    if gaps:
        yield f"{name} draws {gaps[0].each.name} on every second or third slice only; those between are empty."


def _gaps(slices: Sequence[int]) -> bool:
    """Whether slices between are left out regularly, as where contours were drawn on thicker slices."""
    return len(slices) > 2 and int(np.diff(slices).min()) > 1


def _misplaced(regions: Sequence[_Region], series: Series | None, name: str) -> list[str]:
    if series is None:
        return []
    own = [each.uid for each in series.slices]
    known = set(own)
    wrong = sum(bool(named & known) and own[z] not in named for each in regions for z, named in each.sources.items())
    told = f"Contours on {wrong} slices of {name} name other pictures than those where they lie; places were followed."
    return [told] if wrong else []


def _box(polygons: Sequence[Polygon], shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns that polygons may reach."""
    low = np.min([polygon.min(axis=0) for polygon in polygons], axis=0)
    high = np.max([polygon.max(axis=0) for polygon in polygons], axis=0)
    rows, columns = (
        slice(max(0, int(np.floor(start))), min(side, int(np.ceil(end)) + 1))
        for start, end, side in zip(low, high, shape, strict=True)
    )
    return rows, columns


def _drawn(regions: Sequence[_Region], geometry: Geometry, name: str) -> tuple[NDArray[Any], int]:
    labels = np.zeros(geometry.shape, np.uint8 if max(_value(each.each) for each in regions) <= 255 else np.uint16)
    twice = 0
    for region in sorted(regions, key=lambda each: -each.size):
        for z, polygons in region.polygons.items():
            box = _box(polygons, geometry.shape[1:])
            plane = labels[z][box]
            corner = np.array([side.start for side in box], float)
            inside = filled([polygon - corner for polygon in polygons], plane.shape)
            twice += int(np.count_nonzero(plane[inside]))
            plane[inside] = region.each.value
    return labels, twice
