"""Series beside the scan, and comparing, in the real window."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt

from segstudio.desktop.window import Window
from segstudio.imaging import LabelMap, Volume, write_volume
from tests.viewer.sessions import paint, wait


def test_a_series_opened_beside_is_seen_and_goes_with_the_scan(
    opened: Window, tmp_path: Path, ball_scan: Callable[..., tuple[Volume, LabelMap]], qtbot: QtBot, monkeypatch
) -> None:
    path = tmp_path / "FLAIR.nii.gz"
    write_volume(ball_scan(5, (20, 24, 28))[0], path)
    monkeypatch.setattr("segstudio.desktop.window.ask_for_scan", lambda *_: path)
    opened.actions_by_name["open_beside"].trigger()
    qtbot.waitUntil(lambda: len(opened.series.beside) == 1, timeout=30_000)
    (pane,) = opened._beside.panes.values()
    qtbot.waitUntil(pane.isVisible, timeout=30_000)
    opened.session.view.voxel = (5, 6, 7)
    assert opened.series.beside[0].view.voxel == (5, 6, 7)
    opened.session.close_scan()
    assert opened.series.beside == ()


def test_a_series_that_is_taken_away_is_let_go_though_nobody_looks_for_garbage(
    opened: Window, tmp_path: Path, ball_scan: Callable[..., tuple[Volume, LabelMap]], qtbot: QtBot
) -> None:
    path = tmp_path / "FLAIR.nii.gz"
    write_volume(ball_scan(5, (20, 24, 28))[0], path)
    opened.series.open(path)
    qtbot.waitUntil(lambda: len(opened.series.beside) == 1, timeout=30_000)
    (places,) = (each.panes for each in opened._beside.panes.values())
    qtbot.waitUntil(lambda: any(pane.shows_scan for pane in places.values()), timeout=30_000)
    voxels = weakref.ref(opened.series.beside[0].opened.volume.voxels)
    gc.disable()
    try:
        opened.series.close_all()
        qtbot.waitUntil(lambda: voxels() is None, timeout=10_000)
    finally:
        gc.enable()


def test_the_key_goes_from_difference_to_difference(opened: Window, qtbot: QtBot) -> None:
    session = opened.session
    session.predict()
    wait(qtbot, session)
    for voxel in ((4, 4, 4), (14, 14, 14)):
        value = 1 if session.scan.mask.labels[voxel] != 1 else 2
        paint(session, voxel, value, reach=2)
    opened.activateWindow()
    opened.stack.setFocus()
    qtbot.waitUntil(opened.stack.hasFocus, timeout=30_000)
    qtbot.keyClick(opened.stack, Qt.Key.Key_N)
    comparison = opened.column.compare.comparison
    qtbot.waitUntil(lambda: comparison.at is not None, timeout=30_000)
    assert session.view.voxel == comparison.places[0].voxel
    qtbot.waitUntil(lambda: opened.picture.drawn, timeout=30_000)
    assert np.count_nonzero(session.view.compared)
    qtbot.keyClick(opened.stack, Qt.Key.Key_N)
    assert session.view.voxel == comparison.places[1 % len(comparison.places)].voxel
