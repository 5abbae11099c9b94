"""The window answers, whatever it does."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from segstudio.desktop.window import Window
from tests.viewer.probe import Probe
from tests.viewer.sessions import paint, wait

FAR_TOO_LONG_MS = 500
"""Of the window's own work at a stretch; what it really takes is measured by a benchmark, on a machine at rest."""


def test_the_panes_are_made_behind_the_welcome_page(window: Window, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: len(window.picture.panes) == 3 and all(each.content.mask for each in window.picture.panes.values()),
        timeout=60_000,
    )
    assert window.stack.currentWidget() is window.welcome
    assert not any(pane.isVisible() for pane in window.picture.panes.values())


def test_the_window_answers_while_a_scan_is_opened_painted_on_and_closed(
    window: Window, ball_file: Path, qtbot: QtBot
) -> None:
    with Probe() as probe:
        window.open(ball_file)
        wait(qtbot, window.session)
        qtbot.waitUntil(lambda: window.picture.drawn, timeout=60_000)
        for _ in range(3):
            paint(window.session, (8, 8, 8), 1)
            window.session.undo()
            qtbot.wait(50)
        window.session.close_scan()
        qtbot.wait(200)
    assert 0 < probe.busiest_ms < FAR_TOO_LONG_MS
