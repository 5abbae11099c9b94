import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.editing.coarse import MOST, factors_for, refined, thinned, thinned_seeds, told
from segstudio.editing.compete import compete
from segstudio.editing.grow import grow
from segstudio.editing.seeds import OPEN, Seeds
from segstudio.errors import EditError, Stopped

MM = (3.0, 1.0, 1.0)


def two_organs(shape=(12, 40, 48), noise=8.0):
    """Two touching organs, classes 1 and 2, of different brightness on a dark ground."""
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    away = ((z - shape[0] / 2) * 3) ** 2 + (y - shape[1] / 2) ** 2
    truth = np.zeros(shape, np.uint8)
    truth[(away + (x - 16) ** 2 < 120)] = 1
    truth[(away + (x - 32) ** 2 < 100) & (truth == 0)] = 2
    image = np.array([0.0, 100.0, 180.0])[truth] + np.random.default_rng(1).normal(0, noise, shape)
    return image.astype(np.float32), truth


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def scribble(seeds, where, value):
    full = tuple(slice(0, side) for side in where.shape)
    return seeds.adding(full, where, value)


def line(shape, z, y, x):
    where = np.zeros(shape, bool)
    where[z, y, x] = True
    return where


def scribbles(shape):
    seeds = scribble(Seeds.none(), line(shape, 6, 20, slice(12, 19)), 1)
    seeds = scribble(seeds, line(shape, 6, 20, slice(30, 35)), 2)
    return scribble(seeds, line(shape, 6, 2, slice(2, 46)), 0)


def applied(labels, edit):
    after = labels.copy()
    after[edit.box] = edit.after
    return after


def test_classes_meet_where_the_brightness_changes():
    image, truth = two_organs()
    labels = np.zeros_like(truth)
    after = applied(labels, grow(labels, image, scribbles(truth.shape), MM))
    assert dice(after == 1, truth == 1) > 0.93
    assert dice(after == 2, truth == 2) > 0.93
    assert not labels.any()


def test_a_lone_class_grows_over_what_looks_like_its_scribble():
    image, truth = two_organs(noise=4.0)
    seeds = scribble(Seeds.none(), line(truth.shape, 6, 20, slice(10, 20)), 7)
    labels = np.zeros_like(truth)
    after = applied(labels, grow(labels, image, seeds, MM))
    assert dice(after == 7, truth == 1) > 0.9


def test_a_lone_class_grows_on_to_where_it_ends():
    image = np.zeros((3, 30, 400), np.float32)
    image[:, 10:20, 10:390] = 100
    seeds = scribble(Seeds.none(), line(image.shape, 1, 15, slice(20, 30)), 3)
    labels = np.zeros(image.shape, np.uint8)
    assert dice(applied(labels, grow(labels, image, seeds, (1, 1, 1))) == 3, image > 50) > 0.98


def test_a_lone_class_keeps_what_it_had():
    image, truth = two_organs(noise=4.0)
    seeds = scribble(Seeds.none(), line(truth.shape, 6, 20, slice(10, 20)), 7)
    labels = np.zeros_like(truth)
    labels[6, 2:5, 2:5] = 7
    after = applied(labels, grow(labels, image, seeds, MM))
    assert (after[labels == 7] == 7).all()


def test_other_classes_stay_unless_they_may_be_written_over():
    image, truth = two_organs()
    labels = np.zeros_like(truth)
    labels[:, 18:22] = 9
    after = applied(labels, grow(labels, image, scribbles(truth.shape), MM))
    assert ((after == 9) == (labels == 9)).all()
    for over in ({0, 9}, None):
        after = applied(labels, grow(labels, image, scribbles(truth.shape), MM, over=over))
        assert not (after[6, 20, 12:19] == 9).any()
        assert (after[6, 20, :4] == labels[6, 20, :4]).all()


def test_a_large_box_is_worked_on_coarser_and_still_right():
    image, truth = two_organs(noise=2.0)
    image, truth = (np.repeat(np.repeat(each, 5, axis=1), 5, axis=2) for each in (image, truth))
    where = np.repeat(np.repeat(scribbles((12, 40, 48)).drawn((slice(0, 12), slice(0, 40), slice(0, 48))), 5, 1), 5, 2)
    seeds = Seeds.none()
    for value in (0, 1, 2):
        seeds = scribble(seeds, where == value, value)
    said = []
    labels = np.zeros_like(truth)
    everywhere = tuple(slice(0, side) for side in truth.shape)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factors_for, "__defaults__", (60_000,))
        edit = grow(labels, image, seeds, (3.0, 0.2, 0.2), box=everywhere, progress=lambda _, what: said.append(what))
    assert "the box is large" in said[0]
    assert dice(applied(labels, edit) == 1, truth == 1) > 0.9


def test_scribbles_keep_their_class():
    image, truth = two_organs()
    seeds = scribble(scribbles(truth.shape), line(truth.shape, 6, 20, slice(30, 33)), 1)
    after = applied(np.zeros_like(truth), grow(np.zeros_like(truth), image, seeds, MM))
    assert (after[6, 20, 30:33] == 1).all()


def test_without_a_scribble_it_says_what_to_do():
    with pytest.raises(EditError, match="no scribble") as error:
        grow(np.zeros((3, 3, 3), np.uint8), np.zeros((3, 3, 3)), Seeds.none(), MM)
    assert "background" in error.value.hint


def test_background_alone_does_not_grow():
    seeds = scribble(Seeds.none(), np.ones((1, 2, 2), bool), 0)
    with pytest.raises(EditError, match="only background"):
        grow(np.zeros((1, 2, 2), np.uint8), np.zeros((1, 2, 2)), seeds, MM)


def test_growing_can_be_stopped():
    image, truth = two_organs()
    asked = iter([False, False, False, True])
    with pytest.raises(Stopped):
        grow(np.zeros_like(truth), image, scribbles(truth.shape), MM, stop=lambda: next(asked))


def test_a_single_slice_is_enough():
    image, truth = two_organs()
    image, truth = image[6:7], truth[6:7]
    seeds = scribble(Seeds.none(), line(truth.shape, 0, 20, slice(12, 19)), 1)
    seeds = scribble(seeds, line(truth.shape, 0, 2, slice(2, 46)), 0)
    seeds = scribble(seeds, line(truth.shape, 0, 20, slice(30, 34)), 2)
    after = applied(np.zeros_like(truth), grow(np.zeros_like(truth), image, seeds, MM))
    assert dice(after == 1, truth == 1) > 0.93


def test_the_later_stroke_counts_and_the_eraser_rubs_out():
    box = (slice(1, 2), slice(1, 2), slice(1, 4))
    seeds = Seeds.none().adding(box, np.ones((1, 1, 3), bool), 2).adding(box, np.array([[[True, False, False]]]), 0)
    seeds = seeds.adding(box, np.array([[[False, True, False]]]), OPEN)
    assert seeds.drawn((slice(1, 2), slice(1, 2), slice(0, 5))).tolist() == [[[OPEN, 0, OPEN, 2, OPEN]]]
    assert seeds.classes == {0, 2}
    assert seeds.box((3, 3, 8), (1, 1, 1), 0) == box


@given(
    shape=st.tuples(*[st.integers(1, 700)] * 3),
    spacing=st.tuples(*[st.floats(0.2, 6)] * 3),
    most=st.sampled_from([1000, 100_000, MOST]),
)
def test_a_coarser_grid_has_no_more_voxels_than_asked(shape, spacing, most):
    factors = factors_for(shape, spacing, most)
    assert np.prod([-(-side // by) for side, by in zip(shape, factors, strict=True)]) <= most
    assert (factors == (1, 1, 1)) == (np.prod(shape) <= most)
    assert bool(told(factors)) == (factors != (1, 1, 1))


@given(shape=st.tuples(*[st.integers(1, 9)] * 3), factors=st.tuples(*[st.integers(1, 3)] * 3), seed=st.integers(0, 99))
@settings(max_examples=60)
def test_there_and_back_over_a_coarser_grid_keeps_shape_mean_and_seeds(shape, factors, seed):
    rng = np.random.default_rng(seed)
    image = rng.normal(size=shape)
    seeds = rng.integers(-1, 3, shape).astype(np.int32)
    small = thinned(image, factors)
    assert small.shape == thinned_seeds(seeds, factors).shape
    assert image.min() - 1e-6 <= small.min() <= small.max() <= image.max() + 1e-6
    again = refined(np.full(small.shape, 4, np.int32), factors, seeds)
    assert (again == np.where(seeds == OPEN, 4, seeds)).all()


@given(seed=st.integers(0, 1000), mm=st.tuples(*[st.floats(0.5, 5)] * 3))
@settings(max_examples=30)
def test_on_an_even_picture_each_voxel_goes_to_a_nearest_seed_in_millimetres(seed, mm):
    shape = (5, 6, 7)
    rng = np.random.default_rng(seed)
    seeds = np.full(shape, OPEN, np.int32)
    at = [tuple(rng.integers(0, shape)) for _ in range(3)]
    for value, place in enumerate(at):
        seeds[place] = value
    found = compete(np.zeros(shape, np.float32), seeds, mm)
    grid = np.indices(shape)
    steps = [sum(abs(grid[axis] - place[axis]) * mm[axis] for axis in range(3)) for place in at]
    steps = [np.where((seeds == value).any(), each, np.inf) for value, each in enumerate(steps)]
    assert np.choose(found, steps) == pytest.approx(np.min(steps, axis=0), rel=1e-4)
