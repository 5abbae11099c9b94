"""Whole masks are compared class by class, wherever in the grid the classes lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segstudio.errors import GeometryError
from segstudio.imaging import Geometry
from segstudio.measure import Scores, average, compare, overlap, surface_distance

SPACING = (2.5, 0.5, 0.8)


def grid(shape, spacing=SPACING):
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, ::-1] * spacing
    return Geometry(shape, affine)


@settings(deadline=None)
@given(st.tuples(*[arrays(np.uint8, (4, 5, 6), elements=st.integers(0, 3))] * 2))
def test_each_class_scores_as_it_would_on_the_whole_grid(masks):
    found = compare(*masks, grid((4, 5, 6)), [1, 2, 3])
    for value, scores in found.items():
        drawn, wanted = (mask == value for mask in masks)
        apart = surface_distance(drawn, wanted, grid((4, 5, 6)).spacing)
        assert scores.dice == overlap(drawn, wanted).dice
        assert scores.hd95_mm == pytest.approx(apart and apart.hd95_mm)
        assert scores.assd_mm == pytest.approx(apart and apart.assd_mm)


def test_a_mask_on_one_slice_of_several_is_all_surface():
    flat, dot = np.zeros((2, 5, 9, 9), np.uint8)
    flat[2, 2:7, 2:7] = 1
    dot[2, 4, 4] = 1
    whole = surface_distance(flat == 1, dot == 1, grid(flat.shape).spacing)
    assert compare(flat, dot, grid(flat.shape), [1])[1].assd_mm == pytest.approx(whole.assd_mm)


def test_volumes_are_millilitres_drawn_and_millilitres_there():
    labels, reference = np.zeros((2, 10, 10, 10), np.uint8)
    labels[:5] = 1
    reference[:] = 1
    found = compare(labels, reference, grid((10, 10, 10)), [1])[1]
    assert found.volume_ml == pytest.approx(0.5)
    assert found.reference_ml == pytest.approx(1.0)


def test_a_class_that_nobody_has_is_there_with_nothing_to_say():
    nothing = np.zeros((3, 3, 3), np.uint8)
    assert compare(nothing, nothing, grid((3, 3, 3)), [7])[7] == Scores(None, None, None, None, None, None, 0.0, 0.0)


def test_values_above_255_are_classes_too():
    labels = np.full((3, 3, 3), 4000, np.uint16)
    assert compare(labels, labels, grid((3, 3, 3)), [4000])[4000].dice == 1


def test_masks_of_two_shapes_are_refused():
    with pytest.raises(GeometryError, match="does not lie on a grid"):
        compare(np.zeros((3, 3, 3), np.uint8), np.zeros((3, 3, 4), np.uint8), grid((3, 3, 3)), [1])


def test_the_average_leaves_out_what_is_no_number():
    one = Scores(0.8, 0.6, 0.9, 0.7, 2.0, 1.0, 3.0, 4.0)
    missed = Scores(0.0, 0.0, None, 0.0, None, None, 0.0, 4.0)
    assert average([one, missed]) == Scores(0.4, 0.3, 0.9, 0.35, 2.0, 1.0, 1.5, 4.0)


def test_the_average_of_nothing_says_nothing():
    assert average([]).dice is None
