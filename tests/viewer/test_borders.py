"""Lines where classes of a slice end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segstudio.viewer.panes.borders import borders_of

SLICES = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3))


def sides(lines):
    """Each line cut into the sides of single voxels, as the two places (row, column) beside it."""
    for (row, column), (last_row, last_column) in lines:
        if row == last_row:
            for at in np.arange(column + 0.5, last_column):
                yield (row - 0.5, at), (row + 0.5, at)
        else:
            for at in np.arange(row + 0.5, last_row):
                yield (at, column - 0.5), (at, column + 0.5)


def at(labels, place):
    row, column = round(place[0]), round(place[1])
    return labels[row, column] if 0 <= row < labels.shape[0] and 0 <= column < labels.shape[1] else 0


@given(labels=SLICES)
def test_each_line_has_its_class_on_one_side_only_and_no_border_is_left_out(labels):
    found = borders_of(labels)
    padded = np.pad(labels, 1)
    assert set(found) == set(np.unique(labels)) - {0}
    for value, lines in found.items():
        beside = list(sides(lines))
        assert all((at(labels, one) == value) != (at(labels, other) == value) for one, other in beside)
        inside = padded == value
        count = (inside[1:] != inside[:-1]).sum() + (inside[:, 1:] != inside[:, :-1]).sum()
        assert len(beside) == len(set(beside)) == count


def test_a_rectangle_has_four_lines_along_the_sides_of_its_voxels():
    labels = np.zeros((8, 9), np.uint8)
    labels[2:5, 3:7] = 4
    (lines,) = borders_of(labels).values()
    corners = {tuple(map(float, end)) for line in lines for end in line}
    assert len(lines) == 4
    assert corners == {(1.5, 2.5), (1.5, 6.5), (4.5, 2.5), (4.5, 6.5)}


@pytest.mark.parametrize("shape", [(1, 1), (5, 4)])
def test_where_nothing_is_there_are_no_lines(shape):
    assert borders_of(np.zeros(shape, np.uint16)) == {}
