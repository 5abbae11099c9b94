"""A pytest plugin (`-p tests.no_qt`) that makes Qt and napari look as if they were not installed."""

import sys
from importlib.machinery import ModuleSpec

BARRED = {"qtpy", "PySide6", "shiboken6", "PyQt5", "PyQt6", "superqt", "magicgui", "vispy", "napari"}


class Barrier:
    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] in BARRED:
            raise ModuleNotFoundError(f"{name} is barred: the base suite runs without Qt", name=name)
        return None


def pytest_configure() -> None:
    loaded = BARRED & set(sys.modules)
    assert not loaded, f"already imported: {loaded}"


sys.meta_path.insert(0, Barrier())
