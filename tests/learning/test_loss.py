import torch

from segstudio.learning.loss import deep_loss


def logits_of(labels, sure=20.0):
    return torch.nn.functional.one_hot(labels.clamp_min(0), 3).movedim(-1, 1).float() * sure


def test_a_right_drawing_costs_nothing_and_a_wrong_one_does():
    labels = torch.randint(0, 3, (2, 4, 4, 4), generator=torch.Generator().manual_seed(0))
    assert float(deep_loss([logits_of(labels)], labels)) < 1e-3
    assert float(deep_loss([logits_of((labels + 1) % 3)], labels)) > 1


def test_what_is_not_meant_does_not_count():
    labels = torch.randint(0, 3, (1, 4, 4, 4), generator=torch.Generator().manual_seed(0))
    drawn = logits_of(labels)
    hidden = labels.clone()
    hidden[:, :2] = -1
    drawn[:, :, :2] = torch.randn(1, 3, 2, 4, 4) * 10
    assert float(deep_loss([drawn], hidden)) < 1e-3
    assert torch.isfinite(deep_loss([drawn], torch.full_like(labels, -1)))


def test_coarser_depths_count_but_less():
    labels = torch.zeros(1, 8, 8, 8, dtype=torch.long)
    labels[:, 2:6, 2:6, 2:6] = 1
    right, wrong = logits_of(labels), logits_of(1 - labels)
    shrunk = [wrong[:, :, ::2, ::2, ::2], right[:, :, ::4, ::4, ::4]]
    fine_wrong = deep_loss([wrong, right[:, :, ::2, ::2, ::2], shrunk[1]], labels)
    coarse_wrong = deep_loss([right, *shrunk], labels)
    assert 0.1 < float(coarse_wrong) < float(fine_wrong)
