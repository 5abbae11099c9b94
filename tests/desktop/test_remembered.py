"""The program opens as it was left."""

import pytest

from segstudio.desktop.remembered import RECENT, Remembered
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


def test_a_scan_that_is_gone_is_not_opened_again(opened, ball_file, studio, qtbot):
    opened.close()
    ball_file.unlink()
    again = Window(Studio.open(studio.library.folder, device="cpu"))
    again.resume()
    assert again.session.work is None
    again.close()
