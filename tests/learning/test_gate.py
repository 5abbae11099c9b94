from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from segstudio.imaging import Volume
from segstudio.learning import Example, Labelled, Verdict
from segstudio.learning.gate import _changed, interval, judge, score
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


def test_a_change_that_three_digits_do_not_show_is_told_with_more():
    assert _changed(0.0123) == "mean Dice +0.012"
    assert _changed(0.0002) == "mean Dice +0.00020, no change that shows"
    assert _changed(-0.0002) == "mean Dice -0.00020, no change that shows"
    assert _changed(0.0) == "mean Dice +0.000"


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


def test_every_change_has_an_interval_over_patients_and_every_case_its_figures(good, bad, ball_example):
    examples = [replace(ball_example(seed), key=str(seed), patient=f"p{seed}") for seed in range(5)]
    verdict = judge(bad, good, examples, device="cpu")
    for each in verdict.classes:
        assert each.dice_change == pytest.approx(each.dice_after - each.dice_before)
        assert each.dice_interval[0] <= each.dice_change <= each.dice_interval[1]
        assert each.hd95_change < 0
    assert [case.case for case in verdict.cases] == [0, 1, 2, 3, 4]
    assert all(case.change > 0 and case.split == "holdout" for case in verdict.cases)


def test_a_candidate_that_spoils_a_pinned_case_is_refused_though_better_elsewhere(good, bad, ball_example):
    def as_before() -> Labelled:
        """A scan that the version in use draws as its reader wants it, and the candidate does not."""
        lesson = ball_example(7).load()
        return replace(lesson, labels=score(bad, lesson, "cpu")[0])

    examples, pinned = [ball_example(seed) for seed in range(3)], Example("7", as_before)
    assert judge(bad, good, examples, device="cpu").promote
    verdict = judge(bad, good, examples, pinned=[pinned], device="cpu")
    assert not verdict.promote
    (spoiled,) = [case for case in verdict.cases if case.split == "pinned"]
    assert spoiled.case == 7
    assert spoiled.change < -0.1
    assert "case 7" in verdict.reason


class Ball(Level):
    """Knows the ball alone."""

    def forward(self, image):
        return super().forward(image)[:, :2]


def test_patients_who_come_with_bad_corrections_do_not_outvote_those_who_were_known(good, bad, ball_example):
    """What the worse version draws is what a bad reader draws, on six patients who are new."""

    def read_badly(seed):
        case = ball_example(seed).load()
        return Labelled(case.volume, score(bad, case, "cpu")[0])

    known = [ball_example(seed) for seed in range(4)]
    new = [Example(f"new-{seed}", lambda seed=seed: read_badly(seed)) for seed in range(4, 10)]
    assert judge(good, bad, known + new, device="cpu").promote, "without being told which are which"
    verdict = judge(good, bad, known + new, known={each.key for each in known}, device="cpu")
    assert not verdict.promote
    assert verdict.reason.startswith("Worse on 4 patients on whom the version in use was judged")
    assert judge(bad, good, known + new[:1], known={each.key for each in known}, device="cpu").promote


def test_a_small_loss_on_the_known_is_not_made_up_for_by_new_patients(good, bad, ball_example):
    """Three of four known patients are drawn alike; the loss on the fourth is within chance."""

    def as_drawn(model, seed):
        case = ball_example(seed).load()
        return Labelled(case.volume, score(model, case, "cpu")[0])

    def blank(seed):
        case = ball_example(seed).load()
        return Labelled(Volume.of(np.zeros(case.labels.labels.shape, np.float32), case.volume.geometry), case.labels)

    known = [ball_example(0), *(Example(str(seed), lambda seed=seed: blank(seed)) for seed in (1, 2, 3))]
    new = [Example(f"new-{seed}", lambda seed=seed: as_drawn(bad, seed)) for seed in range(4, 8)]
    assert judge(good, bad, known + new, device="cpu").promote
    verdict = judge(good, bad, known + new, known={each.key for each in known}, device="cpu")
    assert not verdict.promote
    assert "better only on those corrected since" in verdict.reason


def test_a_class_that_the_version_in_use_does_not_know_has_no_before(good, ball_spec, ball_example):
    less = LoadedModel(replace(ball_spec, classes=ball_spec.classes[:1]), Ball(2.7, 0.7))
    verdict = judge(less, good, [ball_example(seed) for seed in range(3)], device="cpu")
    assert verdict.classes[1].dice_before is None
    assert verdict.classes[1].dice_after is not None
    assert verdict.classes[1].dice_change is None


def test_the_masks_that_were_compared_may_be_kept(good, bad, ball_example):
    kept = []
    judge(bad, good, [ball_example(0)], device="cpu", keep=lambda example, side, mask: kept.append((side, mask)))
    assert [side for side, _ in kept] == ["current", "candidate"]
    assert kept[0][1].labels.shape == (16, 20, 18)


def test_where_a_reader_stands_for_a_part_only_that_part_is_compared(good, bad, ball_example):
    def part() -> Labelled:
        return replace(ball_example(0).load(), confirmed=((slice(0, 1), slice(0, 20), slice(0, 18)),))

    verdict = judge(bad, good, [Example("1", part)], device="cpu")
    assert verdict.cases[0].after == {}
