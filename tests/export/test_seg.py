"""What a DICOM Segmentation says of patient, series, classes and pictures."""

import logging
import traceback
import warnings
from dataclasses import replace

import highdicom
import numpy as np
import pydicom
import pytest

from segstudio.errors import GeometryError, ImageError, Stopped
from segstudio.export import rtstruct, seg
from segstudio.export.written import Author
from segstudio.imaging import LabelClass, LabelMap, read_labels, read_volume, write_volume
from tests.export.conftest import BY_MODEL, CLASSES, mask_on
from tests.export.series import save_enhanced, turned


def written(mask, scan, path, **known):
    known.setdefault("author", BY_MODEL)
    return seg.write(mask, scan, path, **known)


def positions_of(folder):
    files = [pydicom.dcmread(path, stop_before_pixels=True) for path in folder.iterdir()]
    return {str(each.SOPInstanceUID): np.array(each.ImagePositionPatient, float) for each in files}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_every_frame_refers_to_the_picture_at_its_place(tmp_path, series, kind, backwards):
    scan = series(rows_columns=turned(25, (1, 2, 3)), backwards=backwards)
    written(mask_on(scan), scan, tmp_path / "m.dcm", kind=kind)
    data = pydicom.dcmread(tmp_path / "m.dcm")
    there = positions_of(tmp_path / "series")
    for group in data.PerFrameFunctionalGroupsSequence:
        source = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        assert np.allclose(there[source], np.array(group.PlanePositionSequence[0].ImagePositionPatient, float))
    assert {
        str(each.ReferencedSOPInstanceUID) for each in data.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    } == set(there)


def test_frames_without_a_voxel_are_left_out(tmp_path, series):
    scan = series()
    mask = mask_on(scan)
    written(mask, scan, tmp_path / "m.dcm")
    data = pydicom.dcmread(tmp_path / "m.dcm")
    drawn = sum(bool((plane == value).any()) for plane in mask.labels for value in (2, 7, 41))
    assert data.NumberOfFrames == drawn


def test_an_empty_mask_is_one_too(tmp_path, series):
    scan = series()
    empty = LabelMap(np.zeros(scan.geometry.shape, np.uint8), scan.geometry, CLASSES)
    written(empty, scan, tmp_path / "m.dcm")
    found = read_labels(tmp_path / "m.dcm", scan=scan)
    assert not found.labels.any()
    assert [each.name for each in found.classes] == [each.name for each in CLASSES]
    with pytest.raises(ImageError, match="no classes"):
        written(replace(empty, classes=()), scan, tmp_path / "n.dcm")


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_highdicom_finds_the_same_voxels_at_the_same_pictures(tmp_path, series, kind):
    scan = series(rows_columns=turned(-40, (3, -1, 1)), backwards=True)
    mask = mask_on(scan)
    written(mask, scan, tmp_path / "m.dcm", kind=kind)
    data = highdicom.seg.segread(tmp_path / "m.dcm")
    heights = {
        uid: scan.geometry.to_index(place[None])[0, 0] for uid, place in positions_of(tmp_path / "series").items()
    }
    uids = sorted(heights, key=lambda uid: heights[uid])
    found = data.get_pixels_by_source_instance(uids, combine_segments=True, assert_missing_frames_are_empty=True)
    values = [2, 7, 41] if kind == "BINARY" else list(range(42))
    table = np.array([0, *values]) if kind == "BINARY" else np.arange(42)
    assert np.array_equal(table[found], mask.labels)


def test_classes_have_codes_sides_colours_and_the_algorithm_that_drew_them(tmp_path, series):
    scan = series()
    written(mask_on(scan), scan, tmp_path / "m.dcm")
    liver, kidney, lesion = pydicom.dcmread(tmp_path / "m.dcm").SegmentSequence
    assert liver.SegmentedPropertyTypeCodeSequence[0].CodeValue == "10200004"
    assert kidney.SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Kidney"
    side = kidney.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence[0]
    assert side.CodeMeaning == "Left"
    assert lesion.SegmentLabel == "Läsion"
    assert (liver.SegmentAlgorithmType, liver.SegmentAlgorithmName) == ("SEMIAUTOMATIC", "abdomen")
    assert liver.SegmentationAlgorithmIdentificationSequence[0].AlgorithmVersion == "3"
    found = read_labels(tmp_path / "m.dcm", scan=scan)
    assert [each.code.value for each in found.classes if each.code] == ["10200004", "64033007"]


@pytest.mark.parametrize(
    ("author", "kind"),
    [(Author(), "MANUAL"), (Author("m", "1", corrected=False), "AUTOMATIC"), (Author("m", "1"), "SEMIAUTOMATIC")],
)
def test_it_says_who_drew(tmp_path, series, author, kind):
    scan = series()
    written(mask_on(scan), scan, tmp_path / "m.dcm", author=author)
    assert pydicom.dcmread(tmp_path / "m.dcm").SegmentSequence[0].SegmentAlgorithmType == kind


def test_patient_and_study_are_those_of_the_series_in_letters_of_any_kind(tmp_path, series):
    scan = series()
    written(mask_on(scan), scan, tmp_path / "m.dcm")
    data, source = pydicom.dcmread(tmp_path / "m.dcm"), pydicom.dcmread(next((tmp_path / "series").iterdir()))
    for tag in ("PatientID", "PatientBirthDate", "StudyInstanceUID", "StudyDate", "FrameOfReferenceUID"):
        assert data[tag].value == source[tag].value
    assert str(data.PatientName) == "Müller^Jörg"
    assert data.SeriesInstanceUID != source.SeriesInstanceUID
    assert data.SpecificCharacterSet == "ISO_IR 192"


def test_it_says_that_it_is_for_research_only(tmp_path, series):
    scan = series()
    written(mask_on(scan), scan, tmp_path / "m.dcm")
    data = pydicom.dcmread(tmp_path / "m.dcm")
    assert "Research use only" in data.SeriesDescription
    assert "Research use only" in data.ContentDescription


@pytest.mark.parametrize("name", ["JANE DOE", "Doe^Jane^^^^^^", ""])
def test_nothing_of_the_patient_comes_into_logs_however_the_name_is_written(tmp_path, series, name, caplog):
    tags = {
        "PatientSex": "X",
        "PatientBirthDate": "",
        "PatientAge": "fifty",
        "AccessionNumber": "Jane Doe, born 1950",
    }
    scan = series(PatientName=name, **tags)
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        written(mask_on(scan), scan, tmp_path / "m.dcm")
        rtstruct.write(mask_on(scan), scan, tmp_path / "rt.dcm", author=BY_MODEL)
    assert "DOE" not in caplog.text.upper()
    assert "4711" not in caplog.text


def test_what_highdicom_says_of_a_header_is_told_without_a_word_of_it(tmp_path, series, monkeypatch):
    scan = series()

    def refuse(*_arguments):
        raise ValueError("Invalid value for VR PN: 'Zyxwinkel^Quirinia'")

    monkeypatch.setattr(seg, "_segmentation", refuse)
    with pytest.raises(ImageError, match="DICOM standard") as error:
        written(mask_on(scan), scan, tmp_path / "m.dcm")
    assert error.value.hint
    assert "Zyxwinkel" not in "".join(traceback.format_exception(error.value))
    assert not (tmp_path / "m.dcm").exists()


def test_frames_of_a_multi_frame_file_are_named_by_their_numbers_there(tmp_path):
    scan = read_volume(save_enhanced(tmp_path / "series")).at(1)
    mask = mask_on(scan)
    written(mask, scan, tmp_path / "m.dcm")
    source = pydicom.dcmread(tmp_path / "series" / "one.dcm")
    for group in pydicom.dcmread(tmp_path / "m.dcm").PerFrameFunctionalGroupsSequence:
        number = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber
        frame = source.PerFrameFunctionalGroupsSequence[number - 1]
        assert frame.PlanePositionSequence[0].ImagePositionPatient == pytest.approx(
            group.PlanePositionSequence[0].ImagePositionPatient
        )
        assert frame.FrameContentSequence[0].TemporalPositionIndex == 2
    assert np.array_equal(read_labels(tmp_path / "m.dcm", scan=scan).labels, mask.labels)


def test_values_above_255_are_kept(tmp_path, series):
    scan = series()
    labels = np.where(mask_on(scan).labels == 2, 1035, 0).astype(np.uint16)
    mask = LabelMap(labels, scan.geometry, (LabelClass(1035, "insula", (9, 9, 9)),))
    for kind in ("BINARY", "LABELMAP"):
        written(mask, scan, tmp_path / f"{kind}.dcm", kind=kind)
        assert np.array_equal(read_labels(tmp_path / f"{kind}.dcm", scan=scan).labels, labels)


def test_a_series_without_a_frame_of_reference_gets_one_that_is_always_the_same(tmp_path, series):
    scan = series(FrameOfReferenceUID=None)
    one = written(mask_on(scan), scan, tmp_path / "a.dcm")
    written(mask_on(scan), scan, tmp_path / "b.dcm")
    uids = {pydicom.dcmread(tmp_path / name).FrameOfReferenceUID for name in ("a.dcm", "b.dcm")}
    assert len(uids) == 1
    assert "Frame of Reference" in one.notes[0]


def test_a_scan_that_is_no_dicom_is_refused_with_a_way_out(tmp_path, series):
    scan = series()
    write_volume(scan, tmp_path / "scan.nii.gz")
    other = read_volume(tmp_path / "scan.nii.gz")
    with pytest.raises(ImageError, match="no DICOM series") as error:
        written(mask_on(other), other, tmp_path / "m.dcm")
    assert "NRRD" in error.value.hint
    assert not (tmp_path / "m.dcm").exists()


def test_a_mask_of_another_grid_is_refused(tmp_path, series):
    scan = series()
    other = series("other", shape=(5, 7, 7))
    with pytest.raises(GeometryError, match="voxels"):
        written(mask_on(other), scan, tmp_path / "m.dcm")


def test_what_is_stopped_leaves_nothing_behind(tmp_path, series):
    scan = series()
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Stopped):
        written(mask_on(scan), scan, out / "m.dcm", stop=lambda: True)
    assert list(out.iterdir()) == []
    (out / "m.dcm").write_bytes(b"before")
    with pytest.raises(Stopped):
        written(mask_on(scan), scan, out / "m.dcm", stop=lambda: True)
    assert (out / "m.dcm").read_bytes() == b"before"
