from dataclasses import replace

import numpy as np
import torch

from segstudio.imaging import LabelMap, classes_named
from segstudio.learning import Example, Labelled
from segstudio.learning.patches import Patches
from segstudio.learning.prepared import prepare_all
from segstudio.progress import never, silent

CPU = torch.device("cpu")


def prepared(examples, spec, folder):
    return prepare_all(examples, spec, folder, progress=silent, stop=never)


def test_the_same_seed_and_step_give_the_same_patch(ball_example, ball_spec, tmp_path):
    cases = prepared([ball_example(0), ball_example(1)], ball_spec, tmp_path)
    one, other, third = (Patches(cases, ball_spec, seed).batch(7, 2, CPU) for seed in (1, 1, 2))
    torch.testing.assert_close(one, other)
    assert not torch.equal(one[0], third[0])


def test_labels_are_bent_with_their_image(ball_example, ball_spec, tmp_path):
    patches = Patches(prepared([ball_example(0)], ball_spec, tmp_path), ball_spec, 0)
    brightness = []
    for step in range(30):
        image, labels = patches.batch(step, 1, CPU)
        if (labels == 1).any() and (labels == 2).any():
            brightness.append(float(image[0, 0][labels[0] == 1].mean() - image[0, 0][labels[0] == 2].mean()))
    assert len(brightness) > 20
    assert np.mean(np.array(brightness) > 0.3) > 0.9


def test_nothing_is_learned_outside_the_case(ball_example, ball_spec, tmp_path):
    wide = replace(ball_spec, patch=(24, 28, 26))
    _, labels = Patches(prepared([ball_example(0)], wide, tmp_path), wide, 0).batch(0, 4, CPU)
    assert (labels == -1).any()
    assert set(labels.unique().tolist()) <= {-1, 0, 1, 2}


def test_half_of_the_patches_lie_round_what_was_corrected(ball_scan, ball_spec, tmp_path):
    volume, mask = ball_scan(0, (16, 20, 60))
    predicted = mask.labels.copy()
    predicted[:, :, 55:] = 1
    spec = replace(ball_spec, patch=(16, 20, 8))
    examples = [Example("a", lambda: Labelled(volume, mask, predicted))]
    patches = Patches(prepared(examples, spec, tmp_path), spec, 0)
    far = [patches._centre(np.random.default_rng(step))[1][2] > 50 for step in range(300)]
    assert 0.4 < np.mean(far) < 0.62


def test_only_the_box_is_learned_from(ball_scan, ball_spec, tmp_path):
    volume, mask = ball_scan(0)
    box = (slice(2, 12), slice(0, 20), slice(5, 15))
    case = prepared([Example("a", lambda: Labelled(volume, mask, None, box))], ball_spec, tmp_path)[0]
    assert case.labels.shape == (10, 20, 10)
    assert np.array_equal(case.labels, mask.labels[box])


def test_sides_are_exchanged_when_the_patient_is_mirrored(ball_scan, ball_spec, tmp_path):
    volume, mask = ball_scan(0)
    sided = np.where(mask.labels > 0, np.where(np.arange(18) < 9, 1, 2), 0).astype(np.uint8)
    spec = replace(ball_spec, classes=classes_named([(1, "right ball"), (2, "left ball")]))
    example = Example("a", lambda: Labelled(volume, LabelMap(sided, mask.geometry)))
    patches = Patches(prepared([example], spec, tmp_path), spec, 0)
    for step in range(20):
        _, labels = patches.batch(step, 1, CPU)
        right, left = (np.argwhere(labels[0].numpy() == value)[:, 2].mean() for value in (1, 2))
        assert right < left


def test_a_case_prepared_before_is_not_loaded_again(ball_example, ball_spec, tmp_path):
    prepared([ball_example(0)], ball_spec, tmp_path)

    def gone():
        raise AssertionError("loaded twice")

    assert prepared([Example("case-0", gone)], ball_spec, tmp_path)[0].labels.any()
