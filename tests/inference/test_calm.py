import pytest
import torch
from torch import Tensor

from segstudio.inference.calm import calmed, noise

SHAPE = (12, 40, 40)
STEP = 0.4
EVERYWHERE = torch.ones(SHAPE, dtype=torch.bool)


def halves() -> Tensor:
    """Dark to the left, bright to the right."""
    return torch.where(torch.arange(SHAPE[2]) < SHAPE[2] // 2, 0.3, 0.3 + STEP).expand(SHAPE).clone()


def noisy(spread: float) -> Tensor:
    return halves() + spread * torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("spread", [0.02, 0.05, 0.1])
def test_noise_is_measured(spread):
    assert noise(noisy(spread), EVERYWHERE) == pytest.approx(spread, rel=0.1)


@pytest.mark.parametrize("spread", [0.02, 0.05, 0.1])
def test_there_is_less_noise_and_the_border_is_as_sharp(spread):
    image = noisy(spread)
    calm = calmed(image, EVERYWHERE, (1.0, 1.0, 1.0))
    middle = SHAPE[2] // 2
    assert (calm - halves())[..., : middle - 1].std() < 0.65 * (image - halves())[..., : middle - 1].std()
    assert float((calm[..., middle] - calm[..., middle - 1]).mean()) == pytest.approx(STEP, rel=0.1)


def test_an_image_without_noise_stays_as_it_is():
    assert torch.equal(calmed(halves(), EVERYWHERE, (1.0, 1.0, 1.0)), halves())


def test_slices_that_lie_far_apart_do_not_mix():
    image = noisy(0.05)
    image[::2] += 0.02
    calm = calmed(image, EVERYWHERE, (5.0, 1.0, 1.0))
    alone = calmed(image[3:4], EVERYWHERE[3:4], (5.0, 1.0, 1.0))
    assert torch.allclose(calm[3], alone[0], atol=0.01)


def test_only_the_box_of_what_is_asked_for_changes():
    image, where = noisy(0.05), torch.zeros(SHAPE, dtype=torch.bool)
    where[2:6, 10:20, 10:20] = True
    changed = calmed(image, where, (1.0, 1.0, 1.0)) != image
    assert changed[where].any()
    assert not changed[~where].any()


def test_nowhere_is_nothing_to_calm():
    image = noisy(0.05)
    assert torch.equal(calmed(image, torch.zeros(SHAPE, dtype=torch.bool), (1.0, 1.0, 1.0)), image)


def test_the_image_that_is_given_is_not_changed():
    image = noisy(0.05)
    calmed(image, EVERYWHERE, (1.0, 1.0, 1.0))
    assert torch.equal(image, noisy(0.05))
