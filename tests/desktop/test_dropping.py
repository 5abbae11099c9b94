"""Files and folders that are dropped on the window."""

from pathlib import Path

import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication

from segstudio.desktop.dropping import dropped_scan

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def files(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop_on(widget, data, keys=NONE):
    QApplication.sendEvent(widget, QDragEnterEvent(QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, data, LEFT, NONE))
    QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, LEFT, keys))


def test_a_dropped_file_is_opened(window, ball_file, qtbot):
    drop_on(window, files(ball_file))
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=60_000)
    assert window.session.scan.path == ball_file


def test_a_file_dropped_on_an_open_scan_takes_its_place(opened, ball_file, tmp_path, qtbot):
    other = tmp_path / "other.nii.gz"
    other.write_bytes(ball_file.read_bytes())
    drop_on(opened, files(other))
    qtbot.waitUntil(lambda: opened.session.scan.path == other, timeout=60_000)


def test_of_several_scans_that_are_dropped_the_others_are_beside_the_first(window, ball_file, tmp_path, qtbot):
    other = tmp_path / "other.nii.gz"
    other.write_bytes(ball_file.read_bytes())
    drop_on(window, files(ball_file, other))
    qtbot.waitUntil(lambda: len(window.series.beside) == 1, timeout=60_000)
    assert window.session.scan.path == ball_file
    assert window.series.beside[0].opened.path == other


def test_with_shift_a_series_is_dropped_beside_the_scan(opened, ball_file, tmp_path, qtbot):
    other = tmp_path / "other.nii.gz"
    other.write_bytes(ball_file.read_bytes())
    drop_on(opened, files(other), Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(opened.series.beside) == 1, timeout=60_000)
    assert opened.session.scan.path == ball_file


def test_no_other_part_of_the_window_keeps_a_drop_for_itself(opened):
    from qtpy.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget

    keeps = [each for each in opened.findChildren(QWidget) if each.acceptDrops() and each.isVisible()]
    assert not [each for each in keeps if not isinstance(each, QLineEdit | QAbstractSpinBox)]


def test_what_is_no_file_is_not_taken(window):
    data = QMimeData()
    data.setText("a word")
    event = QDragEnterEvent(QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, data, LEFT, NONE)
    window.dragEnterEvent(event)
    assert not event.isAccepted()


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["scan.nii.gz"], "scan.nii.gz"),
        (["a.nii.gz", "b.nii.gz"], "a.nii.gz"),
        (["IM1.dcm", "IM2.dcm", "IM3.dcm"], ""),
        (["IM1.dcm"], "IM1.dcm"),
        (["IM1", "IM2"], ""),
    ],
)
def test_several_slices_of_one_folder_are_its_series(tmp_path: Path, names, meant):
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert dropped_scan([tmp_path / name for name in names]) == tmp_path / meant
