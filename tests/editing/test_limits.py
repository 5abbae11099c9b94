"""A hand paints only where its limits let it."""

import numpy as np

from segstudio.editing.limits import Limits

SHAPE = (3, 4, 5)
BOX = (slice(1, 3), slice(0, 4), slice(1, 5))
IMAGE = np.random.default_rng(0).integers(-100, 100, SHAPE).astype(np.int16)
LABELS = np.random.default_rng(1).integers(0, 4, SHAPE).astype(np.uint8)
ALL = np.ones((2, 4, 4), bool)


def test_without_limits_a_hand_paints_everywhere():
    assert Limits().allow(ALL, BOX, IMAGE, LABELS).all()


def test_a_window_keeps_the_hand_to_its_intensities_ends_included():
    low, high = int(IMAGE[BOX].min()), 20
    allowed = Limits(window=(low, high)).allow(ALL, BOX, IMAGE, LABELS)
    assert np.array_equal(allowed, IMAGE[BOX] <= high)


def test_a_voxel_that_is_no_number_lies_in_no_window():
    image = IMAGE.astype(np.float32)
    image[BOX] = np.nan
    assert not Limits(window=(-1000, 1000)).allow(ALL, BOX, image, LABELS).any()


def test_over_and_not_over_look_at_the_present_class():
    assert np.array_equal(Limits(over=frozenset({0, 2})).allow(ALL, BOX, IMAGE, LABELS), np.isin(LABELS[BOX], [0, 2]))
    assert np.array_equal(Limits(not_over=frozenset({3})).allow(ALL, BOX, IMAGE, LABELS), LABELS[BOX] != 3)


def test_over_no_class_at_all_paints_nothing():
    assert not Limits(over=frozenset()).allow(ALL, BOX, IMAGE, LABELS).any()


def test_limits_leave_the_shape_they_are_given_alone():
    where = ALL.copy()
    Limits((0, 1), frozenset({1}), frozenset({1})).allow(where, BOX, IMAGE, LABELS)
    assert where.all()
