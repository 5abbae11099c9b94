"""The same column inside an ordinary napari."""

import numpy as np
import pytest
from napari.components import ViewerModel
from npe2 import PluginManifest
from qtpy.QtWidgets import QLabel

from segstudio.viewer import reader
from segstudio.viewer.dock import PlanesDock, StudioDock


@pytest.fixture
def manifest():
    from importlib.resources import files

    return PluginManifest.from_file(str(files("segstudio.viewer") / "napari.yaml"))


def test_every_name_in_the_manifest_is_there(manifest):
    manifest.validate_imports()
    assert [each.display_name for each in manifest.contributions.widgets] == ["SegStudio", "SegStudio planes"]


def test_the_reader_shows_a_scan_on_its_display_grid(tmp_path, ball_file):
    read = reader.get_reader(str(ball_file))
    ((picture, options, kind),) = read(str(ball_file))
    layer = ViewerModel().add_image(picture, **options)
    assert kind == "image"
    assert layer.units == ("millimeter",) * 3


def test_the_reader_leaves_stacks_of_files_to_napari(ball_file):
    assert reader.get_reader([str(ball_file), str(ball_file)]) is None
    assert reader.get_reader("nowhere.nii") is None


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


@pytest.fixture
def docked(studio, ball_file, monkeypatch, qtbot):
    """The column in a napari, with a scan open."""
    monkeypatch.setattr("segstudio.studio.Studio.open", lambda: studio)
    viewer = ViewerModel()
    dock = StudioDock(viewer)
    dock.show()
    dock.session.open(ball_file)
    qtbot.waitUntil(lambda: dock.session.scan is not None and dock.session.work is None, timeout=60_000)
    yield dock, viewer
    dock.end()


def test_the_scan_and_its_mask_are_shown_in_naparis_own_viewer(docked):
    dock, viewer = docked
    picture, mask = viewer.layers
    assert np.shares_memory(mask.data, dock.session.scan.mask.labels)
    assert not mask.editable
    assert picture.units == ("millimeter",) * 3


def test_naparis_slider_and_the_crosshair_go_together(docked):
    dock, viewer = docked
    dock.session.view.voxel = (3, 4, 5)
    assert dock.session.scan.display.voxel_at(viewer.dims.point) == (3, 4, 5)
    viewer.dims.set_point(0, dock.session.scan.display.position_of((7, 0, 0))[0])
    assert dock.session.view.voxel == (7, 4, 5)


def test_tools_and_undo_have_buttons_in_the_dock(docked):
    dock, _viewer = docked
    dock.made.by_name["brush"].trigger()
    assert dock.session.tools.active.name == "brush"
    assert dock.made.by_name["brush"].isChecked()
    assert not dock.made.by_name["undo"].isEnabled()


def test_the_planes_share_the_session_of_the_column(docked, qtbot):
    dock, viewer = docked
    planes = PlanesDock(viewer)
    planes.resize(600, 500)
    planes.show()
    dock.session.view.layout = "coronal"
    qtbot.waitUntil(lambda: "coronal" in planes.panes.panes, timeout=10_000)
    planes.close()


def test_planes_without_a_column_say_what_to_do(qtbot):
    planes = PlanesDock(ViewerModel())
    qtbot.addWidget(planes)
    assert "column first" in planes.findChild(QLabel).text()
