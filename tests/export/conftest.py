"""Masks on series that the tests write themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segstudio.export.written import Author
from segstudio.imaging import Code, LabelClass, LabelMap, Volume, read_volume
from tests.export.series import save_series

CLASSES = (
    LabelClass(2, "liver", (86, 180, 233), Code("10200004", "SCT", "Liver")),
    LabelClass(7, "kidney left", (0, 158, 115)),
    LabelClass(41, "Läsion", (230, 159, 0)),
    LabelClass(99, "nothing drawn", (1, 2, 3)),
)

BY_MODEL = Author("abdomen", "3", corrected=True)


@pytest.fixture
def series(tmp_path: Path) -> Callable[..., Volume]:
    """Writes a series and reads it: `series(rows_columns=…, backwards=…)`."""

    def make(name: str = "series", **known: Any) -> Volume:
        return read_volume(save_series(tmp_path / name, **known))

    return make


def mask_on(volume: Volume, seed: int = 0) -> LabelMap:
    """Parts, holes and single voxels of three classes; slices at both ends and one between are empty."""
    random = np.random.default_rng(seed)
    labels = random.choice(np.array([0, 0, 2, 2, 2, 7, 41], np.uint8), volume.geometry.shape)
    labels[[0, -1, len(labels) // 2]] = 0
    return LabelMap(labels, volume.geometry, CLASSES)
