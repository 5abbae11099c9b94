"""A reference that was saved a voxel beside its place is told from one that is merely drawn otherwise."""

from itertools import product

import numpy as np
import pytest
from scipy import ndimage

from segstudio.measure import aside


@pytest.fixture
def mask():
    """Two classes, a few voxels thick."""
    labels = np.zeros((14, 22, 16), np.uint8)
    labels[4:10, 4:10, 5:10] = 1
    labels[4:10, 10:16, 5:10] = 2
    return labels


@pytest.mark.parametrize("step", [step for step in product((-1, 0, 1), repeat=3) if any(step)])
def test_the_step_that_brings_a_reference_back_is_found(mask, step):
    found = aside(mask, np.roll(mask, [-by for by in step], axis=(0, 1, 2)))
    assert found is not None
    assert found.step == step
    assert found.moved == 1 > found.dice


def test_it_is_found_at_the_border_of_a_scan_too(mask):
    cut = mask[4:]
    found = aside(cut, np.roll(cut, 1, axis=0))
    assert found is not None
    assert found.step == (-1, 0, 0)


def test_a_mask_in_its_place_is_not_aside(mask):
    assert aside(mask, mask) is None


def test_a_mask_that_is_only_larger_is_not_aside(mask):
    assert aside(mask, ndimage.grey_dilation(mask, size=3)) is None
    assert aside(ndimage.grey_dilation(mask, size=3), mask) is None


def test_what_leaves_the_scan_does_not_make_a_step_look_better():
    drawn, wanted = np.zeros((10, 8, 8), np.uint8), np.zeros((10, 8, 8), np.uint8)
    drawn[:5], wanted[:] = 1, 1
    assert aside(drawn, wanted) is None


def test_voxels_of_another_class_do_not_make_a_step_look_better(mask):
    other = np.where(mask > 0, 3 - mask, 0)
    assert aside(mask, np.roll(other, 1, axis=0)) is None


def test_masks_that_lie_apart_are_not_aside_for_a_voxel_more(mask):
    assert aside(mask, np.roll(mask, 5, axis=0)) is None


def test_empty_masks_lie_nowhere(mask):
    assert aside(np.zeros_like(mask), np.zeros_like(mask)) is None
    assert aside(np.zeros_like(mask), mask) is None
