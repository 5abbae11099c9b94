import numpy as np
import pytest

from segstudio.editing.seeds import OPEN, Seeds
from segstudio.editing.walker import random_walk, walk
from segstudio.errors import EditError, Stopped

MM = (2.0, 1.0, 1.0)
WHOLE = (slice(0, 10), slice(0, 40), slice(0, 40))


def ball(noise):
    z, y, x = np.ogrid[:10, :40, :40]
    truth = ((z - 5) * 2) ** 2 + (y - 20) ** 2 + (x - 20) ** 2 < 64
    image = truth * 100.0 + np.random.default_rng(0).normal(0, noise, truth.shape)
    return image.astype(np.float32), truth


def scribbled():
    inner, outer = np.zeros((10, 40, 40), bool), np.zeros((10, 40, 40), bool)
    inner[5, 20, 17:24] = True
    outer[5, 5, 5:35] = True
    return Seeds.none().adding(WHOLE, inner, 4).adding(WHOLE, outer, 0)


def applied(labels, edit):
    after = labels.copy()
    after[edit.box] = edit.after
    return after


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@pytest.mark.parametrize("noise", [0.0, 5.0, 15.0])
def test_two_scribbles_find_a_ball(noise):
    image, truth = ball(noise)
    labels = np.zeros(truth.shape, np.uint8)
    edit = random_walk(labels, image, scribbled(), MM)
    assert dice(applied(labels, edit) == 4, truth) > 0.95
    assert not labels.any()


def test_between_two_seeds_on_even_ground_the_border_is_halfway_in_millimetres():
    for axis in range(3):
        shape = [1, 1, 1]
        shape[axis] = 21
        seeds = np.full(shape, OPEN, np.int32)
        seeds.reshape(-1)[0], seeds.reshape(-1)[-1] = 1, 2
        found = walk(np.zeros(shape, np.float32), seeds, MM).reshape(-1)
        assert (found[:10] == 1).all()
        assert (found[11:] == 2).all()


def test_chances_are_those_of_an_exact_solution():
    rng = np.random.default_rng(3)
    image = rng.normal(size=(2, 4, 5)).astype(np.float32)
    seeds = np.full(image.shape, OPEN, np.int32)
    seeds[0, 0, 0], seeds[1, 3, 4], seeds[0, 3, 0] = 0, 1, 2
    assert (walk(image, seeds, MM) == exact(image, seeds)).all()


def exact(image, seeds):
    from segstudio.editing.walker import _ties

    count = image.size
    number = np.arange(count).reshape(image.shape)
    matrix = np.zeros((count, count))
    for axis, tie in enumerate(_ties(image, MM, 0.5)):
        one, other = (np.moveaxis(number, axis, 0)[part].ravel() for part in (slice(None, -1), slice(1, None)))
        weight = np.moveaxis(tie, axis, 0).ravel()
        matrix[one, other] = matrix[other, one] = -weight
    np.fill_diagonal(matrix, -matrix.sum(axis=1))
    free = (seeds == OPEN).ravel()
    fixed = np.stack([(seeds == value).ravel()[~free] for value in range(3)], axis=1)
    chances = np.zeros((count, 3))
    chances[~free] = fixed
    chances[free] = np.linalg.solve(matrix[np.ix_(free, free)], -matrix[np.ix_(free, ~free)] @ fixed)
    return chances.argmax(axis=1).reshape(image.shape)


def test_a_large_box_is_solved_coarser_with_words():
    _, truth = ball(0.0)
    truth = np.repeat(np.repeat(truth, 6, axis=1), 6, axis=2)
    image = (truth * 100 + np.random.default_rng(0).normal(0, 5, truth.shape)).astype(np.float32)
    seeds = Seeds.none()
    drawn = np.repeat(np.repeat(scribbled().drawn(WHOLE), 6, axis=1), 6, axis=2)
    box = tuple(slice(0, side) for side in drawn.shape)
    for value in (0, 4):
        seeds = seeds.adding(box, drawn == value, value)
    said = []
    labels = np.zeros(truth.shape, np.uint8)
    edit = random_walk(labels, image, seeds, (2.0, 1 / 6, 1 / 6), box=box, progress=lambda _, what: said.append(what))
    assert "the box is large" in said[0]
    assert dice(applied(labels, edit) == 4, truth) > 0.95


def test_one_class_is_not_enough():
    seeds = Seeds.none().adding(WHOLE, np.ones((10, 40, 40), bool), 4)
    with pytest.raises(EditError, match="two classes") as error:
        random_walk(np.zeros((10, 40, 40), np.uint8), np.zeros((10, 40, 40)), seeds, MM)
    assert "background" in error.value.hint


def test_it_can_be_stopped_while_it_solves():
    image, truth = ball(5.0)
    asked = iter([False] * 10 + [True])
    with pytest.raises(Stopped):
        random_walk(np.zeros(truth.shape, np.uint8), image, scribbled(), MM, stop=lambda: next(asked))
