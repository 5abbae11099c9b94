"""The same column inside an ordinary napari."""

import numpy as np
import pytest
from napari.components import ViewerModel
from npe2 import PluginManifest

from segstudio.imaging import Geometry, Volume, write_volume
from segstudio.viewer import reader
from segstudio.viewer.dock import StudioDock


@pytest.fixture
def manifest():
    from importlib.resources import files

    return PluginManifest.from_file(str(files("segstudio.viewer") / "napari.yaml"))


def test_every_name_in_the_manifest_is_there(manifest):
    manifest.validate_imports()
    assert [each.display_name for each in manifest.contributions.widgets] == ["SegStudio"]


def test_the_reader_shows_a_scan_on_its_display_grid(tmp_path, ball_file):
    read = reader.get_reader(str(ball_file))
    ((picture, options, kind),) = read(str(ball_file))
    layer = ViewerModel().add_image(picture, **options)
    assert kind == "image"
    assert layer.units == ("millimeter",) * 3


def test_the_reader_leaves_stacks_of_files_to_napari(ball_file):
    assert reader.get_reader([str(ball_file), str(ball_file)]) is None
    assert reader.get_reader("nowhere.nii") is None


def test_a_frame_of_a_scan_over_time_is_chosen_by_the_slider(studio, tmp_path, qtbot):
    from segstudio.viewer.dock import Column
    from segstudio.viewer.session import Session

    voxels = np.arange(3, dtype=np.int16)[:, None, None, None, None] * np.ones((1, 1, 4, 5, 6), np.int16)
    path = tmp_path / "over-time.nii.gz"
    write_volume(Volume(voxels, Geometry((4, 5, 6), np.diag([1.0, 1, 1, 1])[[2, 1, 0, 3]])), path)
    session = Session(ViewerModel(), studio)
    column = Column(session)
    qtbot.addWidget(column)
    session.open(path)
    qtbot.waitUntil(lambda: session.scan is not None and session.work is None, timeout=20_000)
    column.scan.frame.setValue(2)
    assert (session.scan.pictures[0].data == 2).all()
    assert session.scan.volume.frame == 2
    assert column.scan.frame_text.text() == "time 3/3"
    session.close()


def test_the_dock_opens_the_persons_library_in_any_napari(tmp_path, monkeypatch, qtbot):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path))
    dock = StudioDock(ViewerModel())
    assert dock.session is not None
    assert (tmp_path / "library").is_dir()
    assert dock.session.studio.library.folder == tmp_path / "library"
    dock.end()


def test_a_library_that_cannot_be_opened_is_told_in_the_dock(tmp_path, monkeypatch, qtbot):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("no folder")
    dock = StudioDock(ViewerModel())
    qtbot.addWidget(dock)
    assert dock.session is None
    assert dock.bar.said.tone == "error"
