"""All measures of a class at once, for a whole mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.errors import GeometryError
from segstudio.imaging import Box, Geometry, Shape
from segstudio.measure.overlap import overlap
from segstudio.measure.surface import surface_distance


@dataclass(frozen=True)
class Scores:
    """How well one class was drawn; None where a measure is no number.

    Parameters
    ----------
    dice, iou, precision, recall
        0 to 1. None as `Overlap` says: above all where neither mask has the class.
    hd95_mm, assd_mm
        As `SurfaceDistance` says. None if either mask lacks the class.
    volume_ml, reference_ml
        Millilitres drawn, and millilitres that were there.
    """

    dice: float | None
    iou: float | None
    precision: float | None
    recall: float | None
    hd95_mm: float | None
    assd_mm: float | None
    volume_ml: float | None
    reference_ml: float | None


def compare(
    labels: NDArray[Any], reference: NDArray[Any], geometry: Geometry, values: Sequence[int]
) -> dict[int, Scores]:
    """Compare two masks on one grid, class by class.

    Parameters
    ----------
    labels, reference
        Shape (z, y, x), unsigned or signed integers: the mask that is judged, and the one it is judged by.
    geometry
        The grid of both.
    values
        Classes to compare; each gets its scores even if no voxel has it.

    Raises
    ------
    GeometryError
        A mask has another shape than the grid.
    """
    for mask in (labels, reference):
        if mask.shape != geometry.shape:
            raise GeometryError(
                f"a mask of {mask.shape} voxels does not lie on a grid of {geometry.shape}",
                hint="Compare masks that were drawn on the same scan.",
            )
    boxes = _boxes(labels), _boxes(reference)
    return {
        value: _scores(
            labels, reference, geometry, value, _round([found.get(value) for found in boxes], geometry.shape)
        )
        for value in values
    }


def average(scores: Iterable[Scores]) -> Scores:
    """The mean of each measure over the scores in which it is a number."""
    rows = list(scores)
    known = {each.name: [getattr(row, each.name) for row in rows] for each in fields(Scores)}
    return Scores(**{name: _mean([value for value in column if value is not None]) for name, column in known.items()})


def _scores(labels: NDArray[Any], reference: NDArray[Any], geometry: Geometry, value: int, box: Box) -> Scores:
    drawn, wanted = labels[box] == value, reference[box] == value
    cover = overlap(drawn, wanted)
    apart = surface_distance(drawn, wanted, geometry.spacing)
    return Scores(
        dice=cover.dice,
        iou=cover.iou,
        precision=cover.precision,
        recall=cover.recall,
        hd95_mm=apart.hd95_mm if apart else None,
        assd_mm=apart.assd_mm if apart else None,
        volume_ml=cover.drawn * geometry.voxel_ml,
        reference_ml=cover.reference * geometry.voxel_ml,
    )


def _boxes(labels: NDArray[Any]) -> dict[int, Box]:
    """The smallest box round each value."""
    return {value: box for value, box in enumerate(ndimage.find_objects(labels), start=1) if box is not None}


def _round(boxes: Sequence[Box | None], shape: Shape) -> Box:
    """The box round all boxes, an empty one if there are none.

    It has a margin of one voxel, so that a mask on one slice of several does not look like one on the only slice.
    """
    found = [box for box in boxes if box is not None]
    if not found:
        return slice(0, 0), slice(0, 0), slice(0, 0)
    z, y, x = (
        slice(max(0, min(side.start for side in sides) - 1), min(length, max(side.stop for side in sides) + 1))
        for sides, length in zip(zip(*found, strict=True), shape, strict=True)
    )
    return z, y, x


def _mean(known: Sequence[float]) -> float | None:
    return float(np.mean(known)) if known else None
