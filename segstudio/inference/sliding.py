"""Logits of a whole grid from a network that sees one patch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product

import torch
from torch import Tensor, nn

from segstudio.imaging import Box, Shape
from segstudio.inference.device import Device
from segstudio.progress import Progress, Stop, check, never, silent

OVERLAP = 0.5
"""Neighbouring patches share this part of their sides."""


def window_logits(
    network: nn.Module,
    image: Tensor,
    patch: Shape,
    device: Device,
    *,
    batch: int = 1,
    keep_on: torch.device | None = None,
    progress: Progress = silent,
    stop: Stop = never,
) -> Tensor:
    """Logits of every voxel, patches weighted by a Gaussian so that their edges count least.

    Parameters
    ----------
    image
        Shape (channel, z, y, x), float32, anywhere; smaller than the patch is padded with 0 (the mean).
    patch
        Voxels that the network sees at once.
    batch
        Patches at a time.
    keep_on
        Where the sums are kept; the device itself unless memory is short.

    Returns
    -------
    Tensor
        Float32, shape (class, z, y, x), on `keep_on`.

    Raises
    ------
    Stopped
        Between two batches.
    """
    home = keep_on or device.place
    padded, inside = _padded(image, patch)
    boxes = list(tiles(tuple(padded.shape[1:]), patch))  # type: ignore[arg-type]
    weight = gaussian(patch).to(home)
    total, sums = torch.zeros(padded.shape[1:], device=home), None
    for first in range(0, len(boxes), batch):
        check(stop)
        some = boxes[first : first + batch]
        patches = torch.stack([padded[(slice(None), *box)] for box in some]).to(device.place)
        with torch.inference_mode(), device.autocast():
            logits = network(patches).float().to(home)
        if sums is None:
            sums = torch.zeros((logits.shape[1], *padded.shape[1:]), device=home)
        for box, each in zip(some, logits, strict=True):
            sums[(slice(None), *box)] += each * weight
            total[box] += weight
        progress(min(first + batch, len(boxes)) / len(boxes), "drawing")
    assert sums is not None
    return (sums / total)[(slice(None), *inside)]


def tiles(shape: Shape, patch: Shape) -> Iterator[Box]:
    """Boxes of the patch's size that cover the shape evenly, with at least `OVERLAP` between neighbours."""
    starts = []
    for side, window in zip(shape, patch, strict=True):
        room = side - window
        count = 1 + -(-room // max(1, round(window * (1 - OVERLAP))))
        starts.append([round(index * room / max(1, count - 1)) for index in range(count)])
    for corner in product(*starts):
        z, y, x = (slice(start, start + window) for start, window in zip(corner, patch, strict=True))
        yield z, y, x


@lru_cache(maxsize=4)
def gaussian(patch: Shape) -> Tensor:
    """Weights of a patch, of its shape: a Gaussian of an eighth of each side, never below a thousandth of its peak."""
    axes = [torch.exp(-0.5 * ((torch.arange(side) - (side - 1) / 2) / (side / 8)) ** 2) for side in patch]
    weight = axes[0][:, None, None] * axes[1][None, :, None] * axes[2][None, None, :]
    return (weight / weight.max()).clamp_min(1e-3)


def _padded(image: Tensor, patch: Shape) -> tuple[Tensor, Box]:
    missing = [max(0, window - side) for window, side in zip(patch, image.shape[1:], strict=True)]
    before = [each // 2 for each in missing]
    pads = [pad for low, all_ in zip(before[::-1], missing[::-1], strict=True) for pad in (low, all_ - low)]
    z, y, x = (slice(low, low + side) for low, side in zip(before, image.shape[1:], strict=True))
    return nn.functional.pad(image, pads), (z, y, x)
