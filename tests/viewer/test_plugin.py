"""The same column inside an ordinary napari."""

import napari
import numpy as np
import pytest
import wrapt
from napari.components import ViewerModel
from npe2 import PluginManifest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QApplication, QLabel, QSizePolicy

from segstudio import settings
from segstudio.viewer import look, reader
from segstudio.viewer.dock import PlanesDock, StudioDock
from tests.viewer.sessions import CLASSES


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


def test_the_docks_wear_the_look_that_was_chosen_on_a_ground_of_their_own(tmp_path, monkeypatch, qtbot):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path))
    settings.change(theme="light")
    viewer = ViewerModel()
    dock = StudioDock(viewer)
    planes = PlanesDock(viewer)
    qtbot.addWidget(dock)
    qtbot.addWidget(planes)
    ground = f"#studio, #studio QScrollArea, #column {{ background: {look.THEMES['light'].panel};"
    for each in (dock, planes):
        assert each.objectName() == "studio"
        assert ground in each.styleSheet()
        assert each.testAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    planes.close()
    dock.end()
    look.use("dark")


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
    planes = PlanesDock(wrapt.ObjectProxy(viewer))  # as napari hands it to each widget
    planes.resize(600, 500)
    planes.show()
    dock.session.view.layout = "coronal"
    qtbot.waitUntil(lambda: "coronal" in planes.panes.panes, timeout=10_000)
    planes.close()


def test_planes_that_are_opened_after_the_scan_show_it(docked, qtbot):
    _, viewer = docked
    planes = PlanesDock(viewer)
    planes.resize(600, 500)
    planes.show()
    qtbot.waitUntil(lambda: planes.panes.drawn, timeout=30_000)
    assert {"axial", "coronal", "sagittal"} <= set(planes.panes.panes)
    planes.close()


def test_planes_are_low_where_they_are_wide(docked):
    _, viewer = docked
    planes = PlanesDock(viewer)
    planes.show()
    planes.resize(1200, 300)
    low = planes.minimumSizeHint().height()
    planes.resize(370, 500)
    assert low < 230 < planes.minimumSizeHint().height()
    planes.close()


def test_a_series_can_be_opened_beside_the_planes(docked, ball_file, tmp_path, monkeypatch, qtbot):
    dock, viewer = docked
    planes = PlanesDock(viewer)
    planes.resize(700, 500)
    planes.show()
    other = tmp_path / "other.nii.gz"
    other.write_bytes(ball_file.read_bytes())
    monkeypatch.setattr("segstudio.viewer.dock.ask_for_scan", lambda _parent: other)
    planes.open_beside.click()
    qtbot.waitUntil(lambda: len(planes.series.beside) == 1, timeout=30_000)
    dock.session.view.voxel = (3, 4, 5)
    assert planes.series.beside[0].view.voxel == (3, 4, 5)
    planes.close()
    assert dock.session.scan is not None


def test_planes_without_a_column_say_what_to_do(qtbot):
    planes = PlanesDock(ViewerModel())
    qtbot.addWidget(planes)
    assert "column first" in planes.findChild(QLabel).text()


# The hand on napari's own canvas


class OnCanvas:
    """The mouse over the canvas of a real napari; voxels (z, y, x) are of the display grid."""

    def __init__(self, viewer, dock, qtbot):
        self.viewer, self.dock, self.qtbot = viewer, dock, qtbot
        main = next(
            each for each in QApplication.topLevelWidgets() if each.isVisible() and each.findChild(QOpenGLWidget)
        )
        self.screen = main.findChild(QOpenGLWidget)

    def over(self, voxel):
        display, camera = self.dock.session.scan.display, self.viewer.scene.camera
        rows, columns = self.viewer.dims.order[-2:]
        mm, (_, *middle) = display.position_of(voxel), camera.center
        down, right = (mm[rows] - middle[0]) * camera.zoom, (mm[columns] - middle[1]) * camera.zoom
        return QPointF(self.screen.width() / 2 + right, self.screen.height() / 2 + down)

    def drag(self, *voxels, keys=Qt.KeyboardModifier.NoModifier):
        places = [self.over(each) for each in voxels]
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        self._send(QEvent.Type.MouseButtonPress, places[0], left, left, keys)
        for place in places[1:]:
            self._send(QEvent.Type.MouseMove, place, none, left, keys)
        self._send(QEvent.Type.MouseButtonRelease, places[-1], left, none, keys)
        self.qtbot.wait(20)

    def _send(self, kind, at, button, held, keys):
        QApplication.sendEvent(self.screen, QMouseEvent(kind, at, self.screen.mapToGlobal(at), button, held, keys))


@pytest.fixture
def canvas(drawing, monkeypatch, qtbot):
    """A real napari with the column, the ball open in it, and the mouse over its canvas."""
    monkeypatch.setattr("segstudio.studio.Studio.open", lambda: drawing.studio)
    path = drawing.scan.path
    drawing.close_scan()
    viewer = napari.Viewer()
    dock = StudioDock(viewer)
    dock.show()
    dock.session.set_classes(CLASSES)
    dock.session.open(path)
    qtbot.waitUntil(lambda: dock.session.scan is not None and dock.session.work is None, timeout=60_000)
    dock.session.view.voxel = (9, 12, 14)
    qtbot.wait(100)
    yield OnCanvas(viewer, dock, qtbot)
    dock.end()
    viewer.close()


def painted(canvas):
    return {tuple(int(at) for at in each) for each in np.argwhere(canvas.dock.session.scan.mask.labels)}


def test_the_brush_paints_on_naparis_own_canvas_and_undo_takes_it_back(canvas):
    session = canvas.dock.session
    session.tools.take("brush")
    session.tools.change(size_mm=1.0)
    before = tuple(canvas.viewer.scene.camera.center)
    canvas.drag((9, 12, 14), (9, 12, 17))
    assert painted(canvas) == {(9, 12, x) for x in (14, 15, 16, 17)}
    assert tuple(canvas.viewer.scene.camera.center) == before, "the picture stays where it is"
    session.tools.take("eraser")
    canvas.drag((9, 12, 15))
    assert painted(canvas) == {(9, 12, x) for x in (14, 16, 17)}
    canvas.dock.made.by_name["undo"].trigger()
    canvas.dock.made.by_name["undo"].trigger()
    assert not painted(canvas)


def test_a_quick_stroke_reaches_as_far_as_the_hand_did(canvas):
    session = canvas.dock.session
    session.tools.take("brush")
    session.tools.change(size_mm=1.0)
    canvas.drag((9, 12, 10), (9, 12, 12), (9, 12, 14), (9, 12, 19))
    assert painted(canvas) == {(9, 12, x) for x in range(10, 20)}


def test_it_paints_in_whichever_plane_napari_shows(canvas):
    session = canvas.dock.session
    session.tools.take("brush")
    session.tools.change(size_mm=1.0)
    canvas.viewer.dims.order = (1, 0, 2)
    canvas.viewer.reset_view()
    canvas.qtbot.wait(100)
    canvas.drag((7, 12, 14), (9, 12, 14))
    assert painted(canvas) == {(z, 12, 14) for z in (7, 8, 9)}


def test_fill_pick_and_locks_work_there_too(canvas):
    session = canvas.dock.session
    session.lock({1})
    session.tools.take("fill")
    session.view.chosen = 2
    canvas.drag((9, 12, 14))
    canvas.qtbot.waitUntil(lambda: session.work is None and session.scan.mask.counts[2] > 0, timeout=10_000)
    assert {at[0] for at in painted(canvas)} == {9}
    session.view.chosen = 1
    session.tools.take("pick")
    canvas.drag((9, 12, 14))
    assert session.view.chosen == 2


def test_a_click_with_move_brings_the_crosshair_there_and_a_drag_is_naparis(canvas):
    session = canvas.dock.session
    session.tools.take("move")
    canvas.drag((9, 5, 6))
    assert session.view.voxel == (9, 5, 6)
    before = tuple(canvas.viewer.scene.camera.center)
    canvas.drag((9, 12, 14), (9, 13, 16), (9, 14, 18))
    assert session.view.voxel == (9, 5, 6)
    assert tuple(canvas.viewer.scene.camera.center) != before


def test_zoom_and_place_stay_while_the_scan_does(canvas):
    canvas.viewer.scene.camera.zoom *= 2
    before = canvas.viewer.scene.camera.zoom
    canvas.dock.session.view.window = (0.0, 50.0)
    canvas.dock.session.view.opacity = 0.9
    assert canvas.viewer.scene.camera.zoom == before


def test_a_tool_that_draws_lines_says_where_it_works(canvas):
    canvas.dock.session.tools.take("lasso")
    canvas.drag((9, 5, 6), (9, 9, 9))
    assert "planes" in canvas.dock.bar.said.text
    assert not painted(canvas)


def test_naparis_own_brush_never_gets_to_write(canvas):
    mask = canvas.viewer.layers["mask"]
    mask.editable = True
    assert not mask.editable
    mask.mode = "paint"
    assert mask.mode == "pan_zoom"
    canvas.viewer.layers.selection.active = mask
    canvas.dock.session.tools.take("move")
    canvas.drag((9, 12, 14), (9, 12, 17))
    assert not painted(canvas)


def test_the_column_and_the_planes_take_all_the_height_that_napari_has(docked):
    dock, viewer = docked
    planes = PlanesDock(viewer)
    for each in (dock, planes):
        assert each.sizePolicy().verticalPolicy() == QSizePolicy.Policy.Expanding
    planes.close()
