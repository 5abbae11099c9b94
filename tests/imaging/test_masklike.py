"""Whether a file that is opened as a scan holds a mask."""

import numpy as np
import pytest

from segstudio.imaging import Geometry, Volume, read_volume
from segstudio.imaging.masklike import looks_like_mask

SHAPE = (12, 30, 30)


def volume(voxels):
    return Volume.of(voxels, Geometry(SHAPE, np.diag([1.0, 1, 1, 1])[[2, 1, 0, 3]]))


@pytest.fixture
def labels():
    found = np.zeros(SHAPE, np.uint8)
    found[3:8, 5:20, 6:18], found[4:7, 8:14, 18:25] = 1, 3
    return found


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.float32, np.float64])
def test_few_whole_numbers_in_patches_are_a_mask_whatever_their_type(labels, kind):
    assert looks_like_mask(volume(labels.astype(kind)), "x.nii.gz")


def test_a_picture_is_none_however_coarse_its_numbers(labels):
    noise = np.random.default_rng(0).integers(0, 40, SHAPE)
    assert not looks_like_mask(volume(np.where(labels > 0, 40 + noise, 0).astype(np.uint8)), "x.nii.gz")
    assert not looks_like_mask(volume(labels.astype(np.int16) * 500 - 1000), "x.nii.gz")
    assert not looks_like_mask(volume(labels * np.float32(0.3)), "x.nii.gz")
    assert not looks_like_mask(volume(np.where(labels > 0, 1.0, np.nan)), "x.nii.gz")


def test_a_name_makes_up_for_zeros_but_not_for_noise(labels):
    assert not looks_like_mask(volume(labels + np.uint8(1)), "brain.nii.gz")
    assert looks_like_mask(volume(labels + np.uint8(1)), "sub-01_dseg.nii.gz")
    noise = np.random.default_rng(0).integers(0, 200, SHAPE).astype(np.uint8)
    assert not looks_like_mask(volume(noise), "mask.nii.gz")


def test_a_scan_of_nothing_is_a_mask_only_by_its_name():
    nothing = volume(np.zeros(SHAPE, np.uint8))
    assert not looks_like_mask(nothing, "scan.nii.gz")
    assert looks_like_mask(nothing, "t1-mask.nii.gz")


def test_what_has_time_points_or_colours_is_no_mask(labels):
    geometry = volume(labels).geometry
    assert not looks_like_mask(Volume(np.stack([labels[None]] * 2), geometry), "mask.nii.gz")
    colours = Volume.of(np.stack([labels] * 3), geometry, channels=("red", "green", "blue"))
    assert not looks_like_mask(colours, "mask.nii.gz")


def test_real_masks_are_told_from_real_scans_without_a_look_at_their_names(shared_data):
    for kind, told in (("labels", True), ("images", False)):
        for path in sorted((shared_data / "hippocampus" / kind).glob("*.nii.gz"))[:8]:
            assert looks_like_mask(read_volume(path), "x.nii.gz") is told, path.name
