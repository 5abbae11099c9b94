"""Whether what a model drew can be what it was made for: a scan of something else gets a warning, and no mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Geometry, LabelMap
from segstudio.networks import ModelSpec

_BEYOND = 1.5
"""A class is of a usual size up to this many times the most, and down to as small a part of the least, ever seen."""

_MOST = 2 / 3
"""As many of the classes are of a usual size in nearly every scan of what a model was made for."""

_FEWEST = 1 / 6
"""Fewer of the classes are of a usual size in no scan that shows as much as those of what a model was made for."""

_TORN = 0.8
"""A class is torn where its largest piece holds less than this part of what it held at least wherever it was seen."""

_FINE_MM = 1.0
"""Pieces are told apart on voxels about as large, or on larger ones where the scan's are."""


def checked(mask: LabelMap, spec: ModelSpec) -> tuple[bool, str]:
    """Whether a mask can be kept, and what is odd about it, as a sentence; "" where nothing is, or nothing is known."""
    wrong = missing(mask, spec) or torn(mask, spec)
    return not wrong, wrong or odd_sizes(mask, spec)


def odd_sizes(mask: LabelMap, spec: ModelSpec) -> str:
    """What is odd about the volumes of the classes, as a sentence; "" where nothing is, or nothing is known."""
    count, usual = len(spec.classes), _usual(mask, spec)
    if usual is None or usual >= _MOST * count:
        return ""
    some = f"Only {usual} of {count} structures are" if usual else f"None of {count} structures is"
    return f"{some} of a usual size: the scan may show another part than {spec.label} was made for, or not all of it."


def _usual(mask: LabelMap, spec: ModelSpec) -> int | None:
    """How many classes are of a usual size; None where nothing is known of that."""
    if not spec.classes or len(spec.usual_ml) != len(spec.classes):
        return None
    volumes = mask.volumes_ml()
    return sum(
        least / _BEYOND <= volumes[each.value] <= most * _BEYOND
        for each, (least, most) in zip(spec.classes, spec.usual_ml, strict=True)
    )


def missing(mask: LabelMap, spec: ModelSpec) -> str:
    """Why this cannot be what the model was made for: the scan is large enough, and nearly nothing is there; or "".

    A few slices of a head hold few structures whole, but they show less than a head.
    """
    usual = _usual(mask, spec)
    if usual is None or usual >= _FEWEST * len(spec.classes) or not _shows_as_much(mask.geometry, spec):
        return ""
    return (
        f"Nothing was kept: {usual} of {len(spec.classes)} structures came out of a usual size, so this scan seems to "
        f"show something else than {spec.label} was made for. Predict in a box to see what it draws."
    )


def _shows_as_much(grid: Geometry, spec: ModelSpec) -> bool:
    """Whether a scan shows as much as those of what a model was made for: its volume, and half of the shortest side."""
    sides = np.multiply(grid.shape, grid.spacing)
    return bool(0 < np.prod(spec.shows_mm) <= np.prod(sides) and min(sides) >= min(spec.shows_mm) / 2)


def torn(mask: LabelMap, spec: ModelSpec) -> str:
    """Why this cannot be what the model was made for: most of what it drew lies in shreds, where it never did; or "".

    Part of a head has some structures cut off, and the others whole; in a belly, or in noise, few are.
    """
    if not spec.classes or len(spec.least_whole) != len(spec.classes):
        return ""
    steps = (max(1, int(_FINE_MM / mm)) for mm in mask.geometry.spacing)
    few = mask.labels[tuple(slice(None, None, step) for step in steps)]
    parts = whole_parts(few, [each.value for each in spec.classes])
    known = [(part, least) for part, least in zip(parts, spec.least_whole, strict=True) if part]
    whole = sum(part >= _TORN * least for part, least in known)
    if 2 * whole >= len(known):
        return ""
    return (
        f"Nothing was kept: of {len(known)} structures only {whole} came out whole, so this scan seems to show "
        f"something else than {spec.label} was made for. Predict in a box to see what it draws."
    )


def whole_parts(labels: NDArray[Any], values: Sequence[int]) -> tuple[float, ...]:
    """The part of each class, from 0 to 1, that its largest piece holds; 0 where there is none of it.

    Parameters
    ----------
    labels
        Shape (z, y, x); pieces may hang together by a corner.
    """
    pieces, count = cc3d.connected_components(np.ascontiguousarray(labels), connectivity=26, return_N=True)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    sizes[0] = 0
    of = np.zeros(count + 1, np.int64)
    of[pieces.ravel()] = labels.ravel()
    found = (sizes[of == value] for value in values)
    return tuple(float(each.max() / each.sum()) if len(each) else 0.0 for each in found)
