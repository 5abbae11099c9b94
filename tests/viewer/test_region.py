"""The box in which a model looks."""

from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel

from segstudio.imaging import Geometry, LabelMap, Volume
from segstudio.viewer.layers import PLANES, Display, add_mask, add_scan
from segstudio.viewer.region import Region

SHAPE = (20, 30, 40)


@pytest.fixture
def geometry():
    affine = np.array([[0, 0, -2.0, 10], [0, -1.0, 0, 20], [3.0, 0, 0, 30], [0, 0, 0, 1]])
    return Geometry(SHAPE, affine)


@pytest.fixture
def viewer(geometry):
    viewer = ViewerModel()
    add_scan(viewer, Volume.of(np.zeros(SHAPE, np.int16), geometry))
    add_mask(viewer, LabelMap(np.zeros(SHAPE, np.uint8), geometry))
    return viewer


@pytest.fixture
def region(viewer, geometry):
    region = Region(viewer)
    region.start(Display.of(geometry))
    viewer.layers.selection.active = viewer.layers["mask"]
    yield region
    region.close()


def drag(viewer, region, start, end):
    """What napari does from press to release."""
    event = SimpleNamespace(type="mouse_press", position=start, handled=False)
    step = viewer.mouse_drag_callbacks[-1](viewer, event)
    next(step)
    event.type, event.position = "mouse_move", end
    next(step)
    event.type = "mouse_release"
    next(step, None)


@pytest.mark.parametrize("plane", PLANES)
def test_a_rectangle_that_is_dragged_becomes_a_box_round_the_slice_that_is_seen(viewer, region, geometry, plane):
    display = Display.of(geometry)
    across, rows, columns = viewer.dims.order = PLANES[plane]
    seen, start, end = [10, 15, 20], [8, 9, 10], [14, 19, 22]
    start[across] = end[across] = seen[across]
    to_mm = lambda voxel: tuple(np.array(voxel) * display.scale + display.translate)  # noqa: E731
    viewer.dims.set_point(across, to_mm(seen)[across])
    region.draw()
    drag(viewer, region, to_mm(start), to_mm(end))
    box = display.to_shown(region.box)
    assert (box[rows].start, box[rows].stop) == (start[rows], end[rows] + 1)
    assert (box[columns].start, box[columns].stop) == (start[columns], end[columns] + 1)
    assert box[across].start <= seen[across] < box[across].stop
    assert not region.drawing


@pytest.mark.parametrize("mode", ["paint", "pan_zoom"])
def test_no_brush_paints_while_a_box_is_drawn_and_the_tool_comes_back(viewer, region, mode):
    mask = viewer.layers.selection.active
    mask.mode = mode
    region.draw()
    assert mask.mode == "pan_zoom"
    assert not viewer.scene.camera.mouse_pan
    drag(viewer, region, (30, 0, 0), (30, 5, 5))
    assert mask.mode == mode
    assert viewer.scene.camera.mouse_pan == (mode == "pan_zoom")


def test_the_outline_is_seen_only_where_the_box_is(viewer, region, geometry):
    region.set((slice(5, 9), slice(3, 9), slice(3, 9)))
    display = Display.of(geometry)
    across = PLANES["axial"][0]
    for index in range(SHAPE[0]):
        viewer.dims.set_point(across, display.translate[across] + index * display.scale[across])
        assert region.outline.visible == (5 <= index < 9)


def test_the_outline_does_not_widen_the_range_of_slices(viewer, region):
    before = viewer.dims.range
    region.set(tuple(slice(0, side) for side in SHAPE))
    assert viewer.dims.range == before


def test_the_size_of_a_box_is_told_in_millimetres(region):
    assert region.size_mm is None
    region.set((slice(0, 10), slice(0, 10), slice(0, 10)))
    assert region.size_mm == pytest.approx((20, 10, 30))
