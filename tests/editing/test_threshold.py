import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from segstudio.editing.threshold import threshold, within
from segstudio.errors import EditError, Stopped

SHAPE = (3, 5, 4)
LABELS = stn.arrays(np.uint8, SHAPE, elements=st.integers(0, 3))
IMAGES = stn.arrays(np.int16, SHAPE, elements=st.integers(-1000, 3000))
EDGES = st.floats(-40_000, 40_000)


def done(labels, edit):
    after = labels.copy()
    if edit is not None:
        assert (labels[edit.box] == edit.before).all()
        after[edit.box] = edit.after
    return after


@given(labels=LABELS, image=IMAGES, low=EDGES, wide=st.floats(0, 5000), order=st.permutations(range(3)))
def test_the_voxels_in_the_window_get_the_class_however_the_scan_lies_in_memory(labels, image, low, wide, order):
    labels, image = labels.transpose(order)[::-1], image.transpose(order)[::-1]
    expected = np.where((image >= low) & (image <= low + wide), 2, labels)
    assert (done(labels, threshold(labels, image, (low, low + wide), 2)) == expected).all()


@given(labels=LABELS, image=IMAGES, where=stn.arrays(np.bool_, (2, 3, 4)))
def test_only_the_box_the_selection_and_the_chosen_classes_are_touched(labels, image, where):
    box = (slice(1, 3), slice(1, 4), slice(0, 4))
    expected = labels.copy()
    hit = (image[box] >= 0) & (image[box] <= 500) & where & ((labels[box] == 0) | (labels[box] == 3))
    expected[box][hit] = 1
    edit = threshold(labels, image, (0, 500), 1, box=box, where=where, over={0, 3})
    assert (done(labels, edit) == expected).all()


@given(image=IMAGES)
def test_the_edit_is_cut_tight(image):
    labels = np.zeros(SHAPE, np.uint16)
    edit = threshold(labels, image, (0, 1000), 300)
    hit = np.argwhere((image >= 0) & (image <= 1000))
    if edit is None:
        assert not len(hit)
    else:
        assert [side.start for side in edit.box] == list(hit.min(axis=0))
        assert [side.stop for side in edit.box] == list(hit.max(axis=0) + 1)
        assert edit.after.dtype == np.uint16


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32])
def test_windows_wider_than_the_number_type_hold_everything(dtype):
    image = np.array([0, 7, 100], dtype)
    assert within(image, (-1e9, 1e9)).all()
    assert list(within(image, (6.5, 99.5))) == [False, True, False]
    assert not within(image, (1e8, 1e9)).any()
    assert not within(image, (-1e9, -1e8)).any()


def test_a_window_upside_down_is_told():
    with pytest.raises(EditError, match="ends below"):
        threshold(np.zeros((1, 1, 1), np.uint8), np.zeros((1, 1, 1)), (2, 1), 1)


def test_it_can_be_stopped():
    with pytest.raises(Stopped):
        threshold(np.zeros((1, 1, 1), np.uint8), np.zeros((1, 1, 1)), (0, 1), 1, stop=lambda: True)
