"""The real window on real scans, by mouse and keys alone: what comes of it is looked up voxel by voxel."""

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from segstudio.editing import Edit
from segstudio.editing.shapes import disc, polygon
from segstudio.viewer.layers import PLANES
from segstudio.viewer.panes.readout import describe_slice
from tests.viewer.hands import LEFT, RIGHT, Mouse

CONTROL = Qt.KeyboardModifier.ControlModifier
SCANS = {"CT": "ct/example_ct_sm.nii.gz", "MRI": "hippocampus/images/hippocampus_001.nii.gz"}


@pytest.fixture(params=sorted(SCANS))
def real(request, window, shared_data, qtbot):
    """The window with a real scan, all panes drawn."""
    window.resize(1300, 860)
    window.open(shared_data / SCANS[request.param])
    session = window.session
    qtbot.waitUntil(lambda: session.scan is not None and session.work is None, timeout=120_000)
    session.view.layout = "four"
    qtbot.waitUntil(lambda: window.picture.drawn, timeout=120_000)
    window.activateWindow()
    window.stack.setFocus()
    qtbot.waitUntil(window.stack.hasFocus, timeout=5000)
    qtbot.wait(100)
    return window


def press(window, key, keys=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.stack, key, keys)


def labels(window):
    return window.session.scan.mask.labels


@pytest.mark.parametrize("plane", PLANES)
def test_a_stroke_paints_a_disc_of_the_brush_swept_along_the_way_of_the_hand(real, qtbot, plane):
    session, pane = real.session, real.picture.panes[plane]
    press(real, Qt.Key.Key_B)
    mouse = Mouse(pane, qtbot)
    start, end = list(session.view.voxel), list(session.view.voxel)
    start[pane.columns] -= 4
    end[pane.columns] += 4
    mouse.drag(LEFT, mouse.over(start), mouse.over(end))
    radius = session.tools.options.size_mm / 2
    shape, spacing = session.scan.display.shown.shape, session.scan.spacing
    box, where = disc(shape, spacing, pane.across, [tuple(start), tuple(end)], radius)
    expected = np.zeros(shape, np.uint8)
    expected[box][where] = session.view.chosen
    assert where.sum() > 8
    assert (labels(real) == expected).all()
    press(real, Qt.Key.Key_Z, CONTROL)
    assert not labels(real).any()
    press(real, Qt.Key.Key_Y, CONTROL)
    assert (labels(real) == expected).all()


def test_the_eraser_takes_away_what_lies_under_it_and_nothing_else(real, qtbot):
    session, pane = real.session, real.picture.panes["axial"]
    mouse = Mouse(pane, qtbot)
    press(real, Qt.Key.Key_B)
    session.tools.change(size_mm=30.0)
    mouse.click(mouse.over(session.view.voxel))
    painted = labels(real).copy()
    press(real, Qt.Key.Key_E)
    session.tools.change(size_mm=8.0)
    mouse.click(mouse.over(session.view.voxel))
    box, where = disc(painted.shape, session.scan.spacing, 0, [session.view.voxel], 4.0)
    painted[box][where] = 0
    assert (labels(real) == painted).all()


def test_a_polygon_is_clicked_corner_by_corner_and_closed_by_a_double_click(real, qtbot):
    session, pane = real.session, real.picture.panes["axial"]
    press(real, Qt.Key.Key_G)
    mouse, (z, y, x) = Mouse(pane, qtbot), session.view.voxel
    corners = [(y - 6, x - 6), (y - 6, x + 7), (y + 5, x + 7), (y + 5, x - 6)]
    for row, column in corners[:-1]:
        mouse.click(mouse.over((z, row, column)))
    assert not labels(real).any()
    mouse.double_click(mouse.over((z, *corners[-1])))
    box, where = polygon(labels(real).shape, 0, z, np.array(corners, float))
    expected = np.zeros(labels(real).shape, np.uint8)
    expected[box][where] = session.view.chosen
    assert (labels(real) == expected).all()
    assert session.scan.mask.steps == 1


def test_an_outline_that_is_begun_is_forgotten_with_escape(real, qtbot):
    press(real, Qt.Key.Key_G)
    mouse, (z, y, x) = Mouse(real.picture.panes["axial"], qtbot), real.session.view.voxel
    for row, column in ((y, x), (y, x + 5), (y + 5, x)):
        mouse.click(mouse.over((z, row, column)))
    assert real.session.tools.active.lines()
    press(real, Qt.Key.Key_Escape)
    assert not real.session.tools.active.lines()
    mouse.double_click(mouse.over((z, y, x)))
    assert not labels(real).any()


def test_the_wheel_turns_slices_and_paint_goes_where_it_is_seen(real, qtbot):
    session, pane = real.session, real.picture.panes["coronal"]
    mouse, at = Mouse(pane, qtbot), session.view.voxel
    mouse.wheel(3)
    assert session.view.voxel == (at[0], at[1] + 3, at[2])
    press(real, Qt.Key.Key_B)
    mouse.click(mouse.over(at))
    assert set(np.argwhere(labels(real))[:, 1].tolist()) == {at[1] + 3}


@pytest.mark.parametrize("tool", [Qt.Key.Key_V, Qt.Key.Key_B, Qt.Key.Key_E])
def test_dragging_with_the_right_button_changes_contrast_and_no_voxel(real, qtbot, tool):
    session, pane = real.session, real.picture.panes["sagittal"]
    press(real, tool)
    low, high = session.view.window
    mouse = Mouse(pane, qtbot)
    x, y = mouse.middle
    mouse.drag(RIGHT, (x, y), (x + 30, y), (x + 60, y))
    now_low, now_high = session.view.window
    assert now_high - now_low == pytest.approx((high - low) * 1.2)
    assert now_low + now_high == pytest.approx(low + high)
    qtbot.waitUntil(lambda: real.picture.drawn)
    for each in real.picture.panes.values():
        assert tuple(each.content.picture.contrast_limits) == pytest.approx((now_low, now_high))
    assert not labels(real).any()


def test_a_click_without_a_tool_brings_all_panes_to_that_voxel(real, qtbot):
    session = real.session
    press(real, Qt.Key.Key_V)
    pane, display = real.picture.panes["axial"], session.scan.display
    z, y, x = session.view.voxel
    mouse = Mouse(pane, qtbot)
    mouse.click(mouse.over((z, y - 5, x + 6)))
    assert session.view.voxel == (z, y - 5, x + 6)
    qtbot.waitUntil(lambda: real.picture.drawn)
    seen = {name: display.voxel_at(each.viewer.dims.point)[each.across] for name, each in real.picture.panes.items()}
    assert seen == {"axial": z, "coronal": y - 5, "sagittal": x + 6}


def test_the_status_line_says_what_is_under_the_pointer(real, qtbot):
    session, pane = real.session, real.picture.panes["axial"]
    mouse, at = Mouse(pane, qtbot), session.view.voxel
    mouse.send("move", mouse.over(at))
    qtbot.waitUntil(lambda: "voxel" in real.status.pointer.text())
    value = f"{float(session.scan.picture()[at]):.0f}".replace("-", "−")
    assert f"·  value {value}" in real.status.pointer.text()
    for axis, plane in enumerate(("axial", "coronal", "sagittal")):
        letter = "zyx"[axis]
        seen = describe_slice(session.scan, plane, at[axis])
        assert f"{letter} {at[axis] + 1}" in real.status.pointer.text()
        assert seen.startswith(f"{letter} {at[axis] + 1}/")


def test_what_lies_between_two_slices_that_were_corrected_is_drawn_anew(real, qtbot):
    session, pane = real.session, real.picture.panes["axial"]
    mouse, operations = Mouse(pane, qtbot), real.column.operations
    z, y, x = session.view.voxel
    box = (slice(z - 6, z + 7), slice(y - 8, y + 9), slice(x - 8, x + 9))
    session.edit("Predict", lambda _stop: Edit.between("predict", labels(real), box, np.ones((13, 17, 17), np.uint8)))
    qtbot.waitUntil(lambda: session.work is None)
    press(real, Qt.Key.Key_E)
    session.tools.change(size_mm=8 * session.scan.spacing[2])
    for slices in (-3, 6):
        mouse.wheel(slices)
        mouse.drag(LEFT, *(mouse.over((session.view.voxel[0], y + row, x - 8)) for row in (-8, 0, 8)))
    before = labels(real).copy()
    mouse.wheel(-2)
    qtbot.mouseClick(operations.buttons["interpolate"], LEFT)
    qtbot.waitUntil(lambda: f"slices {z - 2} and {z + 4}" in operations.foreseen.text(), timeout=30_000)
    assert session.view.preview is not None
    qtbot.mouseClick(operations.go, LEFT)
    qtbot.waitUntil(lambda: session.work is None and session.view.preview is None)
    assert (before[z - 3] != before[z - 2]).any()
    assert (before[z - 3] == before[z + 3]).all()
    assert (labels(real)[z - 3 : z + 4] == before[z - 3]).all()
    other = np.r_[0 : z - 3, z + 4 : len(before)]
    assert (labels(real)[other] == before[other]).all()
    press(real, Qt.Key.Key_Z, CONTROL)
    assert (labels(real) == before).all()
