"""From the places of pictures to one regular grid, or to the words that say why there is none.

Distances come from positions alone; SliceThickness only says how thick a single slice is taken to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging.dicom.pictures import Picture
from segstudio.imaging.dicom.plane import normal
from segstudio.imaging.geometry import Affine, Geometry

_SAME_MM = 1e-3
"""Pictures no further apart lie at one place."""

_ROUNDED_MM, _PART = 0.06, 0.02
"""How far a slice may lie from where a regular grid has it, in mm or in steps: headers are rounded, some to 0.1 mm."""

_ASIDE_MM = 0.02
"""The same for shifts of slices against each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Pictures of one regular grid.

    Parameters
    ----------
    frames
        Time points or the like; each holds a picture for each slice, in order along the normal.
    tilt
        How far a slice is shifted against the one below along (column, row) directions, in mm; (0, 0) upright. With
        tilt the geometry is that of the upright grid which holds the lowest slice in place.
    """

    frames: tuple[tuple[Picture, ...], ...]
    geometry: Geometry
    tilt: tuple[float, float] = (0.0, 0.0)

    @property
    def is_tilted(self) -> bool:
        """Whether slices are shifted evenly against each other, as by a tilted gantry."""
        return self.tilt != (0.0, 0.0)

    @property
    def degrees(self) -> float:
        """By which the slices are tilted against their stack."""
        return float(np.degrees(np.arctan2(np.hypot(*self.tilt), self.geometry.spacing[0])))


def heights(pictures: Sequence[Picture]) -> NDArray[np.float64]:
    """Where pictures lie along the normal of the first, in mm."""
    directions = pictures[0].directions
    assert directions is not None
    positions = np.array([each.position for each in pictures])
    found: NDArray[np.float64] = positions @ normal(directions)
    return found


def by_place(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """Pictures of each place, places from the lowest along the normal to the highest."""
    order = heights(pictures)
    places: list[list[Picture]] = []
    start = 0.0
    for index in np.argsort(order, kind="stable"):
        if places and order[index] - start < _SAME_MM:
            places[-1].append(pictures[index])
        else:
            places.append([pictures[index]])
            start = order[index]
    return places


def grid_of(pictures: Sequence[Picture], name: str) -> Grid:
    """The grid on which pictures of one direction, size and spacing lie.

    Parameters
    ----------
    name
        What messages call them.

    Raises
    ------
    ImageError
        A place is not known, slices are missing, there twice, or lie at uneven distances.
    GeometryError
        Slices are shifted against each other, and not evenly as those of a tilted gantry are.
    """
    if any(each.position is None or each.directions is None or each.spacing is None for each in pictures):
        return _placeless(pictures, name)
    places = by_place(pictures)
    frames = _frames(places, name)
    lowest = frames[0]
    first = lowest[0]
    assert first.directions is not None
    positions = np.array([each.position for each in lowest])
    _require_even(positions @ normal(first.directions), name)
    affine, tilt = _affine(lowest, positions, name)
    return Grid(frames, Geometry((len(lowest), *first.size), affine), tilt)


def _frames(places: list[list[Picture]], name: str) -> tuple[tuple[Picture, ...], ...]:
    counts = Counter(len(place) for place in places)
    if len(counts) > 1:
        usual = counts.most_common(1)[0][0]
        odd = sum(count for size, count in counts.items() if size != usual)
        raise ImageError(
            f"{name} holds {usual} picture{'s' * (usual > 1)} of most places, but more or fewer of {odd}",
            hint="Slices are missing or were copied twice; export the series again.",
        )
    for key in (_by_number, _by_meaning):
        ordered = [sorted(place, key=key) for place in places]
        frames = tuple(tuple(place[frame] for place in ordered) for frame in range(len(ordered[0])))
        if all(_of_one_moment(frame) for frame in frames):
            return frames
    raise ImageError(
        f"{name} holds {len(places[0])} pictures of each place that cannot be put in order",
        hint="Export the series again, each volume as a series of its own.",
    )


def _by_number(each: Picture) -> tuple[float, ...]:
    marks = each.marks
    rest = (marks.acquisition, marks.b_value, marks.trigger)
    return (float(marks.temporal or 0), each.number, *(float(mark or 0) for mark in rest))


def _by_meaning(each: Picture) -> tuple[float, ...]:
    marks = each.marks
    first = (marks.temporal, marks.b_value, marks.trigger)
    return (*(float(mark or 0) for mark in first), each.number)


def _of_one_moment(frame: Sequence[Picture]) -> bool:
    """Whether the slices of a volume were weighted alike and taken at one of the times that are counted."""
    return len({(each.marks.b_value, each.marks.temporal) for each in frame}) == 1


def _require_even(places: NDArray[np.float64], name: str) -> None:
    if len(places) < 3:
        return
    steps = np.diff(places)
    usual = float(np.median(steps))
    ideal = np.linspace(places[0], places[-1], len(places))
    if np.abs(places - ideal).max() <= max(_ROUNDED_MM, _PART * usual):
        return
    fold = np.rint(steps / usual)
    even = np.abs(steps - fold * usual).max() <= 0.05 * usual
    if even and fold.min() >= 1 and fold.max() >= 2:
        missing = int((fold - 1).sum())
        raise ImageError(
            f"{name} lacks {missing} slice{'s' * (missing > 1)} in between", hint="Export the whole series again."
        )
    raise ImageError(
        f"the slices in {name} are {steps.min():.3g} to {steps.max():.3g} mm apart",
        hint="Slices at uneven distances must be resampled first.",
    )


def _affine(slices: Sequence[Picture], positions: NDArray[np.float64], name: str) -> tuple[Affine, tuple[float, float]]:
    first = slices[0]
    assert first.directions is not None
    assert first.spacing is not None
    row, column, across = np.array(first.directions[:3]), np.array(first.directions[3:]), normal(first.directions)
    affine = np.eye(4)
    affine[:3, 1] = column * first.spacing[0]
    affine[:3, 2] = row * first.spacing[1]
    affine[:3, 3] = positions[0]
    if len(slices) == 1:
        affine[:3, 0] = across * (first.thickness or 1.0)
        return affine, (0.0, 0.0)
    whole = positions[-1] - positions[0]
    aside = whole - (whole @ across) * across
    spread = positions - positions[0] - np.linspace(0, 1, len(positions))[:, None] * whole
    spread -= np.outer(spread @ across, across)
    if np.linalg.norm(spread, axis=1).max() > max(_ROUNDED_MM, _PART * min(first.spacing)):
        raise GeometryError(
            f"the slices in {name} are shifted against each other by up to "
            f"{np.linalg.norm(spread, axis=1).max():.3g} mm",
            hint="They form no regular grid; export the series again, or resample it first.",
        )
    if np.linalg.norm(aside) <= max(_ASIDE_MM, 1e-3 * float(np.linalg.norm(whole))):
        affine[:3, 0] = whole / (len(slices) - 1)
        return affine, (0.0, 0.0)
    step = whole / (len(slices) - 1)
    affine[:3, 0] = (step @ across) * across
    return affine, (float(step @ column), float(step @ row))


def _placeless(pictures: Sequence[Picture], name: str) -> Grid:
    """Pictures that do not say where they lie: those of one file are a film; nothing else follows from anything."""
    first = pictures[0]
    missing = [
        tag
        for tag, value in (
            ("ImagePositionPatient", first.position),
            ("ImageOrientationPatient", first.directions),
            ("PixelSpacing", first.spacing),
        )
        if value is None
    ]
    cross_sectional = first.file.about.modality in ("CT", "MR", "PT", "NM")
    if cross_sectional or len({each.file.instance for each in pictures}) > 1:
        raise ImageError(
            f"{name} does not say where its slices lie ({', '.join(missing)})", hint="Export the series again."
        )
    rows, columns = first.spacing or (1.0, 1.0)
    affine = np.diag([first.thickness or 1.0, rows, columns, 1.0])[[2, 1, 0, 3]]
    return Grid(tuple((each,) for each in pictures), Geometry((1, *first.size), affine))
