"""Where things lie."""

import os
import subprocess
import sys
from pathlib import Path

from segstudio import paths


def test_the_data_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    assert paths.library_folder() == tmp_path / "home" / "library"
    assert paths.settings_file() == tmp_path / "home" / "settings.json"


def test_asking_makes_no_folder(tmp_path):
    code = "import segstudio.paths as p, segstudio.settings; p.library_folder(); p.settings_file(); p.resources()"
    home = tmp_path / "home"
    env = {**os.environ, "SEGSTUDIO_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    assert not home.exists()


def test_a_checkout_has_its_resources_beside_the_package():
    assert paths.resources() == Path(paths.__file__).parents[1] / "resources"


def test_a_frozen_app_has_its_resources_with_it(monkeypatch, tmp_path):
    (tmp_path / "resources").mkdir()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resources() == tmp_path / "resources"


def test_a_wheel_has_its_resources_inside_the_package(monkeypatch, tmp_path):
    (tmp_path / "segstudio" / "resources").mkdir(parents=True)
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "segstudio" / "paths.py"))
    assert paths.resources() == tmp_path / "segstudio" / "resources"
