"""What is installed is whole: code, resources, the napari manifest, the command."""

import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(find_spec("hatchling") is None, reason="hatchling is not installed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as opened:
        yield opened


def test_every_resource_of_the_checkout_is_in_the_wheel(wheel):
    names = set(wheel.namelist())
    wanted = {
        f"segstudio/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "resources").rglob("*") if path.is_file()
    }
    assert wanted <= names


def test_the_wheel_holds_the_package_and_nothing_beside_it(wheel):
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"segstudio"}
    assert "segstudio/viewer/napari.yaml" in wheel.namelist()


def test_the_command_and_the_napari_plugin_are_announced(wheel):
    entries = next(wheel.read(name).decode() for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "segstudio = segstudio.cli:main" in entries
    assert "segstudio = segstudio.viewer:napari.yaml" in entries


def test_nothing_asked_for_is_under_the_gpl(wheel):
    metadata = next(wheel.read(name).decode() for name in wheel.namelist() if name.endswith("METADATA"))
    assert "License-Expression: Apache-2.0" in metadata
    for barred in ("pylibjpeg-libjpeg", "PyQt5", "PyQt6"):
        assert barred not in metadata
