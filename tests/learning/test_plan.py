import numpy as np
import pytest

from segstudio.errors import ModelError
from segstudio.imaging import Volume
from segstudio.learning import Example, Labelled
from segstudio.learning.plan import PATCH_VOXELS, plan_model, plan_network
from segstudio.networks.weights import new_network


@pytest.mark.parametrize(
    ("spacing", "shape"),
    [
        ((1, 1, 1), (36, 50, 35)),
        ((5, 0.7, 0.7), (24, 512, 512)),
        ((3, 0.9, 0.9), (40, 300, 300)),
        ((1, 1, 1), (200, 240, 200)),
        ((0.8, 0.8, 3), (512, 512, 30)),
        ((1, 0.5, 0.5), (1, 300, 300)),
        ((1, 1, 1), (4, 5, 6)),
    ],
)
def test_a_plan_fits_its_budget_and_its_own_strides(spacing, shape):
    patch, plan = plan_network(np.array(spacing, float), np.array(shape, float), 16)
    assert np.prod(patch) <= 1.3 * PATCH_VOXELS
    assert all(side % step == 0 for side, step in zip(patch, plan.divisor, strict=True))
    assert len(plan.features) == len(plan.kernels) == len(plan.strides) >= 2


def test_thick_slices_are_not_halved_before_the_plane_is_as_coarse():
    _, plan = plan_network(np.array([5, 0.7, 0.7]), np.array([24.0, 512, 512]), 16)
    assert plan.kernels[0] == (1, 3, 3)
    assert plan.strides[1] == (1, 2, 2)
    assert any(stride == (2, 2, 2) for stride in plan.strides)


def test_the_plan_follows_the_scans(ball_example, ball_spec):
    spec = plan_model([ball_example(seed) for seed in range(3)], name="ball", version=1, classes=ball_spec.classes)
    assert spec.spacing == (1, 1, 1)
    assert all(abs(side - have) <= 4 for side, have in zip(spec.patch, (16, 20, 18), strict=True))
    assert spec.modality == "MR"
    new_network(spec)


def test_islands_are_dropped_only_where_people_drew_none(ball_scan, ball_example, ball_spec):
    def two():
        volume, mask = ball_scan(1)
        mask.labels[:3, :3, :3] = 1
        return Labelled(volume, mask)

    whole, torn = [ball_example(0)], [ball_example(0), Example("b", two)]
    plans = [plan_model(each, name="ball", version=1, classes=ball_spec.classes) for each in (whole, torn)]
    assert [plan.smallest_piece for plan in plans] == [0.2, 0.0]


def test_ct_is_recognised_and_measured_on_its_foreground(ball_scan, ball_spec):
    def load():
        volume, mask = ball_scan(0)
        voxels = np.where(mask.labels > 0, 40.0 + 10 * mask.labels, -1000)
        return Labelled(Volume.of(voxels, volume.geometry), mask)

    spec = plan_model([Example("a", load)], name="x", version=1, classes=ball_spec.classes)
    assert spec.modality == "CT"
    assert spec.normalisation.kind == "ct"
    assert 49 < spec.normalisation.mean < 61


def test_scans_of_different_kinds_are_not_trained_on_together(ball_scan, ball_spec):
    def two():
        volume, mask = ball_scan(1)
        return Labelled(Volume.of(np.repeat(volume.image, 2, 0), volume.geometry), mask)

    one = Example("a", lambda: Labelled(*ball_scan(0)))
    with pytest.raises(ModelError, match="numbers of channels"):
        plan_model([one, Example("b", two)], name="x", version=1, classes=ball_spec.classes)
