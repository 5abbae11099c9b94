"""Parts hang together by corners; holes are what a class encloses; everything else keeps its voxels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from segstudio.editing.islands import fill_holes, keep_largest, parts, remove_islands, split_parts
from segstudio.errors import Stopped

SPACING = (2.0, 1.0, 0.5)
LABELS = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.integers(0, 3))
SPECKLED = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.sampled_from([0, 0, 0, 1, 2]))
AXES = st.sampled_from([None, 0, 1, 2])
CORNERS = np.ones((3, 3, 3))


def done(labels, edit):
    """The mask after an edit, whose `before` has to be what is there."""
    after = labels.copy()
    if edit is not None:
        assert (labels[edit.box] == edit.before).all()
        assert edit.after.dtype == labels.dtype
        after[edit.box] = edit.after
    return after


def two_balls():
    labels = np.zeros((10, 20, 20), np.uint8)
    labels[2:8, 2:8, 2:8] = 1
    labels[3:5, 12:14, 12:15] = 1
    return labels


@given(SPECKLED)
def test_the_parts_are_those_of_scipy_largest_first(labels):
    found = parts(labels, 1, SPACING)
    numbers, count = ndimage.label(labels == 1, CORNERS)
    sizes = sorted((int((numbers == index + 1).sum()) for index in range(count)), reverse=True)
    assert [round(part.ml * 1000) for part in found] == sizes


@given(SPECKLED)
def test_a_part_is_in_its_box_and_its_middle_is_one_of_its_voxels(labels):
    numbers, _ = ndimage.label(labels == 1, CORNERS)
    for part in parts(labels, 1, SPACING):
        number = numbers[part.middle]
        assert number > 0
        assert part.box == ndimage.find_objects(numbers)[number - 1]
        at = np.argwhere(numbers == number)
        away = np.linalg.norm((at - at.mean(axis=0)) * SPACING, axis=1)
        own = np.linalg.norm((np.array(part.middle) - at.mean(axis=0)) * SPACING)
        assert own == pytest.approx(away.min())


def test_only_the_small_parts_and_only_so_many_are_listed():
    labels = two_balls()
    assert [part.ml for part in parts(labels, 1, (1, 1, 1), below_ml=0.1)] == [0.012]
    assert len(parts(labels, 1, (1, 1, 1), most=1)) == 1


def test_a_class_that_is_nowhere_has_no_parts_and_nothing_to_do():
    nothing = np.zeros((3, 4, 5), np.uint8)
    assert parts(nothing, 1, SPACING) == ()
    assert keep_largest(nothing, [1]) is None
    assert remove_islands(nothing, [1], SPACING, below_ml=1) is None
    assert split_parts(nothing, 1, [2]) is None
    assert fill_holes(nothing, 1, SPACING) is None


@given(SPECKLED)
def test_of_each_class_the_largest_part_is_kept_and_the_rest_is_background(labels):
    after = done(labels, keep_largest(labels, [1, 2]))
    for value in (1, 2):
        sizes = [part.ml for part in parts(labels, value, SPACING)]
        assert [part.ml for part in parts(after, value, SPACING)] == sizes[:1]
    assert ((after == labels) | (after == 0)).all()


@given(SPECKLED, st.integers(1, 12))
def test_islands_below_a_size_go_and_others_stay(labels, voxels):
    after = done(labels, remove_islands(labels, [1], SPACING, below_ml=voxels / 1000))
    sizes = [round(part.ml * 1000) for part in parts(labels, 1, SPACING)]
    assert [round(part.ml * 1000) for part in parts(after, 1, SPACING)] == [size for size in sizes if size >= voxels]
    assert (after[labels != 1] == labels[labels != 1]).all()


def test_islands_can_become_another_class():
    after = done(two_balls(), remove_islands(two_balls(), [1], (1, 1, 1), below_ml=0.1, into=7))
    assert (after == 7).sum() == 12


@given(SPECKLED)
def test_parts_go_to_their_classes_in_the_order_of_size(labels):
    after = done(labels, split_parts(labels, 1, [5, 6]))
    sizes = [round(part.ml * 1000) for part in parts(labels, 1, SPACING)]
    expected = sizes[:1] + sizes[3:], sizes[1:2], sizes[2:3]
    assert [int((after == value).sum()) for value in (1, 5, 6)] == [sum(each) for each in expected]
    assert (after[labels != 1] == labels[labels != 1]).all()


@given(LABELS, AXES)
def test_filled_is_what_scipy_fills_where_background_was(labels, axis):
    after = done(labels, fill_holes(labels, 1, SPACING, axis=axis))
    faces = ndimage.generate_binary_structure(3, 1)
    if axis is not None:
        faces = np.moveaxis(faces, axis, 0)
        faces[[0, 2]] = False
        faces = np.moveaxis(faces, 0, axis)
    numbers, count = ndimage.label(np.pad(labels != 1, 1, constant_values=True), faces)
    outside = set() if not count else set(np.unique(border(numbers, axis)))
    hole = ~np.isin(numbers, list(outside | {0}))[1:-1, 1:-1, 1:-1]
    assert (after == np.where(hole & (labels == 0), 1, labels)).all()


def border(numbers, axis):
    """Values in the outermost pixels, of the whole or of each slice."""
    edge = np.ones(numbers.shape, bool)
    edge[tuple(slice(1, -1) if axis is None or index != axis else slice(None) for index in range(3))] = False
    return numbers[edge]


def test_a_tumour_in_an_organ_is_no_hole_unless_one_says_so():
    labels = np.ones((7, 7, 7), np.uint8)
    labels[3, 3, 3] = 2
    assert fill_holes(labels, 1, SPACING) is None
    assert (done(labels, fill_holes(labels, 1, SPACING, over=None)) == 1).all()


def test_only_holes_below_a_size_are_filled():
    labels = np.ones((9, 9, 20), np.uint8)
    labels[4, 4, 2] = labels[3:6, 3:6, 10:13] = 0
    after = done(labels, fill_holes(labels, 1, (1, 1, 1), below_ml=0.01))
    assert after[4, 4, 2] == 1
    assert (after == 0).sum() == 27


def test_stopping_leaves_nothing_done():
    labels = two_balls()
    with pytest.raises(Stopped):
        keep_largest(labels, [1], stop=lambda: True)
    with pytest.raises(Stopped):
        fill_holes(labels, 1, SPACING, stop=lambda: True)
