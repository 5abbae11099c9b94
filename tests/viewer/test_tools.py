"""What each tool makes of the mask, hand movement by hand movement."""

import numpy as np
import pytest

from segstudio.imaging import Volume, write_volume
from segstudio.viewer.tools import Hand
from tests.viewer.sessions import paint, wait


@pytest.fixture
def opened(drawing):
    return drawing


def stroke(session, name, *points, plane="axial", **keys):
    session.tools.take(name)
    hands = [Hand(plane, tuple(map(float, point)), **keys) for point in points]
    tool = session.tools.active
    tool.press(hands[0])
    for hand in hands[1:]:
        tool.move(hand)
    tool.release(hands[-1])


def test_a_click_of_the_brush_is_a_disc_of_its_size_in_mm(opened):
    opened.tools.change(size_mm=6.0)
    stroke(opened, "brush", (5, 10, 12))
    mask = opened.scan.mask.labels
    assert set(np.argwhere(mask)[:, 0]) == {5}
    row, column = np.indices(mask.shape[1:])
    assert (mask[5] == (np.hypot(row - 10, column - 12) <= 3)).all()


def test_a_ball_reaches_into_the_slices_beside(opened):
    opened.tools.change(size_mm=6.0, ball=True)
    stroke(opened, "brush", (5, 10, 12))
    away = np.linalg.norm(np.indices(opened.scan.mask.labels.shape).T - (5, 10, 12), axis=-1).T
    assert (opened.scan.mask.labels.astype(bool) == (away <= 3)).all()


def test_a_stroke_has_no_gaps_however_fast_the_hand_is_and_is_one_step(opened):
    opened.tools.change(size_mm=2.0)
    stroke(opened, "brush", (5, 2, 2), (5, 2, 20), (5, 15, 20))
    assert opened.scan.mask.labels[5, 2, 2:21].all()
    assert opened.scan.mask.labels[5, 2:16, 20].all()
    assert opened.scan.mask.steps == 1
    opened.undo()
    assert not opened.scan.mask.labels.any()


def test_the_eraser_takes_away_and_with_control_the_brush_does_too(opened):
    paint(opened, (5, 10, 12), 2, 4)
    stroke(opened, "eraser", (5, 10, 12))
    assert not opened.scan.mask.labels[5, 10, 12]
    stroke(opened, "brush", (6, 10, 12), ctrl=True)
    assert not opened.scan.mask.labels[6, 10, 12]


def test_shift_draws_straight_on_from_where_the_hand_left_off(opened):
    opened.tools.change(size_mm=1.0)
    stroke(opened, "brush", (5, 3, 3))
    stroke(opened, "brush", (5, 3, 15), shift=True)
    assert opened.scan.mask.labels[5, 3, 3:16].all()


def test_escape_takes_a_stroke_back_without_a_trace(opened):
    opened.tools.take("brush")
    opened.tools.active.press(Hand("axial", (5.0, 10.0, 12.0)))
    assert opened.scan.mask.labels.any()
    opened.tools.active.key_escape()
    assert not opened.scan.mask.labels.any()
    assert not opened.scan.mask.can_undo


def test_no_stroke_begins_while_an_edit_is_under_way(opened, qtbot):
    opened.clear_mask()
    stroke(opened, "brush", (5, 10, 12))
    assert "not finished" in opened.heard[-1].text
    wait(qtbot, opened)
    assert not opened.scan.mask.labels.any()


def test_a_click_fills_the_connected_area_in_the_slice_or_in_all(opened, qtbot):
    paint(opened, (5, 10, 12), 2, 2)
    stroke(opened, "fill", (5, 10, 12))
    wait(qtbot, opened)
    assert (opened.scan.mask.labels == 1).sum() == 25
    opened.undo()
    opened.tools.change(deep=True)
    stroke(opened, "fill", (6, 10, 12))
    wait(qtbot, opened)
    assert (opened.scan.mask.labels == 1).sum() == 125
    assert not (opened.scan.mask.labels == 2).any()


def test_pick_chooses_the_class_under_the_pointer_and_keeps_the_choice_elsewhere(opened):
    paint(opened, (5, 10, 12), 2)
    stroke(opened, "pick", (5, 10, 12))
    assert opened.view.chosen == 2
    stroke(opened, "pick", (1, 1, 1))
    assert opened.view.chosen == 2


def test_a_dragged_box_is_as_deep_as_its_shorter_side(opened):
    stroke(opened, "box", (10, 4, 6), (10, 9, 17))
    z, y, x = opened.region.shown
    assert (y, x) == (slice(4, 10), slice(6, 18))
    assert (z.start, z.stop) == (7, 13)


def test_a_cut_parts_the_class_and_the_smaller_part_goes(opened, qtbot):
    paint(opened, (5, 10, 12), 1, 3)
    stroke(opened, "cut", (5, 0, 14), (5, 20, 14))
    wait(qtbot, opened)
    assert not opened.scan.mask.labels[:, :, 15:].any()
    assert opened.scan.mask.labels[5, 10, 12]


def test_a_measured_line_is_as_long_as_it_is_in_the_patient(opened):
    stroke(opened, "measure", (5, 3, 4), (5, 6, 8))
    assert opened.tools.active.measured_mm == pytest.approx(5.0)
    assert len(opened.tools.active.lines()) == 1
    opened.tools.take("move")
    opened.tools.take("measure")
    assert not opened.tools.active.lines()


def test_a_lasso_fills_what_it_goes_round_and_cuts_it_out_with_control(opened):
    round_ = [(5, 4, 4), (5, 4, 14), (5, 12, 14), (5, 12, 4)]
    stroke(opened, "lasso", *round_)
    assert opened.scan.mask.labels[5, 5:12, 5:14].all()
    assert opened.scan.mask.labels.sum() == opened.scan.mask.labels[5].sum()
    stroke(opened, "lasso", (5, 6, 6), (5, 6, 10), (5, 10, 10), (5, 10, 6), ctrl=True)
    assert not opened.scan.mask.labels[5, 7:10, 7:10].any()
    assert opened.scan.mask.steps == 2


def test_a_polygon_is_clicked_and_closed_by_a_double_click(opened):
    opened.tools.take("polygon")
    tool = opened.tools.active
    for corner in [(4.0, 4.0), (4.0, 14.0), (12.0, 14.0), (12.0, 4.0)]:
        hand = Hand("sagittal", (*corner, 9.0))
        tool.press(hand)
        tool.release(hand)
    assert not opened.scan.mask.labels.any()
    tool.hover(Hand("sagittal", (8.0, 2.0, 9.0)))
    ((plane, index, points),) = tool.lines()
    assert (plane, index) == ("sagittal", 9)
    assert len(points) == 5
    tool.double_click(hand)
    assert opened.scan.mask.labels[5:12, 5:14, 9].all()
    assert not opened.scan.mask.labels[:, :, :9].any()
    assert not tool.lines()


def test_a_click_on_the_first_corner_closes_a_polygon_and_escape_forgets_it(opened):
    opened.tools.take("polygon")
    tool = opened.tools.active
    corners = [(5.0, 4.0, 4.0), (5.0, 4.0, 14.0), (5.0, 12.0, 14.0)]
    for corner in corners:
        tool.press(Hand("axial", corner))
    tool.key_escape()
    assert not tool.lines()
    for corner in [*corners, corners[0]]:
        tool.press(Hand("axial", corner))
    assert opened.scan.mask.labels.any()


def test_a_hand_paints_only_inside_the_window_and_over_the_classes_that_are_allowed(opened):
    picture = opened.scan.picture()
    opened.tools.change(size_mm=16, window=(150, 1000))
    stroke(opened, "brush", (10, 12, 14))
    painted = opened.scan.mask.labels > 0
    assert painted.any()
    assert (picture[painted] >= 150).all()
    opened.tools.change(window=None, over=frozenset({1}))
    opened.view.chosen = 2
    stroke(opened, "brush", (10, 12, 14))
    assert ((opened.scan.mask.labels == 2) == painted).all()


def test_the_smart_brush_stops_at_the_edge_of_what_it_began_on(opened, ball_scan, tmp_path, qtbot):
    volume, _ = ball_scan(0, (12, 40, 40))
    step = np.random.default_rng(0).normal(100, 10, volume.geometry.shape)
    step[..., 20:] += 200
    write_volume(Volume.of(step.astype(np.float32), volume.geometry), tmp_path / "step.nii.gz")
    opened.open(tmp_path / "step.nii.gz")
    wait(qtbot, opened)
    opened.tools.change(size_mm=12)
    stroke(opened, "smart", (6, 20, 17), (6, 24, 17))
    painted = opened.scan.mask.labels[6] > 0
    assert painted[20, 13:20].all()
    assert painted[24, 13:20].all()
    assert not painted[:, 21:].any()
    assert opened.scan.mask.steps == 1


def test_the_length_is_said_beside_the_line(opened):
    stroke(opened, "measure", (5, 3, 4), (5, 6, 8))
    assert opened.tools.active.words == "5.0 mm"
    opened.tools.take("move")
    assert opened.tools.active.words == ""
