"""What the mouse does on the picture, event by event."""

import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QWheelEvent
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QApplication

from segstudio.desktop.window import Window

LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
KINDS = {
    "press": QEvent.Type.MouseButtonPress,
    "move": QEvent.Type.MouseMove,
    "release": QEvent.Type.MouseButtonRelease,
}


class Mouse:
    def __init__(self, window, qtbot):
        self.canvas = window.findChild(QOpenGLWidget)
        self.middle = QPointF(self.canvas.width() / 2, self.canvas.height() / 2)
        self.qtbot = qtbot

    def send(self, kind, offset, button, held):
        place = self.middle + QPointF(*offset)
        keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(KINDS[kind], place, self.canvas.mapToGlobal(place), button, held, keys)
        QApplication.sendEvent(self.canvas, event)
        self.qtbot.wait(20)

    def drag(self, button, *offsets):
        self.send("move", offsets[0], NONE, NONE)
        self.send("press", offsets[0], button, button)
        for offset in offsets[1:]:
            self.send("move", offset, NONE, button)
        self.send("release", offsets[-1], button, NONE)

    def wheel(self, notches, keys=Qt.KeyboardModifier.NoModifier):
        place, turned = self.middle, QPoint(0, 120 * notches)
        event = QWheelEvent(
            place, self.canvas.mapToGlobal(place), QPoint(), turned, NONE, keys, Qt.ScrollPhase.NoScrollPhase, False
        )
        QApplication.sendEvent(self.canvas, event)
        self.qtbot.wait(20)


@pytest.fixture
def window(studio, ball_file, qtbot):
    window = Window(studio)
    window.show()
    qtbot.waitExposed(window)
    window.open(ball_file)
    qtbot.waitUntil(lambda: window.session.scan is not None and window.session.work is None, timeout=30_000)
    qtbot.wait(200)
    yield window
    window.close()


@pytest.fixture
def mouse(window, qtbot):
    return Mouse(window, qtbot)


def test_a_stroke_paints_the_chosen_class_and_is_one_step_to_undo(window, mouse):
    window.actions_by_name["brush"].trigger()
    window.column.classes.table.cellClicked.emit(1, 1)
    mask = window.session.scan.mask
    mouse.drag(LEFT, (-40, 0), (-20, 0), (0, 0), (20, 0))
    assert (mask.data == 2).sum() > 10
    assert set(mask.data[mask.data > 0].tolist()) == {2}
    window.actions_by_name["undo"].trigger()
    assert not mask.data.any()


def test_the_eraser_takes_away(window, mouse):
    mask = window.session.scan.mask
    mask.data[:] = 1
    window.actions_by_name["eraser"].trigger()
    mouse.drag(LEFT, (0, 0), (10, 0))
    assert (mask.data == 0).any()


def test_moving_the_picture_paints_nothing(window, mouse):
    window.actions_by_name["move"].trigger()
    before = window.session.viewer.scene.camera.center
    mouse.drag(LEFT, (0, 0), (30, 10), (60, 20))
    assert not window.session.scan.mask.data.any()
    assert window.session.viewer.scene.camera.center != before


def test_the_wheel_turns_slices_and_with_control_it_zooms(window, mouse):
    slider, camera = window.picture.slider, window.session.viewer.scene.camera
    at, zoom = slider.value(), camera.zoom
    mouse.wheel(1)
    assert (slider.value(), camera.zoom) == (at + 1, zoom)
    mouse.wheel(-2)
    assert slider.value() == at - 1
    mouse.wheel(1, Qt.KeyboardModifier.ControlModifier)
    assert slider.value() == at - 1
    assert camera.zoom > zoom


@pytest.mark.parametrize("tool", ["brush", "move", "eraser"])
def test_dragging_with_the_right_button_changes_contrast_and_nothing_else(window, mouse, tool):
    window.actions_by_name[tool].trigger()
    (picture,), camera = window.session.scan.pictures, window.session.viewer.scene.camera
    before, zoom, centre = list(picture.contrast_limits), camera.zoom, camera.center
    mouse.drag(RIGHT, (0, 0), (30, 0), (60, 0))
    low, high = picture.contrast_limits
    assert high - low > before[1] - before[0]
    assert low + high == pytest.approx(sum(before))
    assert (camera.zoom, camera.center) == (zoom, centre)
    assert not window.session.scan.mask.data.any()


def test_a_box_is_dragged_with_the_brush_in_the_hand(window, mouse):
    window.actions_by_name["brush"].trigger()
    window.column.predict.draw.click()
    mouse.drag(LEFT, (-60, -60), (0, 0), (60, 60))
    assert window.session.region.box is not None
    assert not window.session.scan.mask.data.any()
    assert window.session.scan.mask.mode == "paint"
    mouse.drag(LEFT, (0, 0), (10, 0))
    assert window.session.scan.mask.data.any()
