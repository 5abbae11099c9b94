"""Regions that grow from scribbles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.coarse import factors_for, refined, smoothed, thinned, thinned_seeds, told
from segstudio.editing.compete import compete, noise_of
from segstudio.editing.edit import Edit
from segstudio.editing.seeds import OPEN, Seeds, settled
from segstudio.editing.tissue import same_tissue, spread_of
from segstudio.errors import EditError
from segstudio.imaging import Box
from segstudio.progress import Progress, Stop, check, never, part, silent

MARGIN_MM = 20.0
"""How far beyond the scribbles classes grow where no box is given."""

_MARGINS_MM = (30.0, 100.0, 1e9)
"""How far beyond its scribbles a lone class is looked for, until it ends inside."""

_MEANT = 0.9
"""Part of the voxels under a scribble that are of its class for sure, and whose like is meant as well."""

_TOLERANCE = 2.5
"""Standard deviations that an intensity may differ from those under a lone class's scribbles."""


def grow(
    labels: NDArray[Any],
    image: NDArray[Any],
    seeds: Seeds,
    spacing: Sequence[float],
    *,
    box: Box | None = None,
    over: Collection[int] | None = (0,),
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Grow classes from scribbles.

    Two or more classes (background is one) compete for the box: each voxel goes to the scribble from which it is
    reached over the fewest edges (`compete`). One class alone grows over connected voxels whose intensity is like that
    under its scribbles. A box of more than a million voxels is worked on at a coarser grid; the progress says so.

    Parameters
    ----------
    labels
        The mask, shape (z, y, x); only read.
    image
        Intensities, shape (z, y, x).
    seeds
        At least one.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    box
        Where to grow; None: round the scribbles, with `MARGIN_MM` more, or as far as one class alone reaches.
    over
        What may be written over besides the scribbled classes, 0 for what has no class; None: any class.

    Raises
    ------
    EditError
        There is no seed, or none but of background.
    Stopped
        `stop()` became true.
    """
    if seeds.classes == {0}:
        raise EditError("only background was scribbled on", hint="Scribble on the class that should grow as well.")
    if len(seeds.classes) == 1:
        box, found = _alone(image, seeds, spacing, box, stop, progress)
    else:
        box = box or seeds.box(labels.shape, spacing, MARGIN_MM)
        found = _together(image, seeds, spacing, box, stop, progress)
    check(stop)
    return settled("grow from scribbles", labels, box, found, seeds.classes, over)


def _together(
    image: NDArray[Any], seeds: Seeds, spacing: Sequence[float], box: Box, stop: Stop, progress: Progress
) -> NDArray[np.int32]:
    """The class of each voxel of a box, after all have competed."""
    drawn = seeds.drawn(box)
    factors = factors_for(drawn.shape, spacing)
    progress(0.0, told(factors) or "growing from the scribbles")
    check(stop)
    wide = [mm * by for mm, by in zip(spacing, factors, strict=True)]
    picture = smoothed(thinned(image[box], factors), wide)
    marks = thinned_seeds(drawn, factors)
    found = compete(picture, marks, wide, stop=stop, progress=part(progress, 0.1, 0.9))
    return refined(found, factors, drawn)


def _alone(
    image: NDArray[Any], seeds: Seeds, spacing: Sequence[float], box: Box | None, stop: Stop, progress: Progress
) -> tuple[Box, NDArray[np.int32]]:
    """The only class there is, `OPEN` where it did not grow; without a box, in wider and wider ones until it ends."""
    for margin in _MARGINS_MM:
        there = box or seeds.box(image.shape, spacing, margin)
        drawn = seeds.drawn(there)
        factors = factors_for(drawn.shape, spacing)
        progress(0.0, told(factors) or "growing from the scribbles")
        check(stop)
        wide = [mm * by for mm, by in zip(spacing, factors, strict=True)]
        found = _like(smoothed(thinned(image[there], factors), wide), thinned_seeds(drawn, factors))
        if box or not _cut_off(found, there, image.shape):
            break
    return there, refined(found, factors, drawn)


def _cut_off(found: NDArray[np.int32], box: Box, shape: Sequence[int]) -> bool:
    """Whether a class reaches a side of its box beyond which the scan goes on."""
    for axis, (side, whole) in enumerate(zip(box, shape, strict=True)):
        lines = np.moveaxis(found != OPEN, axis, 0)
        if (side.start > 0 and lines[0].any()) or (side.stop < whole and lines[-1].any()):
            return True
    return False


def _like(image: NDArray[np.float32], seeds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Connected voxels of tissue like that under the seeds of the one class there is; `OPEN` elsewhere."""
    marked = seeds != OPEN
    under = image[marked]
    middle = float(np.median(under))
    noise = max(spread_of(under, middle), noise_of(image))
    scribbled = float(np.quantile(np.abs(under - middle), _MEANT))
    tolerance = max(_TOLERANCE * noise, scribbled)
    found = same_tissue(np.abs(image - middle), tolerance, marked, np.ones(image.shape, bool)) | marked
    return np.where(found, int(seeds[marked][0]), OPEN).astype(np.int32)
