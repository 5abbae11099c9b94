import pytest
import torch

from segstudio.errors import ModelError
from segstudio.networks import Architecture
from segstudio.networks.unet import UNet

THREE = Architecture(
    (4, 8, 16), ((1, 3, 3), (3, 3, 3), (3, 3, 3)), ((1, 1, 1), (1, 2, 2), (2, 2, 2)), (2, 2, 2), (1, 1)
)
TWO = Architecture((4, 8), ((3, 3), (3, 3)), ((1, 1), (2, 2)), (2, 2), (2,))


def test_logits_lie_on_the_image_s_grid():
    assert UNet(THREE, 2, 3)(torch.zeros(1, 2, 6, 16, 12)).shape == (1, 3, 6, 16, 12)


def test_deep_supervision_sees_every_resolution_of_the_decoder():
    shapes = [tuple(each.shape[2:]) for each in UNet(THREE, 1, 2).every_depth(torch.zeros(1, 1, 6, 16, 12))]
    assert shapes == [(6, 16, 12), (6, 8, 6)]


def test_a_flat_network_sees_slices_and_not_their_neighbours():
    network = UNet(TWO, 1, 2).eval()
    image = torch.randn(2, 1, 3, 8, 8)
    whole = network(image)
    assert whole.shape == (2, 2, 3, 8, 8)
    torch.testing.assert_close(whole[:, :, 1:2], network(image[:, :, 1:2]))


def test_module_names_are_those_of_plain_conv_unet():
    names = set(UNet(THREE, 1, 2).state_dict())
    assert {
        "encoder.stages.0.0.convs.1.conv.weight",
        "encoder.stages.2.0.convs.0.norm.bias",
        "decoder.transpconvs.0.weight",
        "decoder.stages.1.convs.0.conv.bias",
        "decoder.seg_layers.1.weight",
    } <= names


def test_a_description_with_missing_stages_is_refused():
    with pytest.raises(ModelError, match="different lengths"):
        UNet(Architecture((4, 8), ((3, 3, 3),), ((1, 1, 1), (2, 2, 2)), (2, 2), (2,)), 1, 2)
