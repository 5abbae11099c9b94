"""What holds for every operation on regions, whatever the mask: it goes through the door, and back to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.editing import Mask
from segstudio.editing.edges import snap
from segstudio.editing.fill import fill
from segstudio.editing.grow import grow
from segstudio.editing.seeds import Seeds
from segstudio.editing.threshold import threshold
from segstudio.editing.walker import random_walk

SHAPE = (5, 9, 8)
MM = (3.0, 0.7, 0.9)
WHOLE = (slice(0, 5), slice(0, 9), slice(0, 8))


def seeds_at(rng):
    seeds = Seeds.none()
    for value in (0, 1, 2):
        seeds = seeds.adding(WHOLE, rng.random(SHAPE) < 0.03, value)
        seeds = seeds.adding((slice(value, value + 1),) * 3, np.ones((1, 1, 1), bool), value)
    return seeds


OPERATIONS = {
    "fill": lambda labels, image, rng: fill(labels, tuple(rng.integers(0, SHAPE)), 2),
    "fill in a plane": lambda labels, image, rng: fill(labels, tuple(rng.integers(0, SHAPE)), 0, axis=1),
    "threshold": lambda labels, image, rng: threshold(labels, image, (-0.5, 0.5), 1),
    "grow": lambda labels, image, rng: grow(labels, image, seeds_at(rng), MM),
    "random walker": lambda labels, image, rng: random_walk(labels, image, seeds_at(rng), MM),
    "snap": lambda labels, image, rng: snap(labels, image, int(labels.max()), MM),
}


@pytest.mark.parametrize("name", OPERATIONS)
@given(seed=st.integers(0, 10_000), order=st.permutations(range(3)), locked=st.frozensets(st.integers(0, 2)))
@settings(max_examples=25)
def test_locks_hold_the_mask_is_only_read_and_undo_is_exact(name, seed, order, locked):
    rng = np.random.default_rng(seed)
    back = np.argsort(order)
    stored = rng.integers(0, 3, SHAPE).astype(np.uint8).transpose(order).copy()
    labels = stored.transpose(back)
    image = rng.normal(size=SHAPE).astype(np.float32)
    before = labels.copy()
    edit = OPERATIONS[name](labels, image, rng)
    assert (labels == before).all()
    if edit is None:
        return
    assert (edit.before == before[edit.box]).all()
    assert (edit.before != edit.after).any()
    assert edit.after.dtype == labels.dtype
    mask = Mask(labels, MM)
    mask.locked = locked
    mask.apply(edit)
    for value in locked:
        assert ((mask.labels == value) == (before == value)).all()
    mask.undo()
    assert (mask.labels == before).all()


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_scan_lying_otherwise_in_memory_gives_the_same(name):
    rng = np.random.default_rng(4)
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:4, 2:7, 2:6] = 1
    image = rng.normal(size=SHAPE).astype(np.float32)
    found = []
    for lab, img in ((labels, image), (np.asfortranarray(labels), image[::-1].copy()[::-1])):
        edit = OPERATIONS[name](lab, img, np.random.default_rng(5))
        found.append(labels.copy())
        if edit is not None:
            found[-1][edit.box] = edit.after
    assert (found[0] == found[1]).all()
    assert (found[0] != labels).any() or name.startswith("fill")
