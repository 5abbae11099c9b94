"""Qt and napari, set up for SegStudio."""

from __future__ import annotations

from contextlib import suppress

from napari.settings import get_settings
from qtpy.QtWidgets import QApplication

import segstudio


def application() -> QApplication:
    """The one application, made if it is not there.

    napari's own settings are left out: neither theme nor keys nor asynchronous slicing of a napari on the same machine
    change this window, and nothing done here changes that napari.
    """
    with suppress(RuntimeError):  # they were read already, by a test or an earlier window
        get_settings(path=None).advanced.multisampling = False  # smooths lines, of which there are few, and costs time
    app = QApplication.instance() or QApplication(["segstudio"])
    assert isinstance(app, QApplication)
    app.setApplicationName("SegStudio")
    app.setApplicationVersion(segstudio.__version__)
    app.setDesktopFileName("segstudio")
    app.setStyle("Fusion")
    return app
