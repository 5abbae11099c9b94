"""What was closed gives its memory back."""

import gc
import weakref
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from segstudio.desktop.window import Window
from segstudio.studio import Studio
from tests.viewer.sessions import paint, wait

Watched = list[weakref.ref[object]]


def watch(*watched: object) -> Watched:
    return [weakref.ref(each) for each in watched]


def is_gone(watched: Watched) -> bool:
    gc.collect()
    return all(each() is None for each in watched)


def draw(window: Window, qtbot: QtBot) -> Watched:
    """A stroke, seen in all four panes; what is to go with the scan."""
    paint(window.session, (8, 8, 8), 1)
    window.session.view.layout = "four"
    qtbot.waitUntil(lambda: window.picture.drawn and not window.picture.surfaces.busy, timeout=60_000)
    scan = window.session.scan
    return watch(scan, scan.volume, scan.volume.voxels, scan.mask)


@pytest.fixture
def drawn(opened: Window, qtbot: QtBot) -> Watched:
    return draw(opened, qtbot)


def test_a_closed_scan_and_its_mask_are_let_go(opened: Window, drawn: Watched, qtbot: QtBot) -> None:
    opened.session.close_scan()
    qtbot.waitUntil(lambda: is_gone(drawn), timeout=10_000)


def test_a_scan_that_another_takes_the_place_of_is_let_go(
    opened: Window, drawn: Watched, ball_file: Path, qtbot: QtBot
) -> None:
    other = ball_file.rename(ball_file.with_name("other.nii.gz"))
    opened.open(other)
    wait(qtbot, opened.session)
    assert opened.session.scan.path == other
    qtbot.waitUntil(lambda: is_gone(drawn), timeout=10_000)


def test_a_closed_window_is_let_go_with_all_that_it_had(studio: Studio, ball_file: Path, qtbot: QtBot) -> None:
    def open_and_close() -> Watched:
        window = Window(studio)
        window.show()
        window.open(ball_file)
        wait(qtbot, window.session)
        watched = draw(window, qtbot)
        parts = (window, window.session, window.column, window.picture, window.picture.surfaces)
        watched += watch(*parts, *window.picture.panes.values())
        window.close()
        return watched

    watched = open_and_close()
    qtbot.waitUntil(lambda: is_gone(watched), timeout=10_000)


def test_a_closed_window_is_cleared_away_without_anybody_looking_for_garbage(
    studio: Studio, ball_file: Path, qtbot: QtBot
) -> None:
    def open_and_close() -> Watched:
        window = Window(studio)
        window.show()
        window.open(ball_file)
        wait(qtbot, window.session)
        watched = watch(window, window.session, window.picture)
        window.close()
        return watched

    watched = open_and_close()
    qtbot.waitUntil(lambda: gc.get_freeze_count() == 0 and all(each() is None for each in watched), timeout=20_000)
