"""The whole loop in the real window, with no one watching."""

import importlib.util

import pytest

from segstudio import paths, sample
from segstudio.desktop import check
from segstudio.desktop.window import Window
from segstudio.studio import Studio

needs_sample = pytest.mark.skipif(
    importlib.util.find_spec("nilearn") is None or not (paths.resources() / "models" / sample.MODEL).is_dir(),
    reason="nilearn or the starter model is not there",
)


@needs_sample
@pytest.mark.slow
def test_the_sample_goes_from_prediction_to_a_compared_candidate(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path))
    monkeypatch.setattr(check, "MINUTES", 0.1)
    window = Window(Studio.open(tmp_path / "library", device="cpu"))
    assert check.run_check(window, tmp_path / "picture.png") == 0
    told = capsys.readouterr().out
    assert "hippocampus left" in told
    assert "brain@2 beside the version in use" in told
    assert (tmp_path / "picture.png").stat().st_size > 50_000


def test_a_check_that_cannot_predict_ends_with_an_error_and_a_hint(studio, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sample, "sample_scan", lambda: tmp_path / "nothing.nii.gz")
    assert check.run_check(Window(studio), tmp_path / "picture.png") == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("error: ")
    assert told[1].startswith("hint: ")
