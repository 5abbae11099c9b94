"""A real studio with a very small model, and what the tests of viewer and desktop do with it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from segstudio.imaging import LabelMap, Volume, write_volume
from segstudio.networks import ModelSpec
from segstudio.studio import Studio

__all__ = ["ball_file", "no_thread_left", "screen", "studio", "tiny_model"]


@pytest.fixture(scope="session", autouse=True)
def screen() -> None:
    """Windows need somewhere to be."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        pytest.skip("there is no screen (start Xvfb and set DISPLAY)")
    from segstudio.desktop.qt import application

    application()


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Every test ends the threads that it started."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    left = [thread.name for thread in set(threading.enumerate()) - before if not thread.daemon]
    assert not left, f"threads left running: {left}"


@pytest.fixture
def tiny_model(tmp_path: Path, ball_spec: ModelSpec) -> Path:
    """A model that draws something: untrained, and so small that it predicts at once."""
    import torch

    from segstudio.networks.weights import new_network, save_model

    torch.manual_seed(1)
    folder = tmp_path / "ball"
    folder.mkdir()
    save_model(folder, replace(ball_spec, licence="CC0"), new_network(ball_spec))
    return folder


@pytest.fixture
def studio(tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A studio on a library of its own that knows the tiny model and nothing else."""
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    studio = Studio.open(tmp_path / "library", device="cpu")
    studio.import_model(tiny_model)
    yield studio
    studio.close()


@pytest.fixture
def ball_file(tmp_path: Path, ball_scan: Callable[..., tuple[Volume, LabelMap]]) -> Path:
    """A scan of a ball, as a file."""
    path = tmp_path / "ball.nii.gz"
    write_volume(ball_scan(3, (20, 24, 28))[0], path)
    return path
