"""The 3D pane shows each class where it is, in its colour, and keeps out of a stroke's way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent

from segstudio.imaging import Geometry, Reorientation
from segstudio.progress import never
from segstudio.viewer.layers import Display
from segstudio.viewer.panes.compass import Compass
from segstudio.viewer.panes.pose import Pose
from segstudio.viewer.panes.shells import first_hit, outdated, shares
from tests.viewer.sessions import paint

SIZE = (400, 300)
DEGREES = st.floats(-720, 720)
POSES = st.builds(
    Pose,
    azimuth=st.floats(0, 360),
    elevation=st.floats(-90, 90),
    centre=st.tuples(*[st.floats(-200, 200)] * 3),
    mm_per_pixel=st.floats(0.05, 3),
)
PIXELS = st.tuples(st.floats(0, SIZE[0]), st.floats(0, SIZE[1]))


@given(POSES, PIXELS, st.floats(-300, 300))
def test_all_points_of_a_line_of_sight_are_seen_at_its_pixel(pose, pixel, far):
    origin, direction = pose.ray(pixel, SIZE)
    assert pose.pixel_of(origin + far * direction, SIZE) == pytest.approx(pixel, abs=1e-3)


@given(POSES, PIXELS, st.floats(0.2, 5))
def test_zooming_keeps_what_is_under_the_pointer(pose, pixel, times):
    point, _ = pose.ray(pixel, SIZE)
    assert pose.zoomed(times, pixel, SIZE).pixel_of(point, SIZE) == pytest.approx(pixel, abs=1e-3)


@given(POSES, PIXELS, st.tuples(st.floats(-200, 200), st.floats(-200, 200)))
def test_moving_takes_things_along_with_the_hand(pose, pixel, hand):
    point, _ = pose.ray(pixel, SIZE)
    moved = pose.moved(*hand).pixel_of(point, SIZE)
    assert moved == pytest.approx((pixel[0] + hand[0], pixel[1] + hand[1]), abs=1e-3)


@given(st.integers(1, 40), st.integers(-40, 40))
def test_turning_takes_the_near_side_along_with_the_hand(across, down):
    pose = Pose(azimuth=120, elevation=0)
    near = np.array(pose.centre) + pose.axes[2] * 50
    before, after = pose.pixel_of(near, SIZE), pose.turned(across, down).pixel_of(near, SIZE)
    assert after[0] > before[0]
    assert np.sign(round(after[1] - before[1], 6)) == np.sign(down)


@given(POSES, st.tuples(*[st.floats(1, 300)] * 3))
def test_what_was_fitted_is_whole_on_the_screen_and_in_depth(pose, sides):
    low = np.array([-10.0, 20.0, 30.0])
    fitted = pose.fitted(low, low + sides, SIZE)
    matrix = fitted.matrix(SIZE, 2 * float(np.linalg.norm(sides)))
    for corner in np.ndindex(2, 2, 2):
        place = np.append(low + np.array(sides) * corner, 1) @ matrix
        assert np.abs(place[:3] / place[3]).max() <= 1.001


def test_from_the_front_the_patients_left_is_on_the_right_of_the_screen(qtbot):
    compass = Compass(None)
    qtbot.addWidget(compass)
    compass.pose = Pose(azimuth=0, elevation=0)
    places = compass.places()
    assert places["L"][0] > 0 > places["R"][0]
    assert places["S"][1] < 0 < places["I"][1]
    assert places["A"][2] > 0 > places["P"][2]


def test_only_classes_that_the_written_box_touches_are_outdated():
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[2:5, 2:5, 2:5], labels[10:14, 10:14, 10:14] = 1, 2
    known = outdated(labels, (slice(0, 20),) * 3, {}, stop=never)
    assert set(known) == {1, 2}
    assert set(outdated(labels, (slice(12, 18),) * 3, known, stop=never)) == {2}
    labels[15:18, 15:18, 15:18] = 3
    labels[2:5, 2:5, 2:5] = 0
    assert set(outdated(labels, (slice(14, 18),) * 3, known, stop=never)) == {3}
    assert set(outdated(labels, (slice(0, 8),) * 3, known, stop=never)) == {1}


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40))
def test_classes_share_the_triangles_by_their_size(sides):
    boxes = {value: (slice(0, side),) * 3 for value, side in enumerate(sides, 1)}
    found = shares(boxes, 250_000)
    assert all(1_000 <= each <= 80_000 for each in found.values())
    assert sum(found.values()) <= 250_000 + 1_000 * len(sides)
    order = sorted(found, key=lambda value: sides[value - 1])
    assert [found[value] for value in order] == sorted(found.values())


@given(POSES, st.integers(0, 23), st.integers(0, 19), st.integers(0, 29))
def test_a_line_of_sight_meets_the_only_voxel_in_its_way(pose, z, y, x):
    affine = np.array([[0, 0, 0.8, -10], [0, 0.9, 0, 5], [3, 0, 0, 40], [0, 0, 0, 1]], float)
    geometry = Geometry((24, 20, 30), affine)
    display = Display(geometry, Reorientation.to(geometry))
    labels = np.zeros((24, 20, 30), np.uint8)
    labels[z, y, x] = 4
    place = np.array(display.position_of((z, y, x)))
    origin, direction = pose.ray(pose.pixel_of(place[::-1], SIZE), SIZE)
    found = first_hit(labels, display, origin, direction, lambda _value: True)
    assert found is not None
    assert display.voxel_at(found) == (z, y, x)
    assert first_hit(labels, display, origin, direction, lambda value: value != 4) is None


def settled(pane, values):
    return lambda: set(pane.solid.values) == values and not pane.busy


def colors_on(pane):
    image = pane.solid.widget.grabFramebuffer()
    return {
        image.pixelColor(x, y).getRgb()[:3] for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    }


def test_a_class_that_is_painted_appears_in_its_colour_and_goes_with_undo(pane, session, qtbot):
    qtbot.waitUntil(settled(pane, set()), timeout=30_000)
    paint(session, (10, 12, 14), 2, reach=3)
    qtbot.waitUntil(settled(pane, {2}), timeout=30_000)
    assert next(each.color for each in session.classes if each.value == 2) == (86, 180, 233)
    qtbot.waitUntil(lambda: any(blue > red + 30 for red, _, blue in colors_on(pane)), timeout=30_000)
    session.undo()
    qtbot.waitUntil(settled(pane, set()), timeout=30_000)


def test_the_surface_lies_where_the_class_was_painted(pane, session, qtbot):
    paint(session, (10, 12, 14), 1, reach=3)
    qtbot.waitUntil(settled(pane, {1}), timeout=30_000)
    low, high = pane.solid.bounds()
    middle = session.scan.display.position_of((10, 12, 14))
    assert ((low + high) / 2)[::-1] == pytest.approx(middle, abs=0.1)
    assert high - low == pytest.approx([7, 7, 7], abs=1)


def test_hidden_classes_are_not_seen(pane, session, qtbot):
    paint(session, (10, 12, 14), 1, reach=3)
    qtbot.waitUntil(settled(pane, {1}), timeout=30_000)
    assert pane.solid.bounds() is not None
    session.view.hidden = frozenset({1})
    assert pane.solid.bounds() is None
    session.view.hidden = frozenset()
    session.view.only = 2
    assert pane.solid.bounds() is None


def test_nothing_is_made_while_a_stroke_is_under_way(pane, session, qtbot, monkeypatch):
    qtbot.waitUntil(settled(pane, set()), timeout=30_000)
    monkeypatch.setattr(type(session.tools.active), "busy", property(lambda _tool: True))
    paint(session, (10, 12, 14), 1, reach=3)
    qtbot.wait(1200)
    assert pane.solid.values == ()
    monkeypatch.undo()
    qtbot.waitUntil(settled(pane, {1}), timeout=30_000)


def test_a_double_click_on_a_surface_brings_the_crosshair_there(pane, session, qtbot):
    paint(session, (4, 5, 6), 1, reach=2)
    qtbot.waitUntil(settled(pane, {1}), timeout=30_000)
    place = np.array(session.scan.display.position_of((4, 5, 6)))[::-1]
    x, y = (round(at) for at in pane.pose.pixel_of(place, SIZE))
    qtbot.mouseDClick(pane.solid.widget, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    assert np.abs(np.array(session.view.voxel) - (4, 5, 6)).max() == 2
    assert session.view.layout == "four"


def test_a_double_click_beside_all_surfaces_fills_the_picture_with_the_pane(pane, session, qtbot):
    qtbot.mouseDClick(pane.solid.widget, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert session.view.layout == "3d"
    qtbot.mouseDClick(pane.solid.widget, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert session.view.layout == "four"


def test_the_mouse_turns_moves_and_zooms(pane, session, qtbot):
    widget, start = pane.solid.widget, pane.pose
    for button, modifier in (
        (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier),
        (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier),
    ):
        qtbot.mousePress(widget, button, modifier, QPoint(100, 100))
        qtbot.mouseMove(widget, QPoint(140, 110))
        qtbot.mouseRelease(widget, button, modifier, QPoint(140, 110))
    assert pane.pose.azimuth == pytest.approx((start.azimuth - 20) % 360)
    assert pane.pose.elevation == pytest.approx(start.elevation + 5)
    assert pane.pose.centre != start.centre
    wheel = QWheelEvent(
        QPointF(50, 50), QPointF(50, 50), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    near = pane.pose.mm_per_pixel
    pane.eventFilter(widget, wheel)
    assert pane.pose.mm_per_pixel < near


def test_another_scan_starts_without_the_surfaces_of_the_last(pane, session, qtbot):
    paint(session, (10, 12, 14), 1, reach=3)
    qtbot.waitUntil(settled(pane, {1}), timeout=30_000)
    session.throw_away()
    session.close_scan()
    assert pane.solid.values == ()


def test_a_pane_that_nobody_sees_makes_nothing_until_it_is_shown(pane, session, qtbot):
    qtbot.waitUntil(settled(pane, set()), timeout=30_000)
    pane.hide()
    paint(session, (10, 12, 14), 1, reach=3)
    qtbot.wait(1000)
    assert pane.solid.values == ()
    pane.show()
    qtbot.waitUntil(settled(pane, {1}), timeout=30_000)
