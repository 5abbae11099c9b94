"""An edit says what changes in a box, and no more than that."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn

from segstudio.editing import Edit
from segstudio.errors import EditError
from segstudio.imaging import bounds

SHAPE = (4, 5, 6)
BOX = (slice(1, 4), slice(0, 3), slice(2, 6))
MASKS = drawn.arrays(np.uint8, SHAPE, elements=st.integers(0, 2))


@given(MASKS, drawn.arrays(np.uint8, (3, 3, 4), elements=st.integers(0, 2)))
def test_an_edit_is_cut_tight_to_what_differs(labels, after):
    edit = Edit.between("fill", labels, BOX, after)
    wanted = labels.copy()
    wanted[BOX] = after
    if edit is None:
        assert np.array_equal(wanted, labels)
        return
    changed = edit.before != edit.after
    assert all(changed.take(end, axis).any() for axis in range(3) for end in (0, -1))
    assert np.array_equal(edit.before, labels[edit.box])
    labels[edit.box] = edit.after
    assert np.array_equal(labels, wanted)


@given(drawn.arrays(bool, SHAPE))
def test_bounds_hold_every_true_voxel_and_no_plane_without_one(where):
    box = bounds(where)
    if box is None:
        assert not where.any()
        return
    assert where[box].sum() == where.sum()
    assert all(where[box].take(end, axis).any() for axis in range(3) for end in (0, -1))


def test_an_edit_keeps_no_view_of_what_it_was_made_from():
    labels = np.zeros(SHAPE, np.uint8)
    after = np.ones((3, 3, 4), np.uint8)
    edit = Edit.between("fill", labels, BOX, after)
    labels[:] = 7
    after[:] = 7
    assert (edit.before == 0).all()
    assert (edit.after == 1).all()


@pytest.mark.parametrize("kind", [np.int64, np.uint16, np.float32, bool])
def test_an_edit_is_of_the_mask_s_number_type_whatever_it_is_made_from(kind):
    edit = Edit.between("fill", np.zeros(SHAPE, np.uint8), BOX, np.ones((3, 3, 4), kind))
    assert edit.before.dtype == edit.after.dtype == np.uint8


def test_a_class_above_255_needs_a_mask_of_16_bits():
    with pytest.raises(EditError, match="class 256"):
        Edit.between("fill", np.zeros(SHAPE, np.uint8), BOX, np.full((3, 3, 4), 256))
    assert Edit.between("fill", np.zeros(SHAPE, np.uint16), BOX, np.full((3, 3, 4), 256)) is not None
