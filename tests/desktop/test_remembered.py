"""The program opens as it was left."""

import shutil

import numpy as np
import pytest
from qtpy.QtCore import QPointF

from segstudio.desktop.remembered import RECENT, Remembered
from segstudio.desktop.status import ago
from segstudio.desktop.window import Window
from segstudio.studio import Studio


@pytest.fixture
def remembered(tmp_path, qtbot):
    return Remembered(tmp_path)


def test_the_last_scan_is_the_first_of_the_recent_ones(remembered, tmp_path):
    for at in (1, 2, 1, *range(3, 3 + RECENT)):
        remembered.opened(tmp_path / f"{at}.nii")
    assert len(remembered.recent) == RECENT
    assert remembered.recent[0] == tmp_path / f"{2 + RECENT}.nii"
    assert remembered.folder == str(tmp_path)
    remembered.forget(remembered.recent[0])
    assert tmp_path / f"{2 + RECENT}.nii" not in remembered.recent


def test_a_damaged_file_is_passed_over(tmp_path, studio, qtbot):
    (tmp_path / "library" / "window.ini").write_text('[General]\nview="{"\nlooks=[1]\nhand=7\nrecent=@Invalid()\n')
    window = Window(Studio.open(tmp_path / "library", device="cpu"))
    assert window.remembered.recent == []
    window.close()


def test_the_window_opens_as_it_was_left(opened, ball_file, studio, qtbot):
    session = opened.session
    session.view.voxel = (4, 5, 6)
    session.view.window = (10.0, 90.0)
    session.view.layout = "coronal"
    session.view.outline = True
    session.view.chosen = 2
    session.tools.take("eraser")
    session.tools.change(size_mm=3.5)
    opened.actions_by_name["columns"].trigger()
    opened.close()
    again = Window(Studio.open(studio.library.folder, device="cpu"))
    again.resume()
    qtbot.waitUntil(lambda: again.session.scan is not None and again.session.work is None, timeout=60_000)
    view, tools = again.session.view, again.session.tools
    assert again.session.scan.path == ball_file
    assert (view.voxel, view.window, view.layout, view.outline) == ((4, 5, 6), (10.0, 90.0), "coronal", True)
    assert (tools.active.name, tools.options.size_mm, view.chosen) == ("eraser", 3.5, 2)
    assert again.dock.isHidden()
    again.close()


def test_the_part_that_was_seen_is_seen_again(opened, studio, qtbot):
    qtbot.wait(500)
    pane = opened.picture.panes["axial"]
    pane.zoom_at(QPointF(30, 40), 3.0)
    before = [corner.copy() for corner in pane.seen]
    opened.close()
    again = Window(Studio.open(studio.library.folder, device="cpu"))
    again.show()
    again.resume()

    def seen_again():
        pane = again.picture.panes.get("axial")
        return pane is not None and np.allclose(pane.seen, before, atol=1.0)

    qtbot.waitUntil(seen_again, timeout=60_000)
    again.close()


def test_a_scan_that_is_gone_is_not_opened_again(opened, ball_file, studio, qtbot):
    opened.close()
    ball_file.unlink()
    again = Window(Studio.open(studio.library.folder, device="cpu"))
    again.resume()
    assert again.session.work is None
    again.close()


def test_after_a_crash_the_work_is_offered_and_is_back_step_by_step(opened, ball_file, studio, tmp_path, qtbot):
    mask = opened.session.scan.mask
    for value in (1, 2):
        stroke = mask.stroke("brush")
        stroke.put((slice(3, 6), slice(4, 8), slice(5, 7)), np.ones((3, 4, 2), bool), value)
        stroke.end()
    assert mask.journal.flush(10)
    shutil.copytree(studio.library.folder, tmp_path / "after")  # as the crash has left it
    after = Window(Studio.open(tmp_path / "after", device="cpu"))
    after.resume()
    assert ball_file.name in after.bar.said.text
    assert after.session.scan is None
    after.bar.said.actions[0].run()
    qtbot.waitUntil(lambda: after.session.scan is not None and after.session.work is None, timeout=60_000)
    assert after.session.scan.mask.counts[2] == 24
    after.actions_by_name["undo"].trigger()
    assert after.session.scan.mask.counts[1] == 24
    after.close()


def test_what_is_not_taken_up_now_is_not_offered_again(opened, studio, tmp_path, qtbot):
    mask = opened.session.scan.mask
    stroke = mask.stroke("brush")
    stroke.put((slice(3, 6), slice(4, 8), slice(5, 7)), np.ones((3, 4, 2), bool), 1)
    stroke.end()
    assert mask.journal.flush(10)
    shutil.copytree(studio.library.folder, tmp_path / "after")
    after = Window(Studio.open(tmp_path / "after", device="cpu"))
    after.resume()
    after.bar.said.actions[1].run()
    qtbot.waitUntil(lambda: not after.session.left_open(), timeout=10_000)
    after.close()


@pytest.mark.parametrize(
    ("seconds", "told"), [(-1, "0 s ago"), (2.4, "2 s ago"), (59, "59 s ago"), (150, "2 min ago"), (7300, "2 h ago")]
)
def test_how_long_ago_the_mask_was_saved_is_said_as_people_do(seconds, told):
    assert ago(seconds) == told
