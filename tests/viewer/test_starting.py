"""Where a reader looks first: at the mask, where there is one."""

from __future__ import annotations

import numpy as np
import pytest

from segstudio.viewer.starting import where_to_look


@pytest.mark.parametrize("turned", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_it_is_deep_in_the_largest_piece(turned):
    labels = np.zeros((20, 24, 28), np.uint8)
    labels[2:5, 2:5, 2:5] = 2
    labels[10:19, 11:20, 12:21] = 1
    voxel = where_to_look(labels.transpose(turned))
    middle = np.array([14, 15, 16])[list(turned)]
    assert np.abs(np.array(voxel) - middle).max() <= 4
    assert labels.transpose(turned)[voxel] == 1


def test_it_is_inside_a_ring_and_not_in_its_hole():
    labels = np.zeros((3, 30, 30), np.uint8)
    labels[1, 5:25, 5:25] = 1
    labels[1, 9:21, 9:21] = 0
    assert labels[where_to_look(labels)] == 1


def test_an_empty_mask_has_no_such_place():
    assert where_to_look(np.zeros((3, 4, 5), np.uint16)) is None
