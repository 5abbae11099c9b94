"""Contours lie on the pictures they were drawn on and enclose what was drawn, holes left out."""

from collections import Counter

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.draw import polygon2mask

from segstudio.errors import ImageError
from segstudio.export import rtstruct
from segstudio.export.contours import traced
from segstudio.imaging import LabelMap, read_labels
from segstudio.imaging.dicom.filling import area, filled
from tests.export.conftest import BY_MODEL, CLASSES, mask_on
from tests.export.series import turned

RING = np.pad(np.ones((5, 5), bool), 2)
RING[4, 4] = False


def planes(side=9):
    return arrays(bool, st.tuples(st.integers(1, side), st.integers(1, side)), elements=st.booleans())


@given(planes())
def test_what_is_traced_and_filled_is_what_it_was(inside):
    assert np.array_equal(filled(traced(inside), inside.shape), inside)


@given(planes(), st.floats(-1e-4, 1e-4), st.floats(-1e-4, 1e-4))
def test_rounding_of_corners_changes_no_voxel(inside, down, right):
    moved = [polygon + np.array([down, right]) for polygon in traced(inside)]
    assert np.array_equal(filled(moved, inside.shape), inside)


@given(planes())
def test_another_program_fills_each_part_as_we_do(inside):
    found = np.zeros(inside.shape, int)
    for polygon in traced(inside):
        found += polygon2mask(inside.shape, polygon)
    assert np.array_equal(found, inside)


def test_a_part_with_a_hole_is_one_contour_and_two_parts_are_two():
    assert len(traced(RING)) == 1
    assert len(traced(np.hstack([RING, RING]))) == 2
    assert len(traced(np.eye(3, dtype=bool))) == 3


def test_straight_sides_have_no_corners_in_between():
    (square,) = traced(np.pad(np.ones((20, 30), bool), 1))
    assert len(square) == 8
    assert area(square) == pytest.approx(600 - 0.5)


def test_contours_lie_on_the_picture_that_they_name(tmp_path, series):
    scan = series(rows_columns=turned(25, (1, 2, 3)), backwards=True)
    rtstruct.write(mask_on(scan), scan, tmp_path / "m.dcm", author=BY_MODEL)
    there = {each.SOPInstanceUID: each for each in map(pydicom.dcmread, (tmp_path / "series").iterdir())}
    data = pydicom.dcmread(tmp_path / "m.dcm")
    for region in data.ROIContourSequence:
        for contour in region.get("ContourSequence") or ():
            source = there[contour.ContourImageSequence[0].ReferencedSOPInstanceUID]
            right, down = np.array(source.ImageOrientationPatient, float).reshape(2, 3)
            points = np.array(contour.ContourData, float).reshape(-1, 3) - np.array(source.ImagePositionPatient, float)
            assert np.abs(points @ np.cross(right, down)).max() < 1e-3
            assert contour.NumberOfContourPoints == len(points)
            assert contour.ContourGeometricType == "CLOSED_PLANAR"


def test_another_program_finds_the_mask_in_the_file_alone(tmp_path, series):
    """By the file's own words only: contours, pictures' places, rows and columns."""
    scan = series(rows_columns=turned(-40, (3, -1, 1)), shape=(6, 14, 12))
    mask = mask_on(scan)
    rtstruct.write(mask, scan, tmp_path / "m.dcm", author=BY_MODEL)
    there = {each.SOPInstanceUID: each for each in map(pydicom.dcmread, (tmp_path / "series").iterdir())}
    found = Counter()
    for region in pydicom.dcmread(tmp_path / "m.dcm").ROIContourSequence:
        for contour in region.get("ContourSequence") or ():
            source = there[contour.ContourImageSequence[0].ReferencedSOPInstanceUID]
            points = np.array(contour.ContourData, float).reshape(-1, 3) - np.array(source.ImagePositionPatient, float)
            right, down = np.array(source.ImageOrientationPatient, float).reshape(2, 3)
            rows, columns = points @ down / source.PixelSpacing[0], points @ right / source.PixelSpacing[1]
            inside = polygon2mask((source.Rows, source.Columns), np.column_stack([rows, columns]))
            found[int(region.ReferencedROINumber)] += int(inside.sum())
    assert found == {value: int((mask.labels == value).sum()) for value in (2, 7, 41)}


def test_regions_have_names_colours_codes_and_who_drew_them(tmp_path, series):
    scan = series()
    rtstruct.write(mask_on(scan), scan, tmp_path / "m.dcm", author=BY_MODEL)
    data = pydicom.dcmread(tmp_path / "m.dcm")
    assert [each.ROIName for each in data.StructureSetROISequence] == ["liver", "kidney left", "Läsion"]
    assert {each.ROIGenerationAlgorithm for each in data.StructureSetROISequence} == {"SEMIAUTOMATIC"}
    assert data.StructureSetROISequence[0].ROIGenerationDescription == "abdomen 3"
    assert list(data.ROIContourSequence[0].ROIDisplayColor) == list(CLASSES[0].color)
    assert data.RTROIObservationsSequence[0].RTROIIdentificationCodeSequence[0].CodeValue == "10200004"
    assert "Research use only" in data.SeriesDescription


def test_a_contour_of_many_corners_is_written_whole(tmp_path, series):
    scan = series(shape=(2, 128, 128))
    labels = np.zeros(scan.geometry.shape, np.uint8)
    labels[0, ::2, :], labels[0, :, 0] = 2, 2  # a comb: one contour of thousands of numbers
    mask = LabelMap(labels, scan.geometry, CLASSES)
    rtstruct.write(mask, scan, tmp_path / "m.dcm", author=BY_MODEL)
    assert np.array_equal(read_labels(tmp_path / "m.dcm", scan=scan).labels, labels)


def test_without_its_scan_a_structure_set_has_no_voxels(tmp_path, series):
    scan = series()
    rtstruct.write(mask_on(scan), scan, tmp_path / "m.dcm", author=BY_MODEL)
    with pytest.raises(ImageError, match="contours") as error:
        read_labels(tmp_path / "m.dcm")
    assert "series" in error.value.hint
