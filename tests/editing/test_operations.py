"""What holds for every operation on shapes: it only reads, the door keeps its locks, and undo is exact."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from segstudio.editing import Mask, boxes
from segstudio.editing.between import copy_slice, interpolate, redraw
from segstudio.editing.combine import logic, relabel
from segstudio.editing.cut import cut, mirror, split_sides
from segstudio.editing.islands import fill_holes, keep_largest, remove_islands, split_parts
from segstudio.editing.margin import hollow, resize
from segstudio.editing.smooth import smooth
from segstudio.errors import EditError
from segstudio.imaging import Reorientation

SPACING = (2.5, 1.0, 0.7)
SHAPES = array_shapes(min_dims=3, max_dims=3, max_side=7)
LABELS = SHAPES.flatmap(
    lambda shape: arrays(st.sampled_from([np.uint8, np.uint16]), shape, elements=st.sampled_from([0, 0, 0, 1, 1, 2, 3]))
)
TURNS = st.builds(
    Reorientation, st.permutations([0, 1, 2]).map(tuple), st.tuples(st.booleans(), st.booleans(), st.booleans())
)

OPERATIONS = {
    "interpolate": lambda labels: interpolate(labels, [1, 2], SPACING),
    "interpolate over all": lambda labels: interpolate(labels, [1], SPACING, over=None),
    "redraw": lambda labels: redraw(labels, {1: [0, len(labels) - 1], 2: [0, len(labels) - 1]}, 0, SPACING),
    "copy slice": lambda labels: copy_slice(labels, [1, 2], 1, 0, 1),
    "smooth": lambda labels: smooth(labels, [1, 2], SPACING, mm=1.2),
    "grow": lambda labels: resize(labels, 1, SPACING, mm=2.5, over=None),
    "shrink": lambda labels: resize(labels, 1, SPACING, mm=-1.0),
    "hollow": lambda labels: hollow(labels, 1, SPACING, wall_mm=1.0, into=4),
    "fill holes": lambda labels: fill_holes(labels, 1, SPACING),
    "fill holes in slices": lambda labels: fill_holes(labels, 1, SPACING, axis=2, over=None),
    "keep largest": lambda labels: keep_largest(labels, [1, 2, 3]),
    "remove islands": lambda labels: remove_islands(labels, [1, 2], SPACING, below_ml=0.005, into=3),
    "split into parts": lambda labels: split_parts(labels, 1, [4, 5]),
    "relabel": lambda labels: relabel(labels, {1: 2, 2: 1, 0: 5}),
    "add": lambda labels: logic(labels, 1, "add", [2], SPACING, margin_mm=1),
    "subtract": lambda labels: logic(labels, 1, "subtract", [2], SPACING, margin_mm=1),
    "intersect": lambda labels: logic(labels, 1, "intersect", [2, 3], SPACING, margin_mm=1),
    "cut": lambda labels: cut(labels, [1, 2], 0, (1.5, 0.2), (2.2, 5.0), into=4),
    "split": lambda labels: split_sides(labels, 1, 4),
    "mirror": lambda labels: mirror(labels, {1: 2, 2: 1}, over=None),
}

each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@each_operation
@settings(deadline=None, max_examples=25)
@given(LABELS, st.sets(st.integers(0, 5)))
def test_locks_hold_and_undo_and_redo_are_exact(operation, labels, locked):
    mask = Mask(labels.copy(), SPACING)
    mask.locked = frozenset(locked)
    edit = operation(mask.labels)
    done = mask.apply(edit) if edit is not None else None
    after = mask.labels.copy()
    for value in locked:
        assert ((after == value) == (labels == value)).all()
    if done is None:
        assert (after == labels).all()
        return
    assert (mask.counts == np.bincount(after.ravel(), minlength=len(mask.counts))).all()
    mask.undo()
    assert (mask.labels == labels).all()
    mask.redo()
    assert (mask.labels == after).all()


@each_operation
@settings(deadline=None, max_examples=25)
@given(LABELS, TURNS)
def test_the_result_does_not_depend_on_how_the_mask_lies_in_memory(operation, labels, turn):
    elsewhere = turn.undo(np.ascontiguousarray(turn.apply(labels)))
    assert (elsewhere == labels).all()
    one, other = operation(labels), operation(elsewhere)
    if one is None or other is None:
        assert one is other
        return
    assert one.box == other.box
    assert (one.after == other.after).all()


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "smooth"])  # each group keeps its own volume
@settings(deadline=None, max_examples=25)
@given(LABELS, st.integers(1, 3))
@example(np.array([[[0, 0, 0, 0, 1], [1, 0, 0, 0, 0]]], np.uint8), 2)  # two parts of one size
def test_the_result_does_not_depend_on_how_the_scan_is_parted(name, labels, block):
    whole = OPERATIONS[name](labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "_BLOCK", block)
        parted = OPERATIONS[name](labels)
    if whole is None or parted is None:
        assert whole is parted
        return
    assert whole.box == parted.box
    assert (whole.after == parted.after).all()


@each_operation
@settings(deadline=None, max_examples=25)
@given(LABELS)
def test_the_box_is_tight_and_what_was_there_is_in_it(operation, labels):
    edit = operation(labels)
    if edit is not None:
        assert edit.name
        assert edit.before.dtype == edit.after.dtype == labels.dtype
        assert (edit.before == labels[edit.box]).all()
        changed = np.argwhere(edit.before != edit.after)
        assert (changed.min(axis=0) == 0).all()
        assert (changed.max(axis=0) == np.array(edit.before.shape) - 1).all()


@pytest.mark.parametrize(
    "operation",
    [
        lambda labels: split_sides(labels, 1, 300),
        lambda labels: split_parts(labels, 1, [300]),
        lambda labels: remove_islands(labels, [1], SPACING, below_ml=0.01, into=300),
        lambda labels: hollow(labels, 1, SPACING, wall_mm=1, into=300),
        lambda labels: mirror(labels, {1: 300}),
        lambda labels: cut(labels, [1], 0, (0, 2), (6, 2), into=300),
    ],
)
def test_a_class_too_high_for_the_mask_is_refused_with_words(operation):
    labels = np.zeros((7, 7, 20), np.uint8)
    labels[1:6, 1:6, 1:6] = labels[3, 3, 10] = 1
    with pytest.raises(EditError, match="300"):
        operation(labels)
