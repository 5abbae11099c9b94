"""What napari takes long for the first time, done before anybody waits for it."""

from __future__ import annotations

import gc
import threading
from typing import ClassVar

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QObject, Qt, QTimer, Signal
from qtpy.QtGui import QGuiApplication, QOpenGLContext
from vispy.visuals.line.dash_atlas import DashAtlas

_START_MS = 500
"""After the window is made, so that it is seen first."""

_ASK_MS = 20

_TIDY_MS = 1000
_SOME = 3
"""Of the ten rounds after which Python looks through all objects for garbage, in the middle of anything."""

_CLEAR_MS = 1000
"""After the window is closed: all that it had has let go of it by then."""


class Warming(QObject):
    """A thread that makes for nothing what the canvases need; until it is done none of them may be made.

    napari's table of units may not be read by two threads at once. Python's search for garbage looks through all
    objects there are, which with napari takes a tenth of a second and holds up every thread: what is there to stay is
    kept out of it.
    """

    done = Signal()
    _litter: ClassVar[bool] = False
    """Whether a window was closed and is not cleared away yet."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._over = False
        _clear()
        self.keep()
        self._thread = threading.Thread(target=_warm, daemon=True)
        self._ask = QTimer(self, interval=_ASK_MS)
        self._ask.timeout.connect(self._look)
        self._soon = QTimer(self, singleShot=True, interval=_START_MS)
        self._soon.timeout.connect(self.start)
        self._soon.start()
        self._tidy = QTimer(self, interval=_TIDY_MS)
        self._tidy.timeout.connect(_tidy)
        self._tidy.start()

    @property
    def is_done(self) -> bool:
        """Whether canvases can be made."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def start(self) -> None:
        """Begin, if it has not begun."""
        self._soon.stop()
        if self._thread.ident is None and not self._over:
            QOpenGLContext().create()  # the driver of the graphics is loaded in a turn of its own
            self._thread.start()
            self._ask.start()

    def keep(self) -> None:
        """No search for garbage looks through what is there by now."""
        if not self._over:
            gc.freeze()

    def let_go(self) -> None:
        """Everything can be garbage again; what is, is cleared away soon: windows are large."""
        self._over = Warming._litter = True
        self._soon.stop()
        self._ask.stop()
        self._tidy.stop()
        gc.unfreeze()
        QTimer.singleShot(_CLEAR_MS, _clear)

    def _look(self) -> None:
        if self.is_done:
            self._ask.stop()
            self.keep()
            self.done.emit()


def _tidy() -> None:
    """Look for garbage before Python does, which would do so in the middle of a command; not under a stroke."""
    if gc.get_count()[2] >= _SOME and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
        gc.collect()


def _clear() -> None:
    """Look for garbage now if a window was closed: what the next one keeps out of the search would stay with it."""
    if Warming._litter:
        Warming._litter = False
        gc.collect()


def _warm() -> None:
    """A layer takes a second, most of it to read pandas and a table of units; dashes of lines are drawn only once."""
    Labels(np.zeros((1, 1, 1), np.uint8), units=("mm",) * 3)
    DashAtlas()
