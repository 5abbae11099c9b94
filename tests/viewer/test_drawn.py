"""What a model drew: what of it is kept in mind, and what goes into the mask."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segstudio.imaging import Geometry, LabelMap, around, bounds, whole
from segstudio.inference import Prediction
from segstudio.viewer.drawn import Drawn, chosen_only

SHAPE = (4, 5, 6)
masks = arrays.arrays(np.uint8, SHAPE, elements=st.integers(0, 4))


def predicted(labels, box=None):
    return Prediction(LabelMap(labels, Geometry(SHAPE, np.diag([1.0, 1, 1, 1])[[2, 1, 0, 3]])), box, 1.0, "CPU")


@given(masks, masks, st.frozensets(st.integers(1, 4), min_size=1))
def test_only_chosen_classes_come_and_go(now, drawn, only):
    after = chosen_only(now, drawn, only)
    others = (now != 0) & ~np.isin(now, list(only))
    assert (after[others] == now[others]).all()
    assert (after[~others] == np.where(np.isin(drawn, list(only)), drawn, 0)[~others]).all()


@given(masks, masks)
def test_without_a_choice_the_mask_is_what_the_model_drew(now, drawn):
    assert (chosen_only(now, drawn, ()) == drawn).all()


def test_boxes_of_one_version_add_up_and_another_version_begins_anew():
    one, other = np.full(SHAPE, 1, np.uint8), np.full(SHAPE, 2, np.uint8)
    left, right = (slice(0, 2), slice(0, 5), slice(0, 6)), (slice(3, 4), slice(0, 5), slice(0, 6))
    drawn = Drawn().with_("liver@1", predicted(one, left)).with_("liver@1", predicted(other, right))
    assert drawn.box == whole(SHAPE)
    assert [int(plane.max()) for plane in drawn.labels] == [1, 1, 0, 2]
    again = drawn.with_("liver@2", predicted(other, right))
    assert again.box == right
    assert not again.labels[:3].any()


@given(masks)
def test_bounds_hold_every_true_voxel_and_no_more(mask):
    box = bounds(mask > 0)
    if box is None:
        assert not mask.any()
        return
    assert (mask[box] > 0).sum() == (mask > 0).sum()
    for axis in range(3):
        inside = np.moveaxis(mask[box] > 0, axis, 0)
        assert inside[0].any()
        assert inside[-1].any()


def test_a_box_round_two():
    one, other = (slice(1, 3),) * 3, (slice(2, 7),) * 3
    assert around(one, other) == (slice(1, 7),) * 3
    assert around(None, other) == other
    assert around(None, None) is None
