import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from scipy import ndimage

from segstudio.editing.fill import fill
from segstudio.editing.runs import Runs
from segstudio.errors import EditError, Stopped

MASKS = stn.arrays(np.uint8, stn.array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.integers(0, 2))


def region(labels, seed):
    pieces, _ = ndimage.label(labels == labels[seed])
    return pieces == pieces[seed]


def done(labels, edit):
    after = labels.copy()
    if edit is not None:
        assert (labels[edit.box] == edit.before).all()
        after[edit.box] = edit.after
    return after


@given(labels=MASKS, data=st.data())
@settings(max_examples=80)
def test_exactly_the_connected_voxels_of_the_same_class_are_filled(labels, data):
    seed = tuple(data.draw(st.integers(0, side - 1)) for side in labels.shape)
    kept = labels.copy()
    after = done(labels, fill(labels, seed, 5))
    assert (labels == kept).all()
    assert (after == np.where(region(labels, seed), 5, labels)).all()


@given(labels=MASKS, data=st.data())
@settings(max_examples=80)
def test_in_a_plane_no_other_slice_is_touched(labels, data):
    axis = data.draw(st.integers(0, 2))
    seed = tuple(data.draw(st.integers(0, side - 1)) for side in labels.shape)
    alone = [slice(None)] * 3
    alone[axis] = slice(seed[axis], seed[axis] + 1)
    flat = labels[tuple(alone)]
    here = tuple(0 if each == axis else at for each, at in enumerate(seed))
    expected = labels.copy()
    expected[tuple(alone)][region(flat, here)] = 5
    assert (done(labels, fill(labels, seed, 5, axis=axis)) == expected).all()


@given(labels=MASKS, data=st.data())
@settings(max_examples=50)
def test_a_mask_seen_turned_and_flipped_is_filled_the_same(labels, data):
    order = data.draw(st.permutations(range(3)))
    seed = tuple(data.draw(st.integers(0, side - 1)) for side in labels.shape)
    seen = labels.transpose(order)[::-1, :, ::-1]
    at = [seed[axis] for axis in order]
    at[0], at[2] = seen.shape[0] - 1 - at[0], seen.shape[2] - 1 - at[2]
    turned = done(labels, fill(labels, seed, 5)).transpose(order)[::-1, :, ::-1]
    assert (done(seen, fill(seen, tuple(at), 5)) == turned).all()


def test_a_region_larger_than_the_first_look_is_filled_whole():
    labels = np.zeros((5, 400, 300), np.uint8)
    labels[2, 200, :299] = 1
    edit = fill(labels, (0, 10, 10), 2)
    assert (done(labels, edit) == np.where(labels == 0, 2, 1)).all()


def test_lines_that_touch_only_at_corners_hold():
    labels = np.zeros((1, 8, 8), np.uint8)
    labels[0, range(8), range(8)] = 1
    after = done(labels, fill(labels, (0, 1, 6), 2))
    assert (after == np.triu(np.full((8, 8), 2), 1) + np.eye(8, dtype=int)).all()


def test_an_intensity_window_stops_the_flood():
    labels = np.zeros((4, 6, 20), np.uint8)
    image = np.tile(np.arange(20, dtype=np.int16), (4, 6, 1))
    after = done(labels, fill(labels, (1, 1, 8), 3, image=image, window=(4.5, 10.5)))
    assert (after == np.where((image > 4.5) & (image < 10.5), 3, 0)).all()


def test_a_point_outside_the_window_is_told():
    labels = np.zeros((2, 2, 2), np.uint8)
    with pytest.raises(EditError, match="outside the window"):
        fill(labels, (0, 0, 0), 1, image=labels, window=(5, 6))


def test_a_point_outside_the_scan_is_told():
    with pytest.raises(EditError, match="outside the scan"):
        fill(np.zeros((2, 2, 2), np.uint8), (0, 0, 2), 1)


def test_a_class_too_large_for_the_mask_is_told():
    with pytest.raises(EditError, match="300"):
        fill(np.zeros((2, 2, 2), np.uint8), (0, 0, 0), 300)


def test_filling_with_its_own_class_changes_nothing():
    assert fill(np.ones((2, 2, 2), np.uint8), (0, 0, 0), 1) is None


def test_a_fill_can_be_stopped():
    with pytest.raises(Stopped):
        fill(np.zeros((2, 2, 2), np.uint8), (0, 0, 0), 1, stop=lambda: True)


def test_noise_with_too_many_runs_is_filled_the_same(monkeypatch):
    labels = np.random.default_rng(0).integers(0, 2, (6, 30, 30)).astype(np.uint8)
    expected = done(labels, fill(labels, (3, 4, 5), 7))
    monkeypatch.setattr("segstudio.editing.runs._MOST", 10)
    assert (done(labels, fill(labels, (3, 4, 5), 7)) == expected).all()


@given(mask=stn.arrays(np.bool_, stn.array_shapes(min_dims=3, max_dims=3, max_side=6)))
def test_runs_hold_a_mask_to_the_voxel(mask):
    runs = Runs.of(lambda first, last: mask[first:last], mask.shape)
    again = np.zeros_like(mask)
    for first, last, part in runs.masks():
        again[first:last] = part
    assert (again == mask).all()
