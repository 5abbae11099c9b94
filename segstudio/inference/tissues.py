"""Borders moved to where the scan's own brightness changes, for classes that are tissues, each about equally bright.

A network that was trained on synthesised scans of any contrast knows shapes, on a coarse grid. How bright each tissue
is in this very scan, and how uneven the scanner was, is worked out from what it drew, by turns with what follows of
that for each voxel (expectation and maximisation, as in Van Leemput et al. 1999, doi:10.1109/42.811270): the network's
probabilities are the prior, a normal distribution of brightness per tissue the likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

from segstudio.imaging import Shape
from segstudio.inference.calm import calmed
from segstudio.progress import Stop, check, never

_TURNS = 6
_TRUST = 0.3
"""What the evidence of a voxel counts: neighbours say much the same, so that it is not as many times as there are."""

_SURE, _LIKELY = 0.8, 0.5
"""Least probability of a tissue in voxels from which its brightness is told: at first, and later."""

_FEWEST = 8
"""Voxels; of a tissue of which fewer are sure nothing is said."""

_OUTLYING = 2.5
"""Standard deviations; what is farther away, most of it wrongly drawn, is left out."""

_VOXELS = 2
"""In one of the network's own; what it says counts in full where there are no more."""

_LEAST_SPREAD = 0.015
_LEAST_LIKELY = -5.0
"""Logarithm: no brightness alone makes a tissue impossible."""

_SURELY_NOTHING = 0.98
"""Where background is at least as probable, nothing is looked for."""

_LOW, _HIGH, _BINS = -0.2, 1.2, 128
_SMOOTH_BINS = 1.5
_EVEN_MM = 25.0
"""Over about as much the scanner's sensitivity is the same."""

_KIN_MM = 1.0
_KINSHIP = 4.0
"""How far voxels are likely to be of one class, and how much that counts: noise does not speckle what is drawn."""

_POOL = 3
_GAINS = (0.4, 2.5)
_FAR = 1e3

_Normal = tuple[Tensor, Tensor, Tensor]
"""Mean and spread of each tissue's brightness, and whether it was seen; shape (tissue,)."""


@dataclass(frozen=True, eq=False)
class Tissues:
    """How bright each tissue is in one scan, as worked out on a network's grid.

    Parameters
    ----------
    of
        The tissue of each class, background's 0; shape (class,).
    means, spreads
        Of each tissue's brightness; shape (tissue,).
    known
        Whether enough of a tissue was seen.
    outside
        Logarithm of how often the background has each brightness; shape (bin,).
    gain
        How many times too bright the scan is, shape (z, y, x).
    near
        Where something may be drawn, shape (z, y, x).
    image
        Brightness of the scan, shape (z, y, x) on its own grid in the network's orientation.
    spacing
        Of the network's grid in mm.
    """

    of: Tensor
    means: Tensor
    spreads: Tensor
    known: Tensor
    outside: Tensor
    gain: Tensor
    near: Tensor
    image: Tensor
    spacing: Sequence[float]

    @classmethod
    def seen(
        cls,
        logits: Tensor,
        image: Tensor,
        of: Sequence[int],
        spacing: Sequence[float],
        *,
        even: bool,
        stop: Stop = never,
    ) -> Tissues | None:
        """Work it out; None where nothing is drawn.

        Parameters
        ----------
        logits
            Shape (class, z, y, x).
        image
            Brightness, mostly from 0 to 1, shape (z, y, x) on a grid over the same extent.
        of
            The tissue of each class, background's 0.
        spacing
            Of the network's grid in mm.
        even
            The scanner is known to be equally sensitive everywhere.

        Raises
        ------
        Stopped
            `stop()` became true.
        """
        chance = logits.log_softmax(0)
        near = wider(chance[0] < np.log(_SURELY_NOTHING))
        if not near.any():
            return None
        image = calmed(image, _nearest(near, image.shape), _voxel(spacing, near.shape, image.shape))
        index = torch.tensor(of, device=logits.device)
        prior, bright = chance[:, near], _nearest(image, near.shape)[near]
        likely = _summed(prior.exp(), index)
        gain = torch.ones(near.shape, device=logits.device)
        found: Tissues | None = None
        for _ in range(_TURNS):
            check(stop)
            level = bright / gain[near]
            counted = torch.where(likely >= (_LIKELY if found else _SURE), likely, 0.0)
            normal = _normal(counted, level)
            if found:  # of a small tissue too little may be likely now, though it was seen before
                normal = _kept(normal, (found.means, found.spreads, found.known))
            found = cls(index, *normal, _density(level, likely[0]), gain, near, image, spacing)
            likely = _summed((_TRUST * (prior + found.evidence(level)[index])).softmax(0), index)
            if not even:
                gain = found.uneven(likely, bright)
        return found

    def evidence(self, level: Tensor) -> Tensor:
        """Logarithm of how likely each tissue is to be as bright, shape (tissue, …), of brightness without gain."""
        means, spreads, known = (each.view(-1, *(1,) * level.ndim) for each in (self.means, self.spreads, self.known))
        normal = -0.5 * ((level - means) / spreads).square() - (spreads * np.sqrt(2 * np.pi)).log()
        said = torch.where(known, normal.clamp_min(_LEAST_LIKELY), -np.log(_HIGH - _LOW))
        said[0] = self.outside[_bins(level)]
        return said

    def uneven(self, likely: Tensor, bright: Tensor) -> Tensor:
        """The gain that makes each tissue as bright everywhere as it is on the whole, shape (z, y, x)."""
        weights = likely[1:] * (self.known / self.spreads.square())[1:, None]
        expected, meant = torch.zeros_like(self.gain), torch.zeros_like(self.gain)
        expected[self.near] = (weights * self.means[1:, None].square()).sum(0)
        meant[self.near] = (weights * self.means[1:, None]).sum(0) * bright
        reach = [_EVEN_MM / (_POOL * mm) for mm in self.spacing]
        below, above = (_smooth(each, reach) for each in (expected, meant))
        little = max(0.01 * below.max(), 1e-6)
        gain = torch.from_numpy((above + little) / (below + little)).to(bright)[None, None]
        found = functional.interpolate(gain, size=tuple(self.gain.shape), mode="trilinear")[0, 0]
        return found.clamp(*_GAINS)

    @property
    def shape(self) -> Shape:
        """Of the grid on which brightness is looked at."""
        z, y, x = self.image.shape
        return z, y, x

    @property
    def around(self) -> Tensor:
        """Where there is something to bring to the scan's grid, shape (z, y, x)."""
        return wider(self.near)

    def carried(self, logits: Tensor) -> Tensor:
        """What is brought there: logits, by which only background is likely far away, and the gain."""
        return torch.cat((logits[:1] + _FAR * ~self.around, logits[1:], self.gain[None]))

    def weigh(self, carried: Tensor, where: tuple[int | slice, ...]) -> Tensor:
        """Logits and evidence together, shape (class, …), of what was `carried` to these voxels of the scan's grid."""
        return self._said * carried[:-1] + self.evidence(self.image[where] / carried[-1])[self.of]

    @property
    def _said(self) -> float:
        """What the network's word counts for one voxel: the more of them lie in one of its own, the less."""
        return min(1.0, math.sqrt(math.sqrt(_VOXELS * self.near.numel() / self.image.numel())))

    def settled(self, weighed: Iterable[Tensor]) -> Iterator[Tensor]:
        """Slices that follow one another, as `weigh` gives them, with what the neighbours of their voxels say.

        One step of a mean field (Zhang et al. 2001, doi:10.1109/42.906424).
        """
        voxel = _voxel(self.spacing, self.near.shape, self.image.shape)
        z, y, x = (math.exp(-((mm / _KIN_MM) ** 2)) for mm in voxel)
        before = now = None
        for after in chain(
            ((each, _mixed(_mixed((_TRUST * each).softmax(0), 1, y), 2, x)) for each in weighed), [None]
        ):
            if now is not None:
                beside = [each[1] for each in (before, after) if each is not None]
                around = (now[1] + z * sum(beside)) / (1 + len(beside) * z)
                yield _TRUST * now[0] + _KINSHIP * (around + 1e-4).log()
            before, now = now, after


def tissue_of(values: Sequence[int], tissues: Sequence[Sequence[int]]) -> list[int]:
    """The tissue of background and of each class, from 0; values of one group are one tissue, others are their own."""
    group = {value: number for number, each in enumerate(tissues) for value in each}
    names = [("alone", value) if value not in group else ("group", group[value]) for value in values]
    order = {name: number for number, name in enumerate(dict.fromkeys(names), 1)}
    return [0, *(order[name] for name in names)]


def _mixed(values: Tensor, axis: int, part: float) -> Tensor:
    """Values with a part of those on both sides along an axis."""
    count = values.shape[axis]
    found = values.clone()
    found.narrow(axis, 1, count - 1).add_(values.narrow(axis, 0, count - 1), alpha=part)
    found.narrow(axis, 0, count - 1).add_(values.narrow(axis, 1, count - 1), alpha=part)
    return found / (1 + 2 * part)


def wider(mask: Tensor) -> Tensor:
    """A mask grown by one voxel."""
    grown: Tensor = functional.max_pool3d(mask.float()[None], 3, 1, 1)[0] > 0
    return grown


def _voxel(spacing: Sequence[float], shape: Sequence[int], other: Sequence[int]) -> list[float]:
    """Spacing in mm of a grid of another number of voxels over the same extent."""
    return [mm * old / new for mm, old, new in zip(spacing, shape, other, strict=True)]


def _nearest(image: Tensor, shape: Sequence[int]) -> Tensor:
    """The voxels of an image that lie nearest to those of a grid of another number of voxels over the same extent."""
    for axis, (old, new) in enumerate(zip(image.shape, shape, strict=True)):
        image = image.index_select(axis, ((torch.arange(new, device=image.device) + 0.5) * old / new).long())
    return image


def _summed(likely: Tensor, of: Tensor) -> Tensor:
    """Probabilities of tissues from those of classes, shape (class, voxel)."""
    return torch.zeros((int(of.max()) + 1, likely.shape[1]), device=likely.device).index_add_(0, of, likely)


def _normal(counted: Tensor, level: Tensor) -> _Normal:
    """Mean and spread of each tissue's brightness, and whether it was seen, without what lies far away."""
    for _ in range(2):
        total = counted.sum(1).clamp_min(1e-3)
        means = (counted * level).sum(1) / total
        away = level - means[:, None]
        spreads = ((counted * away.square()).sum(1) / total).sqrt()
        counted = counted * (away.abs() < _OUTLYING * spreads[:, None])
    return means, spreads.clamp_min(_LEAST_SPREAD), counted.sum(1) > _FEWEST


def _kept(now: _Normal, before: _Normal) -> _Normal:
    """What is known now, and of other tissues what was known before."""
    means, spreads = (torch.where(now[2], new, old) for new, old in zip(now[:2], before[:2], strict=True))
    return means, spreads, now[2] | before[2]


def _bins(level: Tensor) -> Tensor:
    return ((level - _LOW) * (_BINS / (_HIGH - _LOW))).long().clamp(0, _BINS - 1)


def _density(level: Tensor, weight: Tensor) -> Tensor:
    counts = torch.zeros(_BINS, device=level.device).index_add_(0, _bins(level), weight)
    smooth = torch.from_numpy(ndimage.gaussian_filter1d(counts.cpu().numpy(), _SMOOTH_BINS)).to(level)
    return (smooth / smooth.sum().clamp_min(1e-6) * (_BINS / (_HIGH - _LOW)) + 0.02).log()


def _smooth(values: Tensor, reach: Sequence[float]) -> NDArray[np.float32]:
    pooled = functional.avg_pool3d(values[None, None], _POOL, _POOL, ceil_mode=True)[0, 0]
    found: NDArray[np.float32] = ndimage.gaussian_filter(pooled.cpu().numpy(), reach)
    return found
