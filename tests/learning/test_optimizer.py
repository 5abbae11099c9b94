import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segstudio.learning.optimizer import FINE_RATE, RATE, Muon, optimizers, orthogonal
from segstudio.networks.weights import new_network


@given(st.integers(2, 40), st.integers(2, 40), st.integers(0, 2**31), st.floats(1e-3, 1e3))
def test_a_step_is_about_as_long_in_every_direction(rows, columns, seed, size):
    torch.manual_seed(seed)
    one, other = torch.linalg.qr(torch.randn(rows, rows))[0], torch.linalg.qr(torch.randn(columns, columns))[0]
    count = min(rows, columns)
    strong = torch.linspace(1, 0.05, count) * size
    turned = orthogonal(one[:, :count] * strong @ other[:, :count].T)
    assert turned.shape == (rows, columns)
    lengths = torch.linalg.svdvals(turned)
    assert lengths.min() > 0.6
    assert lengths.max() < 1.3


@pytest.mark.parametrize("endless", [False, True])
def test_every_weight_is_moved_by_one_optimizer(ball_spec, endless):
    network = new_network(ball_spec)
    moved = [
        weight
        for each in optimizers(network, fine=False, endless=endless)
        for group in each.param_groups
        for weight in group["params"]
    ]
    assert sorted(map(id, moved)) == sorted(map(id, network.parameters()))


def test_muon_moves_what_is_between_the_image_and_the_classes(ball_spec):
    network = new_network(ball_spec)
    _adamw, muon = optimizers(network, fine=False, endless=True)
    hidden = {id(weight) for group in muon.param_groups for weight in group["params"]}
    assert isinstance(muon, Muon)
    first = network.encoder.stages[0][0].convs[0].conv
    assert id(first.weight) not in hidden
    assert all(id(head.weight) not in hidden for head in network.decoder.seg_layers)
    assert id(network.encoder.stages[1][0].convs[0].conv.weight) in hidden
    assert all(weight.ndim == 5 for group in muon.param_groups for weight in group["params"])


@pytest.mark.parametrize("fine", [False, True])
def test_what_learns_from_real_scans_is_moved_by_adamw_alone(ball_spec, fine):
    (only,) = optimizers(new_network(ball_spec), fine=fine, endless=False)
    assert isinstance(only, torch.optim.AdamW)
    assert only.param_groups[0]["highest"] == (FINE_RATE if fine else RATE)


def test_muon_goes_down_a_narrow_valley():
    torch.manual_seed(0)
    steep = torch.logspace(0, -2, 16)
    meant, weight = torch.randn(16, 16, 1), torch.nn.Parameter(torch.zeros(16, 16, 1))
    muon = Muon([weight])
    for step in range(300):
        muon.param_groups[0]["lr"] = 0.1 * (1 - step / 300)
        loss = (steep[:, None, None] * (weight - meant)).square().sum()
        muon.zero_grad()
        loss.backward()
        muon.step()
    assert (weight - meant).abs().mean() < 0.2 * meant.abs().mean()
