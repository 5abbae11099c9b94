"""A home of its own for every test, a very small model, and the command line as a function."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from segstudio.cli import main
from segstudio.imaging import Geometry, Volume, write_labels, write_volume
from segstudio.networks.weights import new_network, save_model


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("segstudio.paths.resources", lambda: tmp_path / "no-resources")
    return tmp_path / "home"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs `segstudio …` and returns what it said."""

    def call(*words: object) -> Said:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def fails(run: Callable[..., Said]) -> Callable[..., Said]:
    """Runs a command that must fail as the contract says: code 1, one line of error, one of hint, nothing on stdout."""

    def call(*words: object) -> Said:
        said = run(*words)
        told = [line for line in said.err.splitlines() if not line.startswith("note: ")]
        assert said.code == 1
        assert [line.partition(":")[0] for line in told] == ["error", "hint"]
        assert all(line.partition(": ")[2].strip() for line in told)
        return said

    return call


@pytest.fixture
def files(tmp_path: Path, ball_scan) -> Callable[..., tuple[Path, Path]]:
    """Writes ball scans and their masks into two folders: `files(count)`."""

    def make(count: int = 1, suffix: str = ".nii.gz") -> tuple[Path, Path]:
        images, masks = tmp_path / "images", tmp_path / "masks"
        for folder in (images, masks):
            folder.mkdir(exist_ok=True)
        for seed in range(count):
            volume, labels = ball_scan(seed)
            write_volume(volume, images / f"case_{seed}{suffix}")
            write_labels(labels, masks / f"case_{seed}{suffix}")
        return images, masks

    return make


@pytest.fixture
def model(tmp_path: Path, ball_spec, run) -> str:
    """A model in the library that has learned nothing."""
    torch.manual_seed(0)
    spec = replace(ball_spec, name="tiny", description="Has learned nothing.", licence="CC0-1.0")
    (tmp_path / "tiny").mkdir()
    save_model(tmp_path / "tiny", spec, new_network(spec))
    assert run("models", "import", tmp_path / "tiny").code == 0
    return "tiny"


@pytest.fixture
def cube() -> Callable[..., Volume]:
    """A scan of one number, so that only its grid matters: `cube(shape, spacing)`."""

    def make(shape: tuple[int, int, int] = (4, 5, 6), spacing: tuple[float, float, float] = (1, 1, 1)) -> Volume:
        affine = np.eye(4)
        affine[:3, :3] = np.eye(3)[:, ::-1] * spacing
        return Volume.of(np.zeros(shape, np.int16), Geometry(shape, affine))

    return make
