"""Overlap is counted in voxels; what cannot be said is None."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segstudio.measure import overlap

MASKS = st.tuples(*[arrays(bool, (3, 4, 5))] * 2)


def test_equal_masks_score_one():
    mask = np.zeros((4, 4, 4), bool)
    mask[1:3, 1:3, 1:3] = True
    found = overlap(mask, mask)
    assert (found.dice, found.iou, found.precision, found.recall) == (1, 1, 1, 1)


def test_half_of_a_cube_drawn_is_precise_but_recalls_half():
    whole, half = np.zeros((2, 4, 4, 4), bool)
    whole[:, :, :] = True
    half[:2] = True
    found = overlap(half, whole)
    assert found.precision == 1
    assert found.recall == 0.5
    assert found.dice == pytest.approx(2 / 3)
    assert found.iou == 0.5


def test_nothing_drawn_where_nothing_was_has_no_score():
    nothing = np.zeros((2, 2, 2), bool)
    found = overlap(nothing, nothing)
    assert [found.dice, found.iou, found.precision, found.recall] == [None] * 4


def test_a_missed_class_scores_zero_and_has_no_precision():
    nothing, something = np.zeros((2, 2, 2), bool), np.ones((2, 2, 2), bool)
    found = overlap(nothing, something)
    assert (found.dice, found.iou, found.precision, found.recall) == (0, 0, None, 0)


@given(MASKS)
def test_ratios_are_those_of_the_sets_of_voxels(masks):
    drawn, reference = ({tuple(each) for each in np.argwhere(mask)} for mask in masks)
    found = overlap(*masks)
    if drawn | reference:
        assert found.dice == pytest.approx(2 * len(drawn & reference) / (len(drawn) + len(reference)))
        assert found.iou == pytest.approx(len(drawn & reference) / len(drawn | reference))


@given(MASKS)
def test_precision_one_way_is_recall_the_other_way(masks):
    there, back = overlap(*masks), overlap(*masks[::-1])
    assert there.precision == back.recall
    assert there.dice == back.dice


@given(MASKS)
def test_dice_and_iou_say_the_same(masks):
    found = overlap(*masks)
    if found.dice is not None and found.iou is not None:
        assert found.dice == pytest.approx(2 * found.iou / (1 + found.iou))
