"""The program opens as it was left."""

import shutil
from dataclasses import astuple

import numpy as np
import pytest
from qtpy.QtCore import QPointF, QTimer

from segstudio.desktop.remembered import RECENT, Remembered
from segstudio.desktop.window import Window
from segstudio.imaging import write_volume
from segstudio.studio import Studio
from segstudio.viewer.layers import PLANES
from tests.viewer.sessions import paint


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
    again.opening.resume()
    qtbot.waitUntil(lambda: again.session.scan is not None and again.session.work is None, timeout=60_000)
    view, tools = again.session.view, again.session.tools
    assert again.session.scan.path == ball_file
    assert (view.voxel, view.window, view.layout, view.outline) == ((4, 5, 6), (10.0, 90.0), "coronal", True)
    assert (tools.active.name, tools.options.size_mm, view.chosen) == ("eraser", 3.5, 2)
    assert again.columns.right.isHidden()
    again.close()


def shown(window):
    """Whether every plane that is seen shows the scan."""
    panes, seen = window.picture.panes, set(window.picture.seen) - {"3d"}
    return seen <= set(panes) and all(panes[name].shows_scan for name in seen)


def close(framing, other):
    return np.allclose(astuple(framing), astuple(other), rtol=1e-3)


@pytest.fixture
def looked(opened, qtbot):
    """The window with every pane looked at in a way of its own."""
    qtbot.waitUntil(lambda: shown(opened) and opened.picture.surfaces is not None, timeout=30_000)
    for at, plane in enumerate(PLANES):
        pane = opened.picture.panes[plane]
        pane.zoom_at(QPointF(30 + 20 * at, 40), 2.0 + at)
        pane.pan(QPointF(7 * at, -5))
    surfaces = opened.picture.surfaces
    surfaces.pose_by_hand = surfaces.pose.turned(40, 15).moved(3, 4)
    opened.session.region.set((slice(2, 9), slice(3, 11), slice(4, 17)))
    return opened


def reopened(studio, qtbot, **size):
    again = Window(Studio.open(studio.library.folder, device="cpu"))
    if size:
        again.resize(size["width"], size["height"])
    again.show()
    again.opening.resume()
    qtbot.waitUntil(lambda: again.session.scan is not None and shown(again), timeout=60_000)
    return again


def test_zoom_and_place_of_every_pane_and_the_models_box_are_found_again(looked, studio, qtbot):
    before, pose = looked.picture.framings, looked.picture.pose
    looked.close()
    again = reopened(studio, qtbot)
    qtbot.waitUntil(lambda: again.picture.surfaces is not None, timeout=30_000)
    assert set(before) == set(PLANES)
    assert all(close(again.picture.framings[plane], before[plane]) for plane in PLANES)
    assert again.session.region.box == (slice(2, 9), slice(3, 11), slice(4, 17))
    assert again.picture.pose.azimuth == pytest.approx(pose.azimuth)
    assert again.picture.pose.centre == pytest.approx(pose.centre)
    again.close()


def test_in_a_window_of_another_size_the_same_place_is_as_large_beside_the_slice(looked, studio, qtbot):
    before = looked.picture.framings
    looked.close()
    again = reopened(studio, qtbot, width=1000, height=700)
    assert all(close(again.picture.framings[plane], before[plane]) for plane in PLANES)
    again.close()


def test_a_pane_that_nobody_looked_at_this_time_is_still_found_as_it_was(looked, studio, qtbot):
    before = looked.picture.framings
    looked.session.view.layout = "axial"
    looked.close()
    again = reopened(studio, qtbot)
    assert "sagittal" not in again.picture.panes or again.picture.panes["sagittal"].isHidden()
    again.close()
    third = reopened(studio, qtbot)
    third.session.view.layout = "four"
    qtbot.waitUntil(lambda: shown(third), timeout=30_000)
    assert all(close(third.picture.framings[plane], before[plane]) for plane in PLANES)
    third.close()


def test_each_scan_has_a_look_of_its_own(looked, ball_file, tmp_path, qtbot):
    before, other = looked.picture.framings, tmp_path / "other.nii.gz"
    other.write_bytes(ball_file.read_bytes())
    looked.open(other)
    qtbot.waitUntil(lambda: looked.session.scan.path == other and shown(looked), timeout=60_000)
    assert looked.session.region.box is None
    assert looked.picture.pose is None
    assert looked.picture.framings["axial"].times == pytest.approx(1.0, rel=0.05)
    looked.open(ball_file)
    qtbot.waitUntil(lambda: looked.session.scan.path == ball_file and shown(looked), timeout=60_000)
    assert close(looked.picture.framings["axial"], before["axial"])
    assert looked.session.region.box is not None


def test_a_box_that_does_not_lie_in_the_scan_any_more_is_passed_over(looked, ball_file, ball_scan, studio, qtbot):
    looked.close()
    write_volume(ball_scan(3, (8, 10, 12))[0], ball_file)
    again = reopened(studio, qtbot)
    assert again.session.region.box is None
    again.close()


def test_a_scan_that_is_gone_is_not_opened_again(opened, ball_file, studio, qtbot):
    opened.close()
    ball_file.unlink()
    again = Window(Studio.open(studio.library.folder, device="cpu"))
    again.opening.resume()
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
    after.opening.resume()
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
    after.opening.resume()
    after.bar.said.actions[1].run()
    qtbot.waitUntil(lambda: not after.session.left_open(), timeout=10_000)
    after.close()


def test_what_the_reader_said_made_a_scan_is_known_when_it_is_opened_again(opened, studio, qtbot):
    opened.session.say_modality("CT")
    opened.close()
    again = reopened(studio, qtbot)
    assert again.session.scan.volume.modality == again.session.scan.said == "CT"
    again.close()


def test_after_a_crash_the_scan_is_looked_at_as_before(looked, studio, tmp_path, qtbot):
    paint(looked.session, (5, 5, 5), 1)
    assert looked.session.scan.mask.journal.flush(10)
    point, before = looked.session.view.voxel, looked.picture.framings
    keeping = looked.opening.findChild(QTimer)
    keeping.timeout.emit()
    looked.remembered.sync()
    shutil.copytree(studio.library.folder, tmp_path / "after")  # as the crash has left it
    after = Window(Studio.open(tmp_path / "after", device="cpu"))
    after.resize(looked.size())
    after.show()
    after.opening.resume()
    after.bar.said.actions[0].run()
    qtbot.waitUntil(lambda: after.session.scan is not None and shown(after), timeout=60_000)
    assert after.session.view.voxel == point
    assert after.session.region.box == (slice(2, 9), slice(3, 11), slice(4, 17))
    assert all(close(after.picture.framings[plane], before[plane]) for plane in PLANES)
    after.close()
