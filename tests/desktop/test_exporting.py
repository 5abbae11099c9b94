"""The mask is exported beside the window, and a DICOM mask that is opened becomes the mask of its series."""

import numpy as np
import pytest

from segstudio.desktop import exporting
from segstudio.export import rtstruct, seg
from segstudio.export.written import Author
from segstudio.imaging import read_labels
from tests.export.conftest import mask_on
from tests.export.series import save_series


def told(window, qtbot, word, timeout=60_000):
    qtbot.waitUntil(lambda: window.bar.said is not None and word in window.bar.said.text, timeout=timeout)


def paint(window, value=2):
    stroke = window.session.scan.mask.stroke("brush")
    stroke.put((slice(3, 6), slice(4, 8), slice(5, 7)), np.ones((3, 4, 2), bool), value)
    stroke.end()


@pytest.fixture
def on_series(window, tmp_path, qtbot):
    """The window with a DICOM series open."""
    window.open(save_series(tmp_path / "series", shape=(8, 20, 16)))
    qtbot.waitUntil(lambda: window.session.scan is not None and window.session.work is None, timeout=60_000)
    return window


def asked(window, folder):
    dialog = exporting.ask(window.session, str(folder), window)
    dialog.folder.setText(str(folder))
    return dialog


def choose(dialog, *names):
    for name, box in dialog.formats.items():
        box.setChecked(name in names)


def test_a_mask_is_written_in_every_format_that_is_ticked_and_read_back(on_series, tmp_path, qtbot):
    paint(on_series)
    out = tmp_path / "out"
    out.mkdir()
    dialog = asked(on_series, out)
    choose(dialog, "seg", "rtstruct", "nrrd")
    dialog.name.setText("mine")
    names = [line.partition(",")[0] for line in dialog.files.text().splitlines()]
    assert names == ["mine-seg.dcm", "mine-rtstruct.dcm", "mine.seg.nrrd"]
    dialog.export.click()
    told(on_series, qtbot, "Exported 3 files")
    assert dialog.files.text().count("the same") == 2
    assert "no class below Dice 1.0000" in dialog.files.text()
    scan = on_series.session.scan
    for path in out.iterdir():
        assert (read_labels(path, scan=scan.volume).labels == scan.labels(()).labels).all()
    dialog.close()


def test_formats_that_refer_to_a_series_rest_where_there_is_none_and_say_why(opened, tmp_path):
    paint(opened)
    dialog = asked(opened, tmp_path)
    assert not dialog.formats["seg"].isEnabled()
    assert "no DICOM series" in dialog.formats["seg"].toolTip()
    assert dialog.formats["nrrd"].isChecked()
    dialog.close()


def test_an_empty_mask_is_not_exported(opened, tmp_path):
    assert exporting.ask(opened.session, str(tmp_path), opened) is None
    assert "empty" in opened.bar.said.text


def test_a_file_that_would_be_replaced_is_told_beforehand_and_without_a_format_nothing_is_written(opened, tmp_path):
    paint(opened)
    dialog = asked(opened, tmp_path)
    dialog.name.setText("there")
    (tmp_path / "there.nii.gz").write_bytes(b"x")
    choose(dialog, "nifti")
    assert "in place of" in dialog.files.text()
    choose(dialog)
    assert not dialog.export.isEnabled()
    dialog.close()


def test_what_cannot_be_written_is_told_in_the_window_that_asked(opened, tmp_path, qtbot):
    paint(opened)
    dialog = asked(opened, tmp_path / "nowhere")
    dialog.export.click()
    qtbot.waitUntil(lambda: dialog.bar.said is not None, timeout=60_000)
    assert dialog.bar.said.tone == "error"
    assert dialog.export.isEnabled()
    dialog.close()


def test_a_cancelled_export_leaves_no_file(on_series, tmp_path, qtbot):
    paint(on_series)
    out = tmp_path / "out"
    out.mkdir()
    dialog = asked(on_series, out)
    choose(dialog, "seg", "rtstruct", "nrrd", "nifti", "stl", "obj")
    dialog._stopped.set()
    dialog.export.click()
    qtbot.waitUntil(lambda: not dialog._running, timeout=60_000)
    assert list(out.iterdir()) == []
    dialog.close()


@pytest.mark.parametrize("kind", ["seg", "rtstruct"])
def test_a_dicom_mask_that_is_opened_becomes_the_mask_of_its_series_in_one_step(on_series, tmp_path, qtbot, kind):
    scan = on_series.session.scan
    mask = mask_on(scan.volume)
    write = {"seg": seg.write, "rtstruct": rtstruct.write}[kind]
    write(mask, scan.volume, tmp_path / "m.dcm", author=Author())
    on_series.open(tmp_path / "m.dcm")
    told(on_series, qtbot, "Load m.dcm")
    named = {each.name: each.value for each in on_series.session.classes}
    found = on_series.session.scan.labels(()).labels
    for each in mask.classes[:3]:
        assert ((found == named[each.name]) == (mask.labels == each.value)).all()
    on_series.actions_by_name["undo"].trigger()
    assert not scan.mask.counts[1:].any()


def test_a_dicom_mask_of_another_series_is_refused_with_words(on_series, tmp_path, qtbot):
    from segstudio.imaging import read_volume

    other = read_volume(save_series(tmp_path / "other", shape=(8, 20, 16)))
    seg.write(mask_on(other), other, tmp_path / "m.dcm", author=Author())
    on_series.open(tmp_path / "m.dcm")
    told(on_series, qtbot, "another series")
    assert not on_series.session.scan.mask.counts[1:].any()


def test_a_dicom_mask_without_its_series_says_what_to_open(window, tmp_path, qtbot):
    from segstudio.imaging import read_volume

    scan = read_volume(save_series(tmp_path / "series"))
    seg.write(mask_on(scan), scan, tmp_path / "m.dcm", author=Author())
    window.open(tmp_path / "m.dcm")
    told(window, qtbot, "m.dcm is a mask")
    assert "series" in window.bar.said.hint
