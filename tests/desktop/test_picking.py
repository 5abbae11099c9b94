"""A folder with several series, dropped on the window or opened: the list comes, and what is chosen is opened."""

import numpy as np
from pydicom.uid import generate_uid
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

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
