"""Smoothing rounds off, keeps volumes, leaves no gaps and touches no other class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from segstudio.editing.smooth import smooth
from segstudio.errors import Stopped

LABELS = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=9), elements=st.integers(0, 4))
MM = st.sampled_from([0.3, 1.0, 2.0])
AXES = st.sampled_from([None, 0, 1, 2])


def done(labels, edit):
    after = labels.copy()
    if edit is not None:
        after[edit.box] = edit.after
    return after


def ball(radius_mm, spacing, shape=(40, 60, 60), middle=None):
    middle = (np.array(shape) - 1) / 2 if middle is None else middle
    squares = [((np.arange(n) - m) * mm) ** 2 for n, m, mm in zip(shape, middle, spacing, strict=True)]
    return squares[0][:, None, None] + squares[1][:, None] + squares[2] <= radius_mm**2


def steps(labels, value):
    """How many voxel faces lie between a class and the rest: rough borders have more."""
    there = labels == value
    return sum(int(np.diff(there, axis=axis).sum()) for axis in range(3))


@settings(deadline=None)
@given(LABELS, MM, AXES)
def test_other_classes_keep_their_voxels_and_no_class_appears(labels, mm, axis):
    after = done(labels, smooth(labels, [1, 2], (2.0, 1.0, 0.7), mm=mm, axis=axis))
    others = labels > 2
    assert (after[others] == labels[others]).all()
    assert (after[~others] <= 2).all()
    assert set(np.unique(after)) <= set(np.unique(labels)) | {0}


@settings(deadline=None)
@given(LABELS, MM)
def test_within_slices_a_slice_depends_on_itself_alone(labels, mm):
    whole = done(labels, smooth(labels, [1], (2.0, 1.0, 0.7), mm=mm, axis=0))
    empty = (labels != 1).all(axis=(1, 2))
    assert (whole[empty] == labels[empty]).all()


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 0.7, 0.7)])
def test_a_rough_ball_becomes_smooth_and_keeps_its_volume(spacing):
    rough = ball(14, spacing)
    rng = np.random.default_rng(0)
    rough ^= (rng.random(rough.shape) < 0.3) & (ball(15, spacing) & ~ball(13, spacing))
    labels = rough.astype(np.uint8)
    after = done(labels, smooth(labels, [1], spacing, mm=1.5))
    assert steps(after, 1) < 0.8 * steps(labels, 1)
    assert abs(int(after.sum()) / int(labels.sum()) - 1) < 0.01


def test_a_thin_vessel_keeps_its_volume_and_a_speck_goes():
    labels = np.zeros((30, 30, 60), np.uint8)
    labels[14:16, 14:16, 5:55] = 1
    labels[5, 5, 30] = 1
    after = done(labels, smooth(labels, [1], (1, 1, 1), mm=1))
    assert after[5, 5, 30] == 0
    assert abs(int(after.sum()) / int(labels.sum()) - 1) < 0.1


def test_no_gap_opens_between_classes_that_touch():
    ball_there = ball(15, (1, 1, 1))
    labels = np.where(ball_there, 1, 0).astype(np.uint8)
    labels[:, :, 30:][ball_there[:, :, 30:]] = 2
    labels[:, ::3, 30][labels[:, ::3, 30] == 2] = 1
    after = done(labels, smooth(labels, [1, 2], (1, 1, 1), mm=2))
    assert (after[ball(13, (1, 1, 1))] > 0).all()
    for value in (1, 2):
        assert abs(int((after == value).sum()) / int((labels == value).sum()) - 1) < 0.05
        assert steps(after, value) < steps(labels, value)


def test_a_class_goes_on_touching_what_is_not_smoothed():
    labels = np.zeros((20, 40, 40), np.uint8)
    labels[:, :, 20:30], labels[:, 5:35, 10:20] = 3, 1
    after = done(labels, smooth(labels, [1], (1, 1, 1), mm=2))
    assert (after[4:16, 10:30, 10:20] == 1).all()
    assert (after[:, :, 20:30] == 3).all()


def test_a_smooth_plane_stays_where_it_is():
    labels = np.zeros((12, 12, 12), np.uint8)
    labels[:, :, 5:] = 1
    assert smooth(labels, [1], (1, 1, 1), mm=1.5) is None


def test_nothing_to_smooth_changes_nothing_and_stopping_neither():
    nothing = np.zeros((3, 4, 5), np.uint8)
    assert smooth(nothing, [1], (1, 1, 1), mm=1) is None
    assert smooth(nothing + np.uint8(1), [1], (1, 1, 1), mm=0) is None
    with pytest.raises(Stopped):
        smooth(nothing + np.uint8(1), [1], (1, 1, 1), mm=1, stop=lambda: True)
