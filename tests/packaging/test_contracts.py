"""The import contracts hold, and each of them can break."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(find_spec("importlinter") is None, reason="import-linter is not installed")

BREAKS = [
    ("Layers look inward", "imaging/geometry.py", "from segstudio.library import Library"),
    ("Layers look inward", "worker.py", "import segstudio.child"),
    ("Layers look inward", "viewer/layers.py", "from segstudio.desktop import app"),
    ("Nothing below the viewer knows of Qt or napari", "studio/studio.py", "from qtpy.QtCore import QObject"),
    ("Nothing below the viewer knows of Qt or napari", "imaging/volume.py", "import napari"),
    ("Nothing below the viewer knows of Qt or napari", "editing/mask.py", "from qtpy.QtCore import QObject"),
    ("A window opens, and a library is read, without torch", "library/library.py", "import torch"),
    ("A window opens, and a library is read, without torch", "viewer/layers.py", "from segstudio.networks import unet"),
    ("Only the library speaks to SQLite", "studio/studio.py", "import sqlite3"),
    ("The viewer names no Qt binding", "viewer/layers.py", "from PySide6 import QtCore"),
    ("Networks and inference work on arrays, not on files of images", "inference/predict.py", "import nibabel"),
]


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "segstudio", tmp_path / "segstudio", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder):
    code = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def test_the_rooms_keep_to_their_contracts(copy):
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "file", "line"), BREAKS)
def test_a_room_that_reaches_outward_is_found(copy, contract, file, line):
    broken = copy / "segstudio" / file
    start, future, rest = broken.read_text().partition("from __future__ import annotations\n")
    broken.write_text(f"{start}{future}{line}\n{rest}")
    done = lint(copy)
    assert done.returncode != 0
    assert f"{contract} BROKEN" in done.stdout


def test_a_new_room_must_be_given_a_place(copy):
    (copy / "segstudio" / "attic.py").write_text('"""Nobody knows."""\n')
    assert lint(copy).returncode != 0
