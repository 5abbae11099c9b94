"""More classes in a model that draws the old ones as before."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from segstudio.errors import ModelError
from segstudio.imaging import classes_named
from segstudio.networks.grow import grow
from segstudio.networks.weights import LoadedModel, new_network


@pytest.fixture
def model(ball_spec) -> LoadedModel:
    torch.manual_seed(0)
    return LoadedModel(ball_spec, new_network(ball_spec).eval())


@pytest.mark.parametrize("new", [[(3, "skin")], [(7, "a"), (9, "b")]])
def test_the_old_classes_are_drawn_as_before_and_new_ones_nowhere(model, new):
    grown = grow(model, classes_named([(1, "ball"), (2, "shell"), *new]))
    image = torch.randn(1, 1, *model.spec.patch)
    with torch.inference_mode():
        before, after = model.network(image), grown.network(image)
    torch.testing.assert_close(after[:, :3], before)
    assert int(after.argmax(1).max()) <= 2


def test_a_class_may_come_between_others(model):
    spread = LoadedModel(replace(model.spec, classes=classes_named([(1, "ball"), (5, "shell")])), model.network)
    grown = grow(spread, classes_named([(1, "ball"), (3, "skin"), (5, "shell")]))
    image = torch.randn(1, 1, *model.spec.patch)
    with torch.inference_mode():
        torch.testing.assert_close(grown.network(image)[:, [0, 1, 3]], model.network(image))


def test_a_class_cannot_be_left_out(model):
    with pytest.raises(ModelError, match="2 shell"):
        grow(model, classes_named([(1, "ball"), (3, "skin")]))
