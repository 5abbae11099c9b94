"""What importing a room brings in: a window opens without torch, and nothing below the viewer brings Qt."""

import json
import subprocess
import sys

import pytest

QT = {"qtpy", "PySide6", "PyQt5", "PyQt6", "napari", "magicgui", "superqt", "vispy"}
HEAVY = {"torch", "scipy", "nibabel", "SimpleITK", "pydicom", "requests", "keyring"}

LIGHT_ROOMS = [
    "errors",
    "progress",
    "paths",
    "settings",
    "listening",
    "sample",
    "imaging",
    "networks",
    "measure",
    "review",
    "editing",
    "learning",
    "library",
    "pacs",
    "childprocess",
    "predictor",
    "lane",
    "worker",
    "studio",
    "tasks.train",
    "tasks.predict",
    "tasks.take_in",
    "cli",
    "__main__",
]
TORCH_ROOMS = [
    "networks.unet",
    "networks.weights",
    "inference.predict",
    "inference.device",
    "learning.train",
    "learning.gate",
    "child",
]
WINDOW_ROOMS = ["viewer", "viewer.dock", "viewer.session", "desktop", "desktop.app", "desktop.window"]


def loaded_by(module: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after one import."""
    code = f"import {module}, sys, json; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("room", LIGHT_ROOMS)
def test_a_room_below_the_viewer_brings_neither_torch_nor_qt(room):
    assert not loaded_by(f"segstudio.{room}") & (QT | {"torch"})


@pytest.mark.parametrize("room", TORCH_ROOMS)
def test_a_room_that_computes_brings_no_qt(room):
    assert not loaded_by(f"segstudio.{room}") & QT


@pytest.mark.gui
@pytest.mark.parametrize("room", WINDOW_ROOMS)
def test_a_room_of_the_window_brings_no_torch(room):
    assert "torch" not in loaded_by(f"segstudio.{room}")


def test_the_command_line_starts_light():
    assert not loaded_by("segstudio.cli") & HEAVY
