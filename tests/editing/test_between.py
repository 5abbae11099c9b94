"""Shapes between painted slices turn from one into the next; what was painted stays."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from segstudio.editing.between import copy_slice, interpolate, redraw
from segstudio.errors import Stopped

SPACING = (3.0, 0.8, 0.8)
LABELS = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=8), elements=st.sampled_from([0, 0, 0, 1, 2]))
AXES = st.sampled_from([0, 1, 2])


def done(labels, edit):
    after = labels.copy()
    if edit is not None:
        after[edit.box] = edit.after
    return after


def disc(shape, middle, radius):
    row, column = np.ogrid[: shape[0], : shape[1]]
    return (row - middle[0]) ** 2 + (column - middle[1]) ** 2 <= radius**2


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def ellipsoid(shape=(41, 80, 90)):
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    return ((z - 20) / 18) ** 2 + ((y - 40 - (z - 20) / 3) / 25) ** 2 + ((x - 45) / 30) ** 2 <= 1


@given(LABELS, AXES)
def test_painted_slices_and_other_classes_stay_as_they_are(labels, axis):
    after = done(labels, interpolate(labels, [1, 2], SPACING, axis=axis))
    for value in (1, 2):
        painted = (np.moveaxis(labels, axis, 0) == value).any(axis=(1, 2))
        assert (np.moveaxis(after == value, axis, 0)[painted] == np.moveaxis(labels == value, axis, 0)[painted]).all()
    assert (after[labels > 0] == labels[labels > 0]).all()


@given(LABELS, AXES)
def test_nothing_is_painted_before_the_first_slice_and_after_the_last(labels, axis):
    after = done(labels, interpolate(labels, [1, 2], SPACING, axis=axis))
    for value in (1, 2):
        there, now = ((np.moveaxis(each, axis, 0) == value).any(axis=(1, 2)) for each in (labels, after))
        assert (
            np.flatnonzero(there)[[0, -1]].tolist() == np.flatnonzero(now)[[0, -1]].tolist()
            if there.any()
            else not now.any()
        )


@settings(deadline=None, max_examples=30)
@given(st.floats(3, 12), st.floats(3, 12), AXES)
def test_discs_between_discs_grow_evenly(first, last, axis):
    stack = np.zeros((9, 40, 40), np.uint8)
    stack[0][disc((40, 40), (20, 20), first)] = stack[8][disc((40, 40), (20, 20), last)] = 1
    labels = np.moveaxis(stack, 0, axis)
    filled = np.moveaxis(done(labels, interpolate(labels, [1], (1, 1, 1))), axis, 0)
    areas = filled.sum(axis=(1, 2))
    wanted = [np.pi * (first + (last - first) * step / 8) ** 2 for step in range(9)]
    assert areas == pytest.approx(wanted, abs=2 * np.pi * max(first, last))
    assert (np.sign(last - first) * np.diff(areas.astype(int)) >= 0).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize(("every", "close"), [(3, 0.98), (6, 0.95)])
def test_an_organ_comes_back_from_some_of_its_slices(axis, every, close):
    organ = ellipsoid()
    labels = organ.astype(np.uint8)
    keep = np.zeros(organ.shape[axis], bool)
    places = np.flatnonzero(np.moveaxis(organ, axis, 0).any(axis=(1, 2)))
    keep[[*places[::every], places[-1]]] = True
    np.moveaxis(labels, axis, 0)[~keep] = 0
    edit = interpolate(labels, [1], SPACING)
    assert edit.name == "interpolate"
    assert dice(done(labels, edit) == 1, organ) > close


def test_a_vessel_that_runs_askew_is_followed():
    labels = np.zeros((11, 20, 60), np.uint8)
    labels[0][disc((20, 60), (10, 8), 3)] = labels[10][disc((20, 60), (10, 48), 3)] = 1
    after = done(labels, interpolate(labels, [1], SPACING))
    for step in range(11):
        assert dice(after[step] == 1, disc((20, 60), (10, 8 + 4 * step), 3)) == 1


def test_two_vessels_are_followed_each_on_its_own():
    labels = np.zeros((5, 40, 40), np.uint8)
    for row in (8, 30):
        labels[0][disc((40, 40), (row, 8), 3)] = labels[4][disc((40, 40), (row, 20), 3)] = 1
    middle = done(labels, interpolate(labels, [1], (1, 1, 1)))[2] == 1
    assert (middle == (disc((40, 40), (8, 14), 3) | disc((40, 40), (30, 14), 3))).all()


def test_a_branch_that_ends_tapers_off():
    labels = np.zeros((9, 60, 60), np.uint8)
    labels[0][disc((60, 60), (15, 15), 8)] = labels[8][disc((60, 60), (15, 15), 8)] = 1
    labels[0][disc((60, 60), (48, 48), 6)] = 1
    after = done(labels, interpolate(labels, [1], (1, 1, 1)))
    areas = after[:, 35:, 35:].sum(axis=(1, 2)).astype(int)
    assert (np.diff(areas) <= 0).all()
    assert areas[1] > 0
    assert areas[4] < areas[0] / 2
    assert (after[4, :30, :30] == labels[0, :30, :30]).all()


def test_a_part_that_forks_becomes_two():
    labels = np.zeros((9, 40, 60), np.uint8)
    labels[0, 15:25, 10:50] = 1
    labels[8, 15:25, 10:26] = labels[8, 15:25, 34:50] = 1
    after = done(labels, interpolate(labels, [1], (1, 1, 1)))
    assert (np.diff(after.sum(axis=(1, 2)).astype(int)) <= 0).all()
    assert after[1:8, 15:25, 10:24].all()


def test_where_two_classes_grow_towards_each_other_they_meet_without_overlap():
    labels = np.zeros((5, 30, 60), np.uint8)
    labels[0, 5:25, 5:30], labels[0, 5:25, 30:55] = 1, 2
    labels[4] = labels[0]
    after = done(labels, interpolate(labels, [1, 2], (1, 1, 1)))
    assert (after == labels[0]).all()


def test_what_lies_in_the_gap_stays_unless_one_says_otherwise():
    labels = np.zeros((3, 9, 9), np.uint8)
    labels[[0, 2], 2:7, 2:7], labels[1, 4, 4] = 1, 2
    assert done(labels, interpolate(labels, [1], (1, 1, 1)))[1, 4, 4] == 2
    assert done(labels, interpolate(labels, [1], (1, 1, 1), over=None))[1, 4, 4] == 1


def test_without_a_gap_there_is_nothing_to_do():
    labels = np.zeros((4, 5, 6), np.uint8)
    assert interpolate(labels, [1], SPACING) is None
    labels[1:3, 2, 2] = 1
    assert interpolate(labels, [1], SPACING) is None


def test_stopping_leaves_nothing_done():
    labels = np.zeros((3, 5, 5), np.uint8)
    labels[[0, 2]] = 1
    with pytest.raises(Stopped):
        interpolate(labels, [1], SPACING, stop=lambda: True)


def keyed(data, labels, axis):
    """Some slices of two classes that are right."""
    slices = st.sets(st.integers(0, labels.shape[axis] - 1), max_size=4).map(sorted)
    return {value: data.draw(slices) for value in (1, 2)}


@given(LABELS, AXES, st.data())
def test_only_what_lies_between_two_corrected_slices_is_redrawn(labels, axis, data):
    keys = keyed(data, labels, axis)
    after, before = (np.moveaxis(each, axis, 0) for each in (done(labels, redraw(labels, keys, axis, SPACING)), labels))
    for value, slices in keys.items():
        stay = np.ones(len(before), bool)
        for low, high in pairwise(slices):
            stay[low + 1 : high] = False
        assert ((after == value)[stay] == (before == value)[stay]).all()
    assert (after[before > 2] == before[before > 2]).all()


@given(LABELS, AXES, st.data())
def test_what_a_class_had_in_between_makes_no_difference_to_what_is_drawn_there(labels, axis, data):
    keys = keyed(data, labels, axis)[1]
    other = labels.copy()
    for low, high in pairwise(keys):
        between = np.moveaxis(other, axis, 0)[low + 1 : high]
        between[between == 1] = 0
        between[(between == 0) & (data.draw(st.integers(0, 1)) == 1)] = 1
    one, two = (done(each, redraw(each, {1: keys}, axis, SPACING)) for each in (labels, other))
    assert (one == two).all()


@settings(max_examples=20)
@given(AXES, st.integers(2, 5))
def test_an_organ_that_a_model_drew_wrongly_comes_back_from_the_slices_that_were_corrected(axis, every):
    organ = ellipsoid()
    labels = np.roll(organ, 7, (axis + 1) % 3).astype(np.uint8)
    keys = np.flatnonzero(np.moveaxis(organ, axis, 0).any(axis=(1, 2)))
    keys = sorted({*keys[::every].tolist(), int(keys[-1])})
    np.moveaxis(labels, axis, 0)[keys] = np.moveaxis(organ, axis, 0)[keys]
    assert dice(done(labels, redraw(labels, {1: keys}, axis, SPACING)) == 1, organ) > 0.95


def test_towards_a_slice_that_was_emptied_the_class_tapers_off_and_between_two_of_them_it_is_gone():
    labels = np.ones((13, 20, 20), np.uint8)
    labels[:, :3] = labels[:, 17:] = labels[:, :, :3] = labels[:, :, 17:] = 0
    labels[[6, 12]] = 0
    areas = done(labels, redraw(labels, {1: [0, 6, 12]}, 0, (1, 1, 1))).astype(bool).sum(axis=(1, 2))
    assert (np.diff(areas[:7]) < 0).all()
    assert not areas[6:].any()


def test_another_class_is_painted_over_only_if_one_says_so_and_two_that_are_redrawn_share_the_room():
    labels = np.zeros((5, 12, 12), np.uint8)
    labels[:, 2:10, 2:6], labels[:, 2:10, 6:10] = 1, 2
    labels[1:4, 2:10, 4:8] = 2
    kept = done(labels, redraw(labels, {1: [0, 4]}, 0, (1, 1, 1)))
    assert (kept[1:4, 2:10, 4:6] == 2).all()
    assert (done(labels, redraw(labels, {1: [0, 4]}, 0, (1, 1, 1), over=None)) == labels[0]).all()
    assert (done(labels, redraw(labels, {1: [0, 4], 2: [0, 4]}, 0, (1, 1, 1))) == labels[0]).all()


def test_one_corrected_slice_is_not_enough_to_redraw_anything():
    labels = np.ones((5, 4, 4), np.uint8)
    assert redraw(labels, {}, 0, SPACING) is None
    assert redraw(labels, {1: [2]}, 0, SPACING) is None
    assert redraw(labels, {1: [2, 3]}, 0, SPACING) is None
    assert redraw(labels, {9: [0, 4]}, 0, SPACING) is None


@given(LABELS, AXES, st.data())
def test_a_copied_slice_has_the_classes_of_the_other_and_keeps_the_rest(labels, axis, data):
    index, to = (data.draw(st.integers(0, labels.shape[axis] - 1)) for _ in range(2))
    edit = copy_slice(labels, [1], axis, index, to)
    after, before = (np.moveaxis(each, axis, 0) for each in (done(labels, edit), labels))
    if (before[index] == 1).any():
        expected = np.where(before[to] == 1, 0, before[to])
        expected[(before[index] == 1) & np.isin(before[to], [0, 1])] = 1
        assert (after[to] == expected).all()
    else:
        assert edit is None
    assert (np.delete(after, to, 0) == np.delete(before, to, 0)).all()


def test_a_slice_may_be_copied_over_other_classes_but_not_off_the_scan():
    labels = np.zeros((2, 4, 4), np.uint8)
    labels[0], labels[1] = 1, 2
    assert (done(labels, copy_slice(labels, [1], 0, 0, 1, over=None)) == 1).all()
    assert copy_slice(labels, [1], 0, 0, 2) is None
    assert copy_slice(labels, [1], 0, 0, -1) is None
