"""What is looked at before a correction counts."""

from __future__ import annotations

import numpy as np
import pytest

from segstudio.imaging import Geometry, LabelMap, Volume, classes_named
from segstudio.review.checks import findings

KNOWN = classes_named([(1, "left kidney"), (2, "right kidney"), (3, "liver")])
SHAPE = (20, 40, 60)


def geometry(flipped: bool = False) -> Geometry:
    """2 mm voxels, columns to the patient's left, or to the right."""
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = 2, 2, -2 if flipped else 2, 1
    return Geometry(SHAPE, affine)


def mask(*boxes: tuple[int, tuple[slice, slice, slice]], flipped: bool = False) -> LabelMap:
    labels = np.zeros(SHAPE, np.uint8)
    for value, box in boxes:
        labels[box] = value
    return LabelMap(labels, geometry(flipped), KNOWN)


LEFT = (1, (slice(5, 12), slice(10, 20), slice(40, 50)))
RIGHT = (2, (slice(5, 12), slice(10, 20), slice(10, 20)))
LIVER = (3, (slice(2, 18), slice(5, 35), slice(22, 38)))


def body(air: float = -1000.0) -> Volume:
    """A body in air, with lungs that reach the first slice."""
    image = np.full(SHAPE, air, np.float32)
    image[:, 4:36, 6:54] = 40
    image[:5, 10:30, 15:30] = -800
    return Volume.of(image, geometry(), modality="CT")


def kinds(labels: LabelMap, **known) -> list[str]:
    return [each.kind for each in findings(labels, known=KNOWN, **known)]


def test_a_good_mask_is_in_no_doubt():
    good = mask(LEFT, RIGHT, LIVER)
    assert kinds(good, predicted=good.labels, volume=body()) == []


def test_a_class_that_the_model_had_and_the_reader_has_not():
    (found,) = findings(mask(LEFT), known=KNOWN, predicted=mask(LEFT, LIVER).labels)
    assert (found.kind, found.value, found.name) == ("empty", 3, "liver")
    assert found.words == "liver is empty, where the model had drawn it."
    assert found.box == LIVER[1]


def test_islands_are_counted_and_the_largest_is_the_place():
    found = mask(LIVER, (3, (slice(0, 1), slice(0, 1), slice(0, 2))), (3, (slice(19, 20), slice(39, 40), slice(0, 1))))
    (doubt,) = findings(found, known=KNOWN)
    assert doubt.kind == "islands"
    assert doubt.words == "2 islands in liver, together 0.02 ml."
    assert doubt.box == (slice(0, 1), slice(0, 1), slice(0, 2))
    assert doubt.voxel in ((0, 0, 0), (0, 0, 1))


def test_two_large_pieces_are_no_islands():
    assert kinds(mask(LIVER, (3, (slice(0, 18), slice(0, 4), slice(0, 20))))) == []


def test_a_hole_is_found_and_another_class_inside_is_none():
    hollow, filled = mask(LIVER), mask(LIVER)
    hollow.labels[8:10, 12:14, 25:27] = 0
    filled.labels[8:10, 12:14, 25:27] = 1
    (doubt,) = findings(hollow, known=KNOWN)
    assert (doubt.kind, doubt.box) == ("holes", (slice(8, 10), slice(12, 14), slice(25, 27)))
    assert "holes" not in kinds(filled)


def test_a_notch_that_reaches_the_surface_is_no_hole():
    notched = mask(LIVER)
    notched.labels[8:10, 12:14, 22:27] = 0
    assert kinds(notched) == []


@pytest.mark.parametrize("flipped", [False, True])
def test_left_and_right_are_told_by_where_they_lie_in_the_patient(flipped):
    swapped = kinds(mask(LEFT, RIGHT, flipped=flipped))
    assert swapped == (["swap"] if flipped else [])


def test_one_side_alone_is_compared_with_the_middle_of_the_body():
    alone = mask((1, RIGHT[1]))
    (doubt,) = findings(alone, known=KNOWN, volume=body())
    assert (doubt.kind, doubt.words) == ("swap", "left kidney lies on the patient's right side.")
    assert kinds(mask(LEFT), volume=body()) == []


def test_a_mask_in_the_air_is_outside_the_body_and_one_in_the_lung_is_not():
    out = mask(LIVER, (1, (slice(5, 12), slice(0, 2), slice(20, 40))), (2, RIGHT[1]))
    assert ("outside", 1) in [(each.kind, each.value) for each in findings(out, known=KNOWN, volume=body())]
    lung = mask((3, (slice(0, 4), slice(14, 26), slice(18, 27))))
    assert "outside" not in kinds(lung, volume=body())


def test_a_scan_that_shows_the_body_alone_has_no_outside():
    image = np.random.default_rng(0).normal(100, 20, SHAPE).astype(np.float32)
    image[3:5, 3:5, 3:5] = 0
    assert kinds(mask(LIVER), volume=Volume.of(image, geometry(), modality="MR")) == []


def test_a_class_outside_the_schema():
    strange = mask(LIVER, (9, (slice(5, 12), slice(10, 20), slice(2, 8))))
    (doubt,) = findings(strange, known=KNOWN)
    assert (doubt.kind, doubt.words) == ("unknown", "class 9 is not among the model's classes.")


def test_slices_that_were_left_out_between_corrected_ones():
    drawn, corrected = mask(LIVER), mask(LIVER)
    for z in (6, 7, 10, 11):
        corrected.labels[z, 5:15, 22:38] = 0
    (doubt,) = findings(corrected, known=KNOWN, predicted=drawn.labels)
    assert (doubt.kind, doubt.box[0]) == ("partly", slice(8, 10))
    assert "slices 9 to 10" in doubt.words


def test_small_changes_here_and_there_are_no_gap():
    drawn, corrected = mask(LIVER), mask(LIVER)
    for z in (6, 8, 11):
        corrected.labels[z, 5, 22] = 0
    assert kinds(corrected, predicted=drawn.labels) == []


def test_a_mask_on_a_single_slice_can_be_looked_at():
    flat = Geometry((1, 40, 60), geometry().affine)
    labels = np.zeros((1, 40, 60), np.uint8)
    labels[0, 5:35, 22:38] = 3
    labels[0, 10, 30] = 0
    assert [each.kind for each in findings(LabelMap(labels, flat, KNOWN), known=KNOWN)] == ["holes"]
