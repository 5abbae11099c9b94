"""The sample is where it should be, and is what its model was made for."""

import importlib.util

import pytest

from segstudio import paths, sample
from segstudio.errors import ImageError
from segstudio.imaging import read_volume
from segstudio.inference.fit import fits
from segstudio.networks import read_spec

needs_nilearn = pytest.mark.skipif(importlib.util.find_spec("nilearn") is None, reason="nilearn is not installed")


@needs_nilearn
def test_the_sample_is_a_head_of_which_its_model_was_made(tmp_path):
    spec = read_spec(paths.resources() / "models" / sample.MODEL)
    volume = read_volume(sample.sample_scan())
    assert fits(volume, spec)
    assert sample.is_sample(sample.sample_scan())
    assert not sample.is_sample(tmp_path / "head.nii.gz")


def test_without_nilearn_the_sample_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(sample, "find_spec", lambda _name: None)
    with pytest.raises(ImageError, match="not installed") as error:
        sample.sample_scan()
    assert "segstudio[sample]" in error.value.hint
