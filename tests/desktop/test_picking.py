"""A folder with several series, dropped on the window or opened: the list comes, and what is chosen is opened."""

import threading

import numpy as np
from pydicom.uid import generate_uid
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

from segstudio.imaging.dicom import pixels
from segstudio.viewer.picking import SeriesPicker
from tests.imaging.dicom.test_reading import PIXELS, saved


def shown(qtbot):
    def there():
        return [each for each in QApplication.topLevelWidgets() if isinstance(each, SeriesPicker) and each.isVisible()]

    qtbot.waitUntil(lambda: bool(there()), timeout=20_000)
    return there()[0]


def test_several_series_are_chosen_from_and_the_next_start_opens_the_chosen_one(window, tmp_path, qtbot):
    folder = saved(tmp_path / "study", SeriesDescription="T1", SeriesNumber=1)
    saved(folder, SeriesInstanceUID=generate_uid(), name="b", SeriesDescription="T2", SeriesNumber=2, pixels=PIXELS + 1)
    window.open(folder)
    picker = shown(qtbot)
    qtbot.keyClick(picker.table, Qt.Key.Key_Down)
    qtbot.keyClick(picker.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.scan is not None and window.session.work is None, timeout=30_000)
    assert np.array_equal(window.session.scan.volume.image[0], PIXELS + 1)
    assert window.windowTitle().startswith("T2")
    window.open(folder)
    picker = shown(qtbot)
    qtbot.keyClick(picker.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(window.series.beside) == 1, timeout=30_000)
    assert window.series.beside[0].opened.name == "T1"
    window.close()
    assert "#" in window.remembered.open.name


def test_opening_a_folder_is_cancelled_by_escape_and_what_is_open_stays(
    opened, ball_file, tmp_path, monkeypatch, qtbot
):
    folder = saved(tmp_path / "series", SeriesDescription="T1")
    read, reading, go_on = pixels.opened, threading.Event(), threading.Event()
    seen = []

    def slowly(file):
        seen.append(file)
        if len(seen) == 3:
            reading.set()
            go_on.wait(30)
        return read(file)

    monkeypatch.setattr(pixels, "opened", slowly)
    opened.activateWindow()
    opened.stack.setFocus()
    qtbot.waitUntil(opened.stack.hasFocus, timeout=5000)
    opened.open(folder)
    qtbot.waitUntil(reading.is_set, timeout=30_000)
    assert opened.session.work.kind == "open"
    qtbot.keyClick(opened.stack, Qt.Key.Key_Escape)
    go_on.set()
    qtbot.waitUntil(lambda: opened.session.work is None, timeout=30_000)
    assert len(seen) == 3, "the slices that follow are not read"
    assert opened.session.scan.path == ball_file
    opened.open(folder)
    qtbot.waitUntil(lambda: opened.session.scan.path != ball_file, timeout=30_000)
    assert np.array_equal(opened.session.scan.volume.image[0], PIXELS)
