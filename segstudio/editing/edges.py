"""Where tissues meet: a brush that stops there, and a border that moves there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.editing.coarse import factors_for, refined, smoothed, thinned, thinned_seeds, told
from segstudio.editing.compete import compete
from segstudio.editing.edit import Edit, bounds, inner
from segstudio.editing.runs import Index
from segstudio.editing.seeds import OPEN
from segstudio.editing.threshold import whole
from segstudio.editing.tissue import connected, same_tissue
from segstudio.errors import EditError
from segstudio.imaging import Box
from segstudio.progress import Progress, Stop, check, never, part, silent

_BLUR = 0.8
"""Smoothing under the brush, in voxels of the finest spacing."""

_ROUND = 3
"""Voxels round the brush that take part in the smoothing."""


@dataclass(frozen=True)
class Tissue:
    """What a scan looks like where a stroke of the smart brush began.

    Parameters
    ----------
    middle
        The usual intensity there.
    noise
        Standard deviation round it, after light smoothing.
    """

    middle: float
    noise: float


def tissue_at(image: NDArray[Any], box: Box, where: NDArray[np.bool_], at: Index, spacing: Sequence[float]) -> Tissue:
    """What is under the brush where a stroke begins.

    Parameters
    ----------
    image
        Intensities of the scan, shape (z, y, x).
    box, where
        The disc or ball under the brush, as `shapes` makes it.
    at
        The voxel under the hand. The brush may reach into other tissue, this voxel should not.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    """
    picture = _under(image, box, spacing)
    middle = float(np.median(picture[_near(at, box)]))
    # The nearest third of the intensities lies within 0.43 standard deviations of a normal distribution, and is of this
    # tissue even when the brush reaches far over an edge.
    away = np.abs(picture[where] - middle)
    return Tissue(middle, float(np.quantile(away, 1 / 3)) / 0.43 if away.size else 0.0)


def alike(
    image: NDArray[Any], box: Box, where: NDArray[np.bool_], at: Index, tissue: Tissue, spacing: Sequence[float]
) -> NDArray[np.bool_]:
    """The part of the disc or ball under the brush that is the tissue in which the stroke began, cut at edges.

    An edge lies where the intensity is halfway to the other tissue's. Only what hangs together with the place under the
    hand counts; nothing does if the hand is on another tissue.

    Parameters
    ----------
    image
        Intensities of the scan, shape (z, y, x).
    box, where
        The disc or ball under the brush, as `shapes` makes it.
    at
        The voxel under the hand.
    tissue
        From `tissue_at`, where the stroke began.
    spacing
        Millimetres from voxel to voxel along (z, y, x).

    Returns
    -------
    NDArray[np.bool_]
        Shape of the box.
    """
    same = same_tissue(np.abs(_under(image, box, spacing) - tissue.middle), tissue.noise) & where
    start = np.zeros(where.shape, bool)
    start[_near(at, box)] = True
    return connected(same, start & same) & where


def snap(
    labels: NDArray[Any],
    image: NDArray[Any],
    value: int,
    spacing: Sequence[float],
    *,
    reach_mm: float = 3.0,
    box: Box | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Move the border of a class to the nearest edge of the picture.

    What lies deeper inside and farther outside than the reach competes for the band between (`compete`); where there is
    no edge, the border stays about where it is. Other classes keep their voxels. A class in a box of more than a
    million voxels is worked on at a coarser grid; the progress says so.

    Parameters
    ----------
    labels
        The mask, shape (z, y, x); only read.
    image
        Intensities, shape (z, y, x).
    value
        The class whose border moves.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    reach_mm
        How far the border may move.
    box
        Only in this part; None: everywhere.

    Raises
    ------
    EditError
        The class has no voxel there.
    Stopped
        `stop()` became true.
    """
    there = _with_margin(labels, value, box or whole(labels), spacing, 2 * reach_mm)
    before = labels[there]
    drawn = before == value
    check(stop)
    seeds = _either_side(drawn, spacing, reach_mm)
    factors = factors_for(drawn.shape, spacing)
    progress(0.0, told(factors) or "looking for edges")
    check(stop)
    wide = [mm * by for mm, by in zip(spacing, factors, strict=True)]
    picture = smoothed(thinned(image[there], factors), wide)
    marks = thinned_seeds(seeds, factors)
    found = compete(picture, marks, wide, stop=stop, progress=part(progress, 0.1, 0.9))
    inside = refined(found, factors, seeds) == 1
    free = (before == 0) | drawn
    return Edit.between("snap to edges", labels, there, np.where(free, np.where(inside, value, 0), before))


def _under(image: NDArray[Any], box: Box, spacing: Sequence[float]) -> NDArray[np.float32]:
    """The smoothed picture under the brush, shape of the box."""
    wide = tuple(
        slice(max(side.start - _ROUND, 0), side.stop + _ROUND) if side.stop - side.start > 1 else side for side in box
    )
    soft = smoothed(image[wide].astype(np.float32), spacing, _BLUR)
    part = tuple(slice(side.start - out.start, side.stop - out.start) for side, out in zip(box, wide, strict=True))
    return soft[part]


def _near(at: Index, box: Box) -> tuple[slice, ...]:
    """The voxels within one of a place, in a box."""
    places = [min(max(point, side.start), side.stop - 1) - side.start for point, side in zip(at, box, strict=True)]
    return tuple(slice(max(place - 1, 0), place + 2) for place in places)


def _with_margin(labels: NDArray[Any], value: int, box: Box, spacing: Sequence[float], margin_mm: float) -> Box:
    inside = bounds(labels[box] == value)
    if inside is None:
        raise EditError("this class has no voxel here", hint="Draw it roughly first, then let its border snap.")
    tight = inner(box, inside)
    margin = [int(np.ceil(margin_mm / mm)) for mm in spacing]
    z, y, x = (
        slice(max(side.start - more, whole.start), min(side.stop + more, whole.stop))
        for side, whole, more in zip(tight, box, margin, strict=True)
    )
    return z, y, x


def _either_side(drawn: NDArray[np.bool_], spacing: Sequence[float], reach_mm: float) -> NDArray[np.int32]:
    """1 deeper inside than the reach, 0 farther outside, open between; a part too thin to have a depth keeps half."""
    depth = _depth(drawn, spacing)
    pieces, count = ndimage.label(drawn)
    deepest = np.concatenate([[np.inf], ndimage.maximum(depth, pieces, np.arange(1, count + 1))])
    seeds = np.full(drawn.shape, OPEN, np.int32)
    seeds[drawn & (depth > np.minimum(reach_mm, deepest / 2)[pieces])] = 1
    seeds[~drawn & (_depth(~drawn, spacing) > reach_mm)] = 0
    return seeds


def _depth(mask: NDArray[np.bool_], spacing: Sequence[float]) -> NDArray[np.float32]:
    """Millimetres from each voxel of a mask to the nearest outside it; an axis of one voxel has no outside."""
    distances: NDArray[np.float32] = ndimage.distance_transform_edt(mask, sampling=spacing).astype(np.float32)
    return distances
