import json
from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from segstudio.errors import ImageError, ModelError, Stopped
from segstudio.imaging import LabelMap
from segstudio.inference.predict import predict
from segstudio.learning import Example, Labelled
from segstudio.learning.train import train
from segstudio.measure import compare
from segstudio.networks import from_json, to_json
from segstudio.networks.weights import LoadedModel, new_network

SHORT = 0.003
"""Minutes; a few steps of the small network."""


def after(steps: int):
    """A `stop` that becomes true once it has been asked so often."""
    asked = iter(range(10_000))
    return lambda: next(asked) >= steps


@pytest.fixture
def steady_clock(monkeypatch):
    """A clock by which every step takes 50 ms, so that a budget in minutes is a number of steps on any machine."""
    ticks = count()
    clock = SimpleNamespace(monotonic=lambda: 0.05 * next(ticks))
    monkeypatch.setattr("segstudio.learning.train.time", clock)


@pytest.mark.slow
@pytest.mark.usefixtures("steady_clock")
def test_a_small_network_learns_to_find_the_ball(ball_scan, ball_example, ball_spec, tmp_path, monkeypatch):
    steps = count(0, 0.08)  # a clock that goes on by each look at it: 450 steps on any machine, however busy
    monkeypatch.setattr("segstudio.learning.train.time", SimpleNamespace(monotonic=lambda: next(steps)))
    points = []
    examples = [ball_example(seed) for seed in range(4)]
    model = train(ball_spec, examples, folder=tmp_path, minutes=0.6, seed=1, device="cpu", report=points.append)
    volume, mask = ball_scan(77)
    scores = compare(predict(volume, model, device="cpu").labels.labels, mask.labels, mask.geometry, [1, 2])
    assert min(score.dice for score in scores.values()) > 0.8
    assert points[-1].loss < points[0].loss


def test_what_it_was_trained_on_is_written_down(ball_example, ball_spec, tmp_path):
    model = train(ball_spec, [ball_example(5)], folder=tmp_path, minutes=SHORT, seed=3, device="cpu")
    lineage = model.spec.lineage
    assert lineage.cases == ("case-5",)
    assert (lineage.seed, lineage.parent) == (3, "")
    assert lineage.steps >= 1
    assert from_json(json.loads(json.dumps(to_json(model.spec)))) == model.spec


def test_a_checkpoint_of_an_older_program_is_passed_over(ball_example, ball_spec, tmp_path):
    torch.save({"network": {}, "average": {}, "optimizer": {}, "step": 999, "seconds": 1e6}, tmp_path / "checkpoint.pt")
    model = train(ball_spec, [ball_example(5)], folder=tmp_path, minutes=SHORT, seed=3, device="cpu")
    assert 1 <= model.spec.lineage.steps < 999


def test_an_interrupted_job_goes_on_where_it_stopped(ball_example, ball_spec, tmp_path):
    with pytest.raises(Stopped):
        train(ball_spec, [ball_example(0)], folder=tmp_path, minutes=5, seed=0, device="cpu", stop=after(1 + 6))
    steps = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"]
    assert steps >= 5
    model = train(ball_spec, [ball_example(0)], folder=tmp_path, minutes=SHORT, seed=0, device="cpu")
    assert model.spec.lineage.steps >= steps


def test_fine_tuning_starts_from_the_base_and_names_it(ball_example, ball_spec, tmp_path):
    base = LoadedModel(ball_spec, new_network(ball_spec))
    spec = replace(ball_spec, version=2)
    model = train(spec, [ball_example(0)], folder=tmp_path, minutes=SHORT, seed=0, base=base, device="cpu")
    assert (model.spec.lineage.parent, model.spec.lineage.base) == ("ball@1", "ball@1")
    before, now = (each.network.state_dict()["decoder.seg_layers.0.weight"] for each in (base, model))
    assert 0 < float((before - now).abs().max()) < 0.05


def test_a_base_of_another_network_is_refused(ball_example, ball_spec, tmp_path):
    other = replace(ball_spec, classes=ball_spec.classes[:1])
    with pytest.raises(ModelError, match="other classes"):
        train(
            ball_spec,
            [ball_example(0)],
            folder=tmp_path,
            minutes=SHORT,
            seed=0,
            base=LoadedModel(other, new_network(other)),
        )


def test_nothing_to_learn_from_is_said(ball_spec, tmp_path):
    with pytest.raises(ModelError, match="nothing to learn"):
        train(ball_spec, [], folder=tmp_path, minutes=SHORT, seed=0)


def test_a_label_that_the_model_does_not_know_is_named(ball_scan, ball_spec, tmp_path):
    volume, mask = ball_scan(0)
    odd = LabelMap(np.where(mask.labels == 2, 9, mask.labels).astype(np.uint8), mask.geometry)
    with pytest.raises(ImageError, match="case 4 has the label 9"):
        train(ball_spec, [Example("4", lambda: Labelled(volume, odd))], folder=tmp_path, minutes=SHORT, seed=0)
