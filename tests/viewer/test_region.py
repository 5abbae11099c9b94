"""The box in which a model looks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.imaging import Geometry
from segstudio.viewer.layers import PLANES, Display
from segstudio.viewer.region import Region

SHAPE = (20, 30, 40)


def display() -> Display:
    return Display.of(Geometry(SHAPE, np.array([[0, 0, -2.0, 10], [0, -1.0, 0, 20], [3.0, 0, 0, 30], [0, 0, 0, 1]])))


@pytest.fixture
def region():
    region = Region()
    region.start(display())
    return region


@pytest.mark.parametrize("plane", PLANES)
def test_a_rectangle_of_a_plane_becomes_a_box_round_the_slice_that_is_seen(region, plane):
    across, rows, columns = PLANES[plane]
    one, other = [8.0, 9.0, 10.0], [14.0, 19.0, 22.0]
    one[across] = other[across] = 12.0
    region.around(plane, one, other)
    box = region.shown
    assert (box[rows].start, box[rows].stop) == (one[rows], other[rows] + 1)
    assert (box[columns].start, box[columns].stop) == (one[columns], other[columns] + 1)
    assert box[across].start <= 12 < box[across].stop
    deep = (box[across].stop - box[across].start) * display().scale[across]
    shorter = min((box[axis].stop - box[axis].start) * display().scale[axis] for axis in (rows, columns))
    assert deep == pytest.approx(shorter, abs=2 * display().scale[across])


@given(
    plane=st.sampled_from(sorted(PLANES)),
    one=st.tuples(*[st.floats(-50, 90)] * 3),
    other=st.tuples(*[st.floats(-50, 90)] * 3),
)
@settings(deadline=None)
def test_a_box_lies_within_the_scan_and_holds_a_voxel_wherever_the_hand_went(plane, one, other):
    region = Region()
    region.start(display())
    region.around(plane, one, other)
    assert all(0 <= side.start < side.stop <= length for side, length in zip(region.box, SHAPE, strict=True))


def test_whole_slices_are_chosen_in_either_order(region):
    region.slices("axial", 7, 3)
    assert region.shown[0] == slice(3, 8)
    assert [side.stop - side.start for side in region.shown[1:]] == list(display().shown.shape[1:])


def test_its_size_is_told_in_millimetres_of_the_patient(region):
    region.set((slice(0, 4), slice(0, 10), slice(0, 5)))
    assert region.size_mm == pytest.approx((10.0, 10.0, 12.0))
    region.set(None)
    assert region.size_mm is None


def test_another_scan_begins_without_a_box(region):
    told = []
    region.changed.connect(lambda: told.append(1))
    region.set((slice(0, 4), slice(0, 10), slice(0, 5)))
    region.end()
    region.start(display())
    assert region.box is None
    assert len(told) == 3
