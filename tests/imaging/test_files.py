"""Reading tells what is wrong; writing is all or nothing."""

import errno
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from segstudio.errors import ImageError
from segstudio.imaging import (
    Geometry,
    LabelMap,
    Volume,
    classes_named,
    files,
    nifti,
    read_labels,
    read_volume,
    stream,
    write_labels,
    write_volume,
)

ANYWHERE = ["out.nii", "out.nii.gz", "out.nrrd", "out.nhdr", "out.mha", "out.mhd", "out.tif"]


@pytest.fixture
def mask(oblique):
    labels = np.random.default_rng(2).integers(0, 4, oblique.shape).astype(np.uint8)
    return LabelMap(labels, oblique, classes_named([(1, "cortex"), (2, "medulla"), (3, "cyst")]))


@pytest.mark.parametrize("name", ANYWHERE)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_mask_comes_back_as_it_was_from_every_format(tmp_path, mask, name, dtype):
    labels = LabelMap(mask.labels.astype(dtype) * (1 if dtype == np.uint8 else 300), mask.geometry)
    write_labels(labels, tmp_path / name)
    found = read_labels(tmp_path / name)
    assert np.array_equal(found.labels, labels.labels)
    assert found.labels.dtype == dtype
    assert name == "out.tif" or found.geometry.same_space(mask.geometry)


@pytest.mark.parametrize("before", ANYWHERE)
@pytest.mark.parametrize("after", ANYWHERE)
def test_any_format_converts_to_any_other(tmp_path, volume, before, after):
    write_volume(volume("i2", frames=2), tmp_path / before)
    first = read_volume(tmp_path / before)
    write_volume(first, tmp_path / f"again_{after}")
    second = read_volume(tmp_path / f"again_{after}")
    assert np.array_equal(second.voxels, first.voxels)
    assert after == "out.tif" or second.geometry.same_space(first.geometry)


def test_values_without_a_name_become_numbered_classes(tmp_path, mask):
    write_labels(LabelMap(mask.labels * 7, mask.geometry), tmp_path / "mask.nii.gz")
    named = [(each.value, each.name) for each in read_labels(tmp_path / "mask.nii.gz").classes]
    assert named == [(7, "class 7"), (14, "class 14"), (21, "class 21")]


def test_classes_that_are_known_are_kept_and_others_found(tmp_path, mask):
    write_labels(mask, tmp_path / "mask.nii.gz")
    found = read_labels(tmp_path / "mask.nii.gz", classes=mask.classes[:2])
    assert [each.name for each in found.classes] == ["cortex", "medulla"]
    assert found.unknown_values == (3,)


def test_suffixes_may_be_in_capitals_and_paths_may_be_text(tmp_path, volume):
    write_volume(volume("i2"), str(tmp_path / "OUT.NII.GZ"))
    assert np.array_equal(read_volume(str(tmp_path / "OUT.NII.GZ")).voxels, volume("i2").voxels)


@pytest.mark.parametrize(
    ("voxels", "words"),
    [
        (np.array([0.5, 1]), "fractions"),
        (np.array([-1, 1]), "negative"),
        (np.array([70000, 1]), "70000"),
        (np.array([np.nan, 1]), "no numbers"),
    ],
)
def test_a_scan_is_not_taken_for_a_mask(tmp_path, oblique, voxels, words):
    image = np.resize(voxels, oblique.shape)
    nifti.write(Volume.of(image, oblique), tmp_path / "mask.nii.gz")
    with pytest.raises(ImageError, match=rf"mask\.nii\.gz.*{words}") as error:
        read_labels(tmp_path / "mask.nii.gz")
    assert error.value.hint


def test_a_mask_has_one_frame_and_one_channel(tmp_path, volume):
    write_volume(volume("u1", frames=2, channels=3), tmp_path / "mask.nrrd")
    with pytest.raises(ImageError, match="2 frames and 3 channels"):
        read_labels(tmp_path / "mask.nrrd")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("scan.nii.gz", b"", "empty"),
        ("scan.nii", bytes(1000), "no NIfTI"),
        ("scan.nii.gz", b"PK\x03\x04 a zip file", "no NIfTI"),
        ("scan.nrrd", b"NIFTI", "no NRRD"),
        ("scan.mha", b"\xff" * 99, "no MetaImage"),
        ("scan.png", b"GIF89a", "picture"),
        ("scan.xyz", b"what", "no format"),
        ("scan", b"what", "no format"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match=words) as error:
        read_volume(tmp_path / name)
    assert name in error.value.message
    assert error.value.hint


@pytest.mark.parametrize("name", ["scan.nii.gz", "scan.nrrd", "scan.mha", "scan.png", "scan.tif", "series"])
def test_a_file_that_is_not_there_is_told(tmp_path, name):
    with pytest.raises(ImageError, match=f"{name} does not exist"):
        read_volume(tmp_path / name)
    with pytest.raises(ImageError, match=f"{name} does not exist"):
        read_labels(tmp_path / name)


FAILURES = {
    errno.ENOSPC: "disk is full",
    errno.EROFS: "read-only",
    errno.EFBIG: "so large",
    errno.EACCES: "may not write",
    errno.EIO: "Choose",
}


@pytest.mark.parametrize("code", FAILURES)
@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize("name", ["mask.nii.gz", "mask.nrrd", "mask.mhd"])
def test_when_the_disk_refuses_what_was_there_stays(tmp_path, mask, monkeypatch, code, step, name):
    path = tmp_path / name
    write_labels(mask, path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def refuse(*_arguments):
        raise OSError(code, os.strerror(code))

    if step == "write":
        monkeypatch.setattr(stream, "put", refuse)
        monkeypatch.setattr(stream, "deflate", refuse)
    else:
        monkeypatch.setattr(os, step, refuse)
    with pytest.raises(ImageError, match=name) as error:
        write_labels(LabelMap(mask.labels[:, :, ::-1].copy(), mask.geometry), path)
    assert FAILURES[code] in error.value.hint
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz", "mask.nrrd", "mask.mha"])
def test_a_file_that_reads_back_otherwise_does_not_count(tmp_path, mask, monkeypatch, name):
    path = tmp_path / name
    write_labels(mask, path)
    before = path.read_bytes()
    put, deflate = stream.put, stream.deflate
    monkeypatch.setattr(stream, "put", lambda out, array: put(out, _last_changed(array)))
    monkeypatch.setattr(stream, "deflate", lambda out, array: deflate(out, _last_changed(array)))
    with pytest.raises(ImageError, match="differ"):
        write_labels(mask, path)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert path.read_bytes() == before


def _last_changed(array):
    changed = array.copy()
    changed[..., -1:, :, :] ^= 1
    return changed


@pytest.mark.parametrize("shape", [(1, 9, 8, 7), (3, 9, 8, 7)])
@pytest.mark.parametrize("kind", [bool, np.float16, np.float32, ">i2"])
@pytest.mark.parametrize("name", ["scan.nii.gz", "scan.nrrd", "scan.mha"])
def test_a_scan_of_any_order_in_memory_is_found_as_it_was_written(tmp_path, oblique, shape, kind, name):
    voxels = np.random.default_rng(1).integers(0, 2, shape[::-1]).astype(kind).T
    write_volume(Volume.of(voxels, Geometry(shape[1:], oblique.affine)), tmp_path / name)
    np.testing.assert_array_equal(read_volume(tmp_path / name).image, voxels)


@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz", "mask.nrrd", "mask.mha"])
def test_a_large_mask_is_written_and_read_back_in_hardly_more_memory_and_read_in_its_own(tmp_path, oblique, name):
    labels = np.zeros((64, 512, 512), np.uint8)
    labels[20:40, 100:300, 200:400] = 3
    mask = LabelMap(labels, Geometry(labels.shape, oblique.affine))
    assert _peak(lambda: write_labels(mask, tmp_path / name)) < 0.5 * labels.nbytes
    assert _peak(lambda: read_labels(tmp_path / name)) < 1.5 * labels.nbytes


def _peak(work):
    """Bytes that were used at once while `work` was done."""
    work()  # what is imported by then stays
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_folder_that_is_not_there_is_told(tmp_path, mask):
    with pytest.raises(ImageError, match="could not be written") as error:
        write_labels(mask, tmp_path / "nowhere" / "mask.nii.gz")
    assert "folder does not exist" in error.value.hint


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path, mask):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ImageError, match="could not be written") as error:
            write_labels(mask, tmp_path / "mask.nii.gz")
    finally:
        tmp_path.chmod(0o700)
    assert "another folder" in error.value.hint


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_told_when_the_data_goes_out(tmp_path, mask, monkeypatch):
    def onto_full_disk(volume, path):
        path.symlink_to("/dev/full")
        with path.open("wb") as file:
            file.write(bytes(100000))

    monkeypatch.setattr(files, "_FORMATS", (files._Format((".nii",), nifti.read, onto_full_disk, nifti.read_back),))
    with pytest.raises(ImageError, match=r"mask\.nii could not be written") as error:
        write_labels(mask, tmp_path / "mask.nii")
    assert "full" in error.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["mask.xyz", "mask", "mask.hdr", "mask.img"])
def test_a_name_of_no_format_is_refused_and_nothing_is_left(tmp_path, mask, name):
    with pytest.raises(ImageError, match=name) as error:
        write_labels(mask, tmp_path / name)
    assert error.value.hint
    assert not list(tmp_path.iterdir())


def test_the_same_mask_is_the_same_bytes(tmp_path, mask):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_labels(mask, tmp_path / name / "mask.nii.gz")
    assert (tmp_path / "a" / "mask.nii.gz").read_bytes() == (tmp_path / "b" / "mask.nii.gz").read_bytes()


def test_importing_the_room_loads_numpy_alone():
    heavy = "nibabel SimpleITK pydicom PIL tifffile isal scipy torch qtpy napari sqlite3"
    code = f"import sys, segstudio.imaging; print(*(name for name in {heavy.split()} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_real_scans_of_every_kind_keep_their_place_through_every_format(shared_data, tmp_path):
    scan = read_volume(next((shared_data / "hippocampus" / "images").glob("*.nii.gz")))
    for name in ANYWHERE[:-1]:
        write_volume(scan, tmp_path / name)
        back = read_volume(tmp_path / name)
        assert np.array_equal(back.voxels, scan.voxels)
        assert back.geometry.same_space(scan.geometry)
