"""Where tissues meet: a brush that stops there, and a border that moves there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.editing.boxes import among, box_of, roomier
from segstudio.editing.coarse import factors_for, refined, smoothed, thinned, thinned_seeds, told
from segstudio.editing.compete import compete
from segstudio.editing.edit import Edit
from segstudio.editing.margin import near, reach
from segstudio.editing.runs import Index
from segstudio.editing.seeds import OPEN
from segstudio.editing.tissue import same_tissue, spread_of
from segstudio.errors import EditError
from segstudio.imaging import Box, inner, whole
from segstudio.progress import Progress, Stop, check, never, part, silent

_BLUR = 0.8
"""Smoothing under the brush, in voxels of the finest spacing."""

_TOLERANCE = 3.0
"""Standard deviations that an intensity may differ from the tissue's."""

_LEAST = 0.01
"""Noise that there always is, as a part of the contrast under the brush: drawings and averages have none."""

_MOST = 4_000_000
"""Voxels round a class whose border snaps at full detail: the ways are short, so that few sweeps suffice."""

_HOLD = 20.0
"""Voxels that a border's wish to stay counts: an edge draws it, noise does not."""

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
    seen = picture[where]
    least = _LEAST * float(np.ptp(seen)) if seen.size else 0.0
    return Tissue(middle, max(spread_of(seen, middle), least))


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
    away = np.abs(_under(image, box, spacing) - tissue.middle)
    start = np.zeros(where.shape, bool)
    start[_near(at, box)] = True
    return same_tissue(away, _TOLERANCE * tissue.noise, start & where, where)


def snap(
    labels: NDArray[Any],
    image: NDArray[Any],
    value: int,
    spacing: Sequence[float],
    *,
    reach_mm: float = 2.0,
    box: Box | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Move the border of a class to the nearest edge of the picture.

    What lies deeper inside and farther outside than the reach competes for the band between (`compete`); where there is
    no edge, the border stays about where it is. Other classes keep their voxels. A class in a box of more
    than four million voxels is worked on at a coarser grid; the progress says so.

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
    there = _round_class(labels, value, box or whole(labels.shape), spacing, 2 * reach_mm)
    before = labels[there]
    drawn = among(before, [value])
    factors = factors_for(drawn.shape, spacing, _MOST)
    progress(0.0, told(factors) or "looking for edges")
    check(stop)
    seeds = _either_side(drawn, spacing, reach_mm, stop)
    check(stop)
    wide = [mm * by for mm, by in zip(spacing, factors, strict=True)]
    picture = smoothed(thinned(image[there], factors), wide)
    marks = thinned_seeds(seeds, factors)
    prior = _HOLD * _softened(thinned(drawn, factors), wide, reach_mm)
    found = compete(picture, marks, wide, prior=prior, stop=stop, progress=part(progress, 0.1, 0.9))
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


def _round_class(labels: NDArray[Any], value: int, box: Box, spacing: Sequence[float], margin_mm: float) -> Box:
    """The tight box of a class in a part of a mask, and a margin as far as that part goes."""
    tight = box_of(labels[box], [value])
    if tight is None:
        raise EditError("this class has no voxel here", hint="Draw it roughly first, then let its border snap.")
    return inner(box, roomier(tight, reach(margin_mm, spacing), labels[box].shape))


def _either_side(drawn: NDArray[np.bool_], spacing: Sequence[float], far_mm: float, stop: Stop) -> NDArray[np.int32]:
    """1 deeper inside than a distance, 0 farther outside, open between."""
    seeds = np.full(drawn.shape, OPEN, np.int32)
    seeds[~near(drawn, far_mm, spacing, stop=stop)] = 0
    core = ~near(~drawn, far_mm, spacing, stop=stop)
    seeds[core] = 1
    seeds[_middles(drawn, core, spacing)] = 1
    return seeds


def _softened(part: NDArray[np.float32], spacing: Sequence[float], far_mm: float) -> NDArray[np.float32]:
    """A class as a slope that is steepest at its border and ends at a distance from it."""
    sigma = [0.0 if side == 1 else far_mm / 2 / mm for side, mm in zip(part.shape, spacing, strict=True)]
    slope: NDArray[np.float32] = ndimage.gaussian_filter(part, sigma, truncate=2, mode="nearest")
    return slope


def _middles(drawn: NDArray[np.bool_], core: NDArray[np.bool_], spacing: Sequence[float]) -> NDArray[np.bool_]:
    """The inner half of the pieces that have no core, so that a thin one does not vanish."""
    pieces, count = ndimage.label(drawn)
    thin = np.ones(count + 1, bool)
    thin[0] = False
    thin[pieces[core]] = False
    where: NDArray[np.bool_] = thin[pieces]
    if where.any():
        depth = ndimage.distance_transform_edt(drawn, sampling=spacing)[where]
        numbers = pieces[where]
        deepest = ndimage.maximum(depth, numbers, np.arange(count + 1))
        where[where] = depth > deepest[numbers] / 2
    return where
