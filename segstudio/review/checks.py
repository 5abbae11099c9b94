"""What is looked at before a correction counts: each doubt with its place and a sentence; a reader may overrule it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Box, LabelClass, LabelMap, Volume, bounds, inner, present_values
from segstudio.measure import class_boxes
from segstudio.progress import Stop, check, never
from segstudio.review.body import Body
from segstudio.review.ledger import slice_axis
from segstudio.review.records import Finding, FindingKind
from segstudio.review.sides import swapped

ISLAND_PART, ISLAND_ML = 0.05, 0.5
"""A piece is an island if it is smaller than this part of the class's largest piece, and than this."""

OUTSIDE_ML = 0.1
"""Less than this outside the body is the width of a border."""

GAP = 4
"""Up to so many untouched slices between touched ones look forgotten."""

JUMP = 0.1
"""Part of a slice's area that has to be changed for its untouched neighbour to look forgotten."""


def findings(
    labels: LabelMap,
    *,
    known: Sequence[LabelClass],
    predicted: NDArray[Any] | None = None,
    volume: Volume | None = None,
    stop: Stop = never,
) -> tuple[Finding, ...]:
    """Every doubt about a mask that is about to be submitted.

    Parameters
    ----------
    known
        The classes that it may hold.
    predicted
        What the model had drawn, shape (z, y, x).
    volume
        The scan, to find the body in.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    mask = _Mask(labels, {each.value: each.name for each in (*labels.classes, *known)})
    found = [*_unknown(mask, known)]
    if predicted is not None:
        found += [*_emptied(mask, predicted), *_gaps(mask, predicted)]
    for value in mask.boxes:
        check(stop)
        found += [*_islands(mask, value), *_holes(mask, value)]
    check(stop)
    body = None if volume is None else Body.of(volume)
    found += [mask.finding("swap", value, words, mask.whole(value)) for value, words in swapped(labels, known, body)]
    return (*found, *_outside(mask, body))


@dataclass(frozen=True, eq=False)
class _Mask:
    labels: LabelMap
    names: dict[int, str]

    @cached_property
    def boxes(self) -> dict[int, Box]:
        return class_boxes(self.labels.labels)

    def name(self, value: int) -> str:
        return self.names.get(value, f"class {value}")

    def whole(self, value: int) -> tuple[NDArray[np.bool_], Box]:
        """A class inside its box."""
        box = self.boxes[value]
        return self.labels.labels[box] == value, box

    def finding(self, kind: FindingKind, value: int, words: str, where: tuple[NDArray[np.bool_], Box]) -> Finding:
        """A doubt about some voxels, given inside a box."""
        inside, box = where
        tight = bounds(inside)
        at = np.argwhere(inside)
        nearest = at[int(((at - at.mean(0)) ** 2).sum(1).argmin())] + [side.start for side in box]
        ml = float(len(at) * self.labels.geometry.voxel_ml)
        z, y, x = (int(each) for each in nearest)
        return Finding(kind, value, self.name(value), words, inner(box, tight) if tight else box, (z, y, x), ml)


def _unknown(mask: _Mask, known: Sequence[LabelClass]) -> Iterator[Finding]:
    values = {each.value for each in known}
    for value in mask.boxes:
        if value not in values:
            words = f"{mask.name(value)} is not among the model's classes."
            yield mask.finding("unknown", value, words, mask.whole(value))


def _emptied(mask: _Mask, predicted: NDArray[Any]) -> Iterator[Finding]:
    for value in present_values(predicted):
        if value and int(value) not in mask.boxes:
            box = class_boxes(predicted)[int(value)]
            words = f"{mask.name(int(value))} is empty, where the model had drawn it."
            yield mask.finding("empty", int(value), words, (predicted[box] == value, box))


def _islands(mask: _Mask, value: int) -> Iterator[Finding]:
    where, box = mask.whole(value)
    pieces, count = cc3d.connected_components(where.astype(np.uint8), connectivity=26, return_N=True)
    if count < 2:
        return
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    limit = min(ISLAND_PART * sizes.max(), ISLAND_ML / mask.labels.geometry.voxel_ml)
    small = np.flatnonzero((sizes > 0) & (sizes < limit))
    if len(small):
        ml = float(sizes[small].sum()) * mask.labels.geometry.voxel_ml
        words = f"{_count(len(small), 'island')} in {mask.name(value)}, together {_ml(ml)}."
        yield mask.finding("islands", value, words, (pieces == small[sizes[small].argmax()], box))


def _holes(mask: _Mask, value: int) -> Iterator[Finding]:
    """Background that a class closes in on all sides; another class inside is meant to be there."""
    where, box = mask.whole(value)
    free = np.pad(~where, 1, constant_values=True)
    if min(where.shape) == 1:  # on a single slice there is no all round
        free = free[tuple(slice(1, -1) if side == 1 else slice(None) for side in where.shape)]
    pieces, count = cc3d.connected_components(free.astype(np.uint8), connectivity=6, return_N=True)
    if count < 2:
        return
    inside = pieces[tuple(slice(None) if side == 1 else slice(1, -1) for side in where.shape)]
    outer = int(pieces.flat[0])
    others = np.unique(inside[(mask.labels.labels[box] != 0) & ~where])
    closed = np.setdiff1d(np.unique(inside), [0, outer, *others])
    if len(closed):
        sizes = np.bincount(inside.ravel())
        ml = float(sizes[closed].sum()) * mask.labels.geometry.voxel_ml
        words = f"{_count(len(closed), 'hole')} in {mask.name(value)}, together {_ml(ml)}."
        yield mask.finding("holes", value, words, (inside == closed[sizes[closed].argmax()], box))


def _outside(mask: _Mask, body: Body | None) -> Iterator[Finding]:
    for value in mask.boxes if body else ():
        where, box = mask.whole(value)
        out = where & body.outside(box)  # type: ignore[union-attr]
        ml = float(out.sum()) * mask.labels.geometry.voxel_ml
        if ml > OUTSIDE_ML:
            words = f"{_ml(ml)} of {mask.name(value)} lie outside the body."
            yield mask.finding("outside", value, words, (out, box))


def _gaps(mask: _Mask, predicted: NDArray[Any]) -> Iterator[Finding]:
    """A few untouched slices between touched ones, where the class is: they look forgotten."""
    axis = slice_axis(mask.labels.geometry)
    for value in mask.boxes:
        now, before = (np.moveaxis(each, axis, 0) == value for each in (mask.labels.labels, predicted))
        area = now.sum((1, 2))
        part = (now != before).sum((1, 2)) / np.maximum(area, 1)
        for start, stop in _forgotten(part, area):
            slices = np.zeros_like(now)
            slices[start:stop] = now[start:stop]
            where = np.moveaxis(slices, 0, axis)
            box = bounds(where)
            assert box is not None
            words = (
                f"{mask.name(value)} was corrected on the slices next to {_slices(start, stop)}, but not "
                f"{'there' if stop - start == 1 else 'on these'}."
            )
            yield mask.finding("partly", value, words, (where[box], box))


def _forgotten(part: NDArray[np.float64], area: NDArray[np.intp]) -> Iterator[tuple[int, int]]:
    touched = np.flatnonzero(part > 0)
    for one, two in pairwise(touched):
        between = area[one + 1 : two]
        if 1 <= len(between) <= GAP and between.all() and part[one] > JUMP and part[two] > JUMP:
            yield int(one) + 1, int(two)


def _slices(start: int, stop: int) -> str:
    return f"slice {start + 1}" if stop - start == 1 else f"slices {start + 1} to {stop}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _ml(ml: float) -> str:
    return f"{ml:.1f} ml" if ml >= 1 else f"{ml:.2f} ml" if ml >= 0.01 else "under 0.01 ml"
