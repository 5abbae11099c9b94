"""Random walker: each voxel goes to the scribble that a walk along even tissue most likely meets first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.coarse import enlarged, factors_for, refined, smoothed, thinned, thinned_seeds, told
from segstudio.editing.compete import noise_of
from segstudio.editing.edit import Edit
from segstudio.editing.grow import MARGIN_MM
from segstudio.editing.seeds import OPEN, Seeds, settled
from segstudio.errors import EditError
from segstudio.imaging import Box
from segstudio.imaging.labels import present_values
from segstudio.progress import Progress, Stop, check, never, part, silent

MOST = 300_000
"""Voxels solved at full detail."""

_COARSEST = 4_000
"""Voxels that are solved without a coarser start."""

_ENOUGH = 3e-4
"""What is left to solve, as a part of what there was."""
_ROUNDS = 200

_LEAST = 1e-3
"""The weakest tie: without it, a hard edge would keep the solver from settling."""


def random_walk(
    labels: NDArray[Any],
    image: NDArray[Any],
    seeds: Seeds,
    spacing: Sequence[float],
    *,
    box: Box | None = None,
    strength: float = 0.5,
    over: Collection[int] | None = (0,),
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Divide a box among scribbled classes by Grady's random walker (doi:10.1109/TPAMI.2006.233).

    Its borders are smoother than `grow`'s and bridge gaps in an edge. A box of more than 300 000 voxels is solved on a
    coarser grid; the progress says so.

    Parameters
    ----------
    labels
        The mask, shape (z, y, x); only read.
    image
        Intensities, shape (z, y, x).
    seeds
        Of at least two classes, background being one.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    box
        Where; None: round the scribbles, with `MARGIN_MM` more.
    strength
        How much a step of intensity hinders a walk: 0 only distance counts, 1 strongly.
    over
        What may be written over besides the scribbled classes, 0 for what has no class; None: any class.

    Raises
    ------
    EditError
        Fewer than two classes have a scribble.
    Stopped
        `stop()` became true.
    """
    box = box or seeds.box(labels.shape, spacing, MARGIN_MM)
    drawn = seeds.drawn(box)
    names = present_values(drawn[drawn != OPEN])
    if len(names) < 2:
        raise EditError(
            "a random walk needs scribbles of two classes", hint="Scribble on background or a second class too."
        )
    factors = factors_for(drawn.shape, spacing, MOST)
    progress(0.0, told(factors) or "walking from the scribbles")
    check(stop)
    wide = [mm * by for mm, by in zip(spacing, factors, strict=True)]
    picture = smoothed(thinned(image[box], factors), wide)
    found = walk(picture, thinned_seeds(drawn, factors), wide, strength, stop=stop, progress=part(progress, 0.05, 0.9))
    return settled("random walker", labels, box, refined(found, factors, drawn), seeds.classes, over)


def walk(
    image: NDArray[np.float32],
    seeds: NDArray[np.int32],
    spacing: Sequence[float],
    strength: float = 0.5,
    *,
    stop: Stop = never,
    progress: Progress = silent,
) -> NDArray[np.int32]:
    """The class that a walk from each voxel most likely meets first.

    Parameters
    ----------
    image
        Intensities, lightly smoothed, shape (z, y, x).
    seeds
        Shape of the image: the class at each seed, 0 for background, `OPEN` elsewhere.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    names = present_values(seeds[seeds != OPEN]).astype(np.int32)
    chances = _chances(image, seeds, names, spacing, strength, stop, progress)
    found: NDArray[np.int32] = names[chances.argmax(axis=0)]
    return found


def _chances(
    image: NDArray[np.float32],
    seeds: NDArray[np.int32],
    names: NDArray[np.int32],
    spacing: Sequence[float],
    strength: float,
    stop: Stop,
    progress: Progress,
) -> NDArray[np.float32]:
    """The chance of each class at each voxel, shape (class, z, y, x); a coarser grid, solved first, gives the start."""
    guess: NDArray[np.float32] = (seeds == names[:, None, None, None]).astype(np.float32)
    if seeds.size > _COARSEST:
        factors = factors_for(seeds.shape, spacing, seeds.size // 6)
        wide = [mm * by for mm, by in zip(spacing, factors, strict=True)]
        small = (thinned(image, factors), thinned_seeds(seeds, factors))
        coarse = _chances(*small, names, wide, strength, stop, part(progress, 0.0, 0.3))
        for each, rough in zip(guess, coarse, strict=True):
            np.copyto(each, enlarged(rough, factors, seeds.shape), where=seeds == OPEN)
    ties = _ties(image, spacing, strength)
    for at, each in enumerate(guess[:-1]):
        share = part(progress, 0.3 + 0.7 * at / (len(names) - 1), 0.3 + 0.7 * (at + 1) / (len(names) - 1))
        _solve(each, seeds == OPEN, ties, stop, share)
    guess[-1] = 1 - np.add.reduce(guess[:-1], axis=0)
    return guess


def _ties(image: NDArray[np.float32], spacing: Sequence[float], strength: float) -> list[NDArray[np.float32]]:
    """How readily a walk steps from each voxel to the next along each axis."""
    noise, finest = noise_of(image), min(spacing)
    ties = []
    for axis, mm in enumerate(spacing):
        step = np.diff(image, axis=axis) / noise
        ties.append(((np.exp(-strength * step * step) + _LEAST) * (finest / mm) ** 2).astype(np.float32))
    return ties


def _solve(
    chance: NDArray[np.float32],
    free: NDArray[np.bool_],
    ties: list[NDArray[np.float32]],
    stop: Stop,
    progress: Progress,
) -> None:
    """Make each free voxel the mean of its neighbours, weighted by the ties: conjugate gradients, in place."""
    degree = _pull(np.ones_like(chance), ties, np.zeros_like(chance))
    rest = _pull(chance, ties, degree) * free
    way = (rest / degree).astype(np.float32)
    size = float(np.vdot(rest, way))
    enough = _ENOUGH**2 * size
    for turn in range(_ROUNDS):
        if size <= max(enough, 1e-12):
            return
        check(stop)
        progress(turn / _ROUNDS, "walking from the scribbles")
        pulled = _pull(way, ties, degree) * free
        step = -size / float(np.vdot(way, pulled))
        chance += np.float32(step) * way
        rest += np.float32(step) * pulled
        eased = rest / degree
        size, before = float(np.vdot(rest, eased)), size
        way *= size / before
        way += eased


def _pull(
    chance: NDArray[np.float32], ties: list[NDArray[np.float32]], degree: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What neighbours give each voxel, less what it has for as many."""
    pull = -degree * chance
    for axis, tie in enumerate(ties):
        here, there = np.moveaxis(pull, axis, 0), np.moveaxis(chance, axis, 0)
        along = np.moveaxis(tie, axis, 0)
        here[:-1] += along * there[1:]
        here[1:] += along * there[:-1]
    return pull
