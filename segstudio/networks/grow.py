"""A model that knows more classes than it was trained for, and draws the old ones as before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from segstudio.errors import ModelError
from segstudio.imaging import LabelClass
from segstudio.networks.weights import LoadedModel, new_network

_HEAD = "decoder.seg_layers."

_SELDOM = -4.0
"""Added to the bias of a new class: it is drawn nowhere until it has been learned."""


def grow(model: LoadedModel, classes: Sequence[LabelClass]) -> LoadedModel:
    """The same network with room for more classes: every old weight is kept, only the last layers have new rows.

    Parameters
    ----------
    classes
        All of the model's own, by value, and new ones, in ascending order of their values.

    Raises
    ------
    ModelError
        A class of the model is missing.
    """
    old = [each.value for each in model.spec.classes]
    values = [each.value for each in classes]
    missing = [each for each in model.spec.classes if each.value not in values]
    if missing:
        raise ModelError(
            f"the class {missing[0].value} {missing[0].name} of {model.spec.label} is missing from the new ones",
            hint="A model keeps the classes that it has.",
        )
    spec = replace(model.spec, classes=tuple(classes))
    network = new_network(spec)
    rows = [0, *(values.index(value) + 1 for value in old)]
    weights = network.state_dict()
    for name, tensor in model.network.state_dict().items():
        weights[name] = _widened(name, tensor, weights[name], rows) if name.startswith(_HEAD) else tensor
    network.load_state_dict(weights)
    return LoadedModel(spec, network.eval())


def _widened(name: str, old: Tensor, new: Tensor, rows: Sequence[int]) -> Tensor:
    """New rows start as a tenth of the background's, so that a first step goes anywhere; old rows are the old ones."""
    found = 0.1 * old[:1].expand_as(new).clone()
    if name.endswith("bias"):
        found = torch.full_like(new, float(old.min())) + _SELDOM
    found[list(rows)] = old
    return found
