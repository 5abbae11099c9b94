"""Differences are connected places, each once, the largest first; overlap is that of the classes' voxels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from segstudio.errors import Stopped
from segstudio.measure import overlap
from segstudio.measure.differences import KINDS, difference_map, differences, overlaps


@st.composite
def two_masks(draw):
    shape = draw(array_shapes(min_dims=3, max_dims=3, max_side=6))
    masks = arrays(np.uint8, shape, elements=st.integers(0, 2))
    return draw(masks), draw(masks)


@given(two_masks())
def test_the_map_tells_added_removed_and_changed_apart(masks):
    labels, other = masks
    kinds = difference_map(labels, other)
    assert ((kinds > 0) == (labels != other)).all()
    assert ((kinds == 1) == ((labels > 0) & (other == 0))).all()
    assert ((kinds == 2) == ((labels == 0) & (other > 0))).all()


@given(two_masks())
def test_places_are_the_connected_pieces_of_each_kind(masks):
    labels, other = masks
    kinds = difference_map(labels, other)
    wanted = []
    for kind, name in enumerate(KINDS, 1):
        pieces, count = ndimage.label(kinds == kind, np.ones((3, 3, 3)))
        wanted += [(name, float(size)) for size in np.bincount(pieces.ravel(), minlength=count + 1)[1:]]
    found = differences(labels, other, kinds, 1.0)
    assert sorted((each.kind, each.ml) for each in found) == sorted(wanted)
    assert [each.ml for each in found] == sorted((each.ml for each in found), reverse=True)


@given(two_masks())
def test_each_place_names_a_voxel_of_its_own_and_the_classes_there(masks):
    labels, other = masks
    kinds = difference_map(labels, other)
    found = differences(labels, other, kinds, 0.001)
    assert len({each.voxel for each in found}) == len(found)
    for each in found:
        assert (each.before, each.now) == (other[each.voxel], labels[each.voxel])
        assert KINDS[kinds[each.voxel] - 1] == each.kind


def test_the_voxel_lies_in_the_middle_of_its_place():
    labels = np.zeros((20, 30, 40), np.uint8)
    labels[5:12, 10:21, 8:31] = 3
    (place,) = differences(labels, np.zeros_like(labels), difference_map(labels, np.zeros_like(labels)), 0.002)
    assert place.voxel == (8, 15, 19)
    assert place.ml == pytest.approx(7 * 11 * 23 * 0.002)


@given(two_masks())
def test_overlaps_are_those_of_the_single_classes(masks):
    labels, other = masks
    found = overlaps(labels, other)
    assert set(found) == ({*np.unique(labels)} | {*np.unique(other)}) - {0}
    assert all(each == overlap(labels == value, other == value) for value, each in found.items())


def test_it_can_be_stopped():
    labels = np.ones((3, 3, 3), np.uint8)
    kinds = difference_map(labels, np.zeros_like(labels))
    with pytest.raises(Stopped):
        overlaps(labels, labels, stop=lambda: True)
    with pytest.raises(Stopped):
        differences(labels, np.zeros_like(labels), kinds, 1.0, stop=lambda: True)
