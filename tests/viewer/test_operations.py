"""Every operation of the list, as the column sets it up and does it."""

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from segstudio.viewer.class_edits import toggle_lock
from segstudio.viewer.foresight import removed_in
from segstudio.viewer.layers import PLANES
from segstudio.viewer.operations import BY_NAME, OPERATIONS
from segstudio.viewer.scan import Scan
from segstudio.viewer.sections.operations import OperationSection
from segstudio.viewer.sections.tool import ToolSection
from segstudio.viewer.tools import Hand
from tests.viewer.sessions import paint, wait


def do(session, qtbot, name, **options):
    session.bench.choose(name)
    for option, value in options.items():
        session.bench.set(option, value)
    session.bench.run()
    wait(qtbot, session)


def count(session, value):
    return int(session.scan.mask.counts[value])


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_each_operation_is_one_step_that_undoes_to_the_bit_or_says_why_not(drawing, qtbot, name):
    paint(drawing, (5, 10, 12), 1, 3)
    paint(drawing, (14, 16, 20), 1, 1)
    paint(drawing, (10, 5, 5), 2, 2)
    before, steps = drawing.scan.mask.labels.copy(), drawing.scan.mask.steps
    do(drawing, qtbot, name)
    assert drawing.heard
    if drawing.scan.mask.steps > steps:
        assert drawing.scan.mask.steps == steps + 1
        assert BY_NAME[name].text in drawing.heard[-1].text
        drawing.undo()
    assert (drawing.scan.mask.labels == before).all()


def test_small_islands_go_and_the_largest_part_stays(drawing, qtbot):
    paint(drawing, (5, 10, 12), 1, 3)
    paint(drawing, (14, 16, 20), 1, 1)
    do(drawing, qtbot, "islands", ml=0.1)
    assert count(drawing, 1) == 7**3
    assert "ball lost 0.027 ml" in drawing.heard[-1].text


def test_copying_to_the_next_slice_goes_there(drawing, qtbot):
    paint(drawing, (5, 10, 12), 1, 0)
    drawing.view.voxel = (5, 10, 12)
    do(drawing, qtbot, "copy_next")
    assert drawing.scan.mask.labels[6, 10, 12] == 1
    assert drawing.view.voxel[0] == 6


def test_a_split_makes_the_class_that_it_needs(drawing, qtbot):
    paint(drawing, (5, 10, 5), 1, 2)
    paint(drawing, (5, 10, 20), 1, 2)
    do(drawing, qtbot, "split_sides")
    assert [each.name for each in drawing.classes] == ["ball", "shell", "ball 2"]
    assert count(drawing, 3) == 125
    assert (drawing.scan.mask.labels[..., 13:] == 3).sum() == 125
    assert "ball 2 gained" in drawing.heard[-1].text
    drawing.undo()
    do(drawing, qtbot, "split_sides")
    assert len(drawing.classes) == 3, "the class that is there and empty is taken again"


def test_a_threshold_is_seen_before_it_is_done(drawing, qtbot):
    drawing.bench.choose("threshold")
    drawing.bench.set("window", (250.0, 1000.0))
    qtbot.waitUntil(lambda: drawing.view.preview is not None, timeout=10_000)
    wanted = drawing.view.preview > 0
    assert not drawing.scan.mask.labels.any()
    drawing.bench.run()
    wait(qtbot, drawing)
    assert drawing.view.preview is None
    assert ((drawing.scan.mask.labels == 1) == wanted).all()
    picture = drawing.scan.picture()
    z = drawing.view.voxel[0]
    assert (wanted[z] == (picture[z] >= 250)).all()
    assert wanted.sum() == wanted[z].sum()


def foreseen(drawing, qtbot, name, **options):
    """What is drawn before it is done, once that is known."""
    drawing.bench.choose(name)
    for option, value in options.items():
        drawing.bench.set(option, value)
    qtbot.waitUntil(lambda: bool(drawing.bench.foreseen), timeout=10_000)
    return drawing.view.preview


@pytest.mark.parametrize("name", [each.name for each in OPERATIONS if each.live])
def test_what_is_shown_beforehand_is_what_is_done(drawing, qtbot, name):
    paint(drawing, (5, 10, 12), 1, 3)
    paint(drawing, (5, 10, 12), 0, 0)
    paint(drawing, (14, 16, 20), 1, 1)
    paint(drawing, (10, 5, 5), 2, 2)
    scribble(drawing, (10.0, 12.0, 14.0), (10.0, 2.0, 2.0))
    before = drawing.scan.mask.labels.copy()
    shown = foreseen(drawing, qtbot, name)
    assert (drawing.scan.mask.labels == before).all()
    drawing.bench.run()
    wait(qtbot, drawing)
    after = drawing.scan.mask.labels
    gone = (before > 0) & (after == 0)
    expected = np.where((after != before) & ~gone, after, 0)
    if shown is None:
        assert (after == before).all()
        return
    assert (np.where(gone, 0, shown) == expected).all()
    assert (np.isin(shown, removed_in(shown)) == gone).all()
    assert drawing.view.preview is None


def test_what_would_be_removed_is_striped_on_every_plane(drawing, qtbot):
    paint(drawing, (9, 10, 12), 1, 4)
    shown = foreseen(drawing, qtbot, "resize", mm=-2.0)
    kept = slice(7, 12), slice(8, 13), slice(10, 15)
    assert drawing.bench.foreseen == "Removes 0.60 ml."
    for axis in range(3):
        on, between = (np.take(shown, 5 + [0, 1, 3][axis], axis) == value for value in removed_in(shown))
        assert 0.3 < on.sum() / (on | between).sum() < 0.7
    assert not shown[kept].any()


def test_what_is_locked_is_not_shown_as_if_it_would_change(drawing, qtbot):
    paint(drawing, (5, 10, 12), 1, 3)
    drawing.scan.mask.locked = frozenset({1})
    assert foreseen(drawing, qtbot, "resize", mm=2.0) is None
    assert drawing.bench.foreseen == "What would change is locked."


def test_what_was_done_is_not_shown_again_until_something_is_set_otherwise(drawing, qtbot):
    paint(drawing, (5, 10, 12), 1, 2)
    foreseen(drawing, qtbot, "resize", mm=1.0)
    drawing.bench.run()
    wait(qtbot, drawing)
    qtbot.wait(400)
    assert drawing.view.preview is None
    drawing.undo()
    qtbot.waitUntil(lambda: drawing.view.preview is not None, timeout=10_000)
    drawing.bench.choose("")
    assert drawing.view.preview is None
    assert not drawing.bench.foreseen


def test_turning_slices_works_nothing_out_anew_that_is_the_same_on_each(drawing, qtbot):
    paint(drawing, (5, 10, 12), 1, 2)
    first = foreseen(drawing, qtbot, "resize", mm=1.0)
    drawing.view.step("axial", 2)
    qtbot.wait(400)
    assert drawing.view.preview is first


def test_the_column_says_beforehand_what_would_change_or_why_nothing_would(drawing, qtbot):
    section = OperationSection(drawing)
    qtbot.addWidget(section)
    section.show()
    foreseen(drawing, qtbot, "grow")
    assert "cribble" in section.foreseen.text()
    assert not drawing.heard
    paint(drawing, (5, 10, 12), 1, 2)
    foreseen(drawing, qtbot, "islands", ml=1.0)
    assert section.foreseen.text() == "Removes 0.12 ml."


def scribble(drawing, *points):
    """The first as the chosen class, the others as what is no class."""
    drawing.tools.take("seeds")
    drawing.tools.change(size_mm=1.0)
    for at in points:
        drawing.tools.active.press(Hand("axial", at, ctrl=at is not points[0]))
        drawing.tools.active.release(Hand("axial", at, ctrl=at is not points[0]))


def test_scribbles_are_shown_grow_and_are_gone(drawing, qtbot):
    scribble(drawing, (10.0, 12.0, 14.0), (10.0, 2.0, 2.0))
    assert sorted(np.unique(drawing.view.scribbled)) == [0, 1, 255]
    drawing.bench.run("grow")
    wait(qtbot, drawing)
    assert count(drawing, 1)
    assert drawing.view.preview is None
    assert drawing.view.scribbled is None
    assert not drawing.tools.active.seeds.classes


def test_growing_without_a_scribble_says_what_to_do(drawing, qtbot):
    do(drawing, qtbot, "grow")
    assert drawing.heard[-1].tone == "error"
    assert "cribble" in drawing.heard[-1].text


def test_a_locked_class_stays_as_it_is_and_the_bar_says_so(drawing, qtbot):
    paint(drawing, (5, 10, 12), 1, 3)
    drawing.scan.mask.locked = frozenset({1})
    do(drawing, qtbot, "resize", mm=2.0)
    assert count(drawing, 1) == 7**3
    assert "locked" in drawing.heard[-1].text


def test_the_list_unfolds_the_options_of_one_operation_at_a_time(drawing, qtbot):
    section = OperationSection(drawing)
    qtbot.addWidget(section)
    section.show()
    for each in OPERATIONS:
        section.buttons[each.name].click()
        assert list(section.fields) == [option.name for option in each.options]
    section.buttons[OPERATIONS[-1].name].click()
    assert section.panel is None


def test_the_column_shows_the_options_of_the_tool_in_the_hand_and_only_those(drawing, qtbot):
    section = ToolSection(drawing)
    qtbot.addWidget(section)
    section.show()
    for name in drawing.tools.names:
        drawing.tools.take(name)
        seen = {option for option, row in section.rows.items() if row.isVisible()}
        assert seen == set(drawing.tools.active.uses)
    drawing.tools.take("brush")
    section.diameter.setValue(12.0)
    assert drawing.tools.options.size_mm == 12.0
    section.inside.setChecked(True)
    assert drawing.tools.options.window == (round(section.low.value()), round(section.high.value()))
    drawing.tools.change(ball=True)
    assert [each.isChecked() for each in section._groups["ball"].buttons()] == [False, True]


def correct(drawing, plane, *slices, value=1, side=4):
    """Draw a square on some slices, as a hand does that looks at them."""
    axis, rows, columns = PLANES[plane]
    for index in slices:
        box = [slice(0, 0)] * 3
        box[axis], box[rows], box[columns] = slice(index, index + 1), slice(6, 6 + side), slice(8, 8 + side)
        drawing.view.voxel = [index if at == axis else 9 for at in range(3)]
        stroke = drawing.scan.mask.stroke("lasso", on=(axis, index))
        stroke.put(tuple(box), np.ones([each.stop - each.start for each in box], bool), value)
        stroke.end()


@pytest.mark.parametrize("plane", PLANES)
def test_what_a_model_drew_between_two_corrected_slices_is_drawn_anew(drawing, qtbot, plane):
    paint(drawing, (9, 9, 9), 1, 6)
    axis = PLANES[plane][0]
    for index in (5, 10):
        erase = [slice(0, side) for side in drawing.scan.mask.labels.shape]
        erase[axis] = slice(index, index + 1)
        stroke = drawing.scan.mask.stroke("eraser", on=(axis, index))
        stroke.put(tuple(erase), np.ones([side.stop - side.start for side in erase], bool), 0)
        stroke.end()
    correct(drawing, plane, 5, 10)
    before = drawing.scan.mask.labels.copy()
    do(drawing, qtbot, "interpolate")
    after = np.moveaxis(drawing.scan.mask.labels, axis, 0)
    assert (after[5:11] == after[5]).all()
    assert (np.delete(after, range(6, 10), 0) == np.delete(np.moveaxis(before, axis, 0), range(6, 10), 0)).all()
    assert drawing.heard[-1].text.startswith(f"Interpolate between {plane} slices 6 and 11: ball lost")
    drawing.undo()
    assert (drawing.scan.mask.labels == before).all()


def test_round_here_are_the_nearest_corrected_slices_and_all_are_all_of_them(drawing, qtbot):
    correct(drawing, "axial", 2, 6, 12, 18)
    drawing.view.voxel = (14, 9, 9)
    before = drawing.scan.mask.labels.copy()
    assert foreseen(drawing, qtbot, "interpolate") is not None
    assert drawing.bench.foreseen == "Adds 0.08 ml between axial slices 13 and 19."
    drawing.view.voxel = (6, 9, 9)
    qtbot.waitUntil(lambda: drawing.bench.foreseen == "Adds 0.13 ml between axial slices 3, 7 and 13.", timeout=10_000)
    drawing.bench.set("between", "all")
    qtbot.waitUntil(lambda: "3, 7, 13 and 19" in drawing.bench.foreseen, timeout=10_000)
    assert (drawing.scan.mask.labels == before).all()


def test_it_is_said_what_is_lacking_where_too_few_slices_were_corrected(drawing, qtbot):
    def said(**options):
        do(drawing, qtbot, "interpolate", **options)
        return drawing.heard[-1].text

    assert "no slice of this class" in said(between="here")
    correct(drawing, "coronal", 4)
    assert "only one coronal slice" in said(between="all")
    correct(drawing, "coronal", 5)
    assert "none between them" in said()
    correct(drawing, "coronal", 9)
    drawing.view.voxel = (0, 20, 0)
    assert "slice 21 does not lie between" in said(between="here")
    assert "ball gained" in said(between="all")


def test_where_there_is_no_gap_to_interpolate_it_is_said_what_to_do(drawing, qtbot):
    paint(drawing, (5, 10, 12), 1, 3)
    do(drawing, qtbot, "interpolate")
    assert "no empty slices" in drawing.heard[-1].text
    paint(drawing, (12, 10, 12), 1, 1)
    do(drawing, qtbot, "interpolate")
    assert "ball gained" in drawing.heard[-1].text


def test_a_distance_starts_at_no_less_than_a_voxel(drawing, monkeypatch):
    starts = {each.name: drawing.bench.values(each).get("mm") for each in OPERATIONS}
    finest = min(drawing.scan.spacing)
    assert starts["smooth"] == max(1.5, finest)
    monkeypatch.setattr(Scan, "spacing", (3.2, 3.2, 5.0))
    assert drawing.bench.values(BY_NAME["smooth"])["mm"] == drawing.bench.values(BY_NAME["resize"])["mm"] == 3.5


@pytest.fixture
def column(drawing, qtbot):
    """A column lower than its operations are long."""
    area, inner, section = QScrollArea(), QWidget(), OperationSection(drawing)
    rows = QVBoxLayout(inner)
    rows.addWidget(section)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    qtbot.addWidget(area)
    area.resize(340, 300)
    area.show()
    qtbot.waitExposed(area)
    return area, section


def shown_whole(area, widget):
    top = widget.mapTo(area.viewport(), QPoint(0, 0)).y()
    return top >= 0 and top + widget.height() <= area.viewport().height()


def test_the_options_of_an_operation_come_into_sight_and_then_the_column_stays(column, drawing, qtbot):
    area, section = column
    for name in ("smooth", "interpolate", "resize"):
        drawing.bench.choose(name)
        assert shown_whole(area, section.panel)
    area.verticalScrollBar().setValue(0)
    toggle_lock(drawing, 1)
    QApplication.processEvents()
    assert area.verticalScrollBar().value() == 0
    assert section.panel is not None


def heeds_wheel(widget):
    at = QPointF(widget.rect().center())
    turned = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, turned)
    return turned.isAccepted()


def test_the_wheel_passes_over_lists_and_numbers_until_a_number_is_clicked(column, drawing, qtbot):
    area, section = column
    area.activateWindow()
    drawing.bench.choose("smooth")
    mm, flat = section.fields["mm"], section.fields["flat"]
    start = mm.value()
    assert not heeds_wheel(mm)
    assert not heeds_wheel(flat)
    assert (mm.value(), flat.currentIndex()) == (start, 0)
    mm.setFocus()
    qtbot.waitUntil(mm.hasFocus)
    assert heeds_wheel(mm)
    assert mm.value() == start - mm.singleStep()
