"""Boxes are the smallest that hold a class, however the mask lies in memory."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from segstudio.editing.boxes import among, box_of, boxes_of, clusters, in_plane, inside, painted, roomier, slices_with
from segstudio.imaging import bounds, inner

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


@settings(deadline=None)
@given(arrays(bool, (4, 5, 6), elements=st.sampled_from([False] * 15 + [True])), st.tuples(*[st.integers(0, 9)] * 3))
def test_groups_hold_all_of_a_class_once_and_have_room_round_them(corners, reach):
    labels = np.full((30, 34, 47), 2, np.uint8)
    for z, y, x in np.argwhere(corners) * (8, 7, 8):
        labels[z : z + 2, y : y + 3, x] = 1
    for view in views(labels):
        times = np.zeros(labels.shape, int)
        for box, where, _ in clusters(view, [1], reach):
            times[box] += where
            assert box == roomier(inner(box, bounds(where)), reach, labels.shape)
        assert (times == (labels == 1)).all()


def test_groups_lie_apart_and_noise_is_one_group():
    labels = np.zeros((120, 120, 120), np.uint8)
    labels[10:40, 10:40, 10:40], labels[100, 100, 100], labels[20, 20, 60] = 1, 1, 1
    assert sorted(int(where.sum()) for _, where, _ in clusters(labels, [1])) == [1, 1, 27000]
    assert sorted(int(where.sum()) for _, where, _ in clusters(labels, [1], (0, 0, 12))) == [1, 27001]
    labels[::17, ::17, ::17] = 1
    assert len(list(clusters(labels, [1]))) > 100
    labels[::9, ::9, ::9] = 1
    assert len(list(clusters(labels, [1]))) == 1


def test_the_progress_of_groups_is_that_of_the_whole():
    labels = np.zeros((60, 60, 60), np.uint8)
    labels[:10, :10, :10], labels[50:, 50:, 50:] = 1, 1
    told = []
    for _, _, progress in clusters(labels, [1], progress=lambda done, _: told.append(done)):
        progress(0, "")
        progress(1, "")
    assert told == pytest.approx([0, 0.5, 0.5, 1])


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
    edit = painted("brush", labels, [(box, np.ones((2, 2, 2), bool))], 9, over=(0, 3))
    assert edit.after.ravel().tolist() == [9, 1, 2, 9]
    assert painted("brush", labels, [(box, labels == 9)], 1) is None
