"""The sample is where it should be, and its box lies round a hippocampus."""

import importlib.util

import numpy as np
import pytest

from segstudio import sample
from segstudio.errors import ImageError
from segstudio.imaging import Geometry, read_volume

needs_nilearn = pytest.mark.skipif(importlib.util.find_spec("nilearn") is None, reason="nilearn is not installed")


@needs_nilearn
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_box_is_40_by_56_by_40_mm_round_one_hippocampus(side):
    geometry = read_volume(sample.sample_scan()).geometry
    box = sample.sample_box(geometry, side)
    sides = [(part.stop - part.start) * mm for part, mm in zip(box, geometry.spacing, strict=True)]
    assert sides == pytest.approx([40, 56, 40])
    middle = geometry.to_world(np.array([[(part.start + part.stop - 1) / 2 for part in box]]))[0]
    assert middle == pytest.approx(sample.HIPPOCAMPI[side], abs=1)
    assert (middle[0] > 0) == (side == "left")


def test_the_box_stays_inside_a_scan_that_is_cut_short():
    geometry = Geometry((20, 20, 20), np.diag([1.0, 1, 1, 1])[[2, 1, 0, 3]])
    box = sample.sample_box(geometry)
    assert all(0 <= part.start < part.stop <= 20 for part in box)


def test_without_nilearn_the_sample_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(sample, "find_spec", lambda _name: None)
    with pytest.raises(ImageError, match="not installed") as error:
        sample.sample_scan()
    assert "segstudio[sample]" in error.value.hint
