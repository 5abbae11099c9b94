"""How unsure a model was, and where, on the scan's own grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from segstudio.imaging import Geometry, Volume
from segstudio.inference import Doubt
from segstudio.inference.predict import predict
from segstudio.networks.weights import LoadedModel


class Bright(nn.Module):
    """Ball where the scan is bright; between ball and shell where it is in the middle; sure of background elsewhere."""

    def forward(self, image):
        ball, either = image[:, 0] > 0.8, (image[:, 0] > 0.3) & (image[:, 0] <= 0.8)
        logits = torch.zeros(image.shape[0], 3, *image.shape[2:])
        logits[:, 0] = torch.where(ball | either, -9.0, 9.0)
        logits[:, 1] = torch.where(ball, 9.0, torch.where(either, 0.2, -9.0))
        logits[:, 2] = torch.where(either, 0.0, -9.0)
        return logits


@pytest.fixture
def model(ball_spec) -> LoadedModel:
    from segstudio.networks import Normalisation

    how = Normalisation("ct", 0.0, 1.0, 0.0, 1.0)
    return LoadedModel(replace(ball_spec, normalisation=how, modality="CT"), Bright())


def scan(axes: str, at: tuple[int, int, int], ball: float = 1.0) -> tuple[Volume, tuple[int, int, int]]:
    """A scan with a sure ball, and a doubtful spot at a voxel of the canonical grid; the same in other orientations."""
    image = np.zeros((24, 40, 36), np.float32)
    image[4:10, 4:14, 4:14] = ball
    z, y, x = at
    image[z - 1 : z + 2, y - 1 : y + 2, x - 1 : x + 2] = 0.5
    affine = np.array([[0, 0, 1, 0], [0, 1, 0, 0], [2, 0, 0, 0], [0, 0, 0, 1]], float)
    geometry = Geometry(image.shape, affine)
    from segstudio.imaging import Reorientation

    turn = Reorientation.to(geometry, axes)
    marked = np.zeros(image.shape, bool)
    marked[at] = True
    turned = turn.apply(marked)
    where = tuple(int(each[0]) for each in np.nonzero(turned))
    volume = Volume.of(np.ascontiguousarray(turn.apply(image)), turn.geometry(geometry), modality="CT")
    return volume, where  # type: ignore[return-value]


@pytest.mark.parametrize("axes", ["SPL", "IAR", "LSP", "PRI", "ASR"])
def test_the_doubtful_place_is_found_in_every_orientation_and_spacing(model, axes):
    volume, where = scan(axes, (17, 30, 25), ball=0.0)
    doubt = predict(volume, model, device="cpu", doubt=True).doubt
    assert doubt is not None
    place = doubt.places[0]
    assert np.abs(np.subtract(place.voxel, where)).max() <= 2
    assert all(side.start <= at < side.stop for side, at in zip(place.box, place.voxel, strict=True))
    assert place.value == 2
    assert 0.01 < place.ml < 0.2


def test_a_class_that_is_sure_has_no_doubt_and_one_in_between_has(model):
    sure = np.zeros((24, 40, 36), np.float32)
    sure[4:10, 4:14, 4:14] = 1
    geometry = scan("SPL", (17, 30, 25))[0].geometry
    quiet = predict(Volume.of(sure, geometry, modality="CT"), model, device="cpu", doubt=True).doubt
    loud = predict(scan("SPL", (17, 30, 25))[0], model, device="cpu", doubt=True).doubt
    assert quiet is not None
    assert loud is not None
    assert quiet.classes[1] < 0.05
    assert loud.classes[1] > quiet.classes[1]
    assert loud.classes[2] > 0.9


def test_nobody_pays_for_doubt_that_was_not_asked_for(model):
    assert predict(scan("SPL", (17, 30, 25))[0], model, device="cpu").doubt is None


def test_doubt_survives_json(model):
    doubt = predict(scan("SPL", (17, 30, 25))[0], model, device="cpu", doubt=True).doubt
    assert doubt is not None
    again = Doubt.from_json(doubt.to_json())
    assert [place.box for place in again.places] == [place.box for place in doubt.places]
    assert again.classes == pytest.approx(doubt.classes, abs=1e-3)
