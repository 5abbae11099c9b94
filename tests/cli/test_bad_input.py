"""Whatever a person hands over by mistake: one message, one hint, and what is stored stays as it is."""

import gzip
import hashlib
import os
import sqlite3
from dataclasses import replace

import nibabel
import numpy as np
import pytest
import torch

from segstudio.imaging import read_volume
from segstudio.networks.weights import new_network, save_model
from tests.imaging.dicom.test_reading import saved as series


def nifti(path, voxels, affine=None):
    image = nibabel.Nifti1Image(voxels, np.eye(4) if affine is None else affine)
    image.to_filename(path)
    return path


def truncated(path):
    nifti(path, np.random.default_rng(0).integers(0, 999, (20, 20, 20)).astype(np.int16))
    path.write_bytes(path.read_bytes()[:4000])


def wrong_magic(path):
    path.write_bytes(gzip.compress(b"\x00" * 1000))


def empty(path):
    path.write_bytes(b"")


def not_gzip(path):
    path.write_bytes(b"this is a letter, not a scan")


def huge(path):
    header = nibabel.Nifti1Header()
    header.set_data_shape((10000, 10000, 10000))
    header.set_data_dtype(np.int16)
    path.write_bytes(gzip.compress(header.binaryblock + bytes(4)))


def with_nan(path):
    nifti(path, np.full((4, 4, 4), np.nan, np.float32))


def with_inf(path):
    nifti(path, np.full((4, 4, 4), np.inf, np.float32))


def singular(path):
    nifti(path, np.zeros((4, 4, 4), np.int16))
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[280:328] = bytes(48)  # srow_x, srow_y, srow_z
    content[252:256] = bytes([0, 0, 1, 0])  # no qform, an sform
    path.write_bytes(gzip.compress(bytes(content)))


SCANS = [truncated, wrong_magic, empty, not_gzip, huge, with_nan, with_inf, singular]


def as_fractions(labels):
    return labels.astype(np.float32) + 0.5


def as_negative(labels):
    return labels.astype(np.int16) - 1


def of_another_shape(labels):
    return labels[:-1]


def of_an_unknown_class(labels):
    return np.where(labels == 2, 9, labels)


LABELS = [as_fractions, as_negative, of_another_shape, of_an_unknown_class]


@pytest.fixture
def stored(home):
    """What the library holds, as a function: rows of every table, and a hash of every file beside the database."""

    def look():
        library = home / "library"
        with sqlite3.connect(library / "library.db") as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}
        connection.close()
        kept = (path for path in library.rglob("*") if path.is_file() and "library.db" not in path.name)
        files = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept if path.suffix != ".lock"}
        return rows, files

    return look


@pytest.mark.parametrize("spoil", SCANS, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("command", ["convert", "predict", "submit", "train"])
def test_a_spoilt_scan_is_one_error_and_touches_nothing(fails, files, model, stored, tmp_path, spoil, command):
    images, masks = files(2)
    spoil(images / "case_1.nii.gz")
    before = stored()
    scan = images / "case_1.nii.gz"
    words = {
        "convert": (scan, tmp_path / "out.nrrd"),
        "predict": (scan, "--model", model, "--out", tmp_path / "out"),
        "submit": (scan, masks / "case_1.nii.gz", "--model", model),
        "train": ("--images", images, "--labels", masks, "--classes", "1=ball,2=shell", "--name", "new"),
    }
    if command == "convert" and spoil in (with_nan, with_inf):
        pytest.skip("convert is the way out")
    said = fails(command, *words[command])
    assert "case_1.nii.gz" in said.err
    assert not (tmp_path / "out.nrrd").exists()
    assert stored() == before


@pytest.mark.parametrize("spoil", [with_nan, with_inf])
def test_convert_is_the_way_out_of_voxels_that_are_no_numbers(run, tmp_path, spoil):
    spoil(tmp_path / "bad.nii.gz")
    assert run("convert", tmp_path / "bad.nii.gz", tmp_path / "good.nii.gz").code == 0
    assert not read_volume(tmp_path / "good.nii.gz").voxels.any()


@pytest.mark.parametrize("spoil", LABELS, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("command", ["submit", "train"])
def test_a_spoilt_mask_is_one_error_and_touches_nothing(fails, files, model, stored, spoil, command):
    images, masks = files(2)
    mask = masks / "case_1.nii.gz"
    found = nibabel.load(mask)
    nibabel.Nifti1Image(spoil(np.asarray(found.dataobj)), found.affine).to_filename(mask)
    before = stored()
    words = {
        "submit": (images / "case_1.nii.gz", mask, "--model", model),
        "train": ("--images", images, "--labels", masks, "--classes", "1=ball,2=shell", "--name", "new"),
    }
    fails(command, *words[command])
    assert stored() == before


def test_a_scan_of_another_modality_is_refused(fails, run, tmp_path, ball_spec):
    torch.manual_seed(0)
    (tmp_path / "ct").mkdir()
    spec = replace(ball_spec, name="ct-only", modality="CT")
    save_model(tmp_path / "ct", spec, new_network(spec))
    run("models", "import", tmp_path / "ct")
    said = fails("predict", series(tmp_path / "series"), "--model", "ct-only", "--out", tmp_path / "out")
    assert "MR" in said.err
    assert "CT" in said.err


def test_weights_that_are_missing_are_told(fails, files, model, home, tmp_path):
    images, _ = files()
    weights = next((home / "library" / "models").rglob("weights.safetensors"))
    weights.parent.chmod(0o755)
    weights.chmod(0o644)
    weights.unlink()
    fails("predict", images / "case_0.nii.gz", "--model", model, "--out", tmp_path / "out")


def test_weights_of_another_hash_are_not_used(fails, files, model, home, tmp_path):
    images, _ = files()
    weights = next((home / "library" / "models").rglob("weights.safetensors"))
    weights.parent.chmod(0o755)
    weights.chmod(0o644)
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    fails("predict", images / "case_0.nii.gz", "--model", model, "--out", tmp_path / "out")


def test_a_library_of_a_newer_version_is_not_opened(fails, model, home):
    with sqlite3.connect(home / "library" / "library.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert "newer" in fails("jobs").err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(fails, files, model, tmp_path):
    images, _ = files()
    (tmp_path / "out").mkdir(mode=0o500)
    fails("predict", images / "case_0.nii.gz", "--model", model, "--out", tmp_path / "out")


def test_an_out_folder_that_is_a_file_is_told(fails, files, model, tmp_path):
    images, _ = files()
    (tmp_path / "out").write_text("I was here first")
    fails("predict", images / "case_0.nii.gz", "--model", model, "--out", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "I was here first"


def test_a_library_that_is_a_file_is_told(fails, tmp_path):
    (tmp_path / "file").write_text("I was here first")
    fails("jobs", "--library", tmp_path / "file")
    assert (tmp_path / "file").read_text() == "I was here first"


def test_a_damaged_database_is_told(fails, model, home):
    database = home / "library" / "library.db"
    database.write_bytes(b"no database at all" * 100)
    fails("jobs")
