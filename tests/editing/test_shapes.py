"""A shape covers the voxels whose centres lie within it, in mm, on a grid of any spacing."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from segstudio.editing.shapes import ball, disc, polygon

SHAPE = (9, 14, 17)
SPACINGS = st.tuples(*[st.floats(0.3, 6)] * 3)
POINTS = st.tuples(*[st.floats(-4, side + 3) for side in SHAPE])
PATHS = st.lists(POINTS, min_size=1, max_size=4)
RADII = st.floats(0.1, 12)


def on_grid(raster):
    covered = np.zeros(SHAPE, bool)
    if raster is not None:
        box, where = raster
        assert where.any()
        covered[box] = where
    return covered


def distance_mm(spacing, path):
    """From each voxel's centre to the path, in mm, sampled finely."""
    at = np.stack(np.indices(SHAPE), -1) * np.array(spacing)
    dense = [
        start + (end - start) * part
        for start, end in zip(np.array(path), np.array(path[1:] or path), strict=False)
        for part in np.linspace(0, 1, 80)
    ]
    return np.min([np.linalg.norm(at - point * np.array(spacing), axis=-1) for point in dense], axis=0)


@settings(deadline=None, max_examples=60)
@given(SPACINGS, POINTS, RADII)
def test_a_ball_covers_what_lies_within_its_radius_and_what_it_points_at(spacing, point, radius):
    covered = on_grid(ball(SHAPE, spacing, [point], radius))
    away = distance_mm(spacing, [point])
    assert covered[away < radius - 1e-3].all()
    centre = np.floor(np.array(point) + 0.5).astype(int)
    pointed = (np.stack(np.indices(SHAPE), -1) == centre).all(-1)
    assert not covered[(away > radius + 1e-3) & ~pointed].any()
    assert covered[pointed].all()


@settings(deadline=None, max_examples=60)
@given(SPACINGS, PATHS, st.floats(2, 12), st.integers(0, 2))
def test_a_swept_disc_covers_what_lies_near_the_path_in_its_slice(spacing, path, radius, axis):
    index = int(np.floor(path[-1][axis] + 0.5))
    covered = on_grid(disc(SHAPE, spacing, axis, path, radius))
    assume(0 <= index < SHAPE[axis])
    flat = [tuple(index if each == axis else at for each, at in enumerate(point)) for point in path]
    away = distance_mm(spacing, flat).take(index, axis)
    assert covered.any(axis=tuple({0, 1, 2} - {axis})).sum() <= 1
    assert covered.take(index, axis)[away < radius - 0.1].all()
    far = covered.take(index, axis) & (away > radius + 0.1)
    assert not far.any() or radius < max(spacing)


@settings(deadline=None, max_examples=60)
@given(SPACINGS, st.tuples(POINTS, POINTS), st.integers(0, 2))
def test_the_thinnest_stroke_has_no_gap(spacing, path, axis):
    inside = [tuple(float(np.clip(at, 0, side - 1)) for at, side in zip(p, SHAPE, strict=True)) for p in path]
    covered = on_grid(disc(SHAPE, spacing, axis, inside, 0.01))
    rows, columns = np.nonzero(covered.any(axis=axis))
    order = np.lexsort((columns, rows))
    one = {(rows[order[0]], columns[order[0]])}
    left = set(zip(rows, columns, strict=True)) - one
    while grown := {p for p in left if any(abs(p[0] - q[0]) <= 1 and abs(p[1] - q[1]) <= 1 for q in one)}:
        one |= grown
        left -= grown
    assert not left


def test_a_ball_of_4_mm_stays_in_its_slice_when_slices_are_5_mm_apart():
    box, where = ball((9, 40, 40), (5.0, 0.5, 0.5), [(4.0, 20.0, 20.0)], 4.0)
    assert np.flatnonzero(where.any(axis=(1, 2))) + box[0].start == [4]
    assert where.any(axis=(0, 1)).sum() == where.any(axis=(0, 2)).sum() == 17


@pytest.mark.parametrize("at", [(4.0, -9.0, 3.0), (40.0, 5.0, 5.0), (-3.0, 5.0, 5.0)])
def test_a_shape_beside_the_scan_covers_nothing(at):
    assert disc(SHAPE, (1, 1, 1), 0, [at], 3.0) is None
    assert at[0] < 0 or ball(SHAPE, (1, 1, 1), [at], 2.0) is None


SQUARE = np.array([[2.0, 3.0], [2.0, 8.0], [7.0, 8.0], [7.0, 3.0]])


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("corners", [SQUARE - 0.5, SQUARE[::-1] - 0.5, np.tile(SQUARE - 0.5, (2, 1))])
def test_an_outline_covers_its_inside_however_it_is_drawn(axis, corners):
    covered = on_grid(polygon(SHAPE, axis, 4, corners)).take(4, axis)
    assert covered[2:7, 3:8].all()
    assert covered.sum() == 25


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-5, 20), st.floats(-5, 20)), min_size=3, max_size=3))
def test_a_triangle_covers_the_centres_inside_it(corners):
    corners = np.array(corners)
    covered = on_grid(polygon(SHAPE, 0, 3, corners))[3]
    at = np.stack(np.indices(SHAPE[1:]), -1)
    sides = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        way, to = end - start, at - start
        sides.append(way[0] * to[..., 1] - way[1] * to[..., 0])
    assert covered[np.all(np.array(sides) > 1e-6, axis=0) | np.all(np.array(sides) < -1e-6, axis=0)].all()
    assert not covered[(np.array(sides).max(axis=0) > 1e-6) & (np.array(sides).min(axis=0) < -1e-6)].any()


def test_an_outline_off_the_scan_covers_nothing():
    assert polygon(SHAPE, 0, 3, SQUARE + 100) is None
    assert polygon(SHAPE, 0, 9, SQUARE) is None
    assert polygon(SHAPE, 0, 3, SQUARE[:2]) is None
