"""A scan keeps its voxels, frames and channels together with where they lie."""

import numpy as np
import pytest

from segstudio.errors import ImageError
from segstudio.imaging import Geometry, Volume, require_finite

GRID = Geometry((2, 3, 4), np.eye(4))


def test_a_plain_array_is_one_frame_of_one_channel():
    volume = Volume.of(np.zeros((2, 3, 4), np.int16), GRID)
    assert volume.voxels.shape == (1, 1, 2, 3, 4)
    assert volume.channels == ("",)


def test_sequences_of_one_study_are_channels():
    volume = Volume.of(np.zeros((2, 2, 3, 4)), GRID, channels=("T1", "FLAIR"), modality="MR")
    assert volume.image.shape == (2, 2, 3, 4)
    assert volume.modality == "MR"


def test_a_frame_is_chosen_without_copying_the_others():
    voxels = np.arange(48).reshape(2, 1, 2, 3, 4)
    later = Volume(voxels, GRID).at(1)
    assert later.frames == 2
    assert (later.image == voxels[1]).all()
    assert np.shares_memory(later.voxels, voxels)


def test_a_frame_that_is_not_there_is_refused():
    with pytest.raises(ImageError, match="frame 2 of a scan with 1"):
        Volume.of(np.zeros((2, 3, 4)), GRID).at(2)


@pytest.mark.parametrize("shape", [(2, 3, 4), (1, 1, 4, 3, 2), (1, 1, 2, 3, 4, 1)])
def test_voxels_that_do_not_lie_on_the_grid_are_refused(shape):
    with pytest.raises(ImageError, match="do not lie on a grid"):
        Volume(np.zeros(shape), GRID)


def test_every_channel_has_a_name():
    with pytest.raises(ImageError, match="1 channels have 2 names"):
        Volume.of(np.zeros((2, 3, 4)), GRID, channels=("T1", "T2"))


def test_a_crop_keeps_frames_and_channels_and_moves_the_origin():
    volume = Volume(np.arange(48).reshape(2, 1, 2, 3, 4), GRID)
    part = volume.cropped((slice(1, 2), slice(0, 2), slice(2, 4)))
    assert part.voxels.shape == (2, 1, 1, 2, 2)
    assert part.geometry.to_world(np.zeros((1, 3))) == pytest.approx(np.array([[1.0, 0.0, 2.0]]))


def test_numbers_that_are_none_are_counted_and_refused():
    image = np.array([1.0, np.nan, np.inf])
    with pytest.raises(ImageError, match="2 voxels that are no numbers") as error:
        require_finite(image, "scan.nii")
    assert "convert" in error.value.hint
    require_finite(np.arange(3), "whole.nii")
