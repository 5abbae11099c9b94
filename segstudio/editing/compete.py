"""Classes that compete for voxels: each goes to the seed from which it is reached over the fewest edges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from segstudio.editing.seeds import OPEN
from segstudio.imaging.labels import present_values
from segstudio.progress import Progress, Stop, check, never, silent

_ROUNDS = 12
"""Sweeps to and fro along all three axes; a way that turns more often is not found, and none that matters does."""

_CHANGE = 60.0
"""Voxels that a whole change of the likely class counts, if intensity tells the classes apart for sure."""

_BINS = 64

_SAMPLE = 500_000
"""Voxels that are enough to know how intensities lie."""

_SETTLED = 2e-4
"""Part of the voxels that may still change class when sweeping ends."""


def compete(
    image: NDArray[np.float32],
    seeds: NDArray[np.int32],
    spacing: Sequence[float],
    *,
    prior: NDArray[np.float32] | None = None,
    stop: Stop = never,
    progress: Progress = silent,
) -> NDArray[np.int32]:
    """The class whose seed is nearest to each voxel, where a way is the longer the more intensities change along it.

    These are geodesic distances after Criminisi, Sharp and Blake, GeoS (doi:10.1007/978-3-540-88682-2_9), along the
    axes only. A step of a millimetre counts as much as one of the intensity that is usual from voxel to voxel. Where
    intensities under the seeds tell the classes apart, a change of the likely class counts as many millimetres.

    Parameters
    ----------
    image
        Intensities, lightly smoothed, shape (z, y, x).
    seeds
        Shape of the image: the class at each seed, 0 for background, `OPEN` elsewhere. At least one seed.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    prior
        Shape of the image; a step of 1 in it counts as much as one voxel. None: nothing is known before.

    Returns
    -------
    NDArray[np.int32]
        The class of each voxel.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    steps = _steps(image, seeds, spacing, prior)
    names = present_values(seeds[seeds != OPEN])
    ranks = np.zeros(names[-1] + 2, np.uint16)
    ranks[names] = np.arange(len(names))
    owner = ranks[seeds]  # -1, open, takes the last rank, which is no class's; the first sweep replaces it
    far = np.where(seeds == OPEN, np.float32(np.inf), np.float32(0))
    for turn in range(_ROUNDS):
        changed = 0
        for axis in range(3):
            check(stop)
            progress((turn + axis / 3) / _ROUNDS, "growing from the seeds")
            changed += _sweep(far, owner, steps[axis], axis)
        if changed <= _SETTLED * far.size:
            break
    return names.astype(np.int32)[owner]


def noise_of(image: NDArray[np.float32]) -> float:
    """The usual step from one voxel to the next, never 0: half of all steps are smaller."""
    along = max(range(3), key=lambda axis: image.shape[axis])
    rows = np.moveaxis(image, along, -1).reshape(-1, image.shape[along])
    steps = np.abs(np.diff(rows[:: 1 + image.size // _SAMPLE], axis=1))
    steps = steps[steps > 0]
    return float(np.median(steps)) if steps.size else 1.0


def _steps(
    image: NDArray[np.float32],
    seeds: NDArray[np.int32],
    spacing: Sequence[float],
    prior: NDArray[np.float32] | None,
) -> list[NDArray[np.float32]]:
    """How far it is from each voxel to the next along each axis, the swept axis first."""
    noise = noise_of(image)
    likely, weight = _likely(image, seeds, noise)
    fields = [(each, weight / 2) for each in likely] + ([] if prior is None else [(prior, 1.0)])
    steps = []
    for axis, mm in enumerate(spacing):
        step = np.abs(np.diff(image, axis=axis))
        step *= mm / noise
        step += mm
        for field, counts in fields:
            step += np.float32(counts * min(spacing)) * np.abs(np.diff(field, axis=axis))
        steps.append(np.ascontiguousarray(np.moveaxis(step, axis, 0)))
    return steps


def _likely(
    image: NDArray[np.float32], seeds: NDArray[np.int32], noise: float
) -> tuple[list[NDArray[np.float32]], float]:
    """How likely each class is at each voxel by its intensity alone, and what a change of it counts."""
    names = present_values(seeds[seeds != OPEN])
    low, high = np.percentile(image.reshape(-1)[:: 1 + image.size // _SAMPLE], (0.5, 99.5))
    if len(names) < 2 or high <= low:
        return [], 0.0
    per_bin = _BINS / (high - low)
    place = np.clip((image - low) * per_bin, 0, _BINS - 1).astype(np.intp)
    curves = []
    for name in names:
        found = np.bincount(place[seeds == name], minlength=_BINS)
        curves.append(gaussian_filter1d(found / found.sum(), max(1.5 * noise * per_bin, 1)))
    share = np.array(curves) + 0.02 * np.max(curves)
    share /= share.sum(axis=0)
    right = float(np.mean([curve[place[seeds == name]].mean() for name, curve in zip(names, share, strict=True)]))
    telling = max((right * len(names) - 1) / (len(names) - 1), 0)
    return [curve.astype(np.float32)[place] for curve in share], _CHANGE * telling**2


def _sweep(far: NDArray[np.float32], owner: NDArray[np.uint16], step: NDArray[np.float32], axis: int) -> int:
    """Carry distances and owners forth and back along an axis; how many voxels changed."""
    reached = np.ascontiguousarray(np.moveaxis(far, axis, 0))
    owned = np.ascontiguousarray(np.moveaxis(owner, axis, 0))
    last = len(reached) - 1
    way = np.empty(reached.shape[1:], np.float32)
    nearer = np.empty(way.shape, bool)
    changed = 0
    forth, back = range(last), range(last, 0, -1)
    for start, end, side in [(at, at + 1, at) for at in forth] + [(at, at - 1, at - 1) for at in back]:
        np.add(reached[start], step[side], out=way)
        np.less(way, reached[end], out=nearer)
        np.copyto(reached[end], way, where=nearer)
        np.copyto(owned[end], owned[start], where=nearer)
        changed += int(np.count_nonzero(nearer))
    if axis:
        far[...] = np.moveaxis(reached, 0, axis)
        owner[...] = np.moveaxis(owned, 0, axis)
    return changed
