"""How wrong a drawing is: soft Dice and cross-entropy, at every depth of the decoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def deep_loss(every_depth: Sequence[Tensor], labels: Tensor) -> Tensor:
    """Loss over all depths, each coarser one weighing half; the coarsest weighs nothing, as in nnU-Net.

    Parameters
    ----------
    every_depth
        Logits (batch, class, z, y, x), finest first.
    labels
        Class indices (batch, z, y, x); -1 where nothing is learned.
    """
    used = every_depth[:-1] or every_depth
    weights = [0.5**depth for depth in range(len(used))]
    losses = [weight * _loss(logits, _at(labels, logits)) for weight, logits in zip(weights, used, strict=True)]
    return torch.stack(losses).sum() / sum(weights)


def _at(labels: Tensor, logits: Tensor) -> Tensor:
    if labels.shape[1:] == logits.shape[2:]:
        return labels
    return functional.interpolate(labels[:, None].float(), size=logits.shape[2:], mode="nearest-exact")[:, 0].long()


def _loss(logits: Tensor, labels: Tensor) -> Tensor:
    wrong = functional.cross_entropy(logits, labels, ignore_index=-1, reduction="sum")
    return wrong / (labels >= 0).sum().clamp_min(1) + _soft_dice_loss(logits, labels)


def _soft_dice_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """One minus the Dice of each foreground class over the whole batch, averaged (Milletari et al. 2016, smoothed)."""
    meant = (labels >= 0)[:, None]
    truth = functional.one_hot(labels.clamp_min(0), logits.shape[1]).movedim(-1, 1)[:, 1:] * meant
    part = logits.softmax(1)[:, 1:] * meant
    axes = (0, *range(2, logits.ndim))
    shared, total = (part * truth).sum(axes), (part + truth).sum(axes)
    return 1 - ((2 * shared + 1e-5) / (total + 1e-5).clamp_min(1e-5)).mean()
