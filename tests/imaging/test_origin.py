"""Which scans lie in a folder, and small pictures of scans."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from segstudio.errors import Stopped
from segstudio.imaging import Geometry, Origin, Volume, origin_of, scans_below, thumbnail, within


def test_a_folder_is_searched_and_what_is_no_scan_is_passed_over(tmp_path):
    for name in ("b.nii.gz", "a.nrrd", "notes.txt", ".hidden.nii", "deep/er/c.mha"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    names = [path.name for path in scans_below(tmp_path)]
    assert names == ["a.nrrd", "b.nii.gz", "c.mha"]
    with pytest.raises(Stopped):
        scans_below(tmp_path, stop=lambda: True)


def test_a_folder_of_slices_is_one_scan_that_says_whose_it_is(tmp_path):
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    header = Dataset()
    header.PatientID, header.Manufacturer, header.ManufacturerModelName = "X1", "Siemens", "Siemens Avanto"
    header.SOPClassUID, header.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", "1.2.3"
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    (tmp_path / "series").mkdir()
    for number in range(2):
        header.save_as(tmp_path / "series" / f"{number}.dcm", enforce_file_format=True)
    (found,) = scans_below(tmp_path)
    assert found == tmp_path / "series"
    assert origin_of(found) == Origin("X1", "Siemens Avanto")


def test_a_file_that_says_nothing_has_no_origin(tmp_path):
    (tmp_path / "a.nii.gz").write_bytes(b"nothing")
    assert origin_of(tmp_path / "a.nii.gz") == Origin()


@pytest.mark.parametrize(
    ("shape", "size"), [((3, 50, 100), (96, 96)), ((1, 10, 10), (48, 96)), ((4, 400, 200), (24, 96))]
)
def test_a_small_picture_is_true_to_proportions(shape, size):
    affine = np.array([[0, 0, 1, 0], [0, 2, 0, 0], [5, 0, 0, 0], [0, 0, 0, 1]], float)
    volume = Volume.of(np.random.default_rng(0).normal(size=shape).astype(np.float32), Geometry(shape, affine))
    picture = Image.open(io.BytesIO(thumbnail(volume)))
    assert (picture.width, picture.height, picture.mode) == (*size, "L")


def test_a_scan_of_one_number_has_a_picture_too():
    volume = Volume.of(np.full((2, 5, 5), 7, np.int16), Geometry((2, 5, 5), np.eye(4)))
    assert thumbnail(volume).startswith(b"\x89PNG")


def test_the_part_of_a_box_in_another():
    box = (slice(2, 6), slice(0, 4), slice(1, 2))
    assert within(box, (slice(4, 9), slice(1, 3), slice(0, 5))) == (slice(0, 2), slice(0, 2), slice(1, 2))
    assert within(box, (slice(6, 9), slice(0, 4), slice(0, 5))) is None
