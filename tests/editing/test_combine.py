"""Logic between classes is logic between sets of voxels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from segstudio.editing.combine import combine, logic, relabel, shapes_of
from segstudio.errors import EditError

SHAPES = array_shapes(min_dims=3, max_dims=3, max_side=7)
LABELS = arrays(np.uint8, SHAPES, elements=st.integers(0, 4))
HOWS = st.sampled_from(["add", "subtract", "intersect"])
SPACING = (2.0, 1.0, 0.7)


def done(labels, edit):
    after = labels.copy()
    if edit is not None:
        after[edit.box] = edit.after
    return after


@given(LABELS, st.dictionaries(st.integers(0, 6), st.integers(0, 6)))
def test_every_voxel_goes_where_the_mapping_says_all_at_once(labels, mapping):
    after = done(labels, relabel(labels, mapping))
    assert after.ravel().tolist() == [mapping.get(value, value) for value in labels.ravel().tolist()]


def test_merging_changes_nothing_outside_the_box_of_what_is_merged():
    labels = np.zeros((9, 9, 9), np.uint8)
    labels[2:4, 3:5, 4:6], labels[8, 8, 8] = 1, 2
    edit = relabel(labels, {1: 2, 5: 7}, name="merge classes")
    assert edit.box == (slice(2, 4), slice(3, 5), slice(4, 6))
    assert edit.name == "merge classes"


def test_a_value_that_does_not_fit_is_refused_with_words():
    with pytest.raises(EditError, match="300"):
        relabel(np.ones((2, 2, 2), np.uint8), {1: 300})


@settings(deadline=None)
@given(LABELS, HOWS, st.booleans(), st.sampled_from([0.0, 1.0, 2.1]))
def test_a_class_changes_by_the_shapes_of_others(labels, how, filled, margin):
    after = done(labels, logic(labels, 1, how, [2, 3], SPACING, margin_mm=margin, filled=filled))
    shape = np.isin(labels, [2, 3])
    if filled and shape.any():
        outside, _ = ndimage.label(np.pad(~shape, 1, constant_values=True))
        shape = (outside != outside[0, 0, 0])[1:-1, 1:-1, 1:-1]
    if margin and shape.any():
        shape = ndimage.distance_transform_edt(~shape, sampling=SPACING) <= margin + 1e-6
    free = np.isin(labels, [0, 2, 3])
    wanted = {
        "add": np.where(shape & free, 1, labels),
        "subtract": np.where(shape & (labels == 1), 0, labels),
        "intersect": np.where(~shape & (labels == 1), 0, labels),
    }
    assert (after == wanted[how]).all()


@given(LABELS, HOWS)
def test_a_shape_given_as_voxels_does_the_same(labels, how):
    given = done(labels, combine(labels, 1, how, shapes_of(labels, [2], SPACING), over=(0, 2), into=6))
    assert (given == done(labels, logic(labels, 1, how, [2], SPACING, filled=False, into=6))).all()


def test_vessels_outside_an_organ_go_and_those_inside_stay():
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[5:15, 5:15, 5:15] = 2
    labels[8:12, 8:12, 0:20] = 1
    after = done(labels, logic(labels, 1, "intersect", [2], (1, 1, 1)))
    assert (after[:, :, :5] == 0).all()
    assert after[10, 10, 10] == 0  # a tunnel right through is outside the organ
    labels[8:12, 8:12, [5, 14]] = 2
    after = done(labels, logic(labels, 1, "intersect", [2], (1, 1, 1)))
    assert (after[8:12, 8:12, 6:14] == 1).all()
    assert (after == 1).sum() == 4 * 4 * 8
