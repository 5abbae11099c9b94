"""Learning from masks whose reader did not know every class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from segstudio.imaging import LabelMap, classes_named
from segstudio.learning import Example, Labelled
from segstudio.learning.loss import deep_loss
from segstudio.learning.partial import as_code, unfolded
from segstudio.learning.patches import Patches
from segstudio.learning.prepared import IGNORED, prepare_all
from segstudio.progress import never, silent

LABELS = torch.tensor([[[[0, 1, 2, 0]]]])


def loss_of(logits: torch.Tensor, labels: torch.Tensor) -> float:
    return float(deep_loss(*unfolded([logits], labels)))


def test_what_a_reader_could_not_draw_costs_nothing_where_they_left_background():
    labels = LABELS.clone()
    labels[labels == 0] = as_code([3])
    logits = torch.zeros(1, 4, 1, 1, 4)
    logits[0, 1, 0, 0, 1] = logits[0, 2, 0, 0, 2] = 20
    new, background = logits.clone(), logits.clone()
    new[0, 3, 0, 0, [0, 3]] = 20
    background[0, 0, 0, 0, [0, 3]] = 20
    wrong = logits.clone()
    wrong[0, 1, 0, 0, [0, 3]] = 20
    assert loss_of(new, labels) == pytest.approx(loss_of(background, labels), abs=1e-4)
    assert loss_of(wrong, labels) > loss_of(new, labels) + 1


def test_where_everything_was_known_nothing_changes():
    logits = torch.randn(1, 4, 1, 1, 4)
    found, labels = unfolded([logits], LABELS)
    assert found[0] is logits
    assert labels is LABELS


def test_gradients_pass():
    labels = LABELS.clone()
    labels[labels == 0] = as_code([1, 3])
    logits = torch.randn(1, 4, 1, 1, 4, requires_grad=True)
    deep_loss(*unfolded([logits], labels)).backward()
    assert logits.grad is not None
    assert bool(torch.isfinite(logits.grad).all())


@pytest.fixture
def lesson(ball_scan) -> Labelled:
    return Labelled(*ball_scan(0))


def prepared(tmp_path, spec, lesson: Labelled):
    (found,) = prepare_all([Example("1", lambda: lesson)], spec, tmp_path, progress=silent, stop=never)
    return found


def test_only_what_is_confirmed_is_learned(tmp_path, ball_spec, lesson):
    z, y, x = (slice(0, side) for side in lesson.labels.geometry.shape)
    part = replace(lesson, confirmed=((slice(4, 7), y, x), (slice(9, 10), y, slice(2, 5))))
    found = prepared(tmp_path, ball_spec, part)
    left = np.ones(found.labels.shape, bool)
    left[4:7] = left[9:10, :, 2:5] = False
    assert ((found.labels == IGNORED) == left).all()
    assert z.stop == len(left)
    _, labels = Patches([found], ball_spec, 0).batch(0, 2, torch.device("cpu"), changed=0)
    assert (labels == -1).any()


def test_what_was_confirmed_outside_the_box_is_nothing(lesson):
    box = (slice(0, 4), slice(0, 20), slice(0, 18))
    cut = replace(lesson, box=box, confirmed=((slice(8, 9), slice(0, 20), slice(0, 18)),)).cut()
    left = cut.unconfirmed()
    assert left is not None
    assert left.all()


def test_background_of_a_reader_who_did_not_know_a_class_is_marked(tmp_path, ball_spec, lesson):
    spec = replace(ball_spec, classes=classes_named([(1, "ball"), (2, "shell"), (3, "skin")]))
    found = prepared(tmp_path, spec, lesson)
    assert found.unknown == (3,)
    _, labels = Patches([found], spec, 0).batch(0, 1, torch.device("cpu"), changed=0)
    assert set(labels.unique().tolist()) <= {as_code([3]), -1, 1, 2}


def test_a_reader_who_knew_all_left_plain_background(tmp_path, ball_spec, lesson):
    mask = LabelMap(lesson.labels.labels, lesson.labels.geometry, ball_spec.classes)
    assert prepared(tmp_path, ball_spec, replace(lesson, labels=mask)).unknown == ()
