"""How unsure a network was, from the probabilities that it gives anyway."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from segstudio.imaging import Box
from segstudio.inference import Doubt, DoubtPlace
from segstudio.inference.preprocess import Grid

PLACES = 24
"""Places that are kept, the most doubtful ones."""

_PLACE_MM = 12.0
"""Side of a place: what a reader sees at one glance."""

_SLAB = 16
"""Slices at a time; probabilities of a whole scan would take as much memory as its logits again."""


def doubt_of(logits: Tensor, grid: Grid, values: Sequence[int], spacing: Sequence[float], voxel_ml: float) -> Doubt:
    """What a network's logits say of how sure it was.

    A class's doubt is one minus the Dice between what was drawn and its probabilities, the Dice that a network which
    knows itself would expect. A place's doubt is how much of it has a second class nearly as likely as the first (one
    minus the margin between both, squared, so that what is nearly sure does not add up).

    Parameters
    ----------
    logits
        Shape (class, z, y, x), on the network's grid, background first.
    values
        Of the foreground classes, in the order of the logits.
    spacing
        Of the network's grid, in mm.
    voxel_ml
        Of one voxel of that grid.
    """
    count = logits.shape[0]
    drawn, likely, both = (torch.zeros(count, dtype=torch.float64) for _ in range(3))
    cells = tuple(max(1, round(_PLACE_MM / mm)) for mm in spacing)
    unsure = torch.zeros(logits.shape[1:])
    rival = torch.zeros(logits.shape[1:], dtype=torch.uint8)
    for start in range(0, logits.shape[1], _SLAB):
        some = slice(start, start + _SLAB)
        part = logits[:, some].softmax(0)
        best, index = part.topk(min(2, count), dim=0)
        own = functional.one_hot(index[0], count).movedim(-1, 0)
        drawn += own.sum((1, 2, 3)).double().cpu()
        likely += part.sum((1, 2, 3)).double().cpu()
        both += (own * part).sum((1, 2, 3)).double().cpu()
        unsure[some] = ((1 - (best[0] - best[-1])) ** 2).cpu()
        rival[some] = index.amax(0).to(torch.uint8).cpu()
    expected = (2 * both / (drawn + likely).clamp_min(1e-9)).tolist()
    there = (drawn + likely).tolist()
    classes = {value: 1 - expected[at] for at, value in enumerate(values, 1) if there[at] * voxel_ml > 1e-3}
    return Doubt(classes, tuple(_places(unsure, rival.numpy(), cells, grid, values, voxel_ml)))


def _places(
    unsure: Tensor, rival: NDArray[np.uint8], cells: tuple[int, ...], grid: Grid, values: Sequence[int], voxel_ml: float
) -> list[DoubtPlace]:
    """The cells with most doubt, each the largest among its neighbours, so that one doubtful spot is one place."""
    pooled = functional.avg_pool3d(unsure[None, None], cells, stride=cells, ceil_mode=True, count_include_pad=False)
    peaks = functional.max_pool3d(pooled, 3, stride=1, padding=1)
    cell = pooled[0, 0].numpy()
    candidates = np.argwhere((cell >= peaks[0, 0].numpy()) & (cell > 0.01))
    order = np.argsort(-cell[tuple(candidates.T)], kind="stable")[:PLACES]
    found = []
    for at in candidates[order]:
        z, y, x = (
            slice(int(a) * step, min((int(a) + 1) * step, side))
            for a, step, side in zip(at, cells, unsure.shape, strict=True)
        )
        inside = unsure[z, y, x].numpy()
        ml = float(inside.sum()) * voxel_ml
        spot = np.unravel_index(int(inside.argmax()), inside.shape)
        voxel = tuple(int(side.start + step) for side, step in zip((z, y, x), spot, strict=True))
        index = int(rival[voxel])
        if ml > 0 and index:
            box = _native(grid, (z, y, x))
            middle = _native(grid, tuple(slice(side, side + 1) for side in voxel))  # type: ignore[arg-type]
            vz, vy, vx = ((side.start + side.stop - 1) // 2 for side in middle)
            found.append(DoubtPlace(box, (vz, vy, vx), values[index - 1], ml))
    return found


def _native(grid: Grid, box: Box) -> Box:
    """A box of the network's grid on the scan's own."""
    z, y, x = (
        slice(int(side.start * old / new), max(int(side.start * old / new) + 1, round(side.stop * old / new)))
        for side, old, new in zip(box, grid.native, grid.shape, strict=True)
    )
    return grid.turn.undo_box((z, y, x), grid.native)
