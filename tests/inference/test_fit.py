from dataclasses import replace

import numpy as np
import pytest

from segstudio.errors import ModelError
from segstudio.imaging import Geometry, Volume
from segstudio.inference.fit import check_fit, misfit
from segstudio.inference.sanity import odd_volume


def grid(z, y, x, mm=1.0):
    """A grid in the canonical orientation."""
    return Geometry((z, y, x), np.diag([mm, mm, mm, 1.0])[[2, 1, 0, 3]])


@pytest.fixture
def heads(ball_spec):
    return replace(ball_spec, name="heads", modality="", shows_mm=(130.0, 170.0, 140.0), usual_ml=(1200.0, 1900.0))


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
    assert odd_volume(np.ones((9, 9, 9)), grid(9, 9, 9), ball_spec) == ""


def test_any_modality_fits_a_model_for_any(heads, ball_spec):
    ct = Volume.of(np.full((4, 4, 4), -1000, np.float32), grid(4, 4, 4), modality="CT")
    check_fit(ct, heads)
    with pytest.raises(ModelError, match="made for MR"):
        check_fit(ct, ball_spec)


def test_far_too_little_or_too_much_is_odd(heads):
    whole = grid(100, 150, 150)
    labels = np.zeros(whole.shape, np.uint8)
    labels[:60] = 1
    assert odd_volume(labels, whole, heads) == ""
    assert "drew 0 ml" in odd_volume(labels * 0, whole, heads)
    assert "usual" in odd_volume(np.ones((200, 150, 150)), grid(200, 150, 150), heads)
