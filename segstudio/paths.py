"""Where things lie: the person's data, and what SegStudio comes with. Asking makes no folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """The folder for libraries and settings; `SEGSTUDIO_HOME` names another."""
    chosen = os.environ.get("SEGSTUDIO_HOME", "")
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_data_path("SegStudio", appauthor=False)


def library_folder() -> Path:
    """The library that is opened where none is named."""
    return data_folder() / "library"


def settings_file() -> Path:
    """The person's settings."""
    return data_folder() / "settings.json"


def resources() -> Path:
    """Icons, presets and starter models: in the frozen app, in the installed package, or in the checkout."""
    package = Path(__file__).resolve().parent
    frozen = Path(getattr(sys, "_MEIPASS", package))
    for folder in (frozen / "resources", package / "resources"):
        if folder.is_dir():
            return folder
    return package.parent / "resources" if (package.parent / "pyproject.toml").is_file() else package / "resources"
