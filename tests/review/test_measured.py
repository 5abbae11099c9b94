"""The ledger, agreement, classes, what to read next, and drift."""

from __future__ import annotations

import numpy as np
import pytest

from segstudio.errors import ImageError
from segstudio.imaging import Geometry, LabelMap, classes_named
from segstudio.review import mean_dice
from segstudio.review.agreement import agree
from segstudio.review.benefit import Seen, benefits
from segstudio.review.drift import drift
from segstudio.review.ledger import ledger
from segstudio.review.schema import apply, mapping

CLASSES = classes_named([(1, "ball"), (2, "shell")])


def mask(labels: np.ndarray) -> LabelMap:
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = 5, 1, 2, 1
    return LabelMap(labels.astype(np.uint8), Geometry(labels.shape, affine), CLASSES)


@pytest.fixture
def drawn() -> np.ndarray:
    labels = np.zeros((6, 8, 8), np.uint8)
    labels[1:5, 2:6, 2:6] = 1
    return labels


def test_a_ledger_tells_what_was_added_and_removed_and_on_how_many_slices(drawn):
    corrected = drawn.copy()
    corrected[1, 2, 2:6] = 0
    corrected[2:4, 0, 0] = 1
    corrected[4, 7, 7] = 2
    ball, shell = ledger(mask(corrected), drawn)
    assert (ball.added_ml, ball.removed_ml) == pytest.approx((0.02, 0.04))
    assert (ball.slices, shell.slices) == (3, 1)
    assert ball.dice == pytest.approx(2 * 60 / (64 + 62))
    assert shell.dice == 0
    assert mean_dice([ball, shell]) == pytest.approx(ball.dice / 2)


def test_a_mask_that_no_model_began_has_no_dice(drawn):
    (ball,) = ledger(mask(drawn), None)
    assert (ball.dice, ball.ml) == (None, pytest.approx(0.64))
    assert mean_dice([ball]) is None


def test_an_untouched_mask_changes_nothing(drawn):
    (ball,) = ledger(mask(drawn), drawn)
    assert (ball.added_ml, ball.removed_ml, ball.slices, ball.dice) == (0, 0, 0, 1)


def test_two_reads_agree_class_by_class(drawn):
    other = drawn.copy()
    other[4] = 0
    agreement = agree(mask(drawn), mask(other))
    ball, shell = agreement.classes
    assert ball.dice == pytest.approx(2 * 48 / (64 + 48))
    assert ball.hd95_mm == pytest.approx(5)
    assert (shell.dice, shell.first_ml) == (None, 0)


def test_classes_are_matched_by_name_with_their_voxels(drawn):
    drawn[0, 0, 0] = 2
    drawn[0, 0, 1] = 9
    found = mapping(mask(drawn), classes_named([(2, "Ball"), (4, "core")]))
    assert [(each.value, each.voxels, each.target, each.how) for each in found] == [
        (1, 64, 2, "renumbered"),
        (2, 1, None, "unknown"),
        (9, 1, None, "unknown"),
        (4, 0, None, "missing"),
    ]


def test_a_mapping_is_applied_only_if_it_says_what_becomes_of_everything(drawn):
    new = classes_named([(2, "ball"), (4, "core")])
    drawn[0, 0, 0] = 2
    applied = apply(mask(drawn), {1: 2, 2: 0}, new)
    assert (np.unique(applied.labels) == [0, 2]).all()
    with pytest.raises(ImageError, match="class 2"):
        apply(mask(drawn), {1: 2}, new)
    with pytest.raises(ImageError, match="no class 7"):
        apply(mask(drawn), {1: 7, 2: 0}, new)


def test_the_unsurest_case_comes_first_and_its_twin_later():
    cases = {
        1: Seen({1: 0.5}, (0.0, 0.0)),
        2: Seen({1: 0.49}, (0.0, 0.01)),
        3: Seen({1: 0.3}, (5.0, 5.0)),
        4: Seen({1: 0.01}, (2.0, 2.0)),
    }
    worth = benefits(cases)
    assert sorted(worth, key=lambda case: -worth[case]) == [1, 3, 2, 4]
    assert max(worth.values()) == 1


def test_each_class_has_its_turn():
    cases = {number: Seen({1: 0.9, 2: 0.1}, (float(number), 0.0)) for number in range(1, 9)}
    cases[9] = Seen({1: 0.0, 2: 0.6}, (20.0, 0.0))
    worth = benefits(cases)
    assert sorted(worth, key=lambda case: -worth[case]).index(9) <= 1


def test_what_is_like_a_case_that_was_read_comes_later():
    cases = {1: Seen({1: 0.4}, (0.0,)), 2: Seen({1: 0.4}, (9.0,))}
    assert benefits(cases, [Seen({1: 0.2}, (0.1,))])[2] == 1


def test_nothing_to_read_is_nothing_to_rank():
    assert benefits({}) == {}


def test_cases_without_figures_are_ranked_by_doubt():
    assert benefits({1: Seen({}, ()), 2: Seen({1: 0.5}, ())})[2] == 1


def test_a_fall_is_told_with_class_and_scanner():
    rng = np.random.default_rng(0)
    old = [("ball", "A" if at % 2 else "B", float(rng.normal(0.9, 0.01))) for at in range(40)]
    new = [("ball", "A", float(rng.normal(0.8, 0.01))) for _ in range(12)]
    said = drift(old + new)
    assert said[0].startswith("Dice of ball before correction fell from 0.89 to 0.8")
    assert any("on A" in sentence for sentence in said)
    assert not any("on B" in sentence for sentence in said)


def test_what_has_become_worst_is_told_first():
    rng = np.random.default_rng(2)
    lost = {"bad": 0.1, "worst": 0.3, "better": -0.05, "worse": 0.2, "same": 0.0}
    before = [(name, "", float(rng.normal(0.9, 0.005))) for _ in range(12) for name in lost]
    now = [(name, "", float(rng.normal(0.9 - loss, 0.005))) for _ in range(10) for name, loss in lost.items()]
    assert [sentence.split()[2] for sentence in drift(before + now)] == ["worst", "worse", "bad", "better"]


def test_chance_and_few_cases_are_no_drift():
    rng = np.random.default_rng(1)
    assert drift([("ball", "", float(rng.normal(0.9, 0.02))) for _ in range(60)]) == []
    assert drift([("ball", "", 0.9)] * 12 + [("ball", "", 0.1)] * 5) == []
