"""Undo never brings stale voxels back, whether a hand or a model drew last."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from napari.layers import Labels

from segstudio.viewer.history import LIMIT, MaskHistory, bounds

SHAPE = (4, 8, 8)
WHOLE = tuple(slice(0, side) for side in SHAPE)


@pytest.fixture
def mask():
    layer = Labels(np.zeros(SHAPE, np.uint8))
    layer.brush_size = 3
    return layer


def test_a_prediction_is_undone_and_done_again(mask):
    history = MaskHistory(mask, lambda: None)
    mask.paint((1, 2, 2), 1)
    painted = mask.data.copy()
    history.write((slice(0, 2), slice(0, 8), slice(0, 8)), np.full((2, 8, 8), 2))
    predicted = mask.data.copy()
    history.undo()
    assert (mask.data == painted).all()
    history.redo()
    assert (mask.data == predicted).all()


def test_the_rest_of_the_mask_stays_as_it_is(mask):
    history = MaskHistory(mask, lambda: None)
    mask.paint((3, 6, 6), 1)
    outside = mask.data[2:].copy()
    history.write((slice(0, 2), slice(0, 8), slice(0, 8)), np.full((2, 8, 8), 2))
    assert (mask.data[2:] == outside).all()


def test_writing_what_is_there_already_is_no_step(mask):
    history = MaskHistory(mask, lambda: None)
    assert not history.write(WHOLE, np.zeros(SHAPE, np.uint8))
    assert not history.can_undo


def test_every_change_is_heard(mask):
    heard = []
    history = MaskHistory(mask, lambda: heard.append(int(mask.data.sum())))
    mask.paint((1, 2, 2), 1)
    history.write(WHOLE, np.ones(SHAPE, np.uint8))
    history.undo()
    history.undo()
    history.redo()
    assert len(heard) == 5
    assert heard[3] == 0


def test_a_new_stroke_forgets_what_was_undone(mask):
    history = MaskHistory(mask, lambda: None)
    history.write(WHOLE, np.ones(SHAPE, np.uint8))
    history.undo()
    mask.paint((1, 2, 2), 2)
    after = mask.data.copy()
    history.redo()
    assert (mask.data == after).all()


def test_control_z_on_the_picture_takes_the_same_way(mask):
    history = MaskHistory(mask, lambda: None)
    history.write(WHOLE, np.ones(SHAPE, np.uint8))
    undo = next(run for key, run in mask.keymap.items() if str(key) == "Ctrl+Z")
    undo(mask)
    assert not mask.data.any()
    assert history.can_redo


steps = st.lists(
    st.one_of(
        st.tuples(st.just("stroke"), st.integers(0, 3), st.integers(0, 7), st.integers(0, 2)),
        st.tuples(st.just("write"), st.integers(0, 3), st.integers(0, 7), st.integers(0, 2)),
        st.just(("undo",)),
        st.just(("redo",)),
    ),
    max_size=40,
)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_undo_goes_back_through_the_very_states_that_were_there(steps):
    layer = Labels(np.zeros(SHAPE, np.uint8))
    history = MaskHistory(layer, lambda: None)
    states, at = [layer.data.copy()], 0
    for step in steps:
        if step[0] == "undo":
            history.undo()
            at = max(0, at - 1)
        elif step[0] == "redo":
            history.redo()
            at = min(len(states) - 1, at + 1)
        else:
            _, z, y, value = step
            if step[0] == "stroke":
                layer.brush_size = 3
                layer.paint((z, y, y), value)
            else:
                history.write((slice(z, z + 1), slice(0, y + 1), slice(0, 8)), np.full((1, y + 1, 8), value))
            if (layer.data != states[at]).any():
                states, at = [*states[: at + 1], layer.data.copy()], at + 1
        assert (layer.data == states[at]).all()


def test_more_strokes_than_are_remembered_are_undone_without_a_mistake(mask):
    history = MaskHistory(mask, lambda: None)
    states = []
    for index in range(LIMIT + 20):
        if index == 10:
            history.write(WHOLE, np.full(SHAPE, 7, np.uint8))
        mask.brush_size = 1
        mask.paint((index % 4, index % 8, index // 8 % 8), 100 + index)
        states.append(mask.data.copy())
    for back in range(1, LIMIT):
        history.undo()
        assert (mask.data == states[-1 - back]).all()


def test_bounds_hold_every_true_voxel_and_no_more():
    mark = np.zeros(SHAPE, bool)
    assert bounds(mark) is None
    mark[1, 2, 3] = mark[2, 2, 5] = True
    assert bounds(mark) == (slice(1, 3), slice(2, 3), slice(3, 6))
