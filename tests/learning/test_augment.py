from dataclasses import replace

import numpy as np
import torch

from segstudio.learning.augment import sample
from segstudio.learning.patches import Patches
from segstudio.learning.prepared import prepare_all
from segstudio.progress import never, silent


def places(shape, shift=0.0):
    axes = [torch.arange(side, dtype=torch.float32) for side in shape]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1) + shift


def test_a_patch_that_is_not_moved_is_the_scan_itself():
    rng = np.random.default_rng(0)
    image = torch.from_numpy(rng.normal(size=(2, 5, 6, 7)).astype(np.float32))
    labels = torch.from_numpy(rng.integers(-1, 4, (5, 6, 7)))
    patch, index = sample(image, labels, places((5, 6, 7)))
    torch.testing.assert_close(patch, image, atol=1e-5, rtol=0)
    assert torch.equal(index, labels)


def test_between_voxels_the_class_that_weighs_most_is_taken():
    labels = torch.tensor([[[0, 0, 2, 2]]])
    line = torch.zeros(1, 1, 2, 3)
    line[..., 2] = torch.tensor([1.4, 1.6])
    _, index = sample(torch.zeros(1, 1, 1, 4), labels, line)
    assert index.flatten().tolist() == [0, 2]


def test_a_turned_ball_keeps_its_volume():
    z, y, x = np.indices((24, 24, 24)) - 11.5
    labels = torch.from_numpy((z**2 + y**2 + x**2 < 64).astype(np.int64))
    angle = 0.3
    turn = torch.tensor([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]).float()
    _, index = sample(torch.zeros(1, 24, 24, 24), labels, (places((24, 24, 24)) - 11.5) @ turn.T + 11.5)
    assert abs(int((index == 1).sum()) / int(labels.sum()) - 1) < 0.02


def test_outside_the_case_nothing_is_learned():
    _, index = sample(torch.zeros(1, 4, 4, 4), torch.zeros(4, 4, 4, dtype=torch.long), places((4, 4, 4), shift=3.0))
    assert (index == -1).any()
    assert index[0, 0, 0] == 0


def test_patches_fall_on_the_voxels_of_their_case(ball_example, ball_spec, tmp_path):
    for patch in ((8, 11, 7), (24, 9, 30)):
        spec = replace(ball_spec, patch=patch)
        patches = Patches(prepare_all([ball_example(0)], spec, tmp_path, progress=silent, stop=never), spec, 0)
        for step in range(20):
            _, centre = patches._centre(np.random.default_rng(step))
            first = centre - (np.array(patch) - 1) / 2
            assert np.array_equal(first, np.round(first))


def test_patches_that_are_not_changed_are_pieces_of_the_scan(ball_example, ball_spec, tmp_path):
    spec = replace(ball_spec, patch=(8, 8, 8))
    cases = prepare_all([ball_example(0)], spec, tmp_path, progress=silent, stop=never)
    whole = torch.from_numpy(np.asarray(cases[0].image[0], np.float32))
    windows = whole.unfold(0, 8, 1).unfold(1, 8, 1).unfold(2, 8, 1)
    for step in range(10):
        image, _ = Patches(cases, spec, 0).batch(step, 1, torch.device("cpu"), changed=0)
        patch = image[0, 0]
        apart = [(windows - each).abs().amax((3, 4, 5)).min() for each in (patch, patch.flip(2))]
        assert min(apart) < 1e-3
