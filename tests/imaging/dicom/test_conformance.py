"""Every real series against the NIfTI file that another program made of it: same voxels, same places."""

import sys

import numpy as np
import pytest

from segstudio.imaging import read_volume
from segstudio.imaging.dicom import scan
from tests.conftest import SHARED
from tests.imaging.dicom.conformance import Pair, compared, line, pairs

FOLDER = SHARED / "dicom"
PAIRS = pairs(FOLDER) if FOLDER.is_dir() else []

EMPTY_FRAMES = "philips_enhanced/dti"
"""References whose second to fourth volume hold nothing but 0, and whose first is the last of the series."""

MISPLACED = "siemens/fmri"
"""References that begin at the first tile of a mosaic numbered from the head, and go up from there: 151 mm too high,
as the positions of the slices in the protocol of the same files show."""


@pytest.mark.skipif(not PAIRS, reason="no real series beside the checkout")
def test_a_table_of_all_real_series(capsys):
    rows = [(pair, compared(pair)) for pair in PAIRS]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(line(FOLDER, pair, found) for pair, found in rows) + "\n")
    assert len(rows) >= 80
    others = {str(pair.reference.parent.relative_to(FOLDER)) for pair, found in rows if not found.conforms}
    assert others <= {f"dicom2nifti/{EMPTY_FRAMES}", f"dicom2nifti/{MISPLACED}"}


def test_where_a_reference_is_empty_the_series_holds_all_that_it_has(shared_data):
    folder = shared_data / "dicom" / "dicom2nifti" / EMPTY_FRAMES
    found, wanted = read_volume(folder / "001"), read_volume(folder / "001_ground_truth.nii.gz")
    assert not wanted.voxels[1:].any()
    assert np.allclose(np.sort(found.voxels[3], axis=None), np.sort(wanted.voxels[0], axis=None), rtol=1e-6)
    assert all(frame.std() > 1 for frame in found.voxels)


def test_a_mosaic_numbered_from_the_head_lies_where_its_protocol_has_its_slices(shared_data):
    folder = shared_data / "dicom" / "dicom2nifti" / MISPLACED
    geometry = read_volume(folder / "001").geometry
    centres = geometry.to_world(np.array([[0, 40, 40], [49, 40, 40]], float))
    first, last = (-1.513, -20.561, -59.854), (-1.447, 7.718, 88.392)
    assert centres == pytest.approx(np.array([first, last]), abs=0.1)
    assert compared(Pair(folder / "001", folder / "001_ground_truth.nii.gz")).equal == 1


def test_two_kinds_of_picture_in_one_series_are_told_apart(shared_data):
    (series,) = scan(shared_data / "dicom" / "dicom2nifti" / "philips" / "anatomical" / "002").series
    assert [stack.name for stack in series.stacks] == ["magnitude", "phase"]
