"""Planes cut where they are drawn; mirrored twice is where it was."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from segstudio.editing.cut import cut, middle_of, mirror, split_sides
from segstudio.errors import EditError

LABELS = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.integers(0, 3))
AXES = st.sampled_from([0, 1, 2])
POINTS = st.tuples(*[st.floats(-2, 8, width=16)] * 2)
SIDES = st.sampled_from(["left", "right"])


def done(labels, edit):
    after = labels.copy()
    if edit is not None:
        after[edit.box] = edit.after
    return after


def block():
    labels = np.zeros((6, 10, 10), np.uint8)
    labels[1:5, 2:8, 1:9] = 1
    return labels


@given(LABELS, AXES, POINTS, POINTS)
def test_the_two_sides_of_a_line_are_the_whole_class_and_share_nothing(labels, axis, start, end):
    assume(np.hypot(end[0] - start[0], end[1] - start[1]) > 0.01)
    left, right = (done(labels, cut(labels, [1, 2], axis, start, end, into=9, side=side)) for side in ("left", "right"))
    mine = np.isin(labels, [1, 2])
    assert ((left == 9) ^ (right == 9))[mine].all()
    assert (left[~mine] == labels[~mine]).all()
    assert (right[~mine] == labels[~mine]).all()


@given(LABELS, AXES, POINTS, POINTS, SIDES)
def test_a_line_drawn_the_other_way_has_its_sides_swapped(labels, axis, start, end, side):
    assume(np.hypot(end[0] - start[0], end[1] - start[1]) > 0.01)
    other = {"left": "right", "right": "left"}[side]
    there = done(labels, cut(labels, [1], axis, start, end, into=9, side=side))
    back = done(labels, cut(labels, [1], axis, end, start, into=9, side=other))
    unequal = np.moveaxis(there != back, axis, 0).any(axis=0)
    along = np.array(end) - start
    row, column = np.nonzero(unequal)
    away = np.abs((row - start[0]) * along[1] - (column - start[1]) * along[0]) / np.hypot(*along)
    assert (away < 1e-3).all()  # only what lies on the line itself


def test_left_is_at_the_left_hand_of_who_walks_along_the_line():
    after = done(block(), cut(block(), [1], 0, (4.5, 0.0), (4.5, 9.0), into=2, side="left"))
    assert (after[1:5, 2:5, 1:9] == 2).all()
    assert (after[1:5, 5:8, 1:9] == 1).all()


def test_the_smaller_side_goes_unless_one_says_otherwise():
    after = done(block(), cut(block(), [1], 1, (0.0, 2.5), (5.0, 2.5)))
    assert (after[:, :, :3] == 0).all()
    assert (after[1:5, 2:8, 3:9] == 1).all()


def test_a_cut_may_end_with_its_line_and_with_its_slices():
    edit = cut(block(), [1], 0, (4.5, 3.0), (4.5, 5.0), into=2, side="left", beyond=False, slices=slice(2, 3))
    assert edit.box == (slice(2, 3), slice(2, 5), slice(3, 6))
    assert (edit.after == 2).all()
    assert cut(block(), [1], 0, (4.5, 3.0), (4.5, 5.0), slices=slice(5, 6)) is None


def test_a_line_without_length_is_refused_with_a_way_out():
    with pytest.raises(EditError, match="no length") as error:
        cut(block(), [1], 0, (1, 1), (1, 1))
    assert "Draw" in error.value.hint


def test_a_class_is_cut_in_the_middle_of_the_gap_between_its_parts():
    labels = np.zeros((4, 4, 30), np.uint8)
    labels[:, :, 2:6], labels[:, :, 8:22] = 1, 1
    assert middle_of(labels, 1, 2) == 6.5
    after = done(labels, split_sides(labels, 1, 2))
    assert ((after == 1) == (labels == 1) * (np.arange(30) < 7)).all()
    assert ((after == 2) == (labels == 1) * (np.arange(30) > 7)).all()


def test_a_class_of_one_piece_is_cut_in_the_middle():
    after = done(block(), split_sides(block(), 1, 2, upper=False))
    assert middle_of(block(), 1, 2) == 4.5
    assert (after == 2).sum() == (after == 1).sum()
    assert (after[1:5, 2:8, 1:5] == 2).all()


@given(LABELS, AXES, st.floats(-1, 8), st.booleans())
def test_halves_lie_on_their_sides_of_the_plane(labels, axis, at, upper):
    after = done(labels, split_sides(labels, 1, 2, axis=axis, at=at, upper=upper))
    places = np.moveaxis(np.indices(labels.shape)[axis], 0, 0)
    given_away = (places > at) if upper else (places < at)
    assert (after == np.where((labels == 1) & given_away, 2, labels)).all()


@given(LABELS, AXES)
def test_an_image_in_the_mirror_in_the_middle_is_the_scan_turned_round(labels, axis):
    after = done(labels, mirror(labels, {1: 7}, axis=axis, over=None))
    assert (after == np.where(np.flip(labels, axis) == 1, 7, labels)).all()


@given(LABELS, AXES, st.integers(-3, 17))
def test_each_voxel_of_an_image_lies_as_far_behind_the_mirror_as_its_own_before_it(labels, axis, halves):
    after = done(labels, mirror(labels, {1: 7}, axis=axis, at=halves / 2))
    for place in np.argwhere(after == 7):
        assert labels[tuple(place)] == 0
        origin = place.copy()
        origin[axis] = halves - place[axis]
        assert labels[tuple(origin)] == 1


def test_sides_swap_their_classes_in_the_mirror():
    labels = np.zeros((1, 1, 10), np.uint8)
    labels[..., 1], labels[..., 2] = 1, 2
    after = done(labels, mirror(labels, {1: 2, 2: 1}))
    assert after.ravel().tolist() == [0, 1, 2, 0, 0, 0, 0, 1, 2, 0]


def test_a_class_that_is_nowhere_is_neither_cut_nor_mirrored():
    nothing = np.zeros((3, 4, 5), np.uint8)
    assert cut(nothing, [1], 0, (0, 0), (1, 1)) is None
    assert split_sides(nothing, 1, 2) is None
    assert middle_of(nothing, 1, 2) is None
    assert mirror(nothing, {1: 2}) is None
