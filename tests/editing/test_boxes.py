"""Boxes are the smallest that hold a class, however the mask lies in memory."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from segstudio.editing.boxes import among, box_of, boxes_of, in_plane, inside, painted, roomier, slices_with

LABELS = arrays(
    np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.sampled_from([0, 0, 0, 0, 1, 2, 3, 5, 9])
)
VALUES = st.sets(st.integers(0, 10))


def views(labels):
    """The same mask, lying in memory in several ways."""
    turned = np.asfortranarray(labels)
    return [labels, turned, np.ascontiguousarray(labels[::-1, :, ::-1])[::-1, :, ::-1]]


@given(LABELS, VALUES)
def test_a_box_holds_all_of_some_classes_and_no_empty_slice(labels, values):
    where = np.isin(labels, list(values))
    wanted = (ndimage.find_objects(where.astype(int)) or [None])[0]
    for view in views(labels):
        assert box_of(view, values) == wanted


@given(LABELS, VALUES.map(sorted))
def test_the_boxes_of_many_are_those_of_each(labels, values):
    values = [value for value in values if value > 0]
    each = {value: box_of(labels, [value]) for value in values}
    for view in views(labels):
        assert boxes_of(view, values) == {value: box for value, box in each.items() if box is not None}


@given(LABELS, VALUES)
def test_among_is_membership(labels, values):
    for view in views(labels):
        found = among(view, values)
        assert (found == np.isin(labels, list(values))).all()
        assert found.flags.c_contiguous


@given(LABELS, VALUES)
def test_slices_with_a_class_are_found_along_every_axis(labels, values):
    where = np.isin(labels, list(values))
    for axis, line in enumerate(slices_with(labels, values)):
        assert (line == where.any(axis=tuple(other for other in range(3) if other != axis))).all()


def test_a_value_beyond_the_mask_is_nowhere():
    assert not among(np.full((2, 2, 2), 44, np.uint8), [300]).any()
    assert box_of(np.full((2, 2, 2), 44, np.uint8), [300]) is None


def test_a_roomier_box_ends_with_the_grid():
    box = (slice(0, 2), slice(3, 4), slice(5, 9))
    assert roomier(box, (1, 1, 3), (10, 10, 10)) == (slice(0, 3), slice(2, 5), slice(2, 10))
    assert inside(box, (slice(0, 3), slice(2, 5), slice(2, 10))) == (slice(0, 2), slice(1, 2), slice(3, 7))


def test_within_slices_nothing_reaches_across():
    assert in_plane((3, 2, 1), None) == (3, 2, 1)
    assert in_plane((3, 2, 1), 1)[1] > 1e6


def test_painting_over_some_classes_leaves_the_others():
    labels = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    box = (slice(0, 2),) * 3
    edit = painted("brush", labels, box, np.ones((2, 2, 2), bool), 9, over=(0, 3))
    assert edit.after.ravel().tolist() == [9, 1, 2, 9]
    assert painted("brush", labels, box, labels == 9, 1) is None
