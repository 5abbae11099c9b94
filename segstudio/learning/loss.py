"""How wrong a drawing is: soft Dice and cross-entropy, at every depth of the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_SMOOTH = 1e-5


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
    loss: Tensor = _CrossEntropyAndDice.apply(logits.flatten(2), labels.flatten(1))  # type: ignore[no-untyped-call]
    return loss


class _CrossEntropyAndDice(torch.autograd.Function):
    """Mean cross-entropy, plus one minus the mean Dice of the foreground classes over the whole batch.

    The soft Dice is that of Milletari et al. 2016, smoothed. Both come from one softmax, and the gradient is written
    out: with thirty classes the plain formulas took as long as the network.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, labels: Tensor) -> Tensor:
        meant, classes = labels >= 0, logits.shape[1]
        index = labels.clamp_min(0)
        part = logits.softmax(1)
        right = part.gather(1, index[:, None])[:, 0] * meant
        count = meant.sum().clamp_min(1)
        size = torch.bincount(labels[meant], minlength=classes) + (part * meant[:, None]).sum((0, 2))
        shared = torch.zeros_like(size).index_add_(0, index.flatten(), right.flatten())
        ctx.save_for_backward(part, index, meant, right, shared, size, count)
        dice = (2 * shared + _SMOOTH) / (size + _SMOOTH)
        wrong = -right.clamp_min(torch.finfo(right.dtype).tiny).log().mul(meant).sum() / count
        return wrong + 1 - dice[1:].mean()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        part, index, meant, right, shared, size, count = ctx.saved_tensors
        each = torch.full_like(size, 1 / (len(size) - 1))
        each[0] = 0
        gain = each * 2 / (size + _SMOOTH)
        cost = each * (2 * shared + _SMOOTH) / (size + _SMOOTH) ** 2
        pull = right * gain[index]
        mean = torch.einsum("bcn,c->bn", part, cost) - pull
        found = part * ((cost[None, :, None] - mean[:, None] + 1 / count) * meant[:, None])
        found.scatter_add_(1, index[:, None], ((-pull - 1 / count) * meant)[:, None])
        return found * gradients[0], None
