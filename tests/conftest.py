"""What several rooms' tests build on, and which tests need a window.

Tests of the window are marked `gui` by where they lie, and left out where there is no Qt.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from segstudio.imaging import Geometry, LabelMap, Volume, classes_named
from segstudio.learning import Example, Labelled
from segstudio.networks import Architecture, ModelSpec

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared" / "data"
WINDOW = ("viewer", "desktop")
CLASSES = classes_named([(1, "ball"), (2, "shell")])

# The same examples on every machine; `--hypothesis-profile=default` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

try:
    import napari  # noqa: F401
except ModuleNotFoundError:
    collect_ignore = list(WINDOW)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(HERE).parts[0] in WINDOW:
            item.add_marker("gui")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real scans beside the checkout, where they are."""
    if not SHARED.is_dir():
        pytest.skip(f"real scans are not at {SHARED}")
    return SHARED


def _ball_scan(seed: int, shape: tuple[int, int, int] = (16, 20, 18)) -> tuple[Volume, LabelMap]:
    rng = np.random.default_rng(seed)
    centre = np.array(shape) / 2 + rng.uniform(-2, 2, 3)
    away = np.sqrt(((np.indices(shape).T - centre) ** 2).sum(-1)).T
    labels = np.where(away < 3.5, 1, np.where(away < 6, 2, 0)).astype(np.uint8)
    image = np.array([100.0, 300.0, 200.0])[labels] + rng.normal(0, 15, shape)
    affine = np.zeros((4, 4))
    affine[2, 0] = affine[1, 1] = affine[0, 2] = affine[3, 3] = 1
    geometry = Geometry(shape, affine)
    return Volume.of(image.astype(np.float32), geometry, modality="MR"), LabelMap(labels, geometry, CLASSES)


@pytest.fixture
def ball_scan() -> Callable[..., tuple[Volume, LabelMap]]:
    """Makes scans of a bright ball in a darker shell in noise, on a 1 mm grid: `ball_scan(seed, shape)`."""
    return _ball_scan


@pytest.fixture
def ball_example() -> Callable[[int], Example]:
    """Makes such scans as examples to learn from: `ball_example(seed)`."""
    return lambda seed: Example(f"case-{seed}", lambda: Labelled(*_ball_scan(seed)))


@pytest.fixture
def ball_spec() -> ModelSpec:
    """A very small network for such scans."""
    return ModelSpec(
        name="ball",
        version=1,
        architecture=Architecture((6, 12), ((3, 3, 3),) * 2, ((1, 1, 1), (2, 2, 2)), (1, 1), (1,)),
        classes=CLASSES,
        channels=("",),
        modality="MR",
        spacing=(1.0, 1.0, 1.0),
        patch=(16, 20, 18),
    )
