"""What an edit came to, as the bar says it."""

import numpy as np
import pytest

from segstudio.editing import Edit
from segstudio.imaging import classes_named
from segstudio.inference import Prediction
from segstudio.viewer.outcome import Outcome, in_ml, outcome_in_words, prediction_in_words

CLASSES = classes_named([(1, "liver"), (2, "kidney")])
WROTE = Edit("x", (slice(0, 1),) * 3, np.zeros((1, 1, 1), np.uint8), np.ones((1, 1, 1), np.uint8))


def words(gained, *, wanted=True, wrote=WROTE):
    counts = np.zeros(256, np.int64)
    for value, voxels in gained.items():
        counts[value] = voxels
    return outcome_in_words(Outcome("Smooth", wanted, wrote, counts), CLASSES, 0.001)


def test_what_was_gained_and_lost_is_told_the_largest_first():
    assert words({0: 500, 1: 1000, 2: -1500}) == "Smooth: kidney lost 1.50 ml, liver gained 1.00 ml."
    assert words({7: 12}) == "Smooth: class 7 gained 0.012 ml."


def test_of_many_classes_three_are_named():
    assert words({1: 5000, 2: 4000, 3: 3000, 4: 2000, 5: 1000}).endswith(" and 2 more classes changed.")


def test_why_nothing_happened_is_said():
    assert words({}, wrote=None) == "Smooth: what it would change is locked."
    assert words({}, wrote=None, wanted=False) == "Smooth: there is nothing to change."
    assert words({}) == "Smooth: done; no class changed its volume."


@pytest.mark.parametrize(("volume", "text"), [(12.44, "12.4 ml"), (0.308, "0.31 ml"), (0.0021, "0.002 ml")])
def test_volumes_have_as_many_digits_as_tell_something(volume, text):
    assert in_ml(volume) == text


def test_a_prediction_names_the_device_without_its_number_type(ball_scan):
    found = Prediction(ball_scan(1)[1], None, 3.14, "CPU (bf16)", ("It is small.",))
    assert prediction_in_words(found) == "Predicted in 3.1 s on CPU. It is small."
