"""Surfaces are closed, lie where the mask's border lies in millimetres, and have no more faces than asked for."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from segstudio.errors import Stopped
from segstudio.imaging import Geometry
from segstudio.measure.mesh import class_boxes, mesh_of

SPACINGS = [(1.0, 1.0, 1.0), (3.0, 0.7, 0.7), (0.8, 0.8, 2.5)]
MASKS = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.integers(0, 2))


def ball(spacing, radius=15.0, value=1):
    side = [int(2 * radius / mm) + 5 for mm in spacing]
    centre = (np.array(side) - 1) / 2
    away = np.linalg.norm((np.indices(side).reshape(3, -1).T - centre) * spacing, axis=1)
    return np.where(away.reshape(side) <= radius, value, 0).astype(np.uint8)


def sides_of(mesh):
    one, two, three = mesh.faces.T
    return np.concatenate([np.stack(pair, 1) for pair in ((one, two), (two, three), (three, one))])


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_balls_surface_holds_the_balls_volume_in_millilitres(spacing):
    labels = ball(spacing)
    assert mesh_of(labels, 1, spacing).volume_ml == pytest.approx(labels.sum() * np.prod(spacing) / 1000, rel=0.02)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_balls_surface_lies_where_the_ball_ends_in_millimetres(spacing):
    labels = ball(spacing)
    middle = (np.array(labels.shape) - 1) / 2 * spacing
    away = np.linalg.norm(mesh_of(labels, 1, spacing).vertices - middle, axis=1)
    assert np.abs(away - 15).max() < max(spacing)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_smoothing_takes_the_steps_away_but_not_the_volume(spacing):
    labels = ball(spacing)
    rough, smooth = (mesh_of(labels, 1, spacing, smooth=times) for times in (0, 8))
    assert smooth.area_mm2 < rough.area_mm2
    assert smooth.volume_ml == pytest.approx(rough.volume_ml, rel=0.02)


def test_normals_point_outwards():
    mesh = mesh_of(ball((1, 1, 1)), 1, (1, 1, 1))
    outwards = mesh.vertices - mesh.vertices.mean(axis=0)
    assert ((outwards * mesh.normals()).sum(axis=1) > 0).all()


@settings(max_examples=50)
@given(MASKS, st.sampled_from([10, 60_000]))
def test_every_surface_is_closed(labels, faces):
    for value in (1, 2):
        sides = sides_of(mesh_of(labels, value, (2, 1, 1), faces=faces))
        there, back = (np.unique(each, axis=0, return_counts=True) for each in (sides, sides[:, ::-1]))
        assert np.array_equal(there[0], back[0])
        assert np.array_equal(there[1], back[1])


@given(MASKS)
def test_every_class_that_is_there_has_a_surface_and_no_other(labels):
    present = {int(value) for value in np.unique(labels)} - {0}
    assert set(class_boxes(labels)) == present
    assert {value for value in (1, 2) if len(mesh_of(labels, value, (1, 1, 1)).faces)} == present


@given(MASKS)
def test_boxes_are_tight(labels):
    for value, box in class_boxes(labels).items():
        where = np.argwhere(labels == value)
        assert [side.start for side in box] == where.min(axis=0).tolist()
        assert [side.stop for side in box] == (where.max(axis=0) + 1).tolist()


@pytest.mark.parametrize("faces", [1000, 5000, 20000])
def test_faces_are_bounded_whatever_the_resolution(faces):
    mesh = mesh_of(ball((0.5, 0.5, 0.5)), 1, (0.5, 0.5, 0.5), faces=faces)
    assert faces / 4 < len(mesh.faces) <= 1.5 * faces
    assert mesh.volume_ml == pytest.approx(4 / 3 * np.pi * 15**3 / 1000, rel=0.1)


def test_something_thinner_than_the_cells_does_not_vanish():
    labels = np.zeros((30, 30, 30), np.uint8)
    labels[15, 2:28, 15] = 3
    assert len(mesh_of(labels, 3, (1, 1, 1), faces=30).faces)


@pytest.mark.parametrize("axes", list(permutations(range(3))))
@pytest.mark.parametrize("signs", list(product((1, -1), repeat=3)))
def test_in_the_patient_a_surface_lies_at_its_place_and_faces_outwards(axes, signs):
    labels = ball((3, 1, 1), 6.0)
    affine = np.zeros((4, 4))
    for column, (axis, sign, mm) in enumerate(zip(axes, signs, (3.0, 1.0, 1.0), strict=True)):
        affine[axis, column] = sign * mm
    affine[:, 3] = (10, -20, 30, 1)
    geometry = Geometry(labels.shape, affine)
    mesh = mesh_of(labels, 1, geometry.spacing).in_patient(geometry)
    middle = geometry.to_world((np.array(labels.shape)[None] - 1) / 2)[0]
    one, two, three = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    assert mesh.vertices.mean(axis=0) == pytest.approx(middle, abs=0.1)
    assert (np.cross(two - one, three - one) * (one - middle)).sum() > 0


def test_a_flipped_view_has_the_same_surface():
    labels = ball((2, 1, 1))
    labels[:5] = 0
    flipped = mesh_of(labels[::-1], 1, (2, 1, 1))
    mirrored = mesh_of(labels[::-1].copy(), 1, (2, 1, 1))
    assert np.array_equal(flipped.vertices, mirrored.vertices)
    assert np.array_equal(flipped.faces, mirrored.faces)


def test_it_can_be_stopped():
    with pytest.raises(Stopped):
        mesh_of(ball((1, 1, 1)), 1, (1, 1, 1), stop=lambda: True)
    with pytest.raises(Stopped):
        class_boxes(ball((1, 1, 1)), stop=lambda: True)
