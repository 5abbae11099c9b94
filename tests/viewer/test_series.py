"""Series lie side by side at one place in the patient, whatever their grids; on one grid they can be sequences."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qtpy.QtCore import QPoint, Qt

from segstudio.errors import GeometryError
from segstudio.imaging import Geometry, Volume, write_volume
from segstudio.viewer.layers import Display
from segstudio.viewer.panes.beside import BesidePanes
from segstudio.viewer.panes.four import FourPanes
from segstudio.viewer.series import Series, voxel_in, with_channels
from segstudio.viewer.view import View
from tests.viewer.sessions import paint, wait


def grid(shape, spacing, degrees=0.0, corner=(0.0, 0.0, 0.0)):
    """An axial grid, turned round the patient's long axis, its corner (x, y, z) in millimetres."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, -sin, cos], [0, cos, sin], [1, 0, 0]]) * spacing
    affine[:3, 3] = corner
    return Geometry(shape, affine)


GRIDS = st.builds(
    grid,
    st.tuples(*[st.integers(1, 30)] * 3),
    st.tuples(*[st.floats(0.4, 6)] * 3),
    st.floats(-40, 40),
    st.tuples(*[st.floats(-20, 20)] * 3),
)


@given(GRIDS, GRIDS, st.data())
def test_another_grids_voxel_is_the_nearest_in_the_patient(one, other, data):
    here, there = Display.of(one), Display.of(other)
    voxel = tuple(data.draw(st.integers(0, side - 1)) for side in here.shown.shape)
    found, inside = voxel_in(here, voxel, there)
    assert all(0 <= at < side for at, side in zip(found, there.shown.shape, strict=True))
    places = [display.shown.to_world(np.array([at], float))[0] for display, at in ((here, voxel), (there, found))]
    if inside:
        off = np.abs(there.shown.directions.T @ (places[1] - places[0]))
        assert (off <= there.shown.spacing / 2 + 1e-6).all()


@given(GRIDS, st.data())
def test_on_one_grid_it_is_the_same_voxel(geometry, data):
    display = Display.of(geometry)
    voxel = tuple(data.draw(st.integers(0, side - 1)) for side in display.shown.shape)
    assert voxel_in(display, voxel, display) == (voxel, True)


@pytest.fixture
def thick_file(tmp_path):
    """A series of thick, turned slices over the same part of the patient as the ball."""
    rng = np.random.default_rng(1)
    geometry = grid((6, 30, 40), (4.0, 0.9, 0.8), 10.0, (-2.0, -3.0, -1.0))
    path = tmp_path / "thick.nii.gz"
    write_volume(Volume.of(rng.normal(100, 20, geometry.shape).astype(np.float32), geometry), path)
    return path


@pytest.fixture
def second_file(tmp_path, ball_scan):
    """Another series on the ball's grid."""
    path = tmp_path / "FLAIR.nii.gz"
    write_volume(ball_scan(5, (20, 24, 28))[0], path)
    return path


@pytest.fixture
def series(session, ball_file, qtbot):
    session.open(ball_file)
    wait(qtbot, session)
    return Series(session)


def opened(series, path, qtbot):
    before = len(series.beside)
    series.open(path)
    qtbot.waitUntil(lambda: len(series.beside) == before + 1, timeout=30_000)
    return series.beside[-1]


def world_of(view):
    return view.display.shown.to_world(np.array([view.voxel], float))[0]


def test_the_crosshair_of_a_series_follows_the_scans(series, session, thick_file, qtbot):
    beside = opened(series, thick_file, qtbot)
    session.view.voxel = (11, 14, 9)
    off = beside.view.display.shown.directions.T @ (world_of(beside.view) - world_of(session.view))
    assert (np.abs(off) <= beside.view.display.shown.spacing / 2 + 1e-6).all()
    assert beside.view.crosshair


def test_the_scans_crosshair_follows_that_of_a_series(series, session, thick_file, qtbot):
    beside, other = opened(series, thick_file, qtbot), opened(series, thick_file, qtbot)
    beside.view.voxel = (3, 14, 17)
    off = session.view.display.shown.directions.T @ (world_of(beside.view) - world_of(session.view))
    assert (np.abs(off) <= session.view.display.shown.spacing / 2 + 1e-6).all()
    assert beside.view.voxel == other.view.voxel == (3, 14, 17)


def test_where_a_series_does_not_reach_its_crosshair_is_not_drawn(series, session, tmp_path, qtbot):
    path = tmp_path / "low.nii.gz"
    geometry = grid((5, 24, 28), (1.0, 1.0, 1.0))
    write_volume(Volume.of(np.ones(geometry.shape, np.float32), geometry), path)
    beside = opened(series, path, qtbot)
    session.view.voxel = (3, 4, 5)
    assert beside.view.crosshair
    session.view.voxel = (15, 4, 5)
    assert not beside.view.crosshair
    assert beside.view.voxel == (4, 4, 5)


def test_a_series_of_another_part_of_the_patient_is_told(series, session, tmp_path, qtbot):
    path = tmp_path / "far.nii.gz"
    geometry = grid((5, 5, 5), (1.0, 1.0, 1.0), 0.0, (500.0, 0.0, 0.0))
    write_volume(Volume.of(np.ones(geometry.shape, np.float32), geometry), path)
    opened(series, path, qtbot)
    assert session.heard[-1].text == "far.nii.gz shows another part of the patient than the scan."


def test_another_scan_takes_the_series_away(series, session, thick_file, ball_file, qtbot):
    opened(series, thick_file, qtbot)
    session.open(ball_file)
    wait(qtbot, session)
    assert series.beside == ()


def test_a_file_that_is_no_scan_is_told_and_nothing_else_happens(series, session, tmp_path, qtbot):
    path = tmp_path / "broken.nii.gz"
    path.write_bytes(b"nothing")
    series.open(path)
    qtbot.waitUntil(lambda: session.heard[-1].tone == "error", timeout=30_000)
    assert series.beside == ()
    assert session.scan is not None


def test_a_series_on_the_scans_grid_becomes_a_sequence_and_the_mask_stays(series, session, second_file, qtbot):
    paint(session, (10, 12, 14), 1)
    before = session.scan
    beside = opened(series, second_file, qtbot)
    series.use_as_channel(beside)
    qtbot.waitUntil(lambda: len(session.scan.volume.channels) == 2, timeout=30_000)
    assert series.beside == ()
    assert session.scan.mask is before.mask
    assert session.scan.volume.channels == ("sequence", "FLAIR"), "a file may be called by a patient's name"
    assert np.array_equal(session.scan.picture(1), beside.opened.picture())
    session.view.channel = 1
    assert session.view.window == beside.opened.windows[0]


def test_it_is_offered_as_a_sequence_only_to_a_model_that_reads_several(
    series, session, second_file, monkeypatch, qtbot
):
    opened(series, second_file, qtbot)
    assert all(not each.actions for each in session.heard)
    entry = session.entries()[0]
    several = replace(entry, spec=replace(entry.spec, channels=("T1", "FLAIR")))
    monkeypatch.setattr(session, "entries", lambda: [several])
    opened(series, second_file, qtbot)
    (use,) = session.heard[-1].actions
    use.run()
    qtbot.waitUntil(lambda: len(session.scan.volume.channels) == 2, timeout=30_000)


def test_a_series_on_another_grid_is_no_sequence(series, session, thick_file, qtbot):
    beside = opened(series, thick_file, qtbot)
    with pytest.raises(GeometryError, match="thick"):
        with_channels(session.scan, beside.opened)


def test_channels_that_are_added_have_windows_of_their_own():
    view = View()
    view.begin(Display.of(grid((3, 4, 5), (1.0, 1.0, 1.0))), [(0, 1)])
    view.add_channels([(5, 6), (7, 8)])
    view.channel = 2
    view.window = (7, 9)
    view.reset_window()
    assert view.window == (7, 8)


@pytest.fixture
def picture(series, session, qtbot):
    picture = FourPanes(session)
    qtbot.addWidget(picture)
    panes = BesidePanes(session, series, picture)
    picture.resize(800, 600)
    with qtbot.waitExposed(picture):
        picture.show()
    picture.panes_beside = panes
    session.scan_changed.emit()
    qtbot.waitUntil(lambda: picture.drawn, timeout=30_000)
    yield picture
    panes.close_canvas()
    picture.close_canvas()


def place(picture, widget):
    """The middle of a widget, as parts of the picture's width and height."""
    middle = widget.mapTo(picture, widget.rect().center())
    return middle.x() / picture.width(), middle.y() / picture.height()


def test_of_four_panes_a_series_takes_the_place_of_3d(picture, series, thick_file, qtbot):
    opened(series, thick_file, qtbot)
    (pane,) = picture.panes_beside.panes.values()
    qtbot.waitUntil(lambda: pane.width() > 300 and pane.plane in pane.panes, timeout=30_000)
    assert place(picture, pane) == pytest.approx((0.75, 0.75), abs=0.05)
    assert not picture.surfaces.isVisible()
    inner = pane.panes[pane.plane]
    qtbot.waitUntil(lambda: 0.85 < 30 * 0.9 * inner.mm_in_pixels / inner.native.height() < 1, timeout=30_000)
    series.close_all()
    qtbot.waitUntil(picture.surfaces.isVisible, timeout=30_000)


def test_one_plane_of_the_scan_is_beside_the_same_plane_of_the_series(picture, series, session, thick_file, qtbot):
    opened(series, thick_file, qtbot)
    (pane,) = picture.panes_beside.panes.values()
    session.view.layout = "sagittal"
    assert pane.plane == "sagittal"
    qtbot.waitUntil(lambda: pane.height() > 500, timeout=30_000)
    assert place(picture, pane) == pytest.approx((0.75, 0.5), abs=0.05)
    assert place(picture, picture.panes["sagittal"]) == pytest.approx((0.25, 0.5), abs=0.05)


def test_a_click_in_a_series_brings_the_scan_to_that_place(picture, series, session, thick_file, qtbot):
    beside = opened(series, thick_file, qtbot)
    (widget,) = picture.panes_beside.panes.values()
    qtbot.waitUntil(lambda: widget.plane in widget.panes, timeout=30_000)
    pane = widget.panes[widget.plane]
    qtbot.waitUntil(lambda: pane.native.width() > 300, timeout=30_000)
    qtbot.waitUntil(lambda: not widget._soon.isActive(), timeout=30_000)
    wanted = [0.0, 0.0, 0.0]
    wanted[pane.across], wanted[pane.rows], wanted[pane.columns] = pane.index, 3, 20
    x, y = pane.to_screen(np.array([[3.0, 20.0]]))[0]
    qtbot.mouseClick(pane.native, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert beside.view.voxel == tuple(wanted)
    found, _ = voxel_in(beside.view.display, beside.view.voxel, session.view.display)
    assert session.view.voxel == found
