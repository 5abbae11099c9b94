"""Surface distances agree with brute force and with shapes whose distance is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segstudio.measure import surface, surface_distance

SHAPES = st.tuples(*[st.integers(1, 5)] * 3)
SPACINGS = st.tuples(*[st.sampled_from([0.3, 0.7, 1.0, 2.5, 5.0])] * 3)


def outline(mask):
    """Surface voxels, one by one, by the definition."""
    found = []
    for voxel in np.argwhere(mask):
        for axis in (axis for axis in range(3) if mask.shape[axis] > 1):
            for step in (-1, 1):
                beside = voxel.copy()
                beside[axis] += step
                outside = not 0 <= beside[axis] < mask.shape[axis] or not mask[tuple(beside)]
                if outside:
                    found.append(tuple(int(each) for each in voxel))
    return set(found)


def brute(drawn, reference, spacing):
    one, other = (np.array(sorted(outline(mask))) * np.array(spacing) for mask in (drawn, reference))
    apart = np.linalg.norm(one[:, None] - other[None], axis=2)
    there, back = apart.min(axis=1), apart.min(axis=0)
    return max(np.percentile(there, 95), np.percentile(back, 95)), np.concatenate([there, back]).mean()


def cube(start, side=6, shape=(20, 20, 20)):
    mask = np.zeros(shape, bool)
    mask[tuple(slice(begin, begin + side) for begin in start)] = True
    return mask


def ball(radius_mm, spacing, shape=(41, 41, 41)):
    middle = (np.array(shape) - 1) / 2
    squares = [((np.arange(n) - m) * mm) ** 2 for n, m, mm in zip(shape, middle, spacing, strict=True)]
    return squares[0][:, None, None] + squares[1][:, None] + squares[2] <= radius_mm**2


@given(SHAPES.flatmap(lambda shape: arrays(bool, shape)))
def test_the_surface_is_what_has_a_neighbour_outside(mask):
    assert {tuple(int(i) for i in each) for each in np.argwhere(surface(mask))} == outline(mask)


@settings(deadline=None)
@given(SHAPES.flatmap(lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape))), SPACINGS)
def test_distances_are_those_of_every_pair_of_surface_voxels(masks, spacing):
    found = surface_distance(*masks, spacing)
    if not all(outline(mask) for mask in masks):
        assert found is None
        return
    hd95, assd = brute(*masks, spacing)
    assert found.hd95_mm == pytest.approx(hd95, abs=1e-9)
    assert found.assd_mm == pytest.approx(assd, abs=1e-9)


def test_equal_masks_are_no_distance_apart():
    found = surface_distance(cube((2, 2, 2)), cube((2, 2, 2)), (3, 1, 1))
    assert (found.hd95_mm, found.assd_mm) == (0, 0)


@pytest.mark.parametrize(("axis", "mm"), [(0, 5.0), (1, 0.7), (2, 0.8)])
def test_a_cube_moved_along_an_axis_is_that_axis_s_millimetres_away(axis, mm):
    moved = [2, 2, 2]
    moved[axis] += 3
    found = surface_distance(cube((2, 2, 2)), cube(moved), (5.0, 0.7, 0.8))
    assert found.hd95_mm == pytest.approx(brute(cube((2, 2, 2)), cube(moved), (5.0, 0.7, 0.8))[0])
    assert found.hd95_mm <= 3 * mm + 1e-9


def test_concentric_balls_are_the_difference_of_their_radii_apart():
    spacing = (1.0, 0.5, 0.5)
    found = surface_distance(ball(9, spacing), ball(6, spacing), spacing)
    assert found.hd95_mm == pytest.approx(3, abs=0.8)
    assert found.assd_mm == pytest.approx(3, abs=0.5)


def test_one_far_speck_does_not_move_the_95th_percentile():
    clean, speckled = cube((2, 2, 2)), cube((2, 2, 2))
    speckled[18, 18, 18] = True
    assert surface_distance(speckled, clean, (1, 1, 1)).hd95_mm == 0


def test_which_mask_comes_first_does_not_matter():
    one, other = cube((2, 2, 2)), cube((3, 4, 2), side=8)
    there, back = (surface_distance(*pair, (2, 1, 1)) for pair in ((one, other), (other, one)))
    assert (there.hd95_mm, there.assd_mm) == pytest.approx((back.hd95_mm, back.assd_mm))


def test_a_mask_without_a_voxel_has_no_distance():
    assert surface_distance(np.zeros((3, 3, 3), bool), np.ones((3, 3, 3), bool), (1, 1, 1)) is None


def test_a_mask_on_the_only_slice_has_an_outline():
    slice_of = np.ones((1, 5, 5), bool)
    assert surface(slice_of).sum() == 16
