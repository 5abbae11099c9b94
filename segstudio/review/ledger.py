"""What a correction changed: millilitres added and removed, slices touched, and how right the model was."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Geometry, LabelMap, bounds
from segstudio.measure.differences import overlaps
from segstudio.review.records import LedgerRow


def ledger(labels: LabelMap, predicted: NDArray[Any] | None) -> tuple[LedgerRow, ...]:
    """The rows of every class that is in the correction or in the model's mask, shape (z, y, x), on the same grid."""
    geometry = labels.geometry
    before = np.zeros_like(labels.labels) if predicted is None else predicted
    touched = _slices_touched(labels.labels, before, slice_axis(geometry))
    names = {each.value: each.name for each in labels.classes}
    return tuple(
        LedgerRow(
            value=value,
            name=names.get(value, f"class {value}"),
            added_ml=(cover.drawn - cover.both) * geometry.voxel_ml,
            removed_ml=(cover.reference - cover.both) * geometry.voxel_ml,
            slices=touched.get(value, 0),
            ml=cover.drawn * geometry.voxel_ml,
            dice=None if predicted is None else cover.dice,
        )
        for value, cover in overlaps(labels.labels, before).items()
    )


def slice_axis(geometry: Geometry) -> int:
    """The axis along which a scan was cut into slices: the one with the widest voxels, of equal ones the first."""
    return int(np.argmax(geometry.spacing.round(3)))


def _slices_touched(labels: NDArray[Any], before: NDArray[Any], axis: int) -> dict[int, int]:
    changed = labels != before
    box = bounds(changed)
    if box is None:
        return {}
    count: dict[int, int] = {}
    planes = (np.moveaxis(each[box], axis, 0) for each in (labels, before, changed))
    for now, then, here in zip(*planes, strict=True):
        for value in np.union1d(now[here], then[here]):
            if value:
                count[int(value)] = count.get(int(value), 0) + 1
    return count
