from dataclasses import replace

import numpy as np
import pytest

from segstudio.errors import ModelError
from segstudio.imaging import Geometry, LabelMap, Volume
from segstudio.inference.fit import check_fit, misfit
from segstudio.inference.sanity import missing, odd_sizes, torn, whole_parts


def grid(z, y, x, mm=1.0):
    """A grid in the canonical orientation."""
    return Geometry((z, y, x), np.diag([mm, mm, mm, 1.0])[[2, 1, 0, 3]])


@pytest.fixture
def heads(ball_spec):
    return replace(
        ball_spec, name="heads", modality="", shows_mm=(130.0, 170.0, 140.0), usual_ml=((100.0, 400.0), (20.0, 60.0))
    )


@pytest.fixture
def boxes(ball_spec):
    return replace(ball_spec, name="boxes", shows_mm=(40.0, 56.0, 40.0))


def test_a_head_fits_a_model_of_heads_at_any_spacing_and_with_its_neck(heads):
    assert misfit(grid(189, 233, 197), heads) == ""
    assert misfit(grid(45, 80, 60, mm=3), heads) == ""
    assert misfit(grid(256, 256, 256), heads) == ""


def test_a_slab_or_a_whole_body_is_told_before_time_is_spent(heads):
    assert "cut off" in misfit(grid(50, 230, 190), heads)
    assert "draw a box" in misfit(grid(900, 500, 500), heads)
    assert "140×170×130 mm" in misfit(grid(50, 230, 190), heads)


def test_a_model_of_boxes_wants_a_box_in_a_whole_head_and_is_content_with_one(boxes):
    head = grid(189, 233, 197)
    assert "draw a box" in misfit(head, boxes)
    assert misfit(head, boxes, (slice(60, 100), slice(100, 156), slice(70, 110))) == ""


def test_the_extent_is_judged_along_the_patient_s_axes_however_the_scan_lies(heads):
    sagittal = Geometry((190, 50, 230), np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], float))
    assert "cut off" in misfit(sagittal, heads)


def test_a_model_that_does_not_know_its_extent_says_nothing(ball_spec):
    assert misfit(grid(9, 9, 9), ball_spec) == ""
    assert odd_sizes(LabelMap(np.ones((9, 9, 9), np.uint8), grid(9, 9, 9), ball_spec.classes), ball_spec) == ""


def test_any_modality_fits_a_model_for_any(heads, ball_spec):
    ct = Volume.of(np.full((4, 4, 4), -1000, np.float32), grid(4, 4, 4), modality="CT")
    check_fit(ct, heads)
    with pytest.raises(ModelError, match="made for MR"):
        check_fit(ct, ball_spec)


def test_structures_of_no_usual_size_are_odd(heads):
    whole = grid(100, 100, 100)

    def said(ball, shell):
        labels = np.zeros(1_000_000, np.uint8)
        labels[: ball * 1000], labels[ball * 1000 : (ball + shell) * 1000] = 1, 2
        return odd_sizes(LabelMap(labels.reshape(whole.shape), whole, heads.classes), heads)

    assert said(200, 40) == said(80, 80) == ""
    assert said(0, 0).startswith("None of 2 structures is of a usual size")
    assert said(200, 5).startswith("Only 1 of 2 structures are of a usual size")
    assert said(900, 40).startswith("Only 1 of 2")


def test_a_scan_as_large_as_those_it_was_made_for_has_some_structure_of_a_usual_size(heads):
    whole = grid(100, 100, 100)
    known = replace(heads, shows_mm=(100.0, 100.0, 100.0))
    nothing = LabelMap(np.zeros(whole.shape, np.uint8), whole, heads.classes)
    assert missing(nothing, known).startswith("Nothing was kept: 0 of 2")
    assert missing(nothing, replace(known, shows_mm=(200.0, 100.0, 100.0))) == "", "part of one may hold none"
    slices = grid(40, 160, 160)
    assert missing(LabelMap(np.zeros(slices.shape, np.uint8), slices, heads.classes), known) == "", (
        "nor may a few slices"
    )
    some = nothing.labels.copy()
    some.flat[:200_000] = 1
    assert missing(LabelMap(some, whole, heads.classes), known) == ""


def test_what_lies_in_shreds_is_not_what_a_model_drew_whole_wherever_it_learned(heads):
    known, grid_ = replace(heads, least_whole=(1.0, 0.9)), grid(20, 20, 20)
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[2:10, 2:10, 2:10], labels[12:18, 12:18, 12:18] = 1, 2
    assert whole_parts(labels, (1, 2, 3)) == (1.0, 1.0, 0.0)
    assert torn(LabelMap(labels, grid_, heads.classes), known) == ""
    shreds = np.where(np.indices(labels.shape).sum(axis=0) % 4 == 0, labels, 0).astype(np.uint8)
    shreds[::2] = 0
    said = torn(LabelMap(shreds, grid_, heads.classes), known)
    assert said.startswith("Nothing was kept: of 2 structures only 0 came out whole")
    assert torn(LabelMap(shreds, grid_, heads.classes), heads) == "", "nothing is known of its pieces"
    shreds[labels == 1] = 1
    assert torn(LabelMap(shreds, grid_, heads.classes), known) == "", "half of a head is cut off, and half is whole"
