"""World positions, not arrays, decide whether a grid is right."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.errors import GeometryError
from segstudio.imaging import CANONICAL, Geometry, Reorientation

ORIENTATIONS = [(axes, signs) for axes in permutations(range(3)) for signs in product((1, -1), repeat=3)]
SPACING = (5.0, 0.7, 0.8)
SHAPE = (3, 4, 5)


def oriented(axes, signs, shape=SHAPE):
    affine = np.eye(4)
    affine[:3, :3] = 0
    for column, (axis, sign, mm) in enumerate(zip(axes, signs, SPACING, strict=True)):
        affine[axis, column] = sign * mm
    affine[:3, 3] = (11.0, -7.0, 300.0)
    return Geometry(shape, affine)


def rotated(geometry, vector):
    """The same grid turned in space by a rotation vector in radians."""
    angle = np.linalg.norm(vector)
    x, y, z = vector / angle if angle else (1.0, 0.0, 0.0)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(4)
    turn[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return Geometry(geometry.shape, turn @ geometry.affine)


@st.composite
def grids(draw):
    axes, signs = draw(st.sampled_from(ORIENTATIONS))
    shape = tuple(draw(st.integers(1, 6)) for _ in range(3))
    vector = np.array([draw(st.floats(-0.7, 0.7)) for _ in range(3)])
    return rotated(oriented(axes, signs, shape), vector)


@st.composite
def grids_and_boxes(draw):
    geometry = draw(grids())
    sides = []
    for side in geometry.shape:
        start = draw(st.integers(0, side - 1))
        sides.append(slice(start, draw(st.integers(start + 1, side))))
    return geometry, tuple(sides)


targets = st.sampled_from([CANONICAL, *("".join(each) for each in product("LR", "PA", "SI")), "ASL", "IRP", "RAS"])


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_spacing_belongs_to_array_axes_in_every_orientation(axes, signs):
    assert oriented(axes, signs).spacing == pytest.approx(SPACING)


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_every_orientation_is_named_by_where_its_axes_point(axes, signs):
    names = "".join("LPS"[axis] if sign > 0 else "RAI"[axis] for axis, sign in zip(axes, signs, strict=True))
    assert oriented(axes, signs).orientation == names
    assert oriented(axes, signs).oblique_degrees == pytest.approx(0)


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_every_orientation_becomes_canonical_and_back(axes, signs):
    geometry = oriented(axes, signs)
    array = np.arange(60).reshape(geometry.shape)
    change = Reorientation.to(geometry)
    assert change.geometry(geometry).orientation == CANONICAL
    assert change.apply(array).shape == change.geometry(geometry).shape
    assert (change.undo(change.apply(array)) == array).all()


def test_a_usual_axial_scan_points_to_head_back_and_left():
    assert oriented((2, 1, 0), (1, 1, 1)).orientation == "SPL"


def test_an_oblique_scan_is_named_after_the_nearest_axes_and_tells_its_angle():
    tilted = rotated(oriented((2, 1, 0), (1, 1, 1)), np.radians(20) * np.array([1.0, 0.0, 0.0]))
    assert tilted.orientation == "SPL"
    assert tilted.oblique_degrees == pytest.approx(20)


def test_each_patient_axis_is_taken_once_however_oblique_the_scan():
    for degrees in (44, 45, 46):
        geometry = rotated(oriented((2, 1, 0), (1, 1, 1)), np.radians(degrees) * np.ones(3) / np.sqrt(3))
        assert sorted("LRPASI".index(letter) // 2 for letter in geometry.orientation) == [0, 1, 2]


@given(grids(), st.lists(st.floats(-500, 500), min_size=3, max_size=3))
def test_world_and_index_undo_each_other(geometry, point):
    index = np.array([point])
    assert geometry.to_index(geometry.to_world(index)) == pytest.approx(index, abs=1e-6)


@given(grids(), targets)
def test_reorienting_moves_no_voxel_in_the_patient(geometry, target):
    change = Reorientation.to(geometry, target)
    index = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"))
    before = geometry.to_world(index.reshape(3, -1).T.astype(float))
    moved = change.apply(index)
    after = change.geometry(geometry)
    where = np.stack(np.meshgrid(*map(np.arange, after.shape), indexing="ij")).reshape(3, -1).T.astype(float)
    came_from = np.ravel_multi_index(tuple(moved.reshape(3, -1)), geometry.shape)
    assert after.to_world(where) == pytest.approx(before[came_from], abs=1e-9)


@given(grids(), targets)
def test_undo_takes_back_apply_with_channels_in_front(geometry, target):
    change = Reorientation.to(geometry, target)
    array = np.random.default_rng(1).integers(0, 99, (2, 3, *geometry.shape))
    assert (change.undo(change.apply(array)) == array).all()


@given(grids_and_boxes(), targets)
def test_a_box_holds_the_same_voxels_after_reorienting(both, target):
    geometry, box = both
    change = Reorientation.to(geometry, target)
    array = np.arange(np.prod(geometry.shape)).reshape(geometry.shape)
    inside = change.apply(array)[change.box(box, geometry.shape)]
    assert sorted(inside.ravel()) == sorted(array[box].ravel())


@given(grids_and_boxes())
def test_a_crop_lies_where_its_voxels_lay(both):
    geometry, box = both
    cropped = geometry.cropped(box)
    start = np.array([[side.start for side in box]], float)
    assert cropped.to_world(np.zeros((1, 3))) == pytest.approx(geometry.to_world(start))
    assert cropped.spacing == pytest.approx(geometry.spacing)


@given(grids())
def test_a_float32_header_is_the_same_space(geometry):
    rounded = Geometry(geometry.shape, geometry.affine.astype(np.float32).astype(float))
    geometry.require_same_space(rounded, mine="the scan", others="its copy")


def test_the_volume_of_a_voxel_is_in_millilitres():
    assert oriented((2, 1, 0), (1, 1, 1)).voxel_ml == pytest.approx(5.0 * 0.7 * 0.8 / 1000)


def test_another_shape_or_place_is_told_in_words():
    here = oriented((2, 1, 0), (1, 1, 1))
    with pytest.raises(GeometryError, match="3×4×5 voxels, the labels has 3×4×6"):
        here.require_same_space(oriented((2, 1, 0), (1, 1, 1), (3, 4, 6)), mine="the scan", others="the labels")
    shifted = here.affine.copy()
    shifted[0, 3] += 1
    with pytest.raises(GeometryError, match="different places") as error:
        here.require_same_space(Geometry(here.shape, shifted), mine="the scan", others="the labels")
    assert error.value.hint


def test_a_tilted_gantry_is_refused_with_a_way_out():
    sheared = np.eye(4)
    sheared[1, 0] = 0.3
    with pytest.raises(GeometryError, match="sheared") as error:
        Geometry((2, 2, 2), sheared)
    assert "tilt" in error.value.hint


@pytest.mark.parametrize(
    ("shape", "affine", "words"),
    [
        ((0, 2, 2), np.eye(4), "empty"),
        ((2, 2), np.eye(4), "empty"),
        ((2, 2, 2), np.diag([1.0, 0, 1, 1]), "singular"),
        ((2, 2, 2), np.diag([1.0, np.nan, 1, 1]), "finite"),
        ((2, 2, 2), np.eye(3), "finite 4x4"),
    ],
)
def test_a_grid_that_says_nothing_is_refused(shape, affine, words):
    with pytest.raises(GeometryError, match=words):
        Geometry(shape, affine)
