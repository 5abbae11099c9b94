"""The mask goes to a file and comes from one, on the scan's own grid."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QPushButton

from segstudio.desktop import maskfiles
from segstudio.desktop.maskfiles import folder_for, name_for, save_mask
from segstudio.imaging import Geometry, LabelMap, nameless, read_labels, write_labels
from segstudio.sample import sample_scan
from segstudio.viewer.class_edits import rename_class
from segstudio.viewer.masks import load_mask


def told(window, qtbot, word):
    qtbot.waitUntil(lambda: window.bar.said is not None and word in window.bar.said.text, timeout=30_000)


def paint(window, value=2):
    mask = window.session.scan.mask
    stroke = mask.stroke("brush")
    box = (slice(3, 6), slice(4, 8), slice(5, 7))
    stroke.put(box, np.ones((3, 4, 2), bool), value)
    stroke.end()


@pytest.mark.parametrize("name", ["mask.nii.gz", "mask.nrrd", "mask.mha"])
def test_a_saved_mask_holds_what_was_painted_where_the_scan_lies(opened, tmp_path, qtbot, name):
    paint(opened)
    save_mask(opened.session, tmp_path / name)
    told(opened, qtbot, name)
    found = read_labels(tmp_path / name)
    scan = opened.session.scan
    assert found.geometry.same_space(scan.volume.geometry)
    assert (found.labels == scan.labels(()).labels).all()
    assert (found.labels == 2).sum() == 24


def test_a_loaded_mask_takes_the_place_of_the_old_one_and_can_be_undone(opened, tmp_path, qtbot):
    scan = opened.session.scan
    paint(opened)
    before = scan.mask.labels.copy()
    voxels = np.zeros(scan.volume.geometry.shape, np.uint8)
    voxels[1:4, 2:5, 3:6] = 1
    write_labels(LabelMap(voxels, scan.volume.geometry), tmp_path / "m.nii.gz")
    load_mask(opened.session, tmp_path / "m.nii.gz")
    told(opened, qtbot, "m.nii.gz")
    assert (scan.labels(()).labels == voxels).all()
    opened.actions_by_name["undo"].trigger()
    assert (scan.mask.labels == before).all()


def numbers_file(opened, path, classes=()):
    """A mask in the opened scan's grid that holds 1 and 3, and names none of them unless told."""
    geometry = opened.session.scan.volume.geometry
    voxels = np.zeros(geometry.shape, np.uint8)
    voxels[1:4, 2:5, 3:6], voxels[8:9, 2:5, 3:6] = 1, 3
    write_labels(LabelMap(voxels, geometry, classes), path)
    return path


def rows(opened):
    return [(row.value, row.name, row.color) for row in opened.column.classes.rows.rows]


def test_a_mask_without_names_takes_the_models_only_when_the_reader_says_so(opened, tmp_path, qtbot):
    session = opened.session
    load_mask(session, numbers_file(opened, tmp_path / "m.nii.gz"))
    told(opened, qtbot, "names no classes")
    assert "ball 1 calls 1 ball" in opened.bar.said.text
    assert [each.value for each in session.classes] == [2]
    assert [name for _value, name, _color in rows(opened)] == ["shell", "class 1", "class 3"]
    assert len({color for _value, _name, color in rows(opened)}) == 3
    qtbot.waitUntil(lambda: opened.picture.drawn, timeout=60_000)
    pane = opened.picture.panes["axial"]
    drawn = pane.content.mask.colormap.color_dict
    assert [tuple(np.rint(255 * drawn[value][:3])) for value in (1, 3)] == [nameless(1).color, nameless(3).color]
    qtbot.mouseClick(opened.bar.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert [(each.value, each.name) for each in session.classes] == [(1, "ball"), (2, "shell")]
    assert [name for _value, name, _color in rows(opened)] == ["ball", "shell", "class 3"]


def test_undoing_a_mask_without_names_brings_the_names_back_and_redo_takes_them_away(opened, tmp_path, qtbot):
    session = opened.session
    paint(opened)
    before = session.classes
    load_mask(session, numbers_file(opened, tmp_path / "m.nii.gz"))
    told(opened, qtbot, "names no classes")
    without = session.classes
    opened.actions_by_name["undo"].trigger()
    assert session.classes == before
    opened.actions_by_name["redo"].trigger()
    assert session.classes == without


def test_names_that_a_person_gave_stay_with_their_numbers(opened, tmp_path, qtbot):
    rename_class(opened.session, 1, "tumour")
    load_mask(opened.session, numbers_file(opened, tmp_path / "m.nii.gz"))
    told(opened, qtbot, "m.nii.gz")
    assert opened.session.classes[0].name == "tumour"


def test_a_mask_without_names_is_without_them_still_when_it_is_opened_again(opened, tmp_path, ball_file, qtbot):
    session = opened.session
    load_mask(session, numbers_file(opened, tmp_path / "m.nii.gz"))
    told(opened, qtbot, "names no classes")
    session.close_scan()
    opened.open(ball_file)
    qtbot.waitUntil(lambda: session.scan is not None and session.work is None, timeout=60_000)
    assert session.nameless == (1, 3)


def test_a_mask_of_another_grid_is_refused_with_words(opened, tmp_path, qtbot):
    geometry = Geometry((4, 5, 6), np.diag([1.0, 1, 1, 1])[[2, 1, 0, 3]])
    write_labels(LabelMap(np.ones((4, 5, 6), np.uint8), geometry), tmp_path / "m.nii.gz")
    load_mask(opened.session, tmp_path / "m.nii.gz")
    told(opened, qtbot, "voxels")
    assert opened.bar.said.tone == "error"
    assert opened.bar.said.hint
    assert not opened.session.scan.mask.counts[1:].any()


def test_a_mask_that_cannot_be_written_is_told(opened, tmp_path, qtbot):
    save_mask(opened.session, tmp_path / "no folder" / "m.nii.gz")
    qtbot.waitUntil(lambda: opened.bar.said is not None and opened.bar.said.tone == "error", timeout=30_000)


def test_the_offered_name_comes_from_the_scans(tmp_path):
    assert name_for(tmp_path / "t1.nii.gz") == "t1-mask.nii.gz"
    assert name_for(tmp_path / "ct.NRRD") == "ct-mask.nii.gz"
    assert name_for(tmp_path / "8f3a.nii.gz", "case 12 · 5b43") == "case-12-5b43-mask.nii.gz"
    assert name_for(tmp_path / "series folder") == "series folder-mask.nii.gz"


def test_a_mask_is_offered_beside_its_scan(tmp_path):
    assert folder_for(tmp_path / "t1.nii.gz", "") == tmp_path
    (tmp_path / "last").mkdir()
    assert folder_for(tmp_path / "t1.nii.gz", str(tmp_path / "last"), own=False) == tmp_path / "last"


def test_the_mask_of_the_sample_is_offered_where_the_reader_keeps_files(tmp_path, monkeypatch):
    scan = sample_scan()
    assert folder_for(scan, str(tmp_path)) == tmp_path
    monkeypatch.setattr(maskfiles, "user_documents_path", lambda: tmp_path / "documents")
    assert folder_for(scan, "") == Path.home()
    (tmp_path / "documents").mkdir()
    assert folder_for(scan, "") == tmp_path / "documents"
    assert folder_for(tmp_path / "gone" / "t1.nii.gz", "") == tmp_path / "documents"


# Masks that are opened as scans


@pytest.fixture
def mask_file(ball_scan, tmp_path):
    """The ball's mask, as a file beside its scan."""
    path = tmp_path / "something.nii.gz"
    write_labels(ball_scan(3, (20, 24, 28))[1], path)
    return path


def action(window, word):
    (found,) = [each for each in window.bar.said.actions if word in each.text]
    return found


def test_a_mask_that_is_dropped_on_its_scan_is_asked_about_and_becomes_its_mask(opened, mask_file, ball_file, qtbot):
    opened.open(mask_file)
    told(opened, qtbot, "looks like a mask")
    assert opened.session.scan.path == ball_file
    assert not opened.session.scan.mask.counts[1:].any(), "nothing is done unasked"
    action(opened, "Use it").run()
    told(opened, qtbot, "names no classes")
    assert (opened.session.scan.labels(()).labels == read_labels(mask_file).labels).all()
    opened.actions_by_name["undo"].trigger()
    assert not opened.session.scan.mask.counts[1:].any()


def test_it_can_be_opened_as_a_scan_all_the_same(opened, mask_file, qtbot):
    opened.open(mask_file)
    told(opened, qtbot, "looks like a mask")
    action(opened, "scan").run()
    qtbot.waitUntil(lambda: opened.session.scan.path == mask_file, timeout=30_000)


def test_a_mask_that_is_opened_first_asks_for_its_scan(window, mask_file, ball_file, monkeypatch, qtbot):
    window.open(mask_file)
    told(window, qtbot, "looks like a mask")
    assert window.session.scan.path == mask_file
    monkeypatch.setattr("segstudio.viewer.sections.scan.ask_for_scan", lambda *_: ball_file)
    action(window, "Open its scan").run()
    qtbot.waitUntil(lambda: window.session.scan.path == ball_file and window.session.work is None, timeout=30_000)
    told(window, qtbot, "names no classes")
    assert window.session.scan.mask.counts[1:3].all()
    assert window.remembered.recent[0] == ball_file


def test_a_mask_of_another_grid_takes_the_scans_place_and_says_what_it_looks_like(opened, ball_scan, tmp_path, qtbot):
    write_labels(ball_scan(3, (10, 12, 14))[1], tmp_path / "other.nii.gz")
    opened.open(tmp_path / "other.nii.gz")
    told(opened, qtbot, "not a scan")
    assert opened.session.scan.path == tmp_path / "other.nii.gz"


def test_a_mask_beside_the_scan_is_asked_about(opened, mask_file, qtbot):
    opened.series.open(mask_file)
    told(opened, qtbot, "looks like a mask")
    assert not opened.series.beside
    action(opened, "beside").run()
    qtbot.waitUntil(lambda: len(opened.series.beside) == 1, timeout=30_000)


def test_a_noisy_scan_is_not_taken_for_a_mask(opened, tmp_path, qtbot):
    geometry = opened.session.scan.volume.geometry
    noise = np.random.default_rng(0).integers(0, 175, geometry.shape).astype(np.uint8)
    write_labels(LabelMap(noise, geometry), tmp_path / "noise.nii.gz")
    load_mask(opened.session, tmp_path / "noise.nii.gz")
    told(opened, qtbot, "looks like a scan")
    assert opened.bar.said.tone == "error"
    assert not opened.session.scan.mask.counts[1:].any()


def test_where_a_mask_was_saved_is_said_with_its_folder(opened, tmp_path, qtbot):
    paint(opened)
    folder = tmp_path / ("a folder with a long name" * 4)
    folder.mkdir()
    save_mask(opened.session, folder / "m.nii.gz")
    told(opened, qtbot, "m.nii.gz in ")
    assert "…" in opened.bar.said.text
    assert str(folder / "m.nii.gz") in opened.bar.findChild(QLabel).toolTip()


def test_a_folder_that_takes_no_files_is_not_offered(tmp_path, monkeypatch):
    def refused(dir):
        raise OSError(dir)

    other = tmp_path / "documents"
    other.mkdir()
    took = tempfile.TemporaryFile
    monkeypatch.setattr(
        "segstudio.desktop.maskfiles.tempfile.TemporaryFile",
        lambda dir: refused(dir) if dir == tmp_path else took(dir=dir),
    )
    assert folder_for(tmp_path / "t1.nii.gz", str(other)) == other
