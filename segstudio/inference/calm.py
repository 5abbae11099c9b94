"""Less noise in a scan, with its borders where they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional

from segstudio.imaging import bounds

_REACH = 2.5
"""Voxels beside each other that differ by more than so many times the noise are not of one tissue."""

_BESIDE, _FARTHEST = 1.2, 2.0
"""How far, in voxels, those beside one count, and how far they are looked for."""

_SAMPLE = 200_000
_MEDIAN_TO_STD = 1.4826


def calmed(image: Tensor, where: Tensor, spacing: Sequence[float]) -> Tensor:
    """Each voxel's mean with those of the 26 beside it that are about as bright.

    The more brightness differs the less a neighbour counts, beyond what noise does not at all, so that borders stay
    (a bilateral filter, Tomasi and Manduchi 1998, doi:10.1109/ICCV.1998.710815).

    Parameters
    ----------
    image
        Shape (z, y, x).
    where
        Where noise is measured, shape (z, y, x); outside its box the image stays as it is.
    spacing
        In mm; what lies far away is no neighbour.
    """
    box = bounds(where.cpu().numpy())
    reach = _REACH * noise(image, where)
    if not reach or not box:
        return image
    inside = image[box]
    z, y, x = inside.shape
    padded = functional.pad(inside[None, None], (1,) * 6, mode="replicate")[0, 0]
    more, weight = torch.zeros_like(inside), torch.ones_like(inside)
    for step in product(range(3), repeat=3):
        away = math.dist([place * mm for place, mm in zip(step, spacing, strict=True)], spacing) / min(spacing)
        if 0 < away < _FARTHEST:
            beside = padded[step[0] : step[0] + z, step[1] : step[1] + y, step[2] : step[2] + x] - inside
            alike = (beside / reach).square_().neg_().add_(1).clamp_min_(0).square_()
            alike *= math.exp(-0.5 * (away / _BESIDE) ** 2)
            weight += alike
            more += alike.mul_(beside)
    calm = image.clone()
    calm[box] += more / weight
    return calm


def noise(image: Tensor, where: Tensor) -> float:
    """Standard deviation of noise, from how neighbours along the last axis differ: most are of one tissue."""
    away = image.diff(dim=2)[where[..., 1:]]
    away = away[:: max(1, len(away) // _SAMPLE)].abs()
    return float(away.median()) * _MEDIAN_TO_STD / math.sqrt(2) if len(away) else 0.0
