from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segstudio.errors import ImageError, ModelError
from segstudio.imaging import Geometry, Volume
from segstudio.inference.preprocess import Grid, brightness, normalise, prepare, prepare_labels, resample
from segstudio.networks import Normalisation

ORIENTATIONS = [(axes, signs) for axes in permutations(range(3)) for signs in product((1, -1), repeat=3)]


def turned(volume: Volume, axes: tuple[int, ...], signs: tuple[int, ...]) -> Volume:
    """The same patient, stored with other array axes."""
    image = volume.image.transpose(0, *(axis + 1 for axis in axes))[
        (slice(None), *(slice(None, None, sign) for sign in signs))
    ]
    matrix = np.zeros((4, 4))
    matrix[3, 3] = 1
    for new, (old, sign) in enumerate(zip(axes, signs, strict=True)):
        matrix[old, new] = sign
        matrix[old, 3] = 0 if sign > 0 else volume.geometry.shape[old] - 1
    return Volume.of(image, Geometry(image.shape[1:], volume.geometry.affine @ matrix), modality="MR")


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_the_network_sees_the_same_patient_in_every_orientation(ball_scan, ball_spec, axes, signs):
    volume, _ = ball_scan(3)
    straight, _ = prepare(volume, ball_spec)
    seen, grid = prepare(turned(volume, axes, signs), ball_spec)
    torch.testing.assert_close(seen, straight)
    assert grid.shape == volume.geometry.shape


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40))
def test_resampling_keeps_a_constant_and_the_shape_asked_for(z, y, x):
    found = resample(torch.full((1, 5, 6, 13), 7.0), (z, y, x))
    assert found.shape == (1, z, y, x)
    assert torch.allclose(found, torch.tensor(7.0))


def test_resampling_does_not_move_the_picture():
    ramp = torch.arange(40.0)[None, None, None].expand(1, 4, 4, 40)
    there = resample(ramp, (4, 4, 17))
    position = (torch.arange(17) + 0.5) * 40 / 17 - 0.5
    torch.testing.assert_close(there[0, 0, 0], position, atol=0.51, rtol=0)
    assert float((there[0, 0, 0] - position).mean()) == pytest.approx(0, abs=0.02)


def test_labels_follow_the_image_to_the_network_s_grid(ball_scan, ball_spec):
    volume, mask = ball_scan(1)
    grid = Grid.of(volume.geometry, replace(ball_spec, spacing=(2.0, 0.5, 1.0)))
    index = prepare_labels(mask.labels, grid)
    assert index.shape == (8, 40, 18)
    assert (index > 0).mean() == pytest.approx((mask.labels > 0).mean(), rel=0.1)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("kind", ["zscore", "percentile"])
def test_mri_looks_the_same_whatever_unit_its_scanner_used(kind, scale):
    image = torch.rand(8, 8, 8) * 100 + 50
    how = Normalisation(kind)
    torch.testing.assert_close(normalise(image * scale, how), normalise(image, how), atol=1e-3, rtol=1e-3)


def test_ct_is_clipped_and_never_rescaled_by_the_scan_itself():
    found = normalise(torch.tensor([[[-3000.0, 40.0, 3000.0]]]), Normalisation("ct", -200, 240, 40, 100))
    torch.testing.assert_close(found, torch.tensor([[[-2.4, 0.0, 2.0]]]))


def test_an_empty_scan_does_not_divide_by_nothing():
    assert torch.isfinite(normalise(torch.zeros(4, 4, 4), Normalisation("zscore"))).all()


def test_a_scan_with_too_few_channels_is_refused(ball_scan, ball_spec):
    volume, _ = ball_scan(0)
    with pytest.raises(ModelError, match="2 channel"):
        prepare(volume, replace(ball_spec, channels=("T1", "FLAIR")))


def test_a_scan_of_another_modality_is_refused(ball_scan, ball_spec):
    volume, _ = ball_scan(0)
    with pytest.raises(ModelError, match="made for MR, this scan is CT"):
        prepare(replace(volume, modality="CT"), ball_spec)


def test_a_scan_that_looks_like_ct_is_not_given_to_a_model_for_mr(ball_scan, ball_spec):
    volume, _ = ball_scan(0)
    with pytest.raises(ModelError, match="looks like CT"):
        prepare(replace(volume, modality="", voxels=volume.voxels - 1000), ball_spec)


def test_voxels_that_are_no_numbers_are_refused(ball_scan, ball_spec):
    volume, _ = ball_scan(0)
    volume.voxels[0, 0, 1, 1, 1] = np.nan
    with pytest.raises(ImageError, match="no numbers"):
        prepare(volume, ball_spec)


@pytest.mark.parametrize("kind", ["zscore", "percentile", "any"])
def test_brightness_is_from_0_to_1_on_the_scans_own_grid(ball_scan, ball_spec, kind):
    volume, _ = ball_scan(1)
    spec = replace(ball_spec, spacing=(2.0, 2.0, 2.0), normalisation=Normalisation(kind, -50.0, 150.0))
    bright = brightness(volume, spec, Grid.of(volume.geometry, spec))
    assert tuple(bright.shape) == volume.geometry.shape
    assert (float(bright.min()), float(bright.max())) == (0.0, 1.0)
