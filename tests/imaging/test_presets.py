"""Class lists that people know, and how classes of several lists live side by side."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr._concepts_dict import concepts

from segstudio.errors import ImageError
from segstudio.imaging import Code, LabelClass, color_of, read_labels
from segstudio.imaging.presets import code_of, free_color, free_value, joined, presets, read_preset

NAMES = {
    "TotalSegmentator CT": 117,
    "TotalSegmentator MR": 50,
    "FreeSurfer aseg": 45,
    "FreeSurfer aparc+aseg": 111,
    "BraTS 2017–2021": 3,
    "BraTS 2023": 3,
    "BraTS 2024 after treatment": 4,
}


def test_the_lists_that_people_know_are_there():
    assert {preset.name: len(preset.classes) for preset in presets()} == NAMES
    assert [preset.name for preset in presets()] == sorted(NAMES)


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_names_and_colors_of_a_list_differ(preset):
    names = Counter(each.name for each in preset.classes)
    colors = Counter(each.color for each in preset.classes)
    assert max(names.values()) == max(colors.values()) == 1


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_every_code_means_in_dicom_what_the_list_says(preset):
    known = {
        (scheme, value, meaning)
        for scheme in ("SCT", "DCM")
        for entry in concepts[scheme].values()
        for value, (meaning, _) in entry.items()
    }
    codes = [each.code for each in preset.classes if each.code]
    assert {(code.scheme, code.value, code.meaning) for code in codes} <= known


@pytest.mark.parametrize(
    ("preset", "value", "name"),
    [
        ("TotalSegmentator CT", 5, "liver"),
        ("TotalSegmentator CT", 2, "kidney right"),
        ("TotalSegmentator CT", 51, "heart"),
        ("TotalSegmentator CT", 117, "costal cartilages"),
        ("TotalSegmentator MR", 22, "heart"),
        ("FreeSurfer aseg", 17, "hippocampus left"),
        ("FreeSurfer aseg", 53, "hippocampus right"),
        ("FreeSurfer aparc+aseg", 1035, "insula left"),
        ("FreeSurfer aparc+aseg", 2024, "precentral right"),
        ("BraTS 2023", 3, "enhancing tumour"),
        ("BraTS 2017–2021", 4, "enhancing tumour"),
    ],
)
def test_numbers_are_those_of_the_source(preset, value, name):
    (classes,) = (each.classes for each in presets() if each.name == preset)
    assert {each.value: each.name for each in classes}[value] == name


@pytest.mark.parametrize(
    ("preset", "pattern", "pairs"),
    [("TotalSegmentator CT", "ct/*_labels.nii.gz", 11), ("FreeSurfer aseg", "brain_label_maps/*.nii.gz", 12)],
)
def test_what_a_list_calls_left_is_left_in_a_real_mask(shared_data, preset, pattern, pairs):
    (known,) = (each for each in presets() if each.name == preset)
    mask = read_labels(min(shared_data.glob(pattern)))
    left_mm = {each.name: _left_mm(mask, each.value) for each in known.classes if (mask.labels == each.value).any()}
    sided = [name for name in left_mm if "left" in name and name.replace("left", "right") in left_mm]
    assert len(sided) >= pairs
    assert all(left_mm[name] > left_mm[name.replace("left", "right")] for name in sided)


def _left_mm(mask, value):
    return mask.geometry.to_world(np.argwhere(mask.labels == value).mean(axis=0)[None])[0, 0]


def test_left_and_right_subclavian_artery_have_codes_of_their_own():
    (classes,) = (each.classes for each in presets() if each.name == "TotalSegmentator CT")
    codes = {each.name: each.code.value for each in classes if each.code}
    assert codes["subclavian artery left"] != codes["subclavian artery right"]


def test_a_code_is_found_by_the_name_however_that_is_written():
    assert code_of("Spleen") == code_of(" spleen ") == Code("78961009", "SCT", "Spleen")
    assert code_of("adrenal_gland-left") == Code("23451007", "SCT", "Adrenal gland")
    assert code_of("thing") is None


def test_a_class_added_keeps_its_number_where_that_is_free():
    there = (LabelClass(1, "ball", (1, 2, 3)), LabelClass(5, "shell", (4, 5, 6)))
    more = (LabelClass(5, "liver", (7, 8, 9)), LabelClass(7, "spleen", (1, 2, 3)), LabelClass(9, "ball", (9, 9, 9)))
    new = joined(there, more)
    assert [(each.value, each.name) for each in new] == [(1, "ball"), (2, "liver"), (5, "shell"), (7, "spleen")]
    assert new[3].color == color_of(0)


classes = st.lists(st.integers(1, 40), unique=True).map(
    lambda values: tuple(LabelClass(value, f"class {value}", color_of(value)) for value in sorted(values))
)


@given(classes, classes)
def test_joined_lists_have_every_name_and_no_number_twice(one, other):
    both = joined(one, other)
    assert {each.name for each in both} == {each.name for each in (*one, *other)}
    assert len({each.value for each in both}) == len(both)
    assert set(one) <= set(both)


@given(st.lists(st.integers(0, 200), max_size=40))
def test_a_free_color_is_free(taken):
    assert free_color([color_of(index) for index in taken]) not in [color_of(index) for index in taken]


def test_a_free_number_is_free_in_the_mask_too():
    there = (LabelClass(1, "ball", (1, 2, 3)), LabelClass(2, "shell", (4, 5, 6)))
    assert free_value(there) == 3
    assert free_value(there, [3, 4]) == 5


@pytest.mark.parametrize(
    "plain",
    [
        "no list",
        json.dumps({"name": "x", "classes": []}),
        json.dumps({"name": "x", "about": "", "classes": [{"value": 1}]}),
        json.dumps({"name": "x", "about": "", "classes": [{"value": 1, "name": "a", "color": [1, 2, 3]}] * 2}),
        json.dumps({"name": "x", "about": "", "classes": [{"value": 0, "name": "a", "color": [1, 2, 3]}]}),
    ],
)
def test_a_damaged_list_is_refused(tmp_path, plain):
    path = tmp_path / "list.json"
    path.write_text(plain)
    with pytest.raises(ImageError):
        read_preset(path)
