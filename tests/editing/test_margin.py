"""Distances are those of the Euclidean distance transform, in millimetres on any grid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from segstudio.editing.margin import hollow, near, resize
from segstudio.errors import Stopped

SHAPES = array_shapes(min_dims=3, max_dims=3, max_side=12)
SPACINGS = st.tuples(*[st.sampled_from([0.3, 0.7, 1.0, 2.5, 5.0])] * 3)
DISTANCES = st.sampled_from([0.2, 0.7, 1.0, 1.7, 2.5, 4.1, 9.0])
LABELS = arrays(np.uint8, SHAPES, elements=st.sampled_from([0, 0, 0, 1, 2]))
ORGANS = arrays(np.uint8, SHAPES, elements=st.sampled_from([1, 1, 1, 1, 0, 2]))
AXES = st.sampled_from([None, 0, 1, 2])


def done(labels, edit):
    after = labels.copy()
    if edit is not None:
        after[edit.box] = edit.after
    return after


def distance(where, spacing, axis=None):
    """Millimetres to the nearest true voxel, within each slice across `axis`."""
    if axis is not None:
        flat = [side for index, side in enumerate(spacing) if index != axis]
        return np.moveaxis(np.stack([distance(each, flat) for each in np.moveaxis(where, axis, 0)]), 0, axis)
    if not where.any():
        return np.full(where.shape, np.inf)
    return ndimage.distance_transform_edt(~where, sampling=spacing)


@settings(deadline=None)
@given(arrays(bool, SHAPES, elements=st.sampled_from([False] * 9 + [True])), DISTANCES, SPACINGS)
def test_near_is_within_the_euclidean_distance(where, mm, spacing):
    assert (near(where, mm, spacing) == (distance(where, spacing) <= mm + 1e-6)).all()


@settings(deadline=None)
@given(LABELS, DISTANCES, SPACINGS, AXES)
def test_a_class_grows_by_millimetres_over_background_alone(labels, mm, spacing, axis):
    after = done(labels, resize(labels, 1, spacing, mm=mm, axis=axis))
    wanted = (distance(labels == 1, spacing, axis) <= mm + 1e-6) & (labels == 0)
    assert (after == np.where(wanted, 1, labels)).all()


@settings(deadline=None)
@given(ORGANS, DISTANCES, SPACINGS, AXES)
def test_a_class_shrinks_by_millimetres_but_not_from_the_end_of_the_scan(labels, mm, spacing, axis):
    after = done(labels, resize(labels, 1, spacing, mm=-mm, axis=axis))
    lost = (distance(labels != 1, spacing, axis) <= mm + 1e-6) & (labels == 1)
    assert (after == np.where(lost, 0, labels)).all()


@settings(deadline=None)
@given(ORGANS, DISTANCES, SPACINGS)
def test_what_hollowing_takes_is_what_shrinking_leaves(labels, mm, spacing):
    shrunk = done(labels, resize(labels, 1, spacing, mm=-mm))
    hollowed = done(labels, hollow(labels, 1, spacing, wall_mm=mm, into=9))
    assert ((hollowed == 9) == (shrunk == 1)).all()


@settings(deadline=None)
@given(LABELS, st.sampled_from([1, 2, 3]))
def test_growing_does_not_depend_on_how_the_mask_lies_in_memory(labels, turn):
    turned = np.ascontiguousarray(labels[::-1, :, ::-1].transpose(turn % 3, (turn + 1) % 3, (turn + 2) % 3))
    back = turned.transpose(np.argsort([turn % 3, (turn + 1) % 3, (turn + 2) % 3]))[::-1, :, ::-1]
    assert (back == labels).all()
    assert (
        done(back, resize(back, 1, (2.5, 1, 0.7), mm=2.6)) == done(labels, resize(labels, 1, (2.5, 1, 0.7), mm=2.6))
    ).all()


def test_a_growing_class_takes_what_one_lets_it_take():
    labels = np.zeros((1, 1, 9), np.uint8)
    labels[..., 4], labels[..., 5:] = 1, 2
    assert (done(labels, resize(labels, 1, (1, 1, 1), mm=2, over=(2,))) == [0, 0, 0, 0, 1, 1, 1, 2, 2]).all()
    assert (done(labels, resize(labels, 1, (1, 1, 1), mm=2, over=None)) == [0, 0, 1, 1, 1, 1, 1, 2, 2]).all()


def test_less_than_the_slices_are_apart_does_not_reach_the_next_slice():
    labels = np.zeros((3, 5, 5), np.uint8)
    labels[1, 2, 2] = 1
    edit = resize(labels, 1, (5, 1, 1), mm=1)
    assert edit.box == (slice(1, 2), slice(1, 4), slice(1, 4))
    assert resize(labels, 1, (5, 2, 2), mm=1) is None


def test_stopping_leaves_nothing_done():
    with pytest.raises(Stopped):
        resize(np.ones((3, 3, 3), np.uint8), 1, (1, 1, 1), mm=-1, stop=lambda: True)
