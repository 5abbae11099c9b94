from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from segstudio.errors import GeometryError, ModelError, Stopped
from segstudio.imaging import Geometry, Volume, classes_named
from segstudio.inference.device import choose
from segstudio.inference.predict import _Way, drop_small_pieces, predict
from segstudio.networks.weights import LoadedModel, new_network


class Threshold(nn.Module):
    """Class 1 where the normalised image is above 1, class 2 where it is between 0 and 1."""

    def forward(self, image):
        return torch.cat((-image, image - 1 + image.clamp(max=1), 0.5 - (image - 0.5).abs()), dim=1)


@pytest.fixture
def model(ball_spec):
    return LoadedModel(ball_spec, Threshold())


def test_labels_lie_on_the_scan_s_own_grid_and_follow_the_patient(ball_scan, model):
    volume, mask = ball_scan(2)
    straight = predict(volume, model, device="cpu").labels
    flipped_affine = volume.geometry.affine @ np.array([[0, 0, 1, 0], [0, -1, 0, 19], [1, 0, 0, 0], [0, 0, 0, 1.0]])
    flipped = Volume.of(volume.image.transpose(0, 3, 2, 1)[:, :, ::-1], Geometry((18, 20, 16), flipped_affine))
    found = predict(flipped, model, device="cpu").labels
    assert straight.geometry.same_space(volume.geometry)
    assert np.array_equal(found.labels[:, ::-1].transpose(2, 1, 0), straight.labels)
    assert (straight.labels[mask.labels == 1] == 1).mean() > 0.3


def test_outside_the_box_nothing_is_drawn(ball_scan, model):
    volume, _ = ball_scan(2)
    box = (slice(4, 12), slice(5, 15), slice(3, 12))
    found = predict(volume, model, box=box, device="cpu")
    inside = found.labels.labels[box].copy()
    assert inside.any()
    found.labels.labels[box] = 0
    assert not found.labels.labels.any()
    assert found.box == box


def test_an_odd_size_is_told_unless_only_a_box_was_looked_at(ball_scan, model):
    volume, _ = ball_scan(2)
    knows = LoadedModel(replace(model.spec, usual_ml=((100.0, 200.0),) * 2), model.network)
    assert "usual size" in " ".join(predict(volume, knows, device="cpu").notes)
    box = (slice(4, 12), slice(5, 15), slice(3, 12))
    assert predict(volume, knows, box=box, device="cpu").notes == ()


def test_shreds_are_not_kept_unless_a_box_is_looked_at_or_the_model_is_measured(ball_scan, model):
    volume, _ = ball_scan(2)
    knows = LoadedModel(replace(model.spec, least_whole=(2.0, 2.0)), model.network)
    found = predict(volume, knows, device="cpu")
    assert not found.labels.labels.any()
    assert not found.kept
    assert "Nothing was kept" in " ".join(found.notes)
    box = (slice(4, 12), slice(5, 15), slice(3, 12))
    assert predict(volume, knows, box=box, device="cpu").labels.labels.any()
    assert predict(volume, knows, measured=True, device="cpu").labels.labels.any()


@pytest.mark.parametrize("box", [(slice(0, 0), slice(0, 5), slice(0, 5)), (slice(0, 99), slice(0, 5), slice(0, 5))])
def test_a_box_outside_the_scan_is_refused(ball_scan, model, box):
    with pytest.raises(GeometryError, match="does not lie inside"):
        predict(ball_scan(0)[0], model, box=box, device="cpu")


def test_class_values_are_the_spec_s_own(ball_scan, model):
    classes = tuple(replace(each, value=each.value + 300) for each in model.spec.classes)
    found = predict(ball_scan(0)[0], LoadedModel(replace(model.spec, classes=classes), model.network), device="cpu")
    assert found.labels.labels.dtype == np.uint16
    assert set(np.unique(found.labels.labels)) <= {0, 301, 302}


def test_islands_are_dropped_where_the_model_says_so(ball_scan, model):
    volume, _ = ball_scan(0)
    volume.voxels[0, 0, :2, :2, :2] = 400
    assert predict(volume, model, device="cpu").labels.labels[0, 0, 0] == 1
    tidy = LoadedModel(replace(model.spec, smallest_piece=0.2), model.network)
    assert predict(volume, tidy, device="cpu").labels.labels[0, 0, 0] == 0


def test_pieces_of_some_size_stay_each_for_itself():
    index = np.zeros((4, 20, 20), np.uint8)
    index[1:3, 2:8, 2:8] = 1
    index[1:3, 12:16, 12:16] = 1
    index[0, 19, 19] = 1
    index[0, 0, 19] = 2
    drop_small_pieces(index, 1, 0.2)
    assert index[0, 19, 19] == 0
    assert (index == 1).sum() == 72 + 32
    assert index[0, 0, 19] == 2


def test_a_coarser_network_grid_comes_back_to_every_voxel(ball_scan, model):
    volume, mask = ball_scan(4)
    coarse = LoadedModel(replace(model.spec, spacing=(1.5, 2.0, 1.7)), model.network)
    found = predict(volume, coarse, device="cpu").labels
    assert found.labels.shape == volume.geometry.shape
    centre = [np.argwhere(labels > 0).mean(0) for labels in (found.labels, mask.labels)]
    np.testing.assert_allclose(centre[0], centre[1], atol=0.5)


def test_short_memory_falls_back_and_says_so(ball_scan, ball_spec, monkeypatch):
    class Hungry(Threshold):
        calls = 0

        def forward(self, image):
            Hungry.calls += 1
            if Hungry.calls <= 2:
                raise torch.OutOfMemoryError("out of memory")
            return super().forward(image)

    place = choose("cpu")
    ways = [
        _Way(place, 4, None, ""),
        _Way(place, 1, None, "one patch"),
        _Way(place, 1, place.place, "sums in main memory"),
    ]
    monkeypatch.setattr("segstudio.inference.predict._ways", lambda _device: ways)
    found = predict(ball_scan(0)[0], LoadedModel(ball_spec, Hungry()), device="cpu")
    assert "sums in main memory" in found.notes[0]


@pytest.mark.parametrize("mirrored", [True, False])
def test_a_model_that_sees_a_scan_mirrored_too_draws_both_sides_alike(ball_scan, ball_spec, mirrored):
    torch.manual_seed(0)
    spec = replace(ball_spec, classes=classes_named([(1, "lung left"), (2, "lung right")]), mirrored=mirrored)
    network = new_network(spec)
    volume, _ = ball_scan(0)
    turned = Volume.of(np.flip(volume.image, 3), volume.geometry, modality="MR")
    plain, other = (predict(each, LoadedModel(spec, network), device="cpu").labels.labels for each in (volume, turned))
    assert {1, 2} <= set(np.unique(plain))
    exchanged = np.array([0, 2, 1])[np.flip(other, 2)]
    assert ((plain == exchanged).mean() > 0.99) == mirrored


def test_it_stops_when_asked(ball_scan, model):
    with pytest.raises(Stopped):
        predict(ball_scan(0)[0], model, device="cpu", stop=lambda: True)


def test_an_unknown_device_is_named():
    with pytest.raises(ModelError, match="no device 'cuda:99'"):
        choose("cuda:99")
