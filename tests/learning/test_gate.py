from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from segstudio.learning import Verdict
from segstudio.learning.gate import interval, judge
from segstudio.networks.weights import LoadedModel


class Level(nn.Module):
    """Draws the ball where the image is brighter than one level, its shell where it is brighter than another."""

    def __init__(self, ball, shell):
        super().__init__()
        self.ball, self.shell = ball, shell

    def forward(self, image):
        drawn = torch.where(image > self.ball, 2, torch.where(image > self.shell, 1, 0))[:, 0]
        return nn.functional.one_hot(torch.tensor([0, 2, 1])[drawn], 3).movedim(-1, 1).float()


@pytest.fixture
def good(ball_spec):
    return LoadedModel(ball_spec, Level(2.7, 0.7))


@pytest.fixture
def bad(ball_spec):
    return LoadedModel(ball_spec, Level(3.7, 1.6))


def test_a_better_candidate_passes_with_figures_and_a_reason(good, bad, ball_example):
    verdict = judge(bad, good, [ball_example(seed) for seed in range(5)], device="cpu")
    assert verdict.promote
    assert (verdict.patients, verdict.basis) == (5, "holdout")
    assert all(each.dice_after > each.dice_before for each in verdict.classes)
    assert "5 patients" in verdict.reason


def test_a_worse_candidate_is_refused_and_its_class_named(good, bad, ball_example):
    verdict = judge(good, bad, [ball_example(seed) for seed in range(5)], device="cpu")
    assert not verdict.promote
    assert "ball" in verdict.reason


def test_the_same_model_again_is_not_promoted(good, ball_example):
    assert not judge(good, good, [ball_example(0), ball_example(1)], device="cpu").promote


def test_without_a_holdout_nothing_is_proven(good, bad, ball_example):
    verdict = judge(bad, good, [], corrections=[ball_example(0)], device="cpu")
    assert not verdict.promote
    assert verdict.basis == "corrections"
    assert verdict.classes[0].dice_after > verdict.classes[0].dice_before


def test_several_scans_of_one_patient_count_once(good, bad, ball_example):
    examples = [replace(ball_example(seed), patient="3fa9" if seed else "77c1") for seed in range(4)]
    assert judge(bad, good, examples, device="cpu").patients == 2


def test_a_first_version_has_nothing_to_beat(good, ball_example):
    verdict = judge(None, good, [ball_example(0)], device="cpu")
    assert verdict.promote
    assert verdict.classes[0].dice_before is None


def test_a_verdict_survives_json(good, bad, ball_example):
    verdict = judge(bad, good, [ball_example(0)], device="cpu")
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_the_interval_holds_the_mean_and_shrinks_with_patients():
    change = np.random.default_rng(0).normal(0.1, 0.2, 400)
    few, many = interval(change[:20]), interval(change)
    assert few[0] < change[:20].mean() < few[1]
    assert many[1] - many[0] < few[1] - few[0]
