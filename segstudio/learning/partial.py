"""Learning from masks whose reader did not know every class.

Where such a mask says background there may be a class that its reader could not draw; all that is known is that none of
the classes that they could draw is there. So the probabilities of the others count as background's (the marginal loss
of Shi et al. 2021, doi:10.1016/j.media.2021.101979).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_NEVER = -1e4
"""A logit that no softmax gives any part to."""


def as_code(unknown: Sequence[int]) -> int:
    """What stands in a batch for "background, or one of these classes": below -1, since -1 says nothing at all.

    Parameters
    ----------
    unknown
        Class indices, from 1.
    """
    return -2 - sum(1 << (index - 1) for index in unknown)


def unfolded(every_depth: Sequence[Tensor], labels: Tensor) -> tuple[list[Tensor], Tensor]:
    """Logits and labels that a plain loss understands.

    Parameters
    ----------
    every_depth
        Logits (batch, class, z, y, x) at each resolution.
    labels
        Class indices (batch, z, y, x); -1 where nothing is learned, and `as_code`'s numbers.
    """
    lowest = labels.flatten(1).amin(1)
    if int(lowest.min()) > -3:
        return list(every_depth), labels
    unknown = torch.zeros((len(labels), every_depth[0].shape[1]), dtype=torch.bool, device=labels.device)
    for sample, code in enumerate(lowest.tolist()):
        for index in range(1, unknown.shape[1]):
            unknown[sample, index] = bool(-2 - code >> (index - 1) & 1) if code < -2 else False
    return [_merged(logits, unknown) for logits in every_depth], torch.where(labels < -2, 0, labels)


def _merged(logits: Tensor, unknown: Tensor) -> Tensor:
    """Background takes over what the unknown classes have; they have nothing left."""
    hidden = unknown[:, :, None, None, None]
    either = hidden.clone()
    either[:, 0] = True
    background = logits.masked_fill(~either, _NEVER).logsumexp(1, keepdim=True)
    rest = logits.masked_fill(hidden, _NEVER)[:, 1:]
    return torch.cat([background, rest], 1)
