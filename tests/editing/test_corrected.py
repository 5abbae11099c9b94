"""Slices count as corrected where the hand worked, until they are drawn anew; undo, redo and a crash know of it."""

import numpy as np
import pytest

from segstudio.editing import Edit, Mask
from segstudio.editing.between import copy_slice
from segstudio.editing.journal import Journal
from segstudio.editing.shapes import ball, disc

SHAPE = (12, 16, 18)
SPACING = (2.0, 1.0, 1.0)
WHOLE = tuple(slice(0, side) for side in SHAPE)


@pytest.fixture
def mask():
    return Mask(np.zeros(SHAPE, np.uint8), SPACING)


def stroke(mask, axis, index, value=1, shape=disc):
    at = [8.0, 8.0, 8.0]
    at[axis] = float(index)
    raster = disc(SHAPE, SPACING, axis, [tuple(at)], 3.0) if shape is disc else ball(SHAPE, SPACING, [tuple(at)], 5.0)
    begun = mask.stroke("brush", on=(axis, index))
    begun.put(*raster, value)
    begun.end()


def drawn(mask, name, box, value=1):
    mask.apply(Edit.between(name, mask.labels, box, np.full([side.stop - side.start for side in box], value, np.uint8)))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("shape", [disc, ball])
def test_a_stroke_counts_on_the_slice_that_was_looked_at_and_on_no_other_plane(mask, axis, shape):
    for index in (9, 3, 9):
        stroke(mask, axis, index, shape=shape)
    assert mask.corrected(axis) == {1: (3, 9)}
    assert not mask.corrected((axis + 1) % 3)


def test_each_class_has_its_own_and_one_that_is_painted_over_was_corrected_too(mask):
    stroke(mask, 0, 4, 1)
    stroke(mask, 0, 7, 2)
    stroke(mask, 0, 4, 2)
    assert mask.corrected(0) == {1: (4,), 2: (4, 7)}
    stroke(mask, 0, 4, 0)
    assert mask.corrected(0) == {1: (4,), 2: (4, 7)}


def test_what_is_undone_does_not_count_until_it_is_done_again(mask):
    stroke(mask, 0, 4)
    stroke(mask, 0, 7)
    mask.undo()
    assert mask.corrected(0) == {1: (4,)}
    mask.redo()
    assert mask.corrected(0) == {1: (4, 7)}


def test_a_copied_slice_counts_and_a_change_in_3d_does_not(mask):
    stroke(mask, 0, 4)
    mask.apply(copy_slice(mask.labels, [1], 0, 4, 5))
    assert mask.corrected(0) == {1: (4, 5)}
    drawn(mask, "interpolate", (slice(8, 9), slice(2, 5), slice(2, 5)))
    drawn(mask, "smooth", (slice(1, 9), slice(1, 5), slice(2, 5)))
    assert mask.corrected(0) == {1: (4, 5)}


@pytest.mark.parametrize("name", ["predict", "load mask"])
def test_what_is_drawn_anew_is_not_corrected_any_more(mask, name):
    for index in (1, 5, 10):
        stroke(mask, 0, index)
    drawn(mask, name, (slice(0, 7), slice(0, 16), slice(0, 18)))
    assert mask.corrected(0) == {1: (10,)}
    stroke(mask, 0, 2, 2)
    assert mask.corrected(0) == {1: (2, 10), 2: (2,)}


def test_an_emptied_mask_was_not_corrected(mask):
    stroke(mask, 0, 5)
    drawn(mask, "clear mask", WHOLE, 0)
    assert not mask.corrected(0)


def test_a_widened_mask_and_a_journal_know_them_still(tmp_path):
    labels = np.zeros(SHAPE, np.uint8)
    mask = Mask(labels, SPACING, journal=Journal.begin(tmp_path, {}, labels))
    stroke(mask, 1, 4, shape=ball)
    stroke(mask, 1, 9, shape=ball)
    assert mask.widened().corrected(1) == {1: (4, 9)}
    assert mask.journal.close()
    kept = Journal.open(tmp_path)
    assert Mask(kept.labels, SPACING, done=kept.done, undone=kept.undone).corrected(1) == {1: (4, 9)}
