"""Small scans, masks and models for a library."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from segstudio.imaging import Geometry, LabelMap, Volume, classes_named
from segstudio.library import Library
from segstudio.networks import Architecture, ModelSpec, to_json

CLASSES = classes_named([(1, "liver"), (2, "spleen")])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library.open(tmp_path / "library")
    yield library
    library.close()


@pytest.fixture
def scan() -> Callable[..., Volume]:
    def make(seed: int = 0, **known: object) -> Volume:
        affine = np.array([[0, 0, 0.7, -30], [0, 0.8, 0, 12.5], [3.0, 0, 0, -7], [0, 0, 0, 1]])
        voxels = np.random.default_rng(seed).integers(-1000, 2000, (4, 6, 8)).astype(np.int16)
        return Volume.of(voxels, Geometry((4, 6, 8), affine), **known)

    return make


@pytest.fixture
def mask() -> Callable[..., LabelMap]:
    def make(volume: Volume, seed: int = 0) -> LabelMap:
        labels = np.random.default_rng(seed).integers(0, 3, volume.geometry.shape).astype(np.uint8)
        return LabelMap(labels, volume.geometry, CLASSES)

    return make


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Path]:
    """A model folder whose weights are nothing but bytes: the library never looks into them."""

    def make(name: str = "organs", version: int = 1, weights: bytes = b"weights") -> Path:
        spec = ModelSpec(
            name=name,
            version=version,
            architecture=Architecture((4, 8), ((3, 3, 3),) * 2, ((1, 1, 1), (2, 2, 2)), (1, 1), (1,)),
            classes=CLASSES,
            channels=("",),
            modality="CT",
            spacing=(3.0, 0.8, 0.7),
            patch=(8, 8, 8),
        )
        folder = tmp_path / f"{name}-{hashlib.sha256(weights).hexdigest()[:8]}"
        folder.mkdir(exist_ok=True)
        (folder / "weights.safetensors").write_bytes(weights)
        spec = replace(spec, weights_sha256=hashlib.sha256(weights).hexdigest())
        (folder / "model.json").write_text(json.dumps(to_json(spec)))
        return folder

    return make
