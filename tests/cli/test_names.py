"""What masks are called, and which files belong together."""

from pathlib import Path

import pytest

from segstudio.cli import names
from segstudio.errors import ImageError


@pytest.mark.parametrize(
    ("file", "stem"),
    [("a.nii.gz", "a"), ("a.nii", "a"), ("a.b.NRRD", "a.b"), ("a.mha", "a"), ("a.jpeg", "a"), ("a.txt", "a.txt")],
)
def test_a_name_loses_the_suffix_of_its_format_only(file, stem):
    assert names.stem(Path(file)) == stem


@pytest.mark.parametrize(
    ("scan", "mask"),
    [("a.nii.gz", "a.nii.gz"), ("a.nii", "a.nii.gz"), ("a.nhdr", "a.nrrd"), ("a.mhd", "a.mha"), ("a.jpg", "a.png")],
)
def test_a_mask_has_its_scan_s_format_in_one_file_without_loss(scan, mask):
    assert names.places([Path(scan)], Path("out")) == [Path("out") / mask]


def test_a_dicom_folder_gets_a_nifti_mask_of_its_name(tmp_path):
    (tmp_path / "series.1").mkdir()
    assert names.places([tmp_path / "series.1"], Path("out")) == [Path("out/series.1.nii.gz")]


def test_scans_of_one_name_get_their_folders_in_front():
    assert names.places([Path("a/scan.nii.gz"), Path("b/scan.nii.gz"), Path("b/other.nii.gz")], Path("out")) == [
        Path("out/a_scan.nii.gz"),
        Path("out/b_scan.nii.gz"),
        Path("out/other.nii.gz"),
    ]


def test_two_masks_of_one_name_are_refused():
    with pytest.raises(ImageError, match="two scans"):
        names.places([Path("1/a/scan.nii.gz"), Path("2/a/scan.nii.gz")], Path("out"))


def test_a_mask_is_never_written_over_a_scan(tmp_path):
    with pytest.raises(ImageError, match="over the scan"):
        names.places([tmp_path / "scan.nii.gz"], tmp_path / "elsewhere" / "..")


def test_of_a_header_and_its_voxels_the_header_stands_for_both(tmp_path):
    for name in ("a.hdr", "a.img", "notes.txt", ".hidden.nii.gz"):
        (tmp_path / name).touch()
    assert names.scans_in(tmp_path) == {"a": tmp_path / "a.hdr"}


def test_two_files_of_one_name_are_told(tmp_path):
    for name in ("a.nii.gz", "a.nrrd"):
        (tmp_path / name).touch()
    with pytest.raises(ImageError, match="one name"):
        names.scans_in(tmp_path)


def test_the_channel_number_of_nnunet_is_no_part_of_a_name():
    assert names.without_channel({"a_0000": Path("x"), "b": Path("y")}) == {"a": Path("x"), "b": Path("y")}


def test_channels_in_several_files_are_refused():
    with pytest.raises(ImageError, match="channels of one scan"):
        names.without_channel({"a_0000": Path("x"), "a_0001": Path("y")})


def test_a_long_list_is_cut_short():
    assert names.listed("abcdefgh") == "a, b, c, d, e and 3 more"
