from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from qtpy.compat import isalive

from segstudio.desktop import closing
from segstudio.desktop.window import Window
from segstudio.studio import Studio
from tests.viewer.sessions import *  # noqa: F403


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the question at closing is answered with, in turn, and "keep" when there is no answer left."""
    given: list[str] = []
    monkeypatch.setattr(closing, "ask", lambda _window, _scan: (given.pop(0) if given else "keep", True))
    return given


@pytest.fixture
def window(studio: Studio, qtbot: QtBot) -> Iterator[Window]:
    """The window on a studio with a tiny model, nothing open."""
    window = Window(studio)
    window.show()
    qtbot.waitExposed(window)
    window.start()
    yield window
    if isalive(window):
        window.close()


@pytest.fixture
def opened(window: Window, ball_file: Path, qtbot: QtBot) -> Window:
    """The window with a scan of a ball."""
    window.open(ball_file)
    qtbot.waitUntil(lambda: window.session.scan is not None and window.session.work is None, timeout=60_000)
    return window
