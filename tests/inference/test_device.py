import pytest
import torch

from segstudio.errors import ModelError
from segstudio.inference.device import Device, choose

CPU = torch.device("cpu")


def is_half(device: Device, *, learning: bool) -> bool:
    with device.autocast(learning=learning):
        return torch.is_autocast_enabled("cpu")


def test_the_cpu_is_always_there_and_says_how_it_computes():
    assert choose("cpu").words in ("CPU", "CPU (bf16)")


def test_what_is_chosen_by_itself_can_be_computed_on():
    device = choose()
    assert float((torch.ones(2, device=device.place) * 3).sum()) == 6


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "cuda:x", "cpu:1", ""])
def test_a_device_that_is_not_here_is_named_with_those_that_are(name):
    with pytest.raises(ModelError, match="there is no device") as error:
        choose(name)
    assert "cpu" in error.value.hint


@pytest.mark.parametrize(
    ("half", "drawing", "learning"),
    [(None, False, False), (torch.bfloat16, True, True), (torch.float16, True, False)],
)
def test_nothing_learns_in_fp16(half, drawing, learning):
    device = Device(CPU, half)
    assert is_half(device, learning=False) == drawing
    assert is_half(device, learning=True) == learning


def test_bf16_on_a_processor_agrees_with_fp32(ball_scan, ball_spec):
    from segstudio.inference.predict import _logits
    from segstudio.inference.preprocess import prepare
    from segstudio.networks.weights import LoadedModel, new_network
    from segstudio.progress import never, silent

    torch.manual_seed(0)
    model = LoadedModel(ball_spec, new_network(ball_spec).eval())
    image, _ = prepare(ball_scan(0)[0], ball_spec)
    plain, chosen = (_logits(model, image, device, silent, never)[0] for device in (Device(CPU, None), choose("cpu")))
    assert float((plain - chosen).abs().mean()) < 0.05 * float(plain.std())
