"""A real studio with a very small model, and what the tests of viewer and desktop do with it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from segstudio.imaging import LabelMap, Volume, classes_named, write_volume
from segstudio.library import Library
from segstudio.networks import ModelSpec
from segstudio.studio import Studio

if TYPE_CHECKING:
    from segstudio.viewer.session import Session

__all__ = ["ball_file", "drawing", "no_thread_left", "paint", "screen", "session", "studio", "tiny_model", "wait"]


CLASSES = classes_named([(1, "ball"), (2, "shell")])


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


@pytest.fixture
def session(studio: Studio, qtbot: Any) -> Iterator[Session]:
    """A session on it; `session.heard` is what it has said."""
    from segstudio.viewer.session import Session

    session = Session(studio)
    session.heard = []
    session.said.connect(session.heard.append)
    yield session
    session.close()


@pytest.fixture
def drawing(tmp_path: Path, ball_file: Path, qtbot: Any) -> Iterator[Session]:
    """A session on a library without any model, in which the ball is open; for what needs hands alone, and no torch."""
    from segstudio.viewer.session import Session

    studio = Studio(Library.open(tmp_path / "library"))
    session = Session(studio)
    session.heard = []
    session.said.connect(session.heard.append)
    session.set_classes(CLASSES)
    session.open(ball_file)
    wait(qtbot, session)
    yield session
    session.close()
    studio.close()


def wait(qtbot: Any, session: Session, timeout: int = 60_000) -> None:
    """Until nothing is waited for."""
    qtbot.waitUntil(lambda: session.work is None, timeout=timeout)


def paint(session: Session, voxel: tuple[int, int, int], value: int, reach: int = 1) -> None:
    """A stroke of one small cube, as a hand would make it."""
    assert session.scan is not None
    shape = session.scan.mask.labels.shape
    box = tuple(slice(max(0, at - reach), min(side, at + reach + 1)) for at, side in zip(voxel, shape, strict=True))
    stroke = session.scan.mask.stroke("brush")
    stroke.put(box, np.ones([side.stop - side.start for side in box], bool), value)
    stroke.end()
