"""The display grid: what is shown on the screen lies at the same place in the patient."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.imaging import Geometry, Volume, classes_named, nameless
from segstudio.viewer.layers import PLANES, Display, colormap_of, digits_of, scan_layers, window_of

ORIENTATIONS = [(axes, signs) for axes in permutations(range(3)) for signs in product((1, -1), repeat=3)]
SHAPE = (4, 5, 6)
CLASSES = classes_named([(1, "liver"), (2, "spleen")])


def oriented(axes, signs, spacing=(3.0, 0.7, 0.8), shape=SHAPE) -> Geometry:
    affine = np.eye(4)
    affine[:3, :3] = 0
    for column, (axis, sign, mm) in enumerate(zip(axes, signs, spacing, strict=True)):
        affine[axis, column] = sign * mm
    affine[:3, 3] = (-31.5, 12.25, 80)
    return Geometry(shape, affine)


def tilted(degrees: float, geometry: Geometry) -> Geometry:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[1, 0, 0, 0], [0, c, -s, 0], [0, s, c, 0], [0, 0, 0, 1]])
    return Geometry(geometry.shape, turn @ geometry.affine)


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_a_voxel_of_the_display_grid_is_where_the_scan_has_it(axes, signs):
    display = Display.of(oriented(axes, signs))
    marked = np.zeros(SHAPE, np.uint8)
    display.turn.apply(marked)[1, 2, 3] = 1  # a view: the scan's own grid is written
    (found,) = np.argwhere(marked)
    assert display.source.to_world(found[None].astype(float))[0][::-1] == pytest.approx(display.position_of((1, 2, 3)))
    assert display.voxel_at(display.position_of((1, 2, 3))) == (1, 2, 3)


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_every_scan_is_shown_with_the_head_up_the_back_down_and_the_left_to_the_right(axes, signs):
    geometry = oriented(axes, signs)
    ((picture, options),) = scan_layers(Volume.of(np.zeros(geometry.shape, np.int16), geometry))
    display = Display.of(geometry)
    assert display.shown.orientation == "SPL"
    assert picture.shape == display.shown.shape
    assert (options["units"], options["axis_labels"]) == (("mm",) * 3, ("z", "y", "x"))
    assert sorted(options["scale"]) == pytest.approx(sorted(geometry.spacing))


@given(case=st.sampled_from(ORIENTATIONS), degrees=st.floats(-40, 40))
@settings(max_examples=40, deadline=None)
def test_the_middle_of_an_oblique_scan_is_shown_at_its_true_place(case, degrees):
    display = Display.of(tilted(degrees, oriented(*case)))
    middle = (np.array(SHAPE, float) - 1) / 2
    shown = (np.array(display.shown.shape) - 1) / 2 * display.scale + display.translate
    assert shown[::-1] == pytest.approx(display.source.to_world(middle[None])[0])


@given(case=st.sampled_from(ORIENTATIONS), corner=st.tuples(*[st.integers(0, 3)] * 3))
@settings(max_examples=60, deadline=None)
def test_a_box_goes_to_the_screen_and_back(case, corner):
    display = Display.of(oriented(*case))
    box = tuple(slice(start, start + 1) for start in corner)
    shown = display.to_shown(box)
    assert display.to_source(shown) == box
    mark = np.zeros(SHAPE, bool)
    mark[box] = True
    assert display.turn.apply(mark)[shown].all()


def test_a_scan_is_first_shown_in_the_plane_in_which_it_was_made():
    assert Display.of(oriented((0, 2, 1), (1, -1, 1), spacing=(4.0, 1.0, 1.0))).plane == "sagittal"
    assert Display.of(oriented((1, 2, 0), (1, -1, 1), spacing=(4.0, 1.0, 1.0))).plane == "coronal"
    assert Display.of(oriented((2, 1, 0), (1, 1, 1), spacing=(1.0, 1.0, 1.0))).plane == "axial"
    assert Display.of(oriented((0, 2, 1), (1, -1, 1), shape=(1, 5, 6))).plane == "sagittal"
    assert Display.of(oriented((1, 2, 0), (1, -1, 1), (0.6, 1.0, 1.0), (4, 240, 240))).plane == "coronal"
    assert Display.of(oriented((1, 2, 0), (1, -1, 1), (1.0, 1.0, 1.0), (4, 240, 240))).plane == "coronal"


def test_every_plane_scrolls_one_axis_and_shows_the_other_two():
    assert {order[0] for order in PLANES.values()} == {0, 1, 2}
    assert all(sorted(order) == [0, 1, 2] for order in PLANES.values())


def test_channels_are_layers_of_which_the_first_is_seen():
    geometry = oriented((2, 1, 0), (1, 1, 1))
    volume = Volume.of(np.random.default_rng(0).random((2, *SHAPE)), geometry, channels=("T1", "FLAIR"))
    found = [(options["name"], options["visible"]) for _, options in scan_layers(volume)]
    assert found == [("T1", True), ("FLAIR", False)]


def test_colours_are_shown_as_colours():
    geometry = oriented((2, 1, 0), (1, 1, 1))
    volume = Volume.of(np.full((3, *SHAPE), 7, np.uint8), geometry, channels=("red", "green", "blue"))
    ((picture, options),) = scan_layers(volume)
    assert options["rgb"]
    assert picture.shape == (*Display.of(geometry).shown.shape, 3)


def test_ct_is_shown_in_the_soft_tissue_window():
    air_and_body = np.random.default_rng(0).normal(-1000, 20, (8, 8, 8))
    air_and_body[3:5] = 40
    assert window_of(air_and_body, "CT") == (-160, 240)
    assert window_of(air_and_body) == (-160, 240)


def test_one_bright_voxel_does_not_darken_an_mri():
    picture = np.random.default_rng(0).uniform(0, 100, (30, 30, 30))
    picture[4, 4, 4] = 1e6
    low, high = window_of(picture, "MR")
    assert low < 10
    assert 90 < high < 110


@pytest.mark.parametrize("value", [0, 7])
def test_a_scan_without_contrast_can_still_be_shown(value):
    low, high = window_of(np.full((3, 3, 3), value))
    assert low < high


def test_a_hidden_class_is_not_drawn():
    colors = colormap_of(CLASSES, hidden={2}).color_dict
    assert colors[1][3] == 1
    assert colors[2][3] == 0
    assert colors[0][3] == 0


def test_classes_without_a_name_each_have_a_colour_that_belongs_to_their_number():
    colors = colormap_of(CLASSES, unnamed := range(3, 40)).color_dict
    assert len({tuple(colors[value]) for value in unnamed}) == len(unnamed)
    assert tuple(colormap_of((), [9]).color_dict[9]) == tuple(colors[9])
    assert tuple(255 * colors[9][:3].round(4)) == pytest.approx(nameless(9).color, abs=0.1)


def test_of_all_classes_only_one_may_be_drawn_and_then_no_unknown_one():
    colors = colormap_of(CLASSES, only=2).color_dict
    assert [colors[value][3] for value in (0, 1, 2, None)] == [0, 0, 1, 0]
    assert colormap_of(CLASSES, [7], only=7).color_dict[7][3] == 1
    assert colormap_of(CLASSES).color_dict[None][3] == 1


@pytest.mark.parametrize(
    ("picture", "digits"),
    [
        (np.arange(27, dtype=np.int16), 0),
        (np.arange(27, dtype=np.float32) - 1024, 0),
        (np.linspace(0, 1, 27, dtype=np.float32), 3),
        (np.linspace(0, 2000, 27), 0),
        (np.linspace(0, 0.001, 27), 6),
        (np.full(27, 0.5), 3),
        (np.full(27, np.nan), 0),
    ],
)
def test_intensities_have_decimals_only_where_these_tell_them_apart(picture, digits):
    assert digits_of(picture.reshape(3, 3, 3)) == digits
