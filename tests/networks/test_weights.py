import json

import pytest
import torch

from segstudio.errors import ModelError
from segstudio.networks.weights import fill, load_model, new_network, save_model


@pytest.fixture
def saved(tmp_path, ball_spec):
    network = new_network(ball_spec)
    spec = save_model(tmp_path, ball_spec, network)
    return tmp_path, spec, network


def test_a_model_comes_back_as_it_was(saved):
    folder, spec, network = saved
    loaded = load_model(folder)
    assert loaded.spec == spec
    image = torch.randn(1, 1, 16, 20, 18)
    with torch.inference_mode():
        torch.testing.assert_close(loaded.network(image), network.eval()(image))


def test_weights_that_were_replaced_are_refused(saved):
    folder, _, _ = saved
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(ModelError, match="hash differs"):
        load_model(folder)


def test_missing_weights_are_named(saved):
    folder, _, _ = saved
    (folder / "weights.safetensors").unlink()
    with pytest.raises(ModelError, match="has no weights"):
        load_model(folder)


def test_weights_of_another_network_are_refused(saved):
    folder, _, _ = saved
    description = json.loads((folder / "model.json").read_text())
    description["architecture"]["features"] = [8, 12]
    (folder / "model.json").write_text(json.dumps(description))
    with pytest.raises(ModelError, match="do not fit"):
        load_model(folder)


def test_plain_conv_unet_s_second_names_for_the_same_tensors_are_passed_over(ball_spec):
    one, other = new_network(ball_spec), new_network(ball_spec)
    foreign = dict(one.state_dict())
    for name, value in one.state_dict().items():
        foreign["decoder.encoder." + name.removeprefix("encoder.")] = value
        foreign[name.replace(".conv.", ".all_modules.0.")] = value
    fill(other, foreign)
    torch.testing.assert_close(other.state_dict(), one.state_dict())
