"""A mask is the same after it was written and read again, however the slices lie."""

import numpy as np
import pytest

from segstudio.export import nifti, nrrd, rtstruct, seg
from segstudio.imaging import read_labels, read_volume
from tests.export.conftest import BY_MODEL, mask_on
from tests.export.series import orientations, save_series, turned

EVERY = {name: (rows_columns, backwards) for name, rows_columns, backwards in orientations()}
OBLIQUE = {
    "oblique": turned(25, (1, 2, 3)),
    "doubly oblique": turned(-40, (3, -1, 1)),
    "nearly axial": turned(0.01, (1, 0, 0)),
    "feet first": np.array([[-1.0, 0, 0], [0, 1, 0]]),
    "on the belly": np.array([[-1.0, 0, 0], [0, -1, 0]]),
    "on the side": np.array([[0.0, 1, 0], [-1, 0, 0]]),
}
LYING = EVERY | {f"{name}{'-backwards' * back}": (how, back) for name, how in OBLIQUE.items() for back in (False, True)}


@pytest.mark.parametrize("lying", LYING)
def test_every_format_gives_the_same_voxels_back(tmp_path, lying):
    rows_columns, backwards = LYING[lying]
    scan = read_volume(save_series(tmp_path / "series", rows_columns=rows_columns, backwards=backwards))
    mask = mask_on(scan)
    seg.write(mask, scan, tmp_path / "binary.dcm", author=BY_MODEL)
    seg.write(mask, scan, tmp_path / "map.dcm", author=BY_MODEL, kind="LABELMAP")
    rtstruct.write(mask, scan, tmp_path / "rt.dcm", author=BY_MODEL)
    nrrd.write(mask, scan, tmp_path / "m.seg.nrrd", author=BY_MODEL)
    nifti.write(mask, scan, tmp_path / "m.nii.gz", author=BY_MODEL)
    for name in ("binary.dcm", "map.dcm", "rt.dcm", "m.seg.nrrd", "m.nii.gz"):
        found = read_labels(tmp_path / name, scan=scan)
        assert np.array_equal(found.labels, mask.labels)
        assert found.geometry.same_space(scan.geometry)
        assert found.notes == ()
        if name == "m.nii.gz":
            continue
        assert [(each.value, each.name, each.color) for each in found.classes] == [
            (each.value, each.name, each.color) for each in mask.classes[:3]
        ]


def test_there_are_48_orientations():
    assert len(EVERY) == 48
