import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from segstudio.errors import Stopped
from segstudio.inference.device import choose
from segstudio.inference.sliding import gaussian, tiles, window_logits

sides = st.integers(1, 24)


@given(st.tuples(sides, sides, sides), st.tuples(*[st.integers(4, 12)] * 3))
def test_tiles_cover_every_voxel_and_stay_inside(shape, patch):
    patch = tuple(min(side, window) for side, window in zip(shape, patch, strict=True))
    seen = np.zeros(shape, int)
    for box in tiles(shape, patch):
        assert seen[box].shape == patch
        seen[box] += 1
    assert seen.min() >= 1


class Voxelwise(nn.Module):
    """A network whose answer depends on each voxel alone: windows must not change it."""

    def forward(self, image):
        return torch.cat((image, 2 * image, -image), dim=1)


@pytest.mark.parametrize("shape", [(3, 5, 4), (8, 8, 8), (19, 7, 23)])
@pytest.mark.parametrize("batch", [1, 3])
def test_windows_leave_no_seams(shape, batch):
    image = torch.randn(1, *shape)
    found = window_logits(Voxelwise(), image, (8, 8, 8), choose("cpu"), batch=batch)
    torch.testing.assert_close(found, torch.cat((image, 2 * image, -image)), atol=1e-5, rtol=1e-4)


def test_a_patch_counts_most_in_its_middle():
    weight = gaussian((8, 8, 8))
    assert weight[4, 4, 4] == weight.max() == 1
    assert 0 < weight[0, 0, 0] < 0.01


def test_it_can_be_stopped_between_patches():
    asked = iter([False, False, True])
    with pytest.raises(Stopped):
        window_logits(Voxelwise(), torch.zeros(1, 30, 8, 8), (8, 8, 8), choose("cpu"), stop=lambda: next(asked))
