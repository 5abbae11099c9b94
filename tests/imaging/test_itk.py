"""NRRD and MetaImage beside ITK: what one writes the other reads."""

import numpy as np
import pytest
import SimpleITK

from segstudio.imaging import read_volume, write_volume

NAMES = ["scan.nrrd", "scan.nhdr", "scan.mha", "scan.mhd"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("frames", "channels"), [(1, 1), (2, 1), (1, 3), (2, 2)])
def test_what_itk_writes_lies_where_itk_put_it(tmp_path, volume, as_itk, name, packed, frames, channels):
    scan = volume("f4", frames=frames, channels=channels)
    SimpleITK.WriteImage(as_itk(scan), tmp_path / name, packed)
    found = read_volume(tmp_path / name)
    assert np.array_equal(found.voxels, scan.voxels)
    assert found.geometry.same_space(scan.geometry)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i2"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_what_itk_and_we_read(tmp_path, volume, dtype, name):
    scan = volume(dtype)
    write_volume(scan, tmp_path / name)
    found = read_volume(tmp_path / name)
    assert found.voxels.dtype == scan.voxels.dtype.newbyteorder("=")
    assert np.array_equal(found.voxels, scan.voxels)
    theirs = SimpleITK.ReadImage(tmp_path / name)
    assert np.array_equal(SimpleITK.GetArrayFromImage(theirs), scan.voxels[0, 0])
    assert theirs.GetOrigin() == pytest.approx(scan.geometry.affine[:3, 3])
    assert np.allclose(theirs.GetDirection(), scan.geometry.directions[:, ::-1].ravel())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("frames", "channels"), [(3, 1), (1, 3), (2, 3)])
def test_frames_and_channels_are_kept(tmp_path, volume, name, frames, channels):
    scan = volume("u2", frames=frames, channels=channels)
    write_volume(scan, tmp_path / name)
    assert np.array_equal(read_volume(tmp_path / name).voxels, scan.voxels)
