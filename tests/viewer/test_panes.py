"""The planes side by side: what is seen, what the mouse does, and that all of it is one scan."""

from itertools import permutations, product

import numpy as np
import pytest

from segstudio.imaging import Geometry, Volume, classes_named, read_labels, write_labels, write_volume
from segstudio.viewer.layers import PLANES
from segstudio.viewer.panes.four import FourPanes
from segstudio.viewer.panes.readout import describe_point, scale_bar_mm, sides_of
from tests.viewer.hands import CTRL, LEFT, MIDDLE, RIGHT, Mouse
from tests.viewer.probe import Probe
from tests.viewer.sessions import wait

ORIENTATIONS = [(axes, signs) for axes in permutations(range(3)) for signs in product((1, -1), repeat=3)]
LETTERS = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "S": (0, 0, 1), "I": (0, 0, -1)}
SHAPE = (9, 13, 11)


def oriented(axes, signs, turned=0.0) -> Geometry:
    affine = np.zeros((4, 4))
    for column, (axis, sign, mm) in enumerate(zip(axes, signs, (3.0, 2.0, 2.5), strict=True)):
        affine[axis, column] = sign * mm
    affine[:, 3] = (-31.5, 12.25, 80, 1)
    c, s = np.cos(np.radians(turned)), np.sin(np.radians(turned))
    tilt = np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) @ np.array(
        [[1, 0, 0, 0], [0, c, -s, 0], [0, s, c, 0], [0, 0, 0, 1]]
    )
    return Geometry(SHAPE, tilt @ affine)


@pytest.fixture
def four(session, qtbot):
    four = FourPanes(session)
    four.resize(900, 700)
    four.show()
    qtbot.waitExposed(four)
    session.set_classes(classes_named([(1, "ball"), (2, "shell")]))
    yield four
    four.close_canvas()
    four.close()


def show(four, session, qtbot, path):
    session.open(path)
    wait(qtbot, session)
    qtbot.waitUntil(lambda: four.drawn, timeout=60_000)


@pytest.fixture
def opened(four, session, qtbot, ball_file):
    show(four, session, qtbot, ball_file)
    return four


def grabbed(pane, qtbot):
    """What OpenGL has drawn, as grey values, without what Qt draws over it."""
    qtbot.wait(30)
    picture = pane.native.grabFramebuffer().convertToFormat(picture_format())
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return pixels[:, : picture.width()].astype(float)


def picture_format():
    from qtpy.QtGui import QImage

    return QImage.Format.Format_Grayscale8


def brightest(pane, qtbot):
    """Where the one bright voxel is on the screen."""
    pixels = grabbed(pane, qtbot)
    rows, columns = np.nonzero(pixels > 200)
    assert rows.size, "nothing bright is on the screen"
    return (columns.mean() + 0.5) * pane.native.width() / pixels.shape[1], (
        rows.mean() + 0.5
    ) * pane.native.height() / pixels.shape[0]


def test_letters_the_voxel_under_the_mouse_and_the_saved_file_agree_in_all_48_orientations(
    four, session, qtbot, tmp_path
):
    """One voxel is bright. Where it is seen, the hand paints; what is saved has to be that voxel."""
    for number, (axes, signs) in enumerate(ORIENTATIONS):
        flips = frozenset(("", "h", "v", "hv")[number % 4])
        proves_orientation(four, session, qtbot, tmp_path, oriented(axes, signs), flips)


@pytest.mark.parametrize("turned", [12.0, -15.0])
@pytest.mark.parametrize("case", [0, 13, 22, 35, 46])
def test_they_agree_for_oblique_scans(four, session, qtbot, tmp_path, turned, case):
    geometry = oriented(*ORIENTATIONS[case], turned)
    assert geometry.oblique_degrees > 10
    proves_orientation(four, session, qtbot, tmp_path, geometry, frozenset())


def proves_orientation(four, session, qtbot, folder, geometry, flips):
    bright = (6, 3, 8)
    voxels = np.zeros(SHAPE, np.float32)
    voxels[bright] = 1000
    write_volume(Volume.of(voxels, geometry, modality="MR"), folder / "scan.nrrd")
    show(four, session, qtbot, folder / "scan.nrrd")
    session.tools.take("brush")
    session.tools.change(size_mm=0.5)
    session.view.flips, session.view.window = flips, (0.0, 1000.0)
    (place,) = np.argwhere(session.scan.display.turn.apply(voxels))
    session.view.voxel = place
    qtbot.waitUntil(lambda: four.drawn)
    middle = (np.array(SHAPE, float) - 1) / 2
    away = np.subtract(*geometry.to_world(np.array([bright, middle], float)))
    for plane, pane in four.panes.items():
        x, y = brightest(pane, qtbot)
        right, down = x - pane.native.width() / 2, y - pane.native.height() / 2
        sides = pane.overlay.sides
        for letters, pixels in ((sides.right, right), (sides.left, -right), (sides.bottom, down), (sides.top, -down)):
            assert np.sign(away @ LETTERS[letters[0]]) == np.sign(pixels), (geometry.orientation, plane, letters)
        Mouse(pane, qtbot).click((x, y))
        write_labels(session.scan.labels(session.classes), folder / "mask.nrrd")
        saved = read_labels(folder / "mask.nrrd")
        assert np.argwhere(saved.labels).tolist() == [list(bright)], (geometry.orientation, plane)
        assert saved.geometry.same_space(geometry, tolerance_mm=0.01)
        session.undo()
        assert not session.scan.mask.labels.any()


def test_an_oblique_scan_has_a_second_letter_where_it_leans_much():
    straight, leaning = (oriented((2, 1, 0), (1, 1, 1), turned) for turned in (0.0, 30.0))
    assert (sides_of(straight, "axial").right, sides_of(straight, "axial").top) == ("L", "A")
    assert sides_of(leaning, "axial").right == "LP"
    assert sides_of(straight, "coronal", {"h"}).right == "R"
    assert sides_of(straight, "sagittal", {"v"}).top == "I"


@pytest.mark.parametrize(("longest", "bar"), [(19.9, 10), (20, 20), (87, 50), (0.3, 0.2), (1000, 1000)])
def test_the_scale_bar_is_a_round_length(longest, bar):
    assert scale_bar_mm(longest) == pytest.approx(bar)


def test_all_panes_show_one_array_and_a_stroke_in_one_is_seen_in_all(opened, session, qtbot):
    qtbot.waitUntil(lambda: opened.drawn)
    session.tools.take("brush")
    session.tools.change(size_mm=6.0, ball=True)
    session.view.opacity = 1.0
    qtbot.waitUntil(lambda: opened.drawn)
    before = {name: grabbed(pane, qtbot) for name, pane in opened.panes.items()}
    mouse = Mouse(opened.panes["axial"], qtbot)
    mouse.click(mouse.middle)
    qtbot.waitUntil(lambda: opened.drawn)
    for name, pane in opened.panes.items():
        assert np.abs(grabbed(pane, qtbot) - before[name]).max() > 20, name
        assert np.shares_memory(pane.content.mask.data, session.scan.mask.labels)
    session.undo()
    qtbot.waitUntil(lambda: opened.drawn)
    for name, pane in opened.panes.items():
        assert (grabbed(pane, qtbot) == before[name]).all(), name


@pytest.mark.parametrize("plane", PLANES)
def test_what_is_drawn_after_a_stroke_is_what_is_drawn_afresh(opened, session, qtbot, plane):
    """Only the changed rectangle goes to the screen; that has to end in the same picture."""
    session.tools.take("brush")
    session.tools.change(size_mm=5.0)
    qtbot.waitUntil(lambda: opened.drawn)
    pane = opened.panes[plane]
    mouse = Mouse(pane, qtbot)
    x, y = mouse.middle
    mouse.drag(LEFT, (x - 40, y), (x, y + 20), (x + 40, y))
    drawn = grabbed(pane, qtbot)
    pane.content.mask.refresh()
    assert (grabbed(pane, qtbot) == drawn).all()


def drawn_over(pane, color):
    """Where Qt has drawn in a colour over a pane's canvas."""
    from qtpy.QtGui import QImage

    picture = pane.overlay.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.width(), 4)[..., 2::-1]
    return np.abs(pixels.astype(int) - color).max(axis=2) < 40


def test_outlines_run_along_the_sides_of_voxels_and_grow_with_the_stroke(opened, session, qtbot):
    pane = opened.panes["axial"]
    session.view.outline = True
    qtbot.waitUntil(lambda: opened.drawn)
    assert not pane.content.mask.visible
    session.scan.mask.apply(_block(session, 1))
    qtbot.waitUntil(lambda: opened.drawn)
    marked = np.argwhere(drawn_over(pane, session.classes[0].color))
    _, y, x = session.view.voxel
    ((left, top), (right, bottom)) = pane.to_screen(np.array([[y - 2.5, x - 2.5], [y + 2.5, x + 2.5]]))
    assert marked.min(axis=0) == pytest.approx((top, left), abs=2)
    assert marked.max(axis=0) == pytest.approx((bottom, right), abs=2)
    inner = (np.abs(marked - (top, left)).min(axis=1) > 2) & (np.abs(marked - (bottom, right)).min(axis=1) > 2)
    assert not inner.any()
    session.view.hidden = frozenset({1})
    qtbot.waitUntil(lambda: opened.drawn)
    assert not drawn_over(pane, session.classes[0].color).any()


def test_a_notch_of_the_wheel_is_exactly_one_slice(opened, session, qtbot):
    for plane, pane in opened.panes.items():
        mouse, at = Mouse(pane, qtbot), pane.index
        mouse.wheel(1)
        assert pane.index == at + 1, plane
        mouse.wheel(-2)
        assert pane.index == at - 1, plane
        mouse.wheel(0.4)
        mouse.wheel(0.4)
        assert pane.index == at - 1, plane
        mouse.wheel(0.2)
        assert pane.index == at, plane
        qtbot.waitUntil(lambda: opened.drawn)
        display = session.scan.display
        assert display.voxel_at(pane.viewer.dims.point)[pane.across] == pane.index


def test_the_wheel_with_control_zooms_and_what_is_under_the_pointer_stays(opened, session, qtbot):
    pane = opened.panes["coronal"]
    mouse, place, at = Mouse(pane, qtbot), (120.0, 60.0), pane.index
    before, zoom = pane.to_voxels(_point(place)), pane.mm_in_pixels
    mouse.wheel(3, place, CTRL)
    assert pane.mm_in_pixels == pytest.approx(zoom * 1.15**3)
    assert pane.to_voxels(_point(place)) == pytest.approx(before)
    assert pane.index == at


def _point(place):
    from qtpy.QtCore import QPointF

    return QPointF(*place)


def test_dragging_with_the_right_button_changes_contrast_and_nothing_else(opened, session, qtbot):
    pane, view = opened.panes["axial"], session.view
    mouse, (low, high) = Mouse(pane, qtbot), session.view.window
    session.tools.take("brush")
    x, y = mouse.middle
    mouse.drag(RIGHT, (x, y), (x + 30, y), (x + 60, y))
    assert view.window[1] - view.window[0] == pytest.approx((high - low) * 1.2)
    assert sum(view.window) == pytest.approx(low + high)
    mouse.drag(RIGHT, (x, y), (x, y + 30))
    assert sum(view.window) > low + high
    qtbot.waitUntil(lambda: opened.drawn)
    assert all(tuple(each.content.picture.contrast_limits) == view.window for each in opened.panes.values())
    assert not session.scan.mask.labels.any()


def test_dragging_with_the_middle_button_moves_the_picture_under_the_hand(opened, session, qtbot):
    pane = opened.panes["sagittal"]
    mouse = Mouse(pane, qtbot)
    session.tools.take("brush")
    under = pane.to_voxels(_point((100, 80)))
    mouse.drag(MIDDLE, (100, 80), (120, 90), (140, 110))
    assert pane.to_voxels(_point((140, 110))) == pytest.approx(under)
    assert not session.scan.mask.labels.any()


def test_a_click_brings_the_crosshair_there_in_every_plane(opened, session, qtbot):
    session.tools.take("move")
    pane = opened.panes["coronal"]
    wanted = (4, session.view.voxel[1], 7)
    mouse = Mouse(pane, qtbot)
    mouse.click(mouse.over(wanted))
    assert session.view.voxel == wanted
    qtbot.waitUntil(lambda: opened.drawn)
    for each in opened.panes.values():
        assert session.scan.display.voxel_at(each.viewer.dims.point)[each.across] == wanted[each.across]


def test_dragging_without_a_tool_moves_the_picture_and_leaves_the_crosshair(opened, session, qtbot):
    session.tools.take("move")
    pane, at = opened.panes["axial"], session.view.voxel
    mouse, centre = Mouse(pane, qtbot), tuple(opened.panes["axial"].viewer.scene.camera.center)
    mouse.drag(LEFT, (100, 100), (130, 110), (160, 120))
    assert session.view.voxel == at
    assert tuple(pane.viewer.scene.camera.center) != centre


def test_a_double_click_fills_the_picture_with_a_pane_and_brings_the_four_back(opened, session, qtbot):
    session.tools.take("move")
    pane, point = opened.panes["sagittal"], session.view.point
    Mouse(pane, qtbot).double_click((50, 50))
    assert session.view.layout == "sagittal"
    assert session.view.point == point, "the first of the two clicks brings the crosshair nowhere"
    qtbot.waitUntil(lambda: opened.drawn)
    assert [name for name, each in opened.panes.items() if each.isVisible()] == ["sagittal"]
    assert pane.width() == opened.width()
    Mouse(pane, qtbot).double_click((50, 50))
    qtbot.waitUntil(lambda: opened.drawn)
    assert all(each.isVisible() for each in opened.panes.values())


def test_what_was_painted_while_a_pane_was_away_is_seen_when_it_comes_back(opened, session, qtbot):
    pane = opened.panes["coronal"]
    session.view.layout = "axial"
    session.tools.take("brush")
    session.tools.change(size_mm=8.0)
    mouse = Mouse(opened.panes["axial"], qtbot)
    mouse.click(mouse.middle)
    session.view.layout = "four"
    qtbot.waitUntil(lambda: opened.drawn)
    drawn = grabbed(pane, qtbot)
    pane.content.mask.refresh()
    assert (grabbed(pane, qtbot) == drawn).all()


def test_the_picture_is_as_large_in_its_pane_when_the_pane_grows(opened, session, qtbot):
    pane = opened.panes["axial"]
    low, high = pane.seen
    session.view.layout = "axial"
    qtbot.wait(50)
    assert pane.width() == opened.width()
    now_low, now_high = pane.seen
    assert (now_low + now_high) / 2 == pytest.approx((low + high) / 2, abs=1e-6)
    assert min((now_high - now_low) / (high - low)) == pytest.approx(1, abs=0.4)


def test_intensities_are_in_hu_only_where_somebody_says_that_it_is_a_ct(opened, session):
    told = [describe_point(session.scan, 0, (5, 5, 5), ())]
    session.say_modality("CT")
    told.append(describe_point(session.scan, 0, (5, 5, 5), ()))
    number = session.scan.in_words(float(session.scan.picture()[5, 5, 5]))
    assert told[0].endswith(f"voxel x 6, y 6, z 6  ·  value {number}")
    assert told[1].endswith(f"voxel x 6, y 6, z 6  ·  {number} HU")


def test_the_place_under_the_pointer_is_told_in_words(opened, session, qtbot):
    told = []
    opened.pointed.connect(told.append)
    mouse = Mouse(opened.panes["axial"], qtbot)
    session.scan.mask.apply(_block(session, 2))
    mouse.send("move", mouse.over(session.view.voxel))
    qtbot.waitUntil(lambda: bool(told))
    assert told[-1] == describe_point(session.scan, 0, session.view.voxel, session.classes)
    assert "voxel" in told[-1]
    assert told[-1].endswith("shell")
    mouse.send("move", (1, 1))
    qtbot.waitUntil(lambda: told[-1] == "")


def test_a_mask_of_which_only_outlines_are_seen_is_laid_over_the_scan_once_it_is_filled(
    opened, session, qtbot, tmp_path, ball_scan
):
    session.view.outline = True
    write_volume(ball_scan(5, (14, 18, 16))[0], tmp_path / "next.nii.gz")
    show(opened, session, qtbot, tmp_path / "next.nii.gz")
    masks = [pane.content.mask for pane in opened.panes.values()]
    assert not any(mask.visible or mask.data.size > 1 for mask in masks)
    session.view.outline = False
    qtbot.waitUntil(lambda: opened.drawn)
    assert all(mask.visible and np.shares_memory(mask.data, session.scan.mask.labels) for mask in masks)
    assert not any(mask.editable for mask in masks)


def test_the_other_planes_follow_while_the_stroke_is_still_under_way(opened, session, qtbot):
    session.tools.take("brush")
    session.tools.change(size_mm=6.0, ball=True)
    qtbot.waitUntil(lambda: opened.drawn)
    before = {name: grabbed(pane, qtbot) for name, pane in opened.panes.items()}
    mouse = Mouse(opened.panes["axial"], qtbot)
    x, y = mouse.middle
    mouse.send("press", (x, y), LEFT)
    mouse.send("move", (x + 3, y), held=LEFT)
    qtbot.waitUntil(lambda: opened.drawn)
    assert session.tools.active.busy
    for name, pane in opened.panes.items():
        assert (grabbed(pane, qtbot) != before[name]).any(), name
    mouse.send("release", (x + 3, y), LEFT)


def _block(session, value):
    from segstudio.editing import Edit

    after = session.scan.mask.labels.copy()
    z, y, x = session.view.voxel
    after[z - 2 : z + 3, y - 2 : y + 3, x - 2 : x + 3] = value
    return Edit.between("block", session.scan.mask.labels, tuple(slice(0, side) for side in after.shape), after)


def test_invert_flip_and_hide_change_the_picture_in_every_pane(opened, session, qtbot):
    session.scan.mask.apply(_block(session, 1))
    for change in ({"inverted": True}, {"flips": frozenset("h")}, {"mask_visible": False}, {"opacity": 1.0}):
        qtbot.waitUntil(lambda: opened.drawn)
        before = {name: grabbed(pane, qtbot) for name, pane in opened.panes.items()}
        for name, value in change.items():
            usual = getattr(session.view, name)
            setattr(session.view, name, value)
            qtbot.waitUntil(lambda: opened.drawn)
            assert all((grabbed(pane, qtbot) != before[each]).any() for each, pane in opened.panes.items()), name
            setattr(session.view, name, usual)


def test_a_picture_of_one_slice_is_seen_in_one_pane(four, session, qtbot, tmp_path):
    flat = Geometry((1, 40, 50), np.array([[0, 0, 1.0, 0], [0, 1.0, 0, 0], [5.0, 0, 0, 0], [0, 0, 0, 1]]))
    voxels = np.random.default_rng(0).normal(100, 20, flat.shape).astype(np.float32)
    write_volume(Volume.of(voxels, flat), tmp_path / "flat.nrrd")
    show(four, session, qtbot, tmp_path / "flat.nrrd")
    assert four.seen == ("axial",)
    assert four.panes["axial"].width() == four.width()


def test_another_channel_is_shown_in_its_own_window(four, session, qtbot, tmp_path):
    geometry = oriented((2, 1, 0), (1, 1, 1))
    rng = np.random.default_rng(0)
    voxels = np.stack([rng.normal(100, 20, SHAPE), rng.normal(5000, 500, SHAPE)]).astype(np.float32)
    write_volume(Volume.of(voxels, geometry, channels=("T1", "FLAIR")), tmp_path / "two.nrrd")
    show(four, session, qtbot, tmp_path / "two.nrrd")
    pane = four.panes["axial"]
    shown = session.scan.display.turn.apply(session.scan.volume.image)
    session.view.channel = 1
    qtbot.waitUntil(lambda: four.drawn)
    assert (np.asarray(pane.content.picture.data) == shown[1]).all()
    assert tuple(pane.content.picture.contrast_limits) == session.view.window
    assert session.view.window[0] > 1000


def test_the_next_scan_takes_the_place_of_the_one_before(opened, session, qtbot, tmp_path, ball_scan):
    write_volume(ball_scan(5, (14, 18, 16))[0], tmp_path / "next.nii.gz")
    show(opened, session, qtbot, tmp_path / "next.nii.gz")
    for pane in opened.panes.values():
        assert pane.content.picture.data.shape == (14, 18, 16)
        assert [layer.name for layer in pane.viewer.layers] == ["scan", "mask"]
    session.close_scan()
    layers = [layer for pane in opened.panes.values() for layer in pane.viewer.layers]
    qtbot.waitUntil(lambda: not any(layer.visible or layer.data.size > 1 for layer in layers), timeout=10_000)


def test_no_pane_shows_the_scan_before_beside_the_next_nor_draws_it_before_it_is_whole(
    opened, session, qtbot, tmp_path, ball_scan
):
    write_volume(ball_scan(4, (18, 22, 26))[0], tmp_path / "other.nrrd")
    seen = []

    def look():
        behind = [pane for pane in opened.panes.values() if not pane.shows_scan]
        seen.extend(black(pane.overlay) and not pane.native.updatesEnabled() for pane in behind)

    session.scan_changed.connect(lambda: look() if session.scan is not None else None)
    show(opened, session, qtbot, tmp_path / "other.nrrd")
    assert len(seen) == 3
    assert all(seen)
    assert not any(black(pane.overlay) for pane in opened.panes.values())
    assert all(pane.native.updatesEnabled() for pane in opened.panes.values())


def black(overlay):
    """Whether a widget covers all that lies under it with black."""
    from qtpy.QtGui import QImage

    drawn = QImage(overlay.size(), QImage.Format.Format_ARGB32)
    drawn.fill(0)
    overlay.render(drawn)
    pixels = np.frombuffer(drawn.constBits(), np.uint8).reshape(drawn.height(), drawn.width(), 4)
    return bool((pixels == (0, 0, 0, 255)).all())


def test_after_the_wheel_has_turned_the_words_are_of_the_slice_that_is_seen_now(opened, session, qtbot):
    told = []
    opened.pointed.connect(told.append)
    mouse, at = Mouse(opened.panes["axial"], qtbot), session.view.voxel
    mouse.send("move", mouse.over(at))
    mouse.wheel(2)
    now = (at[0] + 2, *at[1:])
    qtbot.waitUntil(lambda: bool(told) and told[-1] == describe_point(session.scan, 0, now, session.classes))


def test_a_ball_cuts_the_other_planes_in_smaller_circles(opened, session, qtbot):
    session.tools.take("brush")
    session.tools.change(size_mm=10.0, ball=True)
    mouse, (z, y, x) = Mouse(opened.panes["axial"], qtbot), session.view.voxel
    mouse.send("move", mouse.over((z, y + 3, x + 4)))
    qtbot.waitUntil(lambda: opened.drawn)
    for plane, away in (("axial", 0.0), ("coronal", 3.0), ("sagittal", 4.0)):
        pane = opened.panes[plane]
        pane.overlay.follow_hand()
        circle = pane.overlay.outline
        assert circle.width() / 2 / pane.mm_in_pixels == pytest.approx(np.sqrt(5.0**2 - away**2), abs=0.1), plane
    mouse.send("move", mouse.over((z, y + 7, x + 4)))
    opened.panes["coronal"].overlay.follow_hand()
    assert opened.panes["coronal"].overlay.outline.isEmpty()


def test_a_scan_that_the_graphics_cannot_hold_is_told_of(opened, session, qtbot, monkeypatch):
    monkeypatch.setattr(type(opened.panes["axial"]), "coarseness", 2)
    path = session.scan.path
    session.close_scan()
    show(opened, session, qtbot, path)
    assert any("larger than the graphics" in message.text for message in session.heard)


def test_napari_hears_neither_mouse_nor_keys(opened, session, qtbot):
    pane = opened.panes["axial"]
    mouse = Mouse(pane, qtbot)
    session.tools.take("move")
    mouse.click((30, 30))
    assert not pane.content.mask.editable
    assert pane.viewer.cursor.position == (1.0, 1.0) or not pane.viewer.mouse_over_canvas
    qtbot.keyClick(pane.native, "m")
    assert pane.content.mask.selected_label == 1


def test_the_window_answers_while_slices_are_turned_and_strokes_are_drawn(opened, session, qtbot):
    session.tools.take("brush")
    mouse = Mouse(opened.panes["axial"], qtbot)
    x, y = mouse.middle
    qtbot.waitUntil(lambda: opened.drawn)
    with Probe() as probe:
        for _ in range(5):
            mouse.wheel(1)
        mouse.drag(LEFT, (x, y), (x + 20, y), (x + 20, y + 20))
    assert probe.longest_ms > 0


def test_a_layer_over_the_scan_is_made_part_by_part_and_shown_once_it_is_whole(opened, session, qtbot):
    qtbot.waitUntil(lambda: opened.drawn)
    content, layers = opened.panes["axial"].content, opened.panes["axial"].viewer.layers
    session.view.preview = np.ones(session.scan.mask.labels.shape, np.uint8)
    assert content.lacks
    assert not opened.drawn
    assert "preview" not in layers
    qtbot.waitUntil(lambda: opened.drawn)
    assert all(pane.viewer.layers["preview"].visible for pane in opened.panes.values())
    assert layers["preview"].data is session.view.preview
    assert not layers["preview"].editable
