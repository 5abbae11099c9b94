"""Bad input and trouble: a message in the window, and the work is kept."""

import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QWidget

from segstudio.desktop import closing
from segstudio.desktop.maskfiles import save_mask
from segstudio.desktop.window import Window
from segstudio.errors import SegStudioError
from segstudio.imaging import Volume, read_labels, write_volume
from segstudio.library import Library
from segstudio.studio import Studio
from segstudio.viewer.messages import Message
from tests.viewer.hands import Mouse


def wait(qtbot, window, timeout=60_000):
    qtbot.waitUntil(lambda: window.session.work is None, timeout=timeout)


def told(window, qtbot, word):
    qtbot.waitUntil(lambda: window.bar.said is not None and word in window.bar.said.text, timeout=30_000)


def paint(window, value=2):
    stroke = window.session.scan.mask.stroke("brush")
    stroke.put((slice(3, 6), slice(4, 8), slice(5, 7)), np.ones((3, 4, 2), bool), value)
    stroke.end()


@pytest.fixture
def drawn(opened):
    """A scan with a stroke on it."""
    paint(opened)
    return opened


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("notes.txt", b"hello"),
        ("noise.nii", bytes(range(256)) * 20),
        ("noise.nii.gz", bytes(range(256)) * 20),
        ("slice.dcm", bytes(400)),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("gone.nii", None),
    ],
)
def test_what_is_no_scan_is_told_and_the_scan_that_is_open_stays(drawn, ball_file, tmp_path, qtbot, name, held):
    if held is not None:
        (tmp_path / name).write_bytes(held)
    drawn.open(tmp_path / name)
    told(drawn, qtbot, name)
    assert drawn.bar.said.tone == "error"
    assert drawn.bar.said.hint
    assert str(tmp_path) not in drawn.bar.said.text
    assert drawn.session.scan.path == ball_file
    assert drawn.session.scan.mask.counts[2] == 24


def test_a_folder_without_a_scan_is_told(drawn, tmp_path, qtbot):
    (tmp_path / "papers").mkdir()
    drawn.open(tmp_path / "papers")
    told(drawn, qtbot, "DICOM")
    assert drawn.session.scan.mask.counts[2] == 24


def test_what_was_said_of_the_last_file_goes_when_another_is_opened(drawn, ball_file, tmp_path, qtbot):
    drawn.open(tmp_path / "gone.nii")
    told(drawn, qtbot, "gone.nii")
    other = tmp_path / "other.nii.gz"
    other.write_bytes(ball_file.read_bytes())
    drawn.open(other)
    qtbot.waitUntil(lambda: drawn.session.scan.path == other, timeout=30_000)
    assert drawn.bar.said is None or drawn.bar.said.tone != "error"


def test_a_question_stays_until_it_is_answered(window, ball_file, qtbot):
    window.session.said.emit(Message("Is it?", stays=True))
    window.open(ball_file)
    wait(qtbot, window)
    assert window.bar.said.text == "Is it?"


def test_a_file_that_is_removed_while_it_is_open_can_be_painted_saved_and_submitted(drawn, ball_file, tmp_path, qtbot):
    ball_file.unlink()
    paint(drawn, 1)
    save_mask(drawn.session, tmp_path / "m.nii.gz")
    told(drawn, qtbot, "m.nii.gz")
    assert (read_labels(tmp_path / "m.nii.gz").labels == 1).sum() == 24
    drawn.session.submit(patient="", reader="me", minutes=0.01)
    told(drawn, qtbot, "is stored")


def test_opening_it_again_is_refused_in_words_and_what_is_open_stays(drawn, ball_file, qtbot):
    ball_file.unlink()
    drawn.open(ball_file)
    told(drawn, qtbot, "does not exist")
    assert drawn.session.scan.path == ball_file
    assert drawn.session.scan.mask.counts[2] == 24
    paint(drawn, 1)
    assert drawn.session.scan.mask.journal.flush(10), "and is kept on as before"


def test_a_scan_that_is_opened_again_goes_on_with_its_mask(drawn, ball_file, qtbot):
    before = drawn.session.scan
    drawn.open(ball_file)
    qtbot.waitUntil(lambda: drawn.session.scan is not None and drawn.session.scan is not before, timeout=30_000)
    assert drawn.session.scan.mask.counts[2] == 24
    assert drawn.session.scan.mask.journal is not None


def test_time_points_share_one_mask(window, ball_scan, tmp_path, qtbot):
    volume = ball_scan(3, (12, 14, 16))[0]
    voxels = np.stack([volume.voxels[0]] * 3)
    write_volume(Volume(voxels, volume.geometry), tmp_path / "4d.nii.gz")
    window.open(tmp_path / "4d.nii.gz")
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=30_000)
    assert "3 time points" in window.column.scan.facts.text()
    paint(window, 1)
    window.session.show_frame(2)
    assert window.session.scan.volume.frame == 2
    assert window.session.scan.mask.counts[1] == 24


@pytest.fixture
def small_disk(tmp_path):
    """A folder that is a disk of 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if not sys.platform.startswith("linux") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small disk can be made on Linux, by who may mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_on_a_full_disk_work_goes_on_in_memory_and_is_written_once_there_is_room(small_disk, ball_file, qtbot):
    window = Window(Studio(Library.open(small_disk / "library")))
    window.show()
    window.open(ball_file)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=30_000)
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    for value in (1, 2, 1):
        paint(window, value)
    told(window, qtbot, "cannot be kept on disk")
    assert "room" in window.bar.said.hint
    window.actions_by_name["undo"].trigger()
    assert window.session.scan.mask.counts[2] == 24
    assert not window.session.scan.mask.journal.flush(0.1)
    filler.unlink()
    assert window.session.scan.mask.journal.flush(10)
    window.close()


@pytest.mark.parametrize(("pressed", "closes"), [("Close and lose it", True), ("Do not close", False)])
def test_what_would_be_lost_is_said_and_staying_is_the_default(pressed, closes, qtbot):
    asked = []

    def answer():
        box = QApplication.activeModalWidget()
        asked.append((box.text(), box.defaultButton().text()))
        next(each for each in box.buttons() if each.text() == pressed).click()

    parent = QWidget()
    qtbot.addWidget(parent)
    QTimer.singleShot(50, answer)
    assert closing.may_lose(parent, SegStudioError("the disk is full", hint="Make room.")) is closes
    assert asked == [("The mask is not submitted and cannot be kept: the disk is full.", "Do not close")]


def test_closing_on_a_full_disk_says_what_would_be_lost_before_it_is(small_disk, ball_file, monkeypatch, qtbot):
    window = Window(Studio(Library.open(small_disk / "library")))
    window.show()
    window.open(ball_file)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=30_000)
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    paint(window, 1)
    asked = []
    monkeypatch.setattr(closing, "may_lose", lambda _window, error: asked.append(error.message))
    window.close()
    assert asked
    assert window.isVisible()
    assert window.session.scan.mask.counts[1] == 24
    filler.unlink()
    window.close()
    assert not window.isVisible()


def test_on_graphics_that_hold_less_than_the_scan_it_is_shown_coarsely_and_painted_finely(
    studio, ball_file, monkeypatch, qtbot
):
    for where in ("canvas", "layers.base", "layers.labels"):
        monkeypatch.setattr(f"napari._vispy.{where}.get_max_texture_sizes", lambda: (16, 16))
    window = Window(studio)
    window.show()
    window.open(ball_file)
    told(window, qtbot, "larger than the graphics can show: of 2 voxels")
    qtbot.waitUntil(lambda: window.picture.drawn, timeout=30_000)
    pane, session = window.picture.panes["axial"], window.session
    session.tools.take("brush")
    session.tools.change(size_mm=1.0)
    session.view.voxel = (8, 12, 14)
    mouse = Mouse(pane, qtbot)
    mouse.click(mouse.over((8, 11, 13)))
    assert [tuple(each) for each in np.argwhere(session.scan.mask.labels)] == [(8, 11, 13)]
    window.close()
