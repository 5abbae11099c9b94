"""The window: opens quickly and empty, shows a scan, and closes without losing anything."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDialog, QLabel, QTextBrowser

from segstudio import paths
from segstudio.desktop.window import Window
from segstudio.errors import LibraryError
from segstudio.imaging import Geometry, Volume, write_volume
from segstudio.studio import Studio
from segstudio.viewer.commands import commands, tools
from segstudio.viewer.keysheet import KeySheet
from segstudio.viewer.messages import Message
from segstudio.viewer.windows import OTHER


def wait(qtbot, window, timeout=60_000):
    qtbot.waitUntil(lambda: window.session.work is None, timeout=timeout)


def paint(window, value=1):
    mask = window.session.scan.mask
    stroke = mask.stroke("brush")
    stroke.put((slice(3, 6), slice(4, 8), slice(5, 7)), np.ones((3, 4, 2), bool), value)
    stroke.end()


def press(window, key, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.stack, key, modifier)


@pytest.fixture
def awake(opened, qtbot):
    """With the keyboard on the picture."""
    opened.activateWindow()
    opened.stack.setFocus()
    qtbot.waitUntil(opened.stack.hasFocus, timeout=5000)
    return opened


def test_the_window_opens_without_torch(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from segstudio.desktop.qt import application; app = application()\n"
        "from segstudio.studio import Studio; from segstudio.desktop.window import Window\n"
        f"window = Window(Studio.open(Path({str(tmp_path)!r}) / 'library'))\n"
        "window.show(); app.processEvents(); window.start(); app.processEvents()\n"
        "assert window.isVisible(); print('torch' in sys.modules); window.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"SEGSTUDIO_HOME": str(tmp_path)},
    )
    assert done.stdout.strip() == "False", done.stderr


def test_an_empty_window_says_what_to_do(window):
    assert window.stack.currentWidget() is window.welcome
    assert window.bar.said.text == "Research use only. Not for diagnosis or treatment."
    assert not window.actions_by_name["brush"].isEnabled()


def test_the_notice_stays_away_once_understood(window):
    window.bar.said.actions[0].run()
    assert window.remembered.flag("understood")


def test_an_opened_scan_takes_the_place_of_the_welcome(opened):
    assert opened.stack.currentWidget() is opened.picture
    assert opened.windowTitle().startswith("ball.nii.gz")
    assert opened.column.scan.facts.text().startswith("28 × 24 × 20 voxels · 1 × 1 × 1 mm")


def test_the_toolbar_stays_as_it_lies_while_the_window_is_dragged(opened, qtbot):
    toolbar = opened.toolbar
    before = [each.geometry() for each in (toolbar.windows, toolbar.layouts)]
    for low, high in ((-160.0, 240.0), (-1024.0, 3071.0), (-32768.0, 32767.0)):
        opened.session.view.window = (low, high)
        opened.session.view.layout = "sagittal"
        qtbot.wait(5)
        assert toolbar.windows.sizeHint().width() <= toolbar.windows.width()
        assert [each.geometry() for each in (toolbar.windows, toolbar.layouts)] == before


def test_a_broken_file_is_told_in_the_bar(window, tmp_path, qtbot):
    (tmp_path / "x.nii").write_bytes(b"")
    window.open(tmp_path / "x.nii")
    wait(qtbot, window)
    assert window.bar.said.tone == "error"
    assert window.bar.isVisible()
    assert window.stack.currentWidget() is window.welcome


def test_a_second_window_on_the_same_library_is_told_once(opened, studio, qtbot):
    second = Window(Studio.open(studio.library.folder, device="cpu"))
    second.remembered.keep_flag("understood")
    second.start()
    assert "another window or worker" in second.bar.said.text.lower()
    second.close()


def test_recent_scans_are_remembered(opened, ball_file):
    opened.recent.aboutToShow.emit()
    assert [action.text() for action in opened.recent.actions()] == [ball_file.name]


def test_an_error_of_the_library_becomes_a_message():
    message = Message.of(LibraryError("the disk is full", hint="Make room."))
    assert message == Message("The disk is full.", "Make room.", "error")


def test_a_tool_stays_lit_until_another_is_taken(opened):
    every = [name for name in tools() if name in opened.actions_by_name]
    for name in every:
        opened.actions_by_name[name].trigger()
        assert [each for each in every if opened.actions_by_name[each].isChecked()] == [name]
        assert opened.session.tools.active.name == name
    opened.session.tools.take("eraser")
    assert opened.actions_by_name["eraser"].isChecked()


def test_what_was_painted_is_told_undone_and_done_again(opened, qtbot):
    mask = opened.session.scan.mask
    paint(opened)
    qtbot.waitUntil(lambda: "1 change to undo" in opened.status.steps.text(), timeout=5000)
    assert opened.actions_by_name["undo"].text() == "Undo brush"
    assert opened.isWindowModified()
    opened.actions_by_name["undo"].trigger()
    assert not mask.counts[1:].any()
    qtbot.waitUntil(lambda: opened.actions_by_name["redo"].text() == "Redo brush", timeout=5000)
    opened.actions_by_name["redo"].trigger()
    assert mask.counts[1] == 24
    assert not opened.actions_by_name["redo"].isEnabled()


def test_the_keys_turn_slices_of_the_plane_that_is_shown(awake):
    view = awake.session.view
    view.layout = "coronal"
    view.voxel = (10, 12, 14)
    press(awake, Qt.Key.Key_Up)
    assert view.voxel == (10, 13, 14)
    press(awake, Qt.Key.Key_PageDown)
    assert view.voxel == (10, 3, 14)
    press(awake, Qt.Key.Key_Home)
    assert view.voxel == (10, 0, 14)
    press(awake, Qt.Key.Key_End)
    assert view.voxel == (10, 23, 14)


def test_keys_choose_window_class_tool_and_look(awake):
    view, session = awake.session.view, awake.session
    first = view.window
    press(awake, Qt.Key.Key_4)
    assert view.window == OTHER[3].of(session.scan.picture())
    press(awake, Qt.Key.Key_I)
    press(awake, Qt.Key.Key_H)
    assert (view.inverted, view.flips) == (True, {"h"})
    press(awake, Qt.Key.Key_Space)
    assert (view.window, view.inverted, view.flips) == (first, False, frozenset())
    press(awake, Qt.Key.Key_2, Qt.KeyboardModifier.KeypadModifier)
    assert view.chosen == session.classes[1].value
    press(awake, Qt.Key.Key_X)
    assert view.chosen == session.classes[0].value
    press(awake, Qt.Key.Key_E)
    assert session.tools.active.name == "eraser"
    size = session.tools.options.size_mm
    press(awake, Qt.Key.Key_BracketRight)
    assert session.tools.options.size_mm > size
    press(awake, Qt.Key.Key_O)
    press(awake, Qt.Key.Key_M)
    assert (view.outline, view.mask_visible) == (True, False)


def test_tab_folds_the_column_and_brings_it_back(awake):
    press(awake, Qt.Key.Key_Tab)
    assert awake.columns.right.isHidden()
    assert not awake.actions_by_name["columns"].isChecked()
    press(awake, Qt.Key.Key_Tab)
    assert not awake.columns.right.isHidden()


def test_the_picture_takes_the_place_of_the_list_at_once_and_gives_it_back(opened, qtbot):
    qtbot.waitUntil(lambda: opened.picture.drawn, timeout=30_000)
    before = opened.picture.width()
    opened.actions_by_name["worklist"].trigger()
    assert opened.picture.width() > before
    opened.actions_by_name["worklist"].trigger()
    assert opened.picture.width() == before
    assert opened.picture.foremost.native.updatesEnabled()


def test_a_mask_is_seen_over_a_picture_whose_pane_was_made_before_it_was_shown(window, ball_file, qtbot):
    panes = window.picture.panes
    qtbot.waitUntil(lambda: "axial" in panes and not panes["axial"].content.prepare(), timeout=60_000)
    window.open(ball_file)
    qtbot.waitUntil(lambda: window.session.scan is not None and window.picture.drawn, timeout=60_000)
    window.session.view.voxel = (4, 5, 6)
    paint(window)
    qtbot.waitUntil(lambda: window.picture.drawn)

    def colourful():
        seen = panes["axial"].native.grabFramebuffer().convertToFormat(QImage.Format.Format_RGB888)
        pixels = np.frombuffer(seen.constBits(), np.uint8).reshape(seen.height(), seen.bytesPerLine())
        red, green, blue = (pixels[:, channel : 3 * seen.width() : 3].astype(int) for channel in range(3))
        assert max(np.ptp([red, green, blue], axis=0).ravel()) > 40

    qtbot.waitUntil(colourful)


def test_a_click_in_the_column_leaves_the_keyboard_to_the_picture(awake, qtbot):
    table = awake.column.classes.table
    place = table.visualRect(table.model().index(1, 2)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert awake.session.view.chosen == awake.session.classes[1].value
    assert awake.stack.hasFocus()
    at = awake.session.view.voxel[0]
    press(awake, Qt.Key.Key_Up)
    assert awake.session.view.voxel[0] == at + 1


def test_a_frame_of_a_scan_over_time_is_chosen_by_the_slider(window, tmp_path, qtbot):
    voxels = np.arange(3, dtype=np.int16)[:, None, None, None, None] * np.ones((1, 1, 4, 5, 6), np.int16)
    path = tmp_path / "over-time.nii.gz"
    write_volume(Volume(voxels, Geometry((4, 5, 6), np.diag([1.0, 1, 1, 1])[[2, 1, 0, 3]])), path)
    window.open(path)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=60_000)
    window.column.scan.frame.setValue(2)
    assert (window.session.scan.picture() == 2).all()
    assert window.column.scan.frame_text.text() == "time 3 of 3"


def test_a_letter_typed_into_a_field_is_no_command(awake, qtbot):
    field = awake.column.submit.patient
    field.setFocus()
    qtbot.waitUntil(field.hasFocus, timeout=5000)
    QTest.keyClicks(field, "be1")
    assert field.text() == "be1"
    assert awake.session.tools.active.name == "move"


def test_menus_name_what_a_key_would_do(opened):
    assert opened.actions_by_name["class_1"].text() == opened.session.classes[0].name
    assert not opened.actions_by_name["class_9"].isVisible()
    assert "Usual" in opened.actions_by_name["window_1"].text()


def test_a_closed_window_keeps_what_was_not_submitted(opened, ball_file, studio, qtbot):
    paint(opened, 2)
    opened.close()
    again = Window(Studio.open(studio.library.folder, device="cpu"))
    again.open(ball_file)
    wait(qtbot, again)
    assert again.session.scan.mask.counts[2] == 24
    again.close()


def test_closing_can_be_thought_better_of(opened, answers):
    paint(opened)
    answers.append("stay")
    opened.close()
    assert opened.isVisible()
    assert opened.session.scan is not None


def test_what_is_thrown_away_at_closing_does_not_come_back(opened, ball_file, studio, qtbot, answers):
    paint(opened, 2)
    answers.append("discard")
    opened.close()
    again = Window(Studio.open(studio.library.folder, device="cpu"))
    again.open(ball_file)
    wait(qtbot, again)
    assert not again.session.scan.mask.counts[1:].any()
    again.close()


def test_nothing_is_asked_where_nothing_was_changed(opened, answers):
    answers.append("stay")
    opened.close()
    assert not opened.isVisible()


def test_the_window_speaks_the_readers_words(opened, qtbot):
    from qtpy.QtWidgets import QAbstractButton

    # napari's own welcome page is there too, never shown, with a tip drawn by chance.
    labels = [each for each in opened.findChildren(QLabel) if not type(each).__module__.startswith("napari.")]
    spoken = [each.text() for each in labels] + [
        f"{each.text()} {each.toolTip()}" for each in opened.findChildren(QAbstractButton)
    ]
    spoken += [f"{each.text} {each.tip}" for each in commands()]
    for word in ("tensor", "epoch", "checkpoint", "layer", "array"):
        assert not [text for text in spoken if word in text.lower()]


def test_about_says_what_it_must_not_be_used_for(window):
    window.actions_by_name["about"].trigger()
    (dialog,) = [each for each in window.findChildren(QDialog) if each.isVisible()]
    assert any("Research use only" in each.text() for each in dialog.findChildren(QLabel))
    dialog.reject()


def test_the_guide_opens_and_every_picture_of_it_is_there(window):
    window.actions_by_name["guide"].trigger()
    (page,) = window.findChildren(QTextBrowser)
    assert "a guide in pictures" in page.toPlainText()
    folder = paths.resources() / "guide"
    shown = set(re.findall(r"\((\w+\.jpg)\)", (folder / "guide.md").read_text(encoding="utf8")))
    assert shown == {each.name for each in folder.glob("*.jpg")}
    page.window().reject()


def test_the_sheet_of_keys_comes_with_its_key_and_lists_what_can_be_done_here(window):
    window.actions_by_name["keys"].trigger()
    (sheet,) = window.findChildren(KeySheet)
    assert set(sheet.rows) == set(window.actions_by_name)
    sheet.reject()


def test_a_message_lies_over_no_pane(opened, qtbot):
    before = opened.stack.geometry()
    opened.session.said.emit(Message("The disk is full.", "Make room.", "error"))
    QApplication.processEvents()
    assert opened.stack.geometry() == before
    assert opened.bar.geometry().bottom() < opened.stack.geometry().top()


def test_where_messages_come_the_tool_in_the_hand_is_named_meanwhile(opened):
    opened.session.tools.take("eraser")
    opened.bar.dismiss()
    assert opened.bar._text.text().startswith("Eraser: Take the mask away.")
