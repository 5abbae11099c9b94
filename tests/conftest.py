"""Tests of the window are marked `gui` by where they lie, and left out where there is no Qt."""

from pathlib import Path

import pytest

WINDOW = ("viewer", "desktop")

try:
    import napari  # noqa: F401
except ModuleNotFoundError:
    collect_ignore = list(WINDOW)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.relative_to(here).parts[0] in WINDOW:
            item.add_marker("gui")
