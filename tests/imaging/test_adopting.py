"""A mask with names of its own joins the classes that are there."""

import numpy as np

from segstudio.imaging import Geometry, LabelClass, LabelMap, classes_named
from segstudio.imaging.adopting import adopted

GRID = Geometry((1, 1, 4), np.diag([1.0, 1, 1, 1]))
THERE = classes_named([(1, "liver"), (2, "spleen")])


def found(values, *classes):
    return LabelMap(
        np.array([[values]], np.uint16), GRID, tuple(LabelClass(value, name, (9, 9, 9)) for value, name in classes)
    )


def test_a_class_of_the_same_name_becomes_the_one_that_is_there():
    taken = adopted(found([0, 5, 5, 7], (5, "spleen"), (7, "liver")), THERE)
    assert taken.labels.ravel().tolist() == [0, 2, 2, 1]
    assert taken.classes == THERE


def test_a_new_name_keeps_its_number_where_that_is_free_and_takes_another_where_not():
    taken = adopted(found([1, 3, 3, 0], (1, "kidney"), (3, "cyst")), THERE)
    named = {each.name: each.value for each in taken.classes}
    assert named["cyst"] == 3
    assert named["kidney"] not in (1, 2, 3)
    assert taken.labels.ravel().tolist() == [named["kidney"], 3, 3, 0]


def test_values_without_a_name_are_left_as_they_are():
    taken = adopted(found([0, 2, 8, 8], (2, "class 2"), (8, "class 8")), THERE)
    assert taken.labels.ravel().tolist() == [0, 2, 8, 8]
    assert taken.classes == THERE


def test_a_class_that_is_not_drawn_does_not_join():
    assert adopted(found([0, 0, 0, 1], (1, "liver"), (9, "nothing")), THERE).classes == THERE


def test_a_name_that_nobody_chose_does_not_name_what_the_file_leaves_nameless():
    left = adopted(found([0, 1, 1, 2], (1, "class 1"), (2, "class 2")), THERE, doubted=THERE[:1]).classes
    assert left == THERE[1:]
    assert adopted(found([0, 2, 2, 2], (2, "class 2")), THERE, doubted=THERE[:1]).classes == THERE


def test_a_number_that_the_mask_has_no_room_for_becomes_a_smaller_one():
    taken = adopted(found([0, 0, 0, 1035], (1035, "insula")), THERE)
    assert taken.labels.dtype == np.uint8
    assert taken.labels.ravel()[3] == 3
