import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.editing.edges import Tissue, alike, snap, tissue_at
from segstudio.editing.shapes import ball, disc
from segstudio.errors import EditError, Stopped

MM = (2.0, 1.0, 1.0)
SHAPE = (9, 60, 60)


def organ(noise=4.0, seed=0):
    """A bright ball of 14 mm radius on darker ground, its edge as soft as a scanner makes it."""
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    away = np.sqrt(((z - 4) * 2) ** 2 + (y - 30) ** 2 + (x - 30) ** 2)
    image = 40 + 60 / (1 + np.exp((away - 14) / 0.4)) + np.random.default_rng(seed).normal(0, noise, SHAPE)
    return image.astype(np.float32), away < 14


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@given(seed=st.integers(0, 50), noise=st.sampled_from([0.0, 2.0, 6.0]), left=st.integers(12, 20))
@settings(max_examples=30)
def test_over_an_edge_only_the_tissue_where_the_stroke_began_is_painted(seed, noise, left):
    image, truth = organ(noise, seed)
    at = (4, 30, left + 8)
    box, where = disc(SHAPE, MM, 0, [at], 7.0)
    tissue = tissue_at(image, box, where, at, MM)
    found = alike(image, box, where, at, tissue, MM)
    assert not (found & ~where).any()
    assert dice(found, where & truth[box]) > 0.88


def test_a_ball_stops_at_edges_in_all_directions():
    image, truth = organ()
    at = (2, 30, 38)
    box, where = ball(SHAPE, MM, [at], 8.0)
    found = alike(image, box, where, at, tissue_at(image, box, where, at, MM), MM)
    assert dice(found, where & truth[box]) > 0.9


def test_in_even_tissue_the_whole_disc_is_painted():
    image, _ = organ()
    at = (4, 30, 30)
    box, where = disc(SHAPE, MM, 0, [at], 8.0)
    found = alike(image, box, where, at, tissue_at(image, box, where, at, MM), MM)
    assert found.sum() > 0.97 * where.sum()


def test_nothing_is_painted_where_the_hand_is_on_another_tissue():
    image, _ = organ(2.0)
    box, where = disc(SHAPE, MM, 0, [(4, 30, 50)], 5.0)
    assert not alike(image, box, where, (4, 30, 50), Tissue(100.0, 2.0), MM).any()


def test_a_like_tissue_behind_another_is_not_reached():
    image = np.zeros((1, 40, 40), np.float32)
    image[:, :, 20:23] = 100
    box, where = disc((1, 40, 40), MM, 0, [(0, 20, 14)], 15.0)
    found = alike(image, box, where, (0, 20, 14), Tissue(0.0, 1.0), MM)
    columns = np.arange(box[2].start, box[2].stop)
    assert found[..., columns < 19].any()
    assert not found[..., columns >= 20].any()


def test_whole_numbers_are_tissue_as_well():
    image, truth = organ()
    at = (4, 30, 24)
    box, where = disc(SHAPE, MM, 0, [at], 8.0)
    counts = image.astype(np.int16)
    found = alike(counts, box, where, at, tissue_at(counts, box, where, at, MM), MM)
    assert dice(found, where & truth[box]) > 0.9


@pytest.mark.parametrize("noise", [0.0, 4.0, 8.0])
def test_a_border_drawn_roughly_snaps_to_the_edge(noise):
    image, truth = organ(noise)
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    rough = ((z - 4) * 2) ** 2 + (y - 31.5) ** 2 + (x - 28.5) ** 2 < 14.5**2
    labels = np.where(rough, 3, 0).astype(np.uint8)
    edit = snap(labels, image, 3, MM, reach_mm=4)
    after = labels.copy()
    after[edit.box] = edit.after
    assert dice(after == 3, truth) > max(0.96, dice(rough, truth))


def test_where_there_is_no_edge_the_border_stays_about_where_it_is():
    _, truth = organ()
    labels = truth.astype(np.uint8)
    edit = snap(labels, np.zeros(SHAPE, np.float32), 1, MM, reach_mm=3)
    after = labels.copy()
    if edit is not None:
        after[edit.box] = edit.after
    assert dice(after == 1, truth) > 0.93


def test_other_classes_keep_their_voxels():
    image, truth = organ()
    labels = truth.astype(np.uint8)
    labels[:, :, 40:] = 7
    edit = snap(labels, image, 1, MM)
    assert edit is None or ((edit.after == 7) == (edit.before == 7)).all()


def test_a_thin_class_does_not_vanish():
    labels = np.zeros((3, 20, 20), np.uint8)
    labels[1, 10, 4:16] = 2
    edit = snap(labels, np.zeros(labels.shape, np.float32), 2, MM, reach_mm=3)
    after = labels.copy()
    if edit is not None:
        after[edit.box] = edit.after
    assert (after == 2).any()


def test_a_single_slice_snaps_too():
    image, truth = organ(0.0)
    image, truth = image[4:5], truth[4:5]
    labels = np.roll(truth, 2, axis=2).astype(np.uint8)
    edit = snap(labels, image, 1, MM, reach_mm=4)
    after = labels.copy()
    after[edit.box] = edit.after
    assert dice(after == 1, truth) > 0.97


def test_a_class_without_a_voxel_is_told():
    with pytest.raises(EditError, match="no voxel"):
        snap(np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 2)), 1, MM)


def test_snapping_can_be_stopped():
    image, truth = organ()
    with pytest.raises(Stopped):
        snap(truth.astype(np.uint8), image, 1, MM, stop=lambda: True)
