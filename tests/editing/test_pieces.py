"""Parts found slab by slab are the parts of the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from segstudio.editing import pieces
from segstudio.editing.pieces import Pieces, connected
from segstudio.errors import Stopped

SHAPES = arrays(bool, array_shapes(min_dims=3, max_dims=3, max_side=7))
FLAT = arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=9))
NEIGHBOURS = {6: ndimage.generate_binary_structure(3, 1), 26: np.ones((3, 3, 3))}


@pytest.fixture(params=[1, 3, 30, 1000])
def slabs(request, monkeypatch):
    """So few voxels at a time that there are many slabs, or one."""
    monkeypatch.setattr(pieces, "_AT_ONCE", request.param)


def same_parts(found, numbers):
    """Whether two numberings of one shape part it alike."""
    pairs = set(zip(found.ravel().tolist(), numbers.ravel().tolist(), strict=True))
    return len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})


@pytest.mark.usefixtures("slabs")
@pytest.mark.parametrize("connectivity", [6, 26])
@given(where=SHAPES)
def test_parts_sizes_and_boxes_are_those_of_the_whole(connectivity, where):
    found = Pieces.of(where, connectivity)
    numbers, count = ndimage.label(where, NEIGHBOURS[connectivity])
    assert found.count == count
    mine = np.zeros(where.shape, int)
    for number, box in enumerate(found.boxes()[1:], 1):
        there = found.where(np.arange(count + 1) == number)
        mine[there] = number
        sides = tuple(slice(first, last + 1) for first, last in box)
        assert (found.one(number, sides) == there[sides]).all()
        assert there[sides].sum() == there.sum() == found.voxels[number]
        assert sides in ndimage.find_objects(numbers)
    assert same_parts(mine, numbers)


@pytest.mark.usefixtures("slabs")
@given(where=SHAPES)
def test_open_is_what_reaches_the_border(where):
    found = Pieces.of(where, 6)
    middle = found.where(~found.open())
    inner = np.zeros_like(where)
    inner[1:-1, 1:-1, 1:-1] = where[1:-1, 1:-1, 1:-1]
    numbers, _ = ndimage.label(where, NEIGHBOURS[6])
    at_border = np.unique(numbers[where & ~inner])
    assert (middle & where == where & ~np.isin(numbers, at_border)).all()


@pytest.mark.parametrize(("connectivity", "corners"), [(4, False), (8, True)])
@given(where=FLAT)
def test_parts_on_a_slice_are_those_of_scipy(connectivity, corners, where):
    numbers, _ = ndimage.label(where, np.ones((3, 3)) if corners else None)
    assert same_parts(connected(where, connectivity), numbers)


def test_stopping_ends_the_search():
    with pytest.raises(Stopped):
        Pieces.of(np.ones((3, 3, 3), bool), 6, stop=lambda: True)
