"""`export` and `convert` with masks of other systems."""

import numpy as np
import pytest

from segstudio.imaging import LabelMap, read_labels, read_volume, write_labels, write_volume
from tests.export.series import save_series, turned


@pytest.fixture
def series(tmp_path):
    return save_series(tmp_path / "series", rows_columns=turned(25, (1, 2, 3)), backwards=True)


@pytest.fixture
def mask(series, tmp_path):
    scan = read_volume(series)
    labels = np.zeros(scan.geometry.shape, np.uint8)
    labels[1:4, 1:5, 1:4], labels[2, 2, 2] = 1, 5
    write_labels(LabelMap(labels, scan.geometry), tmp_path / "mask.nii.gz")
    return tmp_path / "mask.nii.gz"


@pytest.mark.parametrize("name", ["seg", "seg-labelmap", "rtstruct", "nrrd", "nifti"])
def test_a_mask_goes_out_and_comes_back(run, series, mask, tmp_path, name):
    (tmp_path / "out").mkdir()
    out, classes = ("--out", tmp_path / "out"), ("--classes", "1=a,5=b")
    said = run("export", mask, "--scan", series, "--format", name, *out, *classes, "--json")
    (path,) = said.json["paths"]
    found, scan = read_labels(path, scan=read_volume(series)), read_volume(series)
    assert np.array_equal(found.labels, read_labels(mask, scan=scan).labels)
    assert "Read back" in said.json["checks"][0]
    if name != "nifti":
        assert [each.name for each in found.classes] == ["a", "b"]


@pytest.mark.parametrize(("name", "files"), [("stl", 2), ("obj", 2), ("capture", 2)])
def test_surfaces_and_pictures_say_what_was_written(run, series, mask, tmp_path, name, files):
    said = run("export", mask, "--scan", series, "--format", name, "--out", tmp_path / "out")
    assert said.out.count("wrote ") == files
    assert "Read back" in said.out


def test_the_model_gives_classes_and_its_name(run, model, series, tmp_path):
    import pydicom

    scan = read_volume(series)
    labels = np.ones(scan.geometry.shape, np.uint8)
    write_labels(LabelMap(labels, scan.geometry), tmp_path / "mask.nii.gz")
    said = run(
        "export",
        tmp_path / "mask.nii.gz",
        "--scan",
        series,
        "--format",
        "seg",
        "--out",
        tmp_path / "m",
        "--model",
        model,
    )
    assert said.code == 0, said.err
    (segment,) = pydicom.dcmread(tmp_path / "m.dcm").SegmentSequence
    assert segment.SegmentAlgorithmName == "tiny"
    assert segment.SegmentLabel == "ball"


def test_a_mask_whose_axes_run_otherwise_is_turned_onto_its_series(run, series, mask, tmp_path):
    """As tools do that make NIfTI of DICOM, and masks on that."""
    scan = read_volume(series)
    there = read_labels(mask)
    from segstudio.imaging import Reorientation

    turn = Reorientation.to(there.geometry, "LAS")
    other = LabelMap(np.ascontiguousarray(turn.apply(there.labels)), turn.geometry(there.geometry))
    write_labels(other, tmp_path / "other.nii.gz")
    run("export", tmp_path / "other.nii.gz", "--scan", series, "--format", "seg", "--out", tmp_path / "m.dcm")
    assert np.array_equal(read_labels(tmp_path / "m.dcm", scan=scan).labels, read_labels(mask, scan=scan).labels)


def test_convert_reads_a_segmentation_and_says_what_contours_need(run, fails, series, mask, tmp_path):
    for name in ("seg", "rtstruct"):
        run("export", mask, "--scan", series, "--format", name, "--out", tmp_path / f"{name}.dcm")
    assert run("convert", tmp_path / "seg.dcm", tmp_path / "back.nii.gz").code == 0
    assert (read_labels(tmp_path / "back.nii.gz").labels > 0).sum() == (read_labels(mask).labels > 0).sum()
    assert "--scan" in fails("convert", tmp_path / "rtstruct.dcm", tmp_path / "no.nii.gz").err


def test_what_cannot_refer_to_a_series_is_refused(fails, mask, series, tmp_path):
    write_volume(read_volume(series), tmp_path / "scan.nii.gz")
    said = fails("export", mask, "--scan", tmp_path / "scan.nii.gz", "--format", "seg", "--out", tmp_path / "m.dcm")
    assert "no DICOM series" in said.err
    assert not (tmp_path / "m.dcm").exists()


def test_a_mask_is_not_written_over_itself(fails, mask, series):
    assert "to be exported" in fails("export", mask, "--scan", series, "--format", "nifti", "--out", mask).err


def test_a_mask_of_another_series_is_refused(run, fails, mask, series, tmp_path):
    run("export", mask, "--scan", series, "--format", "seg", "--out", tmp_path / "m.dcm")
    other = save_series(tmp_path / "other", rows_columns=turned(25, (1, 2, 3)))
    said = fails("export", tmp_path / "m.dcm", "--scan", other, "--format", "nrrd", "--out", tmp_path / "m")
    assert "another series" in said.err


def test_classes_of_a_file_are_taken_where_none_are_named(run, series, mask, tmp_path):
    scan = read_volume(series)
    labels = read_labels(mask, scan=scan).labels
    run("export", mask, "--scan", series, "--format", "nrrd", "--out", tmp_path / "m", "--classes", "1=liver,5=cyst")
    run("export", tmp_path / "m.seg.nrrd", "--scan", series, "--format", "seg", "--out", tmp_path / "m.dcm")
    found = read_labels(tmp_path / "m.dcm", scan=scan)
    assert [(each.value, each.name) for each in found.classes] == [(1, "liver"), (5, "cyst")]
    assert np.array_equal(found.labels, labels)
