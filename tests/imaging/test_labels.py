"""Masks are whole numbers with names; anything else is told apart from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segstudio.errors import ImageError
from segstudio.imaging import (
    Geometry,
    LabelClass,
    LabelMap,
    as_labels,
    classes_named,
    color_of,
    mirrored_values,
    parse_classes,
    present_values,
)

GRID = Geometry((2, 3, 4), np.diag([2.0, 1.0, 0.5, 1.0]))


@given(arrays.arrays(np.uint16, arrays.array_shapes(max_dims=3, max_side=9)))
def test_values_present_are_those_that_numpy_finds(labels):
    assert present_values(labels).tolist() == np.unique(labels).tolist()


@given(
    st.sampled_from(["i1", "u1", "i2", "u2", "i4", "i8", "f4", "f8"]),
    st.lists(st.integers(0, 65535), min_size=1, max_size=20),
)
def test_whole_numbers_of_any_type_become_labels_of_the_smallest_type(dtype, values):
    values = [value for value in values if np.array(value).astype(dtype) == value] or [0]
    labels = as_labels(np.array(values).astype(dtype), "mask.nii")
    assert labels.tolist() == values
    assert labels.dtype == (np.uint8 if max(values) < 256 else np.uint16)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.5, 1.0], "fractions"),
        ([np.nan], "no numbers"),
        ([np.inf, 0], "no numbers"),
        ([-1, 0], "negative"),
        ([70000], "70000"),
        ([], "empty"),
    ],
)
def test_what_is_no_mask_is_refused_by_its_name(values, words):
    with pytest.raises(ImageError, match=rf"mask\.nii.*{words}"):
        as_labels(np.array(values), "mask.nii")


def test_volumes_are_in_millilitres():
    labels = np.zeros(GRID.shape, np.uint8)
    labels[0] = 3
    volumes = LabelMap(labels, GRID, classes_named([(3, "cyst"), (9, "stone")])).volumes_ml()
    assert volumes == {3: pytest.approx(0.012), 9: 0}


def test_values_without_a_class_are_found():
    labels = np.full(GRID.shape, 4, np.uint8)
    assert LabelMap(labels, GRID, classes_named([(1, "liver")])).unknown_values == (4,)


def test_labels_of_another_shape_or_type_are_refused():
    with pytest.raises(ImageError, match="do not lie"):
        LabelMap(np.zeros((4, 3, 2), np.uint8), GRID)
    with pytest.raises(ImageError, match="int32"):
        LabelMap(np.zeros(GRID.shape, np.int32), GRID)


def test_a_value_is_named_once():
    twice = (LabelClass(1, "liver", (0, 0, 0)), LabelClass(1, "spleen", (0, 0, 0)))
    with pytest.raises(ImageError, match="each once"):
        LabelMap(np.zeros(GRID.shape, np.uint8), GRID, twice)


def test_background_has_no_class():
    with pytest.raises(ImageError, match="value 0"):
        LabelClass(0, "air", (0, 0, 0))


def test_classes_are_read_from_the_command_line():
    classes = parse_classes("2=Posterior, 1=Anterior horn")
    assert [(each.value, each.name) for each in classes] == [(1, "Anterior horn"), (2, "Posterior")]


@pytest.mark.parametrize("text", ["", "1", "=a", "1=", "1=a,1=b", "1=a;2=b,", "x=1"])
def test_classes_in_another_form_are_refused_with_an_example(text):
    with pytest.raises(ImageError) as error:
        parse_classes(text)
    assert error.value.hint


def test_the_first_hundred_classes_have_colors_of_their_own():
    assert len({color_of(index) for index in range(100)}) == 100


@pytest.mark.parametrize(
    ("names", "mirrored"),
    [
        (["left kidney", "right kidney", "aorta"], {1: 2, 2: 1, 3: 3}),
        (["Hippocampus_L", "Hippocampus_R"], {1: 2, 2: 1}),
        (["liver"], {1: 1}),
        (["left kidney", "liver"], None),
    ],
)
def test_mirroring_swaps_sides_or_tells_that_it_cannot(names, mirrored):
    assert mirrored_values(classes_named(enumerate(names, 1))) == mirrored
