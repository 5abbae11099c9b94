"""Segmentations and structure sets as other programs write them."""

from copy import deepcopy

import highdicom
import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from segstudio.errors import GeometryError, ImageError, SegStudioError
from segstudio.export import rtstruct, seg
from segstudio.export.written import Author
from segstudio.imaging import read_labels, read_volume
from segstudio.imaging.dicom.masks import kind_of
from tests.export.conftest import mask_on
from tests.export.series import save_series, turned


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A series, and a mask on it as both kinds of file."""
    folder = tmp_path_factory.mktemp("masks")
    scan = read_volume(save_series(folder / "series", rows_columns=turned(25, (1, 2, 3))))
    seg.write(mask_on(scan), scan, folder / "seg.dcm", author=Author())
    seg.write(mask_on(scan), scan, folder / "map.dcm", author=Author(), kind="LABELMAP")
    rtstruct.write(mask_on(scan), scan, folder / "rt.dcm", author=Author())
    return folder


@pytest.fixture
def scan(folder):
    return read_volume(folder / "series")


def changed(folder, tmp_path, name, change):
    """A file after something was done to its dataset."""
    data = pydicom.dcmread(folder / name)
    change(data)
    data.save_as(tmp_path / name)
    return tmp_path / name


def foreign(folder, pixels, kind, **known):
    """A segmentation as a program of somebody else makes it, its sources in any order."""
    sources = [pydicom.dcmread(path, stop_before_pixels=True) for path in sorted((folder / "series").iterdir())]
    sources.sort(key=lambda each: -each.InstanceNumber)
    segments = [
        highdicom.seg.SegmentDescription(number, f"part {number}", codes.SCT.Tissue, codes.SCT.Tissue, "MANUAL")
        for number in range(1, pixels.shape[-1] + 1)
    ]
    return highdicom.seg.Segmentation(
        sources, pixels[::-1], kind, segments, generate_uid(), 1, generate_uid(), 1, "X", "Y", "1", "2", **known
    )


def test_kinds_are_told_apart_by_the_first_bytes(folder, tmp_path):
    assert [kind_of(folder / name) for name in ("seg.dcm", "map.dcm", "rt.dcm")] == ["SEG", "SEG", "RTSTRUCT"]
    assert kind_of(next((folder / "series").iterdir())) == ""
    (tmp_path / "x.dcm").write_bytes(b"nothing")
    assert kind_of(tmp_path / "x.dcm") == ""
    assert kind_of(tmp_path) == ""


def test_without_its_scan_a_segmentation_lies_where_its_frames_do(folder, scan):
    found = read_labels(folder / "seg.dcm")
    inside = found.geometry.to_world(np.argwhere(found.labels == 7).astype(float))
    wanted = scan.geometry.to_world(np.argwhere(mask_on(scan).labels == 7).astype(float))
    assert np.allclose(np.sort(inside, axis=0), np.sort(wanted, axis=0), atol=1e-3)
    assert found.geometry.spacing == pytest.approx(scan.geometry.spacing, abs=1e-4)


def test_overlapping_segments_are_told_and_the_last_is_on_top(folder, scan, tmp_path):
    pixels = np.zeros((*scan.geometry.shape, 2), np.uint8)
    pixels[1, 1:4, 1:4, 0], pixels[1, 3:5, 3:5, 1] = 1, 1
    foreign(folder, pixels, "BINARY").save_as(tmp_path / "m.dcm")
    found = read_labels(tmp_path / "m.dcm", scan=scan)
    assert "1 voxels" in found.notes[0]
    assert found.labels[1, 3, 3] == 2
    assert [each.name for each in found.classes] == ["part 1", "part 2"]
    assert found.classes[0].code is None


def test_parts_of_voxels_count_from_half_on_and_that_is_told(folder, scan, tmp_path):
    pixels = np.zeros((*scan.geometry.shape, 1), np.float32)
    pixels[2, 1, 1], pixels[2, 1, 2] = 0.4, 0.6
    foreign(folder, pixels, "FRACTIONAL").save_as(tmp_path / "m.dcm")
    found = read_labels(tmp_path / "m.dcm", scan=scan)
    assert np.argwhere(found.labels).tolist() == [[2, 1, 2]]
    assert "half" in found.notes[0]


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80"])
def test_a_packed_label_map_is_read(folder, scan, tmp_path, syntax):
    pixels = np.zeros((*scan.geometry.shape, 1), np.uint8)
    pixels[1:3, 2:5, 2:4] = 1
    foreign(folder, pixels, "LABELMAP", transfer_syntax_uid=syntax).save_as(tmp_path / "m.dcm")
    assert np.array_equal(read_labels(tmp_path / "m.dcm", scan=scan).labels, pixels[..., 0])


def test_frames_may_come_in_any_order(folder, scan, tmp_path):
    def shuffle(data):
        size = data.Rows * data.Columns
        bits = np.unpackbits(np.frombuffer(data.PixelData, np.uint8), bitorder="little")[: size * data.NumberOfFrames]
        order = np.random.default_rng(1).permutation(data.NumberOfFrames)
        data.PixelData = np.packbits(bits.reshape(-1, size)[order].ravel(), bitorder="little").tobytes() + b"\0"
        groups = data.PerFrameFunctionalGroupsSequence
        data.PerFrameFunctionalGroupsSequence = [deepcopy(groups[int(at)]) for at in order]

    path = changed(folder, tmp_path, "seg.dcm", shuffle)
    assert np.array_equal(read_labels(path, scan=scan).labels, mask_on(scan).labels)


def test_frames_that_name_other_pictures_than_those_where_they_lie_are_told(folder, scan, tmp_path):
    def swap(data):
        for group in data.PerFrameFunctionalGroupsSequence:
            source = group.DerivationImageSequence[0].SourceImageSequence[0]
            source.ReferencedSOPInstanceUID = (
                data.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID
            )

    found = read_labels(changed(folder, tmp_path, "seg.dcm", swap), scan=scan)
    assert "other pictures" in found.notes[0]
    assert np.array_equal(found.labels, mask_on(scan).labels)


def test_frames_beside_the_voxels_of_the_scan_are_refused(folder, scan, tmp_path):
    def shift(data):
        for group in data.PerFrameFunctionalGroupsSequence:
            plane = group.PlanePositionSequence[0]
            plane.ImagePositionPatient = [float(plane.ImagePositionPatient[0]) + 0.3, *plane.ImagePositionPatient[1:]]

    with pytest.raises(GeometryError, match="voxels of the scan"):
        read_labels(changed(folder, tmp_path, "seg.dcm", shift), scan=scan)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: setattr(data, "NumberOfFrames", 10**9),
        lambda data: setattr(data, "Rows", 65535),
        lambda data: setattr(data, "PixelData", b"short"),
        lambda data: delattr(data, "SharedFunctionalGroupsSequence"),
        lambda data: delattr(data, "SegmentSequence"),
        lambda data: setattr(data, "SegmentSequence", []),
        lambda data: setattr(data, "PerFrameFunctionalGroupsSequence", []),
    ],
)
def test_what_a_segmentation_lacks_or_claims_is_told(folder, scan, tmp_path, change):
    path = changed(folder, tmp_path, "seg.dcm", change)
    for on in (scan, None):
        with pytest.raises(SegStudioError) as error:
            read_labels(path, scan=on)
        assert "seg.dcm" in error.value.message


# Structure sets


def contour(scan, z, corners, kind="CLOSED_PLANAR"):
    data = pydicom.Dataset()
    points = scan.geometry.to_world(np.array([(z, row, column) for row, column in corners], float))
    data.ContourGeometricType, data.NumberOfContourPoints = kind, len(corners)
    data.ContourData = [f"{part:.4f}" for part in points.ravel()]
    return data


def with_contours(folder, tmp_path, *contours, more=()):
    """A structure set whose first region has these contours, its second those, and the rest none."""

    def change(data):
        for region, found in zip(data.ROIContourSequence, (contours, more, ()), strict=True):
            region.ContourSequence = list(found)

    return changed(folder, tmp_path, "rt.dcm", change)


SQUARE = [(0.5, 0.5), (0.5, 4.5), (5.5, 4.5), (5.5, 0.5)]
HOLE = [(1.5, 1.5), (1.5, 3.5), (3.5, 3.5), (3.5, 1.5)]


@pytest.mark.parametrize("kind", ["CLOSED_PLANAR", "CLOSEDPLANAR_XOR"])
def test_a_contour_inside_another_is_a_hole(folder, scan, tmp_path, kind):
    found = read_labels(
        with_contours(folder, tmp_path, contour(scan, 2, SQUARE, kind), contour(scan, 2, HOLE, kind)), scan=scan
    )
    assert (found.labels == 2).sum() == 20 - 4
    assert not found.labels[2, 2:4, 2:4].any()


def test_contours_through_the_middle_of_voxels_take_them_in_on_every_side(folder, scan, tmp_path):
    middle = [(1, 1), (1, 4), (5, 4), (5, 1)]
    found = read_labels(with_contours(folder, tmp_path, contour(scan, 2, middle)), scan=scan)
    assert np.argwhere(found.labels).min(axis=0).tolist() == [2, 1, 1]
    assert np.argwhere(found.labels).max(axis=0).tolist() == [2, 5, 4]


def test_where_regions_overlap_the_smaller_is_on_top_and_that_is_told(folder, scan, tmp_path):
    found = read_labels(
        with_contours(folder, tmp_path, contour(scan, 2, HOLE), more=[contour(scan, 2, SQUARE)]), scan=scan
    )
    assert (found.labels == 2).sum() == 4
    assert "4 voxels" in found.notes[0]


def test_points_and_open_lines_are_left_out_and_that_is_told(folder, scan, tmp_path):
    path = with_contours(folder, tmp_path, contour(scan, 2, SQUARE), contour(scan, 1, [(1, 1)], "POINT"))
    found = read_labels(path, scan=scan)
    assert "1 points" in found.notes[0]
    assert not found.labels[1].any()


def test_slices_left_out_between_contours_are_told(folder, scan, tmp_path):
    found = read_labels(with_contours(folder, tmp_path, *(contour(scan, z, SQUARE) for z in (0, 2, 4))), scan=scan)
    assert "second" in found.notes[0]


def test_contours_between_the_slices_and_across_them_are_refused(folder, scan, tmp_path):
    with pytest.raises(GeometryError, match="slices"):
        read_labels(with_contours(folder, tmp_path, contour(scan, 2.5, SQUARE)), scan=scan)
    with pytest.raises(GeometryError, match="beyond"):
        read_labels(with_contours(folder, tmp_path, contour(scan, 9, SQUARE)), scan=scan)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: delattr(data, "StructureSetROISequence"),
        lambda data: setattr(data, "StructureSetROISequence", []),
        lambda data: setattr(data.ROIContourSequence[0].ContourSequence[0], "ContourData", ["1", "2"]),
    ],
)
def test_what_a_structure_set_lacks_is_told(folder, scan, tmp_path, change):
    with pytest.raises(SegStudioError) as error:
        read_labels(changed(folder, tmp_path, "rt.dcm", change), scan=scan)
    assert "rt.dcm" in error.value.message


@given(st.data())
def test_damaged_files_are_told_in_words(folder, tmp_path_factory, data):
    name = data.draw(st.sampled_from(["seg.dcm", "map.dcm", "rt.dcm"]))
    whole = bytearray((folder / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(132, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(200, len(whole)))
    path = tmp_path_factory.getbasetemp() / "damaged.dcm"
    path.write_bytes(whole[:cut])
    scan = read_volume(folder / "series")
    try:
        said = read_labels(path, scan=scan).geometry
    except SegStudioError as error:
        said = error.hint
    assert said


def test_a_dicom_file_that_is_no_mask_is_refused(folder):
    with pytest.raises(ImageError, match="no mask"):
        read_labels(next((folder / "series").iterdir()))
