from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from segstudio.errors import Stopped
from segstudio.inference.native import to_native
from segstudio.inference.predict import predict
from segstudio.inference.tissues import Tissues, _kept, tissue_of
from segstudio.networks.weights import LoadedModel
from tests.inference.test_predict import Threshold

SIDE = 44
COARSE = SIDE // 2
CORE, SHELL = 0.8, 0.45
INNER, OUTER = 9.0, 15.0


def distance(side: int, centre: float = 0.5) -> Tensor:
    """Millimetres from the middle, on a grid of so many voxels over 44 mm."""
    line = (torch.arange(side) + 0.5) * SIDE / side - SIDE * centre
    return (line[:, None, None] ** 2 + line[:, None] ** 2 + line**2).sqrt()


def truth() -> Tensor:
    """A core (1) in a shell (2), at 1 mm."""
    away = distance(SIDE)
    return torch.where(away < INNER, 1, torch.where(away < OUTER, 2, 0))


def drawn(shift: float, sure: float = 1.0) -> Tensor:
    """Logits at 2 mm of a network that draws every border so many mm too far out."""
    away = distance(COARSE) - shift
    inner, outer = (away - INNER) * sure, (away - OUTER) * sure
    return torch.stack([outer, -inner, torch.minimum(inner, -outer)])


def scan(noise: float = 0.05) -> Tensor:
    """How bright it is, at 1 mm."""
    levels = torch.tensor([0.05, CORE, SHELL])[truth()]
    return levels + noise * torch.randn(levels.shape, generator=torch.Generator().manual_seed(1))


def seen(
    logits: Tensor, image: Tensor, of: tuple[int, ...] = (0, 1, 2), *, mm: float = 2.0, even: bool = True
) -> Tissues:
    found = Tissues.seen(logits, image, of, (mm,) * 3, even=even)
    assert found is not None
    return found


def dice(one, other) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def worst(labels: np.ndarray) -> float:
    known = truth().numpy()
    return min(dice(labels == value, known == value) for value in (1, 2))


@pytest.mark.parametrize("shift", [-1.5, 1.5])
def test_borders_move_to_where_the_brightness_changes(shift):
    logits, image = drawn(shift), scan()
    before = to_native(logits, image.shape)
    after = to_native(logits, image.shape, seen(logits, image))
    assert worst(after) > worst(before) + 0.07
    assert worst(after) > 0.86


def test_how_bright_each_tissue_is_is_found():
    tissues = seen(drawn(1.0), scan(0.04))
    assert tissues.means[1:].tolist() == pytest.approx([CORE, SHELL], abs=0.03)
    assert tissues.spreads[1:].tolist() == pytest.approx([0.04, 0.04], abs=0.02)


def test_a_scanner_that_is_uneven_is_seen_through():
    ramp = torch.linspace(0.4, 1.9, SIDE)[:, None, None].expand(SIDE, SIDE, SIDE)
    logits, image = drawn(1.0), scan() * ramp
    tissues = seen(logits, image, mm=6.0, even=False)
    assert worst(to_native(logits, image.shape, tissues)) > 0.98
    inside = distance(COARSE) < OUTER
    rising = tissues.gain.where(inside, torch.nan).nanmean((1, 2))
    known = rising[~rising.isnan()]
    assert float(known[-2] / known[1]) > 1.1


def test_noise_does_not_speckle_what_is_drawn():
    logits, image = drawn(0.0), scan(0.2)  # half of the step between the tissues
    labels = to_native(logits, image.shape, seen(logits, image))
    deep = distance(SIDE).numpy() < INNER - 4
    assert (labels[deep] == 1).all()
    assert worst(labels) > 0.85


@pytest.mark.parametrize("side", [SIDE // 4, SIDE - 7, 2 * SIDE, 3 * SIDE + 1])
def test_a_mask_is_drawn_on_any_grid_by_tissues_told_apart_on_another(side):
    tissues = seen(drawn(1.0), scan())
    labels = to_native(drawn(1.0), (side,) * 3, tissues)
    away = distance(side).numpy()
    assert dice(labels == 1, away < INNER) > 0.9
    assert dice(labels > 0, away < OUTER) > 0.9


def test_what_lies_between_two_slices_is_no_trouble():
    logits = torch.zeros(3, COARSE, COARSE, COARSE)
    logits[0] = 20
    logits[:2, COARSE // 2, 4:8, 4:8] = torch.tensor([0.0, 20.0])[:, None, None]
    image = scan()[:: SIDE // 2]
    assert to_native(logits, tuple(image.shape), seen(logits, image)).shape == image.shape
    assert not to_native(logits, (2, SIDE, SIDE)).any()


def test_the_finer_the_voxels_the_less_the_network_s_word_counts_for_each():
    for side, expected in ((COARSE, 1.0), (SIDE, 2**-0.5)):
        tissues = seen(drawn(0.0), torch.zeros((side,) * 3))
        carried = torch.cat([torch.ones(3, 1, 1), torch.ones(1, 1, 1)])
        plain = torch.cat([torch.zeros(3, 1, 1), torch.ones(1, 1, 1)])
        where = (0, slice(0, 1), slice(0, 1))
        told = tissues.weigh(carried, where) - tissues.weigh(plain, where)
        assert told.flatten().tolist() == pytest.approx([expected] * 3)


def test_drawing_by_tissues_stops_when_asked():
    with pytest.raises(Stopped):
        to_native(drawn(0.0), (SIDE,) * 3, seen(drawn(0.0), scan()), stop=lambda: True)


def test_working_out_how_bright_tissues_are_can_be_stopped():
    with pytest.raises(Stopped):
        Tissues.seen(drawn(0.0), scan(), (0, 1, 2), (2.0,) * 3, even=True, stop=lambda: True)


def test_what_is_equally_bright_keeps_the_border_that_the_network_drew():
    left = torch.arange(COARSE)[:, None, None].expand(COARSE, COARSE, COARSE) - COARSE / 2 + 0.5
    inside = (OUTER - distance(COARSE)) * 2
    logits = torch.stack([-inside, torch.minimum(inside, -left * 3), torch.minimum(inside, left * 3)])
    image = torch.where(distance(SIDE) < OUTER, CORE, 0.05) + 0.05 * torch.randn(SIDE, SIDE, SIDE)
    labels = to_native(logits, image.shape, seen(logits, image, (0, 1, 1)))
    first, second = labels[: SIDE // 2], labels[SIDE // 2 :]
    assert (first == 1).any()
    assert not (first == 2).any()
    assert not (second == 1).any()


def test_nothing_is_drawn_where_the_network_saw_nothing():
    away = distance(SIDE)
    image = scan()
    image[away > 20] = CORE  # as bright as the core, far from it
    logits = drawn(0.0)
    labels = to_native(logits, image.shape, seen(logits, image))
    assert not labels[away.numpy() > 20].any()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_single_slice_is_drawn_too(axis):
    logits = drawn(1.0).narrow(axis + 1, COARSE // 2, 1)
    image = scan().narrow(axis, SIDE // 2, 1)
    labels = to_native(logits, tuple(image.shape), seen(logits, image))
    known = truth().narrow(axis, SIDE // 2, 1).numpy()
    assert dice(labels == 1, known == 1) > 0.85


def test_of_an_empty_drawing_nothing_is_worked_out():
    logits = torch.zeros(3, COARSE, COARSE, COARSE)
    logits[0] = 20
    assert Tissues.seen(logits, scan(), (0, 1, 2), (2.0, 2.0, 2.0), even=True) is None


def test_of_a_tissue_of_which_too_little_is_likely_what_was_known_stays():
    now = torch.tensor([0.5, 0.1]), torch.tensor([0.05, 0.9]), torch.tensor([True, False])
    before = torch.tensor([0.4, 0.7]), torch.tensor([0.04, 0.02]), torch.tensor([False, True])
    means, spreads, known = _kept(now, before)
    assert means.tolist() == pytest.approx([0.5, 0.7])
    assert spreads.tolist() == pytest.approx([0.05, 0.02])
    assert known.all()


def test_where_no_tissue_is_sure_the_scanner_counts_as_even():
    logits = torch.zeros(3, COARSE, COARSE, COARSE)
    tissues = seen(logits, scan(), even=False)
    assert not tissues.known[1:].any()
    assert tissues.gain.tolist() == torch.ones_like(tissues.gain).tolist()


def test_a_tissue_that_is_hardly_there_is_not_invented():
    logits = torch.cat([drawn(0.0), torch.full((1, COARSE, COARSE, COARSE), -6.0)])
    image = scan()
    labels = to_native(logits, image.shape, seen(logits, image, (0, 1, 2, 3)))
    assert (labels == 3).mean() < 0.001


def test_classes_of_a_group_are_one_tissue_and_others_their_own():
    assert tissue_of([2, 3, 41, 42, 99], [(2, 41), (3, 42)]) == [0, 1, 2, 1, 2, 3]
    assert tissue_of([5, 6], []) == [0, 1, 2]


def test_a_model_whose_classes_are_tissues_draws_by_them(ball_scan, ball_spec):
    volume, mask = ball_scan(0)
    model = LoadedModel(replace(ball_spec, tissues=((1,), (2,))), Threshold())
    found = predict(volume, model, device="cpu").labels
    assert found.geometry == mask.geometry
    assert set(np.unique(found.labels)) <= {0, 1, 2}
    assert found.labels.any()
