"""Shapes between painted slices turn from one into the next; what was painted stays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from segstudio.editing.between import copy_slice, interpolate
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
