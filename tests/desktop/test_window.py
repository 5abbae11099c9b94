"""The window: opens quickly and empty, shows a scan, paints, and closes without losing anything."""

import subprocess
import sys

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent

from segstudio.desktop.commands import COMMANDS, MENUS, TOOLS
from segstudio.desktop.window import Window
from segstudio.errors import LibraryError
from segstudio.studio import Studio
from segstudio.viewer.messages import Message


@pytest.fixture
def window(studio, qtbot):
    window = Window(studio)
    window.show()
    qtbot.waitExposed(window)
    window.start()
    yield window
    if window.isVisible():
        window.close()


def wait(qtbot, window, timeout=60_000):
    qtbot.waitUntil(lambda: window.session.work is None, timeout=timeout)


@pytest.fixture
def opened(window, ball_file, qtbot):
    window.open(ball_file)
    wait(qtbot, window)
    return window


def test_the_window_opens_without_torch(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from segstudio.desktop.qt import application; app = application()\n"
        "from segstudio.studio import Studio; from segstudio.desktop.window import Window\n"
        f"window = Window(Studio.open(Path({str(tmp_path)!r}) / 'library'))\n"
        "window.show(); app.processEvents(); window.start(); app.processEvents()\n"
        "assert window.isVisible(); print('torch' in sys.modules); window.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr


def test_an_empty_window_says_what_to_do(window):
    assert window.stack.currentWidget() is window.welcome
    assert window.bar.said.text == "Research use only. Not for diagnosis or treatment."
    assert not window.actions_by_name["brush"].isEnabled()


def test_the_notice_stays_away_once_understood(window):
    window.bar.said.actions[0].run()
    assert window.settings.value("understood", type=bool)


def test_an_opened_scan_takes_the_place_of_the_welcome(opened):
    assert opened.stack.currentWidget() is opened.picture
    assert opened.windowTitle().startswith("ball.nii.gz")
    assert opened.column.scan.facts.text().startswith("28 × 24 × 20 voxels · 1 × 1 × 1 mm")


def test_a_dropped_file_is_opened(window, ball_file, qtbot):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(ball_file))])
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.welcome.dropEvent(drop)
    wait(qtbot, window)
    assert window.session.scan.path == ball_file


def test_a_broken_file_is_told_in_the_bar(window, tmp_path, qtbot):
    (tmp_path / "x.nii").write_bytes(b"")
    window.open(tmp_path / "x.nii")
    wait(qtbot, window)
    assert window.bar.said.tone == "error"
    assert window.bar.isVisible()
    assert window.stack.currentWidget() is window.welcome


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_the_wheel_moves_one_slice_a_notch_in_every_plane(opened, plane):
    opened.actions_by_name[plane].trigger()
    before = opened.picture.slider.value()
    opened.picture.step(1)
    assert opened.picture.slider.value() == before + 1
    across = opened.session.viewer.dims.order[0]
    scan = opened.session.scan
    assert scan.display.voxel_at(opened.session.viewer.dims.point)[across] == before + 1


def test_a_tool_stays_lit_until_another_is_taken(opened):
    for name in TOOLS:
        opened.actions_by_name[name].trigger()
        assert [each for each in TOOLS if opened.actions_by_name[each].isChecked()] == [name]
    opened.session.scan.mask.mode = "erase"
    assert opened.actions_by_name["eraser"].isChecked()


def test_a_stroke_is_seen_and_counted(opened, qtbot):
    mask = opened.session.scan.mask
    mask.brush_size = 5
    mask.paint((10, 12, 14), 1)
    ml = opened.session.scan.volume.geometry.voxel_ml * (mask.data == 1).sum()
    qtbot.waitUntil(lambda: opened.column.classes.table.item(0, 3).text() == f"{ml:.2f} ml", timeout=5000)
    assert opened.state.text() == "Changes not submitted"
    opened.actions_by_name["undo"].trigger()
    assert not mask.data.any()


def test_the_brush_is_measured_in_millimetres(opened):
    opened.brush.setValue(7)
    assert opened.session.scan.mask.brush_size == pytest.approx(7)
    opened.actions_by_name["smaller"].trigger()
    assert opened.brush.value() == pytest.approx(5.6)


def test_hiding_a_class_hides_only_its_colour(opened):
    section = opened.column.classes
    section.table.cellClicked.emit(0, 2)
    assert opened.session.hidden == {1}
    assert opened.session.scan.mask.colormap.color_dict[1][3] == 0
    section.table.cellClicked.emit(0, 2)
    assert not opened.session.hidden


def test_choosing_a_class_makes_it_what_the_brush_paints(opened):
    opened.column.classes.table.cellClicked.emit(1, 1)
    assert opened.session.scan.mask.selected_label == 2


def test_this_view_becomes_the_box(opened, qtbot):
    qtbot.waitUntil(lambda: opened.session.scan.pictures[0].corner_pixels.any(), timeout=5000)
    opened.column.predict.view.click()
    assert opened.session.region.size_mm is not None
    assert "In a box" in opened.column.predict.where.text()
    opened.column.predict.whole.click()
    assert opened.session.region.box is None


def test_predicting_shows_progress_and_leaves_a_mask(opened, qtbot):
    opened.actions_by_name["predict"].trigger()
    assert opened.column.predict.stop.isVisible()
    wait(qtbot, opened)
    assert opened.session.scan.mask.data.any()
    assert opened.bar.said.tone == "done"
    assert opened.bar.said.actions[0].text == "Undo"


def test_a_closed_window_keeps_what_was_not_submitted(opened, ball_file, studio, qtbot):
    opened.session.scan.mask.paint((10, 12, 14), 2)
    folder = studio.library.folder
    opened.close()
    assert list((folder / "drafts").iterdir())
    again = Window(Studio.open(folder, device="cpu"))
    again.open(ball_file)
    wait(qtbot, again)
    assert (again.session.scan.mask.data == 2).any()
    again.close()


def test_a_second_window_on_the_same_library_is_told_once(opened, studio, qtbot):
    second = Window(Studio.open(studio.library.folder, device="cpu"))
    second.settings.setValue("understood", True)
    second.start()
    assert "another window or worker" in second.bar.said.text.lower()
    second.close()


def test_recent_scans_are_remembered(opened, ball_file):
    opened.recent.aboutToShow.emit()
    assert [action.text() for action in opened.recent.actions()] == [ball_file.name]


def test_every_command_is_named_once_and_every_key_has_one_meaning():
    names = [each.name for each in COMMANDS]
    keys = [each.keys for each in COMMANDS if each.keys]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)
    assert {name for menu in MENUS.values() for name in menu if not name.startswith("-")} <= set(names)


def test_the_window_speaks_the_readers_words(opened, qtbot):
    from qtpy.QtWidgets import QAbstractButton, QLabel

    # napari's own welcome page is there too, never shown, with a tip drawn by chance.
    labels = [each for each in opened.findChildren(QLabel) if not type(each).__module__.startswith("napari.")]
    spoken = [each.text() for each in labels] + [
        f"{each.text()} {each.toolTip()}" for each in opened.findChildren(QAbstractButton)
    ]
    spoken += [f"{each.text} {each.tip}" for each in COMMANDS]
    for word in ("tensor", "epoch", "checkpoint", "layer", "array"):
        assert not [text for text in spoken if word in text.lower()]


def test_an_error_of_the_library_becomes_a_message():
    message = Message.of(LibraryError("the disk is full", hint="Make room."))
    assert message == Message("The disk is full.", "Make room.", "error")


def test_the_pointer_tells_patient_coordinates_and_class(opened):
    from segstudio.desktop.picture import describe_point

    scan = opened.session.scan
    scan.mask.data[10, 12, 14] = 2
    position = tuple(np.array((10, 12, 14)) * scan.display.scale + scan.display.translate)
    text = describe_point(scan, position, opened.session.classes)
    world = scan.display.shown.to_world(np.array([[10.0, 12, 14]]))[0]
    assert f"{'L' if world[0] >= 0 else 'R'} {abs(world[0]):.1f}" in text
    assert text.endswith("shell")
    assert describe_point(scan, (9e3, 0, 0), opened.session.classes) == ""


def test_about_and_keys_say_what_they_should(window, studio):
    from qtpy.QtWidgets import QDialog, QLabel

    for name, wanted in (("about", "Research use only"), ("keys", "Ctrl+Shift+Z")):
        window.actions_by_name[name].trigger()
        (dialog,) = [each for each in window.findChildren(QDialog) if each.isVisible()]
        assert any(wanted in each.text() for each in dialog.findChildren(QLabel))
        dialog.reject()
