"""From what a network says on its grid to labels on the scan's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from segstudio.imaging import Box, Shape, bounds
from segstudio.inference.tissues import Tissues, wider
from segstudio.progress import Progress, Stop, check, never, silent

TO_NATIVE = "bringing the mask to the scan's grid"


def to_native(
    logits: Tensor,
    shape: Shape,
    tissues: Tissues | None = None,
    *,
    progress: Progress = silent,
    stop: Stop = never,
) -> NDArray[np.uint8]:
    """Arg-max on a grid of another number of voxels over the same extent, slice by slice.

    Logits are interpolated linearly before the arg-max: smoother and truer borders than labels of the nearest voxel.
    Between voxels that are all background nothing else can come of that, so only the box round the others is worked on.

    Parameters
    ----------
    logits
        Shape (class, z, y, x).
    shape
        Of the grid that is wanted, and of what is returned.
    tissues
        What the scan's brightness says, beside the logits, on a grid of its own.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    found = np.zeros(shape, np.uint8)
    drawn = tissues.around if tissues else wider(logits[1:].amax(0) > logits[0])
    box = bounds(drawn.cpu().numpy())
    if box is None:
        return found
    slices = _Slices.of(tissues.carried(logits) if tissues else logits, box)
    if tissues:
        slices = slices.on(tissues.shape)
        slices = replace(slices, each=_by_tissues(slices, tissues))
    slices = slices.on(shape)
    z, y, x = slices.box
    for at, scores in enumerate(slices.each, z.start):
        check(stop)
        progress((at - z.start) / (z.stop - z.start), TO_NATIVE)
        found[at, y, x] = _largest(scores)
    return found


def _by_tissues(slices: _Slices, tissues: Tissues) -> Iterator[Tensor]:
    z, y, x = slices.box
    return tissues.settled(tissues.weigh(carried, (at, y, x)) for at, carried in enumerate(slices.each, z.start))


def _largest(scores: Tensor) -> NDArray[np.intp]:
    """Arg-max over the first axis; on the CPU numpy takes a third of torch's time."""
    found: NDArray[np.intp] = scores.numpy().argmax(0) if scores.is_cpu else scores.argmax(0).cpu().numpy()
    return found


@dataclass(frozen=True)
class _Slices:
    """Scores in a box of a grid, slice by slice, each of shape (class, y, x)."""

    grid: Shape
    box: Box
    each: Iterable[Tensor]

    @classmethod
    def of(cls, scores: Tensor, box: Box) -> _Slices:
        """Those of scores of shape (class, z, y, x)."""
        _, z, y, x = scores.shape
        return cls((z, y, x), box, scores[:, *box].unbind(1))

    def on(self, grid: Shape) -> _Slices:
        """Interpolated to a grid of another number of voxels over the same extent, from the box's first to its last."""
        if grid == self.grid:
            return self
        z, y, x = (_places(*each)[0] for each in zip(self.box, self.grid, grid, strict=True))
        return _Slices(grid, (z, y, x), self._interpolated(grid, y, x))

    def _interpolated(self, grid: Shape, y: slice, x: slice) -> Iterator[Tensor]:
        source = enumerate(self.each, self.box[0].start)
        ready: dict[int, Tensor] = {}
        for where in _places(self.box[0], self.grid[0], grid[0])[1]:
            below, above = math.floor(where), math.ceil(where)
            ready = {at: scores for at, scores in ready.items() if at >= below}
            while above not in ready:
                at, scores = next(source)
                if at >= below:
                    whole = functional.pad(scores, self._margins)[None]
                    ready[at] = functional.interpolate(whole, size=grid[1:], mode="bilinear")[0, :, y, x]
            yield torch.lerp(ready[below], ready[above], where - below)

    @property
    def _margins(self) -> tuple[int, int, int, int]:
        """Voxels of a slice left, right, above and below the box."""
        (_, rows, columns), (_, y, x) = self.box, self.grid
        return columns.start, x - columns.stop, rows.start, y - rows.stop


def _places(part: slice, voxels: int, side: int) -> tuple[slice, list[float]]:
    """Which of so many places over the extent of all voxels lie in a part of them, and where, in voxels."""
    where = np.clip((np.arange(side) + 0.5) * voxels / side - 0.5, 0, voxels - 1)
    first, last = np.searchsorted(where, part.start), np.searchsorted(where, part.stop - 1, "right")
    return slice(int(first), int(last)), where[first:last].tolist()
