"""Somebody at the real window: waits for what it does, presses keys, hears what it says."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qtpy.QtWidgets import QComboBox, QWidget

    from segstudio.desktop.window import Window
    from segstudio.viewer.messages import Message

PATIENCE_S = 120.0
"""For what a reader waits for; work in the background is waited for as long as it goes on."""


class AtWindow:
    """Somebody at a window.

    Attributes
    ----------
    heard
        What the window has said.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self.heard: list[Message] = []
        self.begun = time.monotonic()
        window.session.said.connect(self.heard.append)

    def press(self, key: object) -> None:
        """A key, with the picture in front."""
        from qtpy.QtTest import QTest

        self.window.activateWindow()
        self.window.stack.setFocus()
        self.until(self.window.stack.hasFocus, "the keyboard")
        QTest.keyClick(self.window.stack, key)

    def until(self, ready: Callable[[], bool], what: str) -> None:
        """Wait for something that the window does."""
        end = time.monotonic() + PATIENCE_S
        while not ready():
            self.wait(20)
            if time.monotonic() > end:
                said = "; ".join(each.text for each in self.heard[-3:])
                sys.exit(f"error: waited {PATIENCE_S:.0f} s in vain for {what}; the window said: {said}")

    def wait(self, ms: int) -> None:
        """Have the event loop turn."""
        from qtpy.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    def tell(self, what: str) -> None:
        """Say how far the session is."""
        print(f"{time.monotonic() - self.begun:6.0f} s  {what}", file=sys.stderr, flush=True)


def choose(box: QComboBox, data: object) -> None:
    """Take an entry of a list, by what stands behind it."""
    box.setCurrentIndex(next(at for at in range(box.count()) if box.itemData(at) == data))


def save(shown: QWidget, path: Path) -> None:
    """A picture of a window."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not shown.grab().save(str(path)):
        sys.exit(f"error: {path} cannot be written\nhint: name a .png or .jpg in a folder that you may write to")
