"""How a scan is looked at: one state for all panes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.imaging import Geometry
from segstudio.viewer.layers import PLANES, Display
from segstudio.viewer.view import View

SHAPE = (7, 9, 11)


def display() -> Display:
    affine = np.array([[0, 0, -0.8, 31.5], [0, 0.7, 0, -12.25], [3.0, 0, 0, 80], [0, 0, 0, 1]])
    return Display.of(Geometry(SHAPE, affine))


@pytest.fixture
def view():
    view = View()
    view.begin(display(), [(-160.0, 240.0), (0.0, 1.0)])
    return view


def heard(signal):
    times = []
    signal.connect(lambda: times.append(1))
    return times


def test_a_scan_is_first_seen_at_its_middle(view):
    assert view.voxel == (3, 4, 5)
    assert view.point == pytest.approx(display().position_of((3, 4, 5)))


@given(point=st.tuples(*[st.floats(-500, 500)] * 3))
@settings(deadline=None)
def test_the_crosshair_stays_inside_the_scan_and_in_the_middle_of_a_voxel(point):
    view = View()
    view.begin(display(), [(0.0, 1.0)])
    view.point = point
    assert all(0 <= at < side for at, side in zip(view.voxel, SHAPE, strict=True))
    assert view.point == pytest.approx(display().position_of(view.voxel))


@given(steps=st.lists(st.tuples(st.sampled_from(sorted(PLANES)), st.integers(-20, 20)), max_size=8))
@settings(deadline=None)
def test_slices_are_turned_one_axis_at_a_time_and_end_at_the_ends(steps):
    view = View()
    view.begin(display(), [(0.0, 1.0)])
    expected = list(view.voxel)
    for plane, slices in steps:
        view.step(plane, slices)
        across = PLANES[plane][0]
        expected[across] = min(max(expected[across] + slices, 0), SHAPE[across] - 1)
    assert list(view.voxel) == expected


def test_each_channel_keeps_a_window_of_its_own(view):
    view.window = (0.0, 100.0)
    view.channel = 1
    assert view.window == (0.0, 1.0)
    view.channel = 0
    assert view.window == (0.0, 100.0)
    view.reset_window()
    assert view.window == (-160.0, 240.0)


def test_a_window_without_width_and_a_channel_that_is_not_there_are_not_taken(view):
    view.window = (5.0, 5.0)
    view.channel = 7
    assert (view.window, view.channel) == ((-160.0, 240.0), 0)


def test_a_signal_comes_when_something_changed_and_only_then(view):
    looks, points, layouts = heard(view.look_changed), heard(view.point_changed), heard(view.layout_changed)
    view.outline = True
    view.outline = True
    view.hidden = frozenset({3})
    view.point = view.point
    view.layout = "axial"
    assert (len(looks), len(points), len(layouts)) == (2, 0, 1)


def test_a_new_overlay_is_told_even_when_it_holds_the_same(view):
    told = heard(view.preview_changed)
    view.preview = np.zeros(SHAPE, np.uint8)
    view.preview = np.zeros(SHAPE, np.uint8)
    view.preview = None
    assert len(told) == 3


def test_hidden_classes_and_all_but_the_only_one_are_not_drawn(view):
    view.hidden = frozenset({2})
    assert [view.shows(value) for value in (1, 2, 3)] == [True, False, True]
    view.only = 3
    assert [view.shows(value) for value in (1, 2, 3)] == [False, False, True]


def test_another_scan_is_looked_at_afresh(view):
    view.hidden, view.only, view.flips, view.inverted = frozenset({1}), 2, frozenset({"h"}), True
    view.opacity, view.layout = 0.8, "coronal"
    view.begin(display(), [(0.0, 1.0)])
    assert (view.hidden, view.only, view.flips, view.inverted) == (frozenset(), None, frozenset(), False)
    assert (view.opacity, view.layout) == (0.8, "coronal")
