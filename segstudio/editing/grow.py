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
from segstudio.editing.tissue import connected, same_tissue
from segstudio.errors import EditError
from segstudio.imaging import Box
from segstudio.progress import Progress, Stop, check, never, part, silent

MARGIN_MM = 20.0
"""How far beyond the scribbles classes grow where no box is given."""


def grow(
    labels: NDArray[Any],
    image: NDArray[Any],
    seeds: Seeds,
    spacing: Sequence[float],
    *,
    box: Box | None = None,
    over: Collection[int] | None = None,
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
        Where to grow; None: round the scribbles, with `MARGIN_MM` more (three times that for one class alone).
    over
        Classes without a scribble that may be written over; None: only background.

    Raises
    ------
    EditError
        There is no seed, or none but of background.
    Stopped
        `stop()` became true.
    """
    if seeds.classes == {0}:
        raise EditError("only background was scribbled on", hint="Scribble on the class that should grow as well.")
    alone = len(seeds.classes) == 1
    box = box or seeds.box(labels.shape, spacing, MARGIN_MM * (3 if alone else 1))
    drawn = seeds.drawn(box)
    factors = factors_for(drawn.shape, spacing)
    check(stop)
    progress(0.0, told(factors) or "growing from the scribbles")
    wide = [mm * by for mm, by in zip(spacing, factors, strict=True)]
    picture = smoothed(thinned(image[box], factors), wide)
    marks = thinned_seeds(drawn, factors)
    check(stop)
    if alone:
        found = _like(picture, marks)
    else:
        found = compete(picture, marks, wide, stop=stop, progress=part(progress, 0.1, 0.8))
    check(stop)
    full = refined(found, factors, drawn)
    if alone:  # it has no rival to lose what it had before
        full = np.where(full == 0, labels[box], full)
    return settled("grow from scribbles", labels, box, full, seeds.classes, over)


def _like(image: NDArray[np.float32], seeds: NDArray[np.int32]) -> NDArray[np.int32]:
    """Connected voxels of tissue like that under the seeds of the one class there is; 0 elsewhere."""
    marked = seeds != OPEN
    under = image[marked]
    middle = float(np.median(under))
    spread = max(1.4826 * float(np.median(np.abs(under - middle))), noise_of(image))
    found = connected(same_tissue(np.abs(image - middle), spread), marked) | marked
    return np.where(found, int(seeds[marked][0]), 0).astype(np.int32)
