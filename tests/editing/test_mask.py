"""Every change of a mask goes through one door, which honours locks, counts, undoes and tells."""

from itertools import permutations, product
from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.editing import Edit, Mask
from segstudio.errors import EditError
from segstudio.imaging import Reorientation

SHAPE = (6, 7, 8)
WHOLE = tuple(slice(0, side) for side in SHAPE)
ORIENTATIONS = [
    Reorientation(axes, flips) for axes in permutations(range(3)) for flips in product((False, True), repeat=3)
]


def mask_of(turn=ORIENTATIONS[0], dtype=np.uint8, seed=0, **known):
    """A mask of four classes, lying in memory in any order."""
    values = np.random.default_rng(seed).integers(0, 4, SHAPE).astype(dtype)
    lying = turn.undo(values).copy()
    return Mask(turn.apply(lying), (2.0, 1.0, 0.5), **known)


def boxes():
    sides = [st.tuples(st.integers(0, n - 1), st.integers(1, n)).map(lambda ab: slice(ab[0], max(ab))) for n in SHAPE]
    return st.tuples(*sides).filter(lambda box: all(side.stop > side.start for side in box))


WRITES = st.tuples(boxes(), st.integers(0, 5), st.integers(0, 1000))
ACTS = st.one_of(
    st.tuples(st.just("apply"), WRITES),
    st.tuples(st.just("put"), WRITES),
    st.tuples(st.sampled_from(["end", "cancel", "undo", "redo"])),
    st.tuples(st.just("lock"), st.frozensets(st.integers(0, 5))),
)


class Hand:
    """Does drawn acts to a mask."""

    def __init__(self, mask):
        self.mask = mask
        self.stroke = mask.stroke("brush")

    def do(self, act):
        if act[0] == "lock":
            self.mask.locked = act[1]
        elif act[0] in ("undo", "redo"):
            getattr(self.mask, act[0])()
        elif act[0] in ("end", "cancel"):
            getattr(self.stroke, act[0])()
        elif act[0] == "put":
            box, value, seed = act[1]
            self.stroke.put(box, self.some(box, seed), value)
        else:
            box, value, seed = act[1]
            after = np.where(self.some(box, seed), np.uint8(value), self.mask.labels[box])
            edit = Edit.between("fill", self.mask.labels, box, after)
            if edit is not None:
                self.mask.apply(edit)

    @staticmethod
    def some(box, seed):
        return np.random.default_rng(seed).random([side.stop - side.start for side in box]) < 0.5


@given(st.lists(ACTS, max_size=12), st.sampled_from(ORIENTATIONS), st.sampled_from([np.uint8, np.uint16]))
@settings(deadline=None)
def test_undoing_everything_brings_the_first_mask_back_and_redoing_everything_the_last(acts, turn, dtype):
    mask = mask_of(turn, dtype)
    first = mask.labels.copy()
    hand = Hand(mask)
    for act in acts:
        hand.do(act)
    hand.stroke.end()
    while mask.can_redo:
        mask.redo()
    last = mask.labels.copy()
    while mask.can_undo:
        assert mask.undo() is not None
    assert np.array_equal(mask.labels, first)
    while mask.can_redo:
        assert mask.redo() is not None
    assert np.array_equal(mask.labels, last)


@given(st.lists(ACTS, max_size=12), st.sampled_from(ORIENTATIONS))
@settings(deadline=None)
def test_counts_are_always_those_of_the_voxels(acts, turn):
    mask = mask_of(turn)
    hand = Hand(mask)
    for act in acts:
        hand.do(act)
        assert np.array_equal(mask.counts, np.bincount(mask.labels.ravel(), minlength=256))


@given(st.lists(ACTS, max_size=12), st.frozensets(st.integers(0, 3), min_size=1))
@settings(deadline=None)
def test_a_locked_class_neither_loses_nor_gains_a_voxel(acts, locked):
    mask = mask_of()
    mask.locked = locked
    theirs = np.isin(mask.labels, list(locked))
    first = mask.labels.copy()
    hand = Hand(mask)
    for act in acts:
        if act[0] != "lock":
            hand.do(act)
            assert np.array_equal(np.isin(mask.labels, list(locked)), theirs)
    assert np.array_equal(mask.labels[theirs], first[theirs])


@given(st.lists(ACTS, max_size=12))
@settings(deadline=None)
def test_listeners_hear_every_place_that_changes(acts):
    mask = mask_of()
    seen = mask.labels.copy()

    def heard(box):
        seen[box] = mask.labels[box]

    mask.listen(heard)
    hand = Hand(mask)
    for act in acts:
        hand.do(act)
        assert np.array_equal(seen, mask.labels)


def test_a_stroke_of_many_moves_is_one_step():
    mask = mask_of()
    first = mask.labels.copy()
    stroke = mask.stroke("brush")
    for z, y in product(range(6), range(7)):
        stroke.put((slice(z, z + 1), slice(y, y + 1), slice(0, 8)), np.ones((1, 1, 8), bool), 9)
    stroke.end()
    assert (mask.labels == 9).all()
    assert (mask.steps, mask.undo_name) == (1, "brush")
    mask.undo()
    assert np.array_equal(mask.labels, first)
    assert (mask.steps, mask.redo_name) == (0, "brush")


def test_an_edit_while_the_hand_moves_ends_the_stroke_first():
    mask = mask_of()
    stroke = mask.stroke("brush")
    corner = (slice(0, 2), slice(0, 2), slice(0, 2))
    stroke.put(corner, np.ones((2, 2, 2), bool), 7)
    mask.apply(Edit.between("predict", mask.labels, WHOLE, np.full(SHAPE, 2)))
    stroke.put(corner, np.ones((2, 2, 2), bool), 8)
    stroke.end()
    names = []
    while mask.can_undo:
        names.append(mask.undo_name)
        mask.undo()
    assert names == ["brush", "predict", "brush"]


def test_an_edit_tells_what_the_locks_let_through():
    mask = mask_of()
    ones = mask.labels == 1
    mask.locked = frozenset({1})
    real = mask.apply(Edit.between("clear", mask.labels, WHOLE, np.zeros(SHAPE, np.uint8)))
    assert np.array_equal(mask.labels == 1, ones)
    assert not ((real.before == 1) & (real.before != real.after)).any()


def test_an_edit_of_locked_voxels_alone_is_no_step():
    mask = mask_of()
    edit = Edit.between("clear", mask.labels, WHOLE, np.where(mask.labels == 1, 0, mask.labels))
    mask.locked = frozenset({1})
    assert mask.apply(edit) is None
    assert not mask.can_undo


def test_a_hand_and_a_thread_may_write_at_the_same_time():
    mask = mask_of()
    first = mask.labels.copy()

    def work():
        for count in range(100):
            edit = Edit.between("fill", mask.labels, WHOLE, np.full(SHAPE, count % 5))
            if edit is not None:
                mask.apply(edit)

    thread = Thread(target=work)
    thread.start()
    while thread.is_alive():
        stroke = mask.stroke("brush")
        for move in range(5):
            stroke.put((slice(move, move + 2), slice(0, 7), slice(0, 8)), np.ones((2, 7, 8), bool)[: 6 - move], 7)
        stroke.end()
    thread.join()
    assert np.array_equal(mask.counts, np.bincount(mask.labels.ravel(), minlength=256))
    while mask.can_undo:
        mask.undo()
    assert np.array_equal(mask.labels, first)


def test_nobody_writes_past_the_door():
    with pytest.raises(ValueError, match="read-only"):
        mask_of().labels[0, 0, 0] = 1


@pytest.mark.parametrize("value", [256, -1])
def test_a_class_that_does_not_fit_is_refused_with_a_way_out(value):
    mask = mask_of()
    with pytest.raises(EditError, match=f"class {value}") as error:
        mask.stroke("brush").put(WHOLE, np.ones(SHAPE, bool), value)
    assert "255" in error.value.hint


def test_the_oldest_steps_go_when_memory_is_short_but_never_the_newest():
    rng = np.random.default_rng(0)
    mask = mask_of(memory=20_000)
    for _ in range(30):
        mask.apply(Edit.between("noise", mask.labels, WHOLE, rng.integers(0, 200, SHAPE)))
    assert 1 < mask.steps < 30
    assert mask.bytes_used <= mask.memory
    tiny = mask_of(memory=0)
    for _ in range(3):
        tiny.apply(Edit.between("noise", tiny.labels, WHOLE, rng.integers(0, 200, SHAPE)))
    assert tiny.steps == 1


def test_undo_and_redo_come_back_to_the_same_state():
    mask = mask_of()
    first = mask.state
    stroke = mask.stroke("brush")
    stroke.put((slice(0, 2),) * 3, np.ones((2, 2, 2), bool), 1)
    assert mask.state is not first
    stroke.end()
    after = mask.state
    assert after is not first
    mask.undo()
    assert mask.state is first
    mask.redo()
    assert mask.state is after
    assert mask.widened().state is after


def test_the_first_state_never_comes_back_once_the_way_to_it_is_forgotten():
    mask = mask_of()
    mask._history.memory, first = 1, mask.state
    for value in (1, 2):
        stroke = mask.stroke("brush")
        stroke.put((slice(0, 2),) * 3, np.ones((2, 2, 2), bool), value)
        stroke.end()
    while mask.undo() is not None:
        pass
    assert mask.state is not first
