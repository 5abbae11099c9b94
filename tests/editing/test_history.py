"""A step is small, undoes and redoes to the bit, and a hundred of them fit."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.editing import Edit, Mask, history
from segstudio.editing.history import History, Step, storage_order
from segstudio.editing.shapes import ball
from segstudio.imaging import Reorientation

SHAPE = (5, 6, 7)
WHOLE = tuple(slice(0, side) for side in SHAPE)
TURNS = [Reorientation(axes, flips) for axes in permutations(range(3)) for flips in product((False, True), repeat=3)]


@given(st.sampled_from(TURNS), st.sampled_from(TURNS), st.sampled_from([np.uint8, np.uint16]), st.integers(0, 99))
def test_a_step_toggles_a_mask_whatever_the_order_of_its_memory(made_in, used_in, dtype, seed):
    rng = np.random.default_rng(seed)
    before, after = rng.integers(0, 3, (2, *SHAPE)).astype(dtype)
    step = Step.between("fill", WHOLE, before, after, made_in)
    labels = used_in.apply(used_in.undo(before).copy())
    step.toggle(labels)
    assert np.array_equal(labels, after)
    step.toggle(labels)
    assert np.array_equal(labels, before)


@pytest.mark.parametrize("turn", TURNS)
def test_the_order_of_memory_is_found_for_every_view(turn):
    labels = turn.apply(np.zeros(SHAPE, np.uint8))
    assert storage_order(labels).apply(labels).flags.c_contiguous


@pytest.mark.parametrize("slab", [1, 50, 1 << 19])
def test_a_step_is_the_same_however_it_is_cut(monkeypatch, slab):
    monkeypatch.setattr(history, "SLAB", slab)
    before, after = np.random.default_rng(0).integers(0, 3, (2, *SHAPE)).astype(np.uint8)
    step = Step.between("fill", WHOLE, before, after, TURNS[0])
    monkeypatch.setattr(history, "SLAB", 77)
    labels = before.copy()
    step.toggle(labels)
    assert np.array_equal(labels, after)
    gained = np.bincount(after.ravel(), minlength=3) - np.bincount(before.ravel(), minlength=3)
    assert dict(zip(step.values.tolist(), step.gains.tolist(), strict=True)) == {
        value: gain for value, gain in enumerate(gained.tolist()) if gain
    }


def test_two_hundred_strokes_and_a_fill_of_a_large_scan_take_a_few_megabytes():
    shape = (60, 256, 256)
    mask = Mask(np.zeros(shape, np.uint8), (3.0, 0.8, 0.8))
    whole = tuple(slice(0, side) for side in shape)
    mask.apply(Edit.between("fill", mask.labels, whole, np.ones(shape, np.uint8)))
    for count in range(200):
        stroke = mask.stroke("brush")
        for move in range(5):
            start = (count % 60, 100 + 3 * move, 50 + count / 2)
            stroke.put(*ball(shape, mask.spacing, [start, (start[0], start[1] + 3, start[2] + 2)], 10.0), 2 + count % 3)
        stroke.end()
    assert mask.steps > 100
    assert mask.bytes_used < 4 << 20


def test_a_new_step_ends_what_could_be_done_again():
    line = History(1 << 20)
    steps = [Step.between(str(count), WHOLE, np.zeros(SHAPE, np.uint8), np.full(SHAPE, count + 1, np.uint8), TURNS[0])
             for count in range(3)]  # fmt: skip
    line.add(steps[0])
    line.add(steps[1])
    assert line.back() is steps[1]
    assert line.forth() is steps[1]
    line.back()
    line.add(steps[2])
    assert line.forth() is None
    assert [line.back(), line.back(), line.back()] == [steps[2], steps[0], None]


@given(st.lists(st.sampled_from(["add", "back", "forth"]), max_size=40), st.integers(0, 20_000))
def test_memory_is_counted_through_undo_redo_and_forgetting(acts, memory):
    rng = np.random.default_rng(0)
    line = History(memory)
    for act in acts:
        if act == "add":
            before, after = rng.integers(0, 50, (2, *SHAPE)).astype(np.uint8)
            line.add(Step.between("noise", WHOLE, before, after, TURNS[0]))
        else:
            getattr(line, act)()
        assert line.bytes_used == sum(step.nbytes for step in (*line.done, *line.undone))
        assert line.bytes_used <= memory or len(line.done) <= 1
