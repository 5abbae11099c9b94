"""The list of series: what it says, its keys, and what is opened."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import generate_uid
from qtpy.compat import isalive
from qtpy.QtCore import Qt

from segstudio.imaging.dicom import scan
from segstudio.viewer.picking import Choosing, SeriesPicker
from tests.imaging.dicom.test_reading import PIXELS, saved


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Three series: one whole, one of two echoes, one that lacks a slice."""
    folder = saved(tmp_path / "study", SeriesDescription="T1 axial", SeriesNumber=1, SeriesDate="20240131")
    echoes = {"SeriesInstanceUID": generate_uid(), "SeriesDescription": "GRE", "SeriesNumber": 2}
    saved(folder, name="a", EchoTime=5, InstanceNumber=[1, 2, 3, 4, 5], **echoes)
    saved(folder, name="b", EchoTime=10, InstanceNumber=[6, 7, 8, 9, 10], pixels=PIXELS + 1, **echoes)
    gap = {"SeriesInstanceUID": generate_uid(), "SeriesDescription": "FLAIR", "SeriesNumber": 3}
    saved(folder, name="c", at=[0, 1, 2, 4, 5], **gap)
    return folder


@pytest.fixture
def opened() -> list:
    return []


@pytest.fixture
def picker(study, opened, qtbot):
    choosing = Choosing(scan(study), lambda path, read: opened.append((path, read(lambda *_: None, lambda: False))))
    picker = SeriesPicker(choosing)
    picker.show()
    qtbot.waitExposed(picker)
    yield picker
    if isalive(picker):
        picker.close()


def texts(picker):
    return [[picker.table.item(at, column).text() for column in range(1, 7)] for at in range(picker.table.rowCount())]


def test_each_stack_is_a_row_in_words(picker):
    first, early, late, gap = texts(picker)
    assert first == ["T1 axial", "MR", "axial", "5", "0.7 × 0.8 × 2.5", "2024-01-31"]
    assert early[0] == "GRE · echo 1"
    assert late[0] == "GRE · echo 2"
    assert gap[0] == "FLAIR\nThe series lacks 1 slice in between."


def test_rows_get_pictures(picker, qtbot):
    qtbot.waitUntil(lambda: not picker.table.item(0, 0).icon().isNull(), timeout=10_000)
    assert picker.table.item(0, 0).icon().actualSize(picker.table.iconSize()).width() > 20


def test_arrows_and_enter_open_a_row(picker, opened, qtbot):
    qtbot.keyClick(picker.table, Qt.Key.Key_Down)
    qtbot.keyClick(picker.table, Qt.Key.Key_Down)
    qtbot.keyClick(picker.table, Qt.Key.Key_Return)
    ((path, volume),) = opened
    assert path.name.endswith(":echo-2")
    assert np.array_equal(volume.image[0], PIXELS + 1)


def test_letters_search(picker, opened, qtbot):
    qtbot.keyClicks(picker.table, "g")
    qtbot.keyClicks(picker.search, "re")
    assert [row[0] for row in texts(picker)] == ["GRE · echo 1", "GRE · echo 2"]
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert opened[0][0].name.endswith(":echo-1")


def test_what_is_no_grid_cannot_be_opened_and_says_why(picker, opened, qtbot):
    picker.table.setCurrentCell(3, 1)
    assert not picker.open_button.isEnabled()
    assert "lacks 1 slice" in picker.problem.text()
    qtbot.keyClick(picker.table, Qt.Key.Key_Return)
    assert opened == []


def test_a_tilted_gantry_is_corrected_only_when_asked(tmp_path, opened, qtbot):
    folder = saved(tmp_path / "head", Modality="CT", step=(0, 0.6, 2.5))
    picker = SeriesPicker(Choosing(scan(folder), lambda path, _read: opened.append(path)))
    assert picker.open_button.text() == "Open with the tilt corrected"
    picker.open_chosen()
    assert opened[0].name.endswith("+untilted")


def test_a_session_asks_which_and_opens_what_was_chosen(session, study, qtbot):
    with qtbot.waitSignal(session.choice_wanted, timeout=20_000) as asked:
        session.open(study)
    assert session.work is None
    picker = SeriesPicker(asked.args[0])
    picker.open_chosen()
    qtbot.waitUntil(lambda: session.scan is not None and session.work is None, timeout=20_000)
    assert session.scan.name == "T1 axial"
    assert np.array_equal(session.scan.volume.image[0], PIXELS)


def test_a_chosen_series_can_be_shown_beside(study, opened, qtbot):
    beside = []
    choosing = Choosing(scan(study), lambda path, _read: opened.append(path))
    picker = SeriesPicker(choosing, beside=lambda path, _read: beside.append(path))
    qtbot.keyClick(picker.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert opened == []
    assert len(beside) == 1
