"""`info`, `convert` and `predict` on real files."""

import nibabel
import numpy as np
import pytest

from segstudio.imaging import LabelMap, Volume, read_labels, read_volume, write_labels, write_volume


def test_info_says_what_a_scan_is(run, cube, tmp_path):
    write_volume(cube((4, 5, 6), (3.0, 0.8, 0.7)), tmp_path / "scan.nii.gz")
    told = run("info", tmp_path / "scan.nii.gz", "--json").json
    assert told["shape"] == [4, 5, 6]
    assert told["spacing_mm"] == pytest.approx([3.0, 0.8, 0.7])
    assert told["orientation"] == "SPL"
    assert np.array(told["affine_lps"]) == pytest.approx(cube((4, 5, 6), (3.0, 0.8, 0.7)).geometry.affine)
    assert told["dtype"] == "int16"
    assert told["range"] == [0, 0]


def test_info_for_people_names_every_fact(run, cube, tmp_path):
    write_volume(cube(), tmp_path / "scan.nrrd")
    said = run("info", tmp_path / "scan.nrrd").out
    for fact in ("4×5×6", "1×1×1 mm", "SPL", "affine LPS", "int16", "0 to 0", "modality"):
        assert fact in said


def test_info_tells_the_millilitres_of_a_mask(run, cube, tmp_path):
    labels = np.zeros((10, 10, 10), np.uint8)
    labels[:5] = 3
    write_labels(LabelMap(labels, cube((10, 10, 10)).geometry), tmp_path / "mask.nii.gz")
    assert run("info", tmp_path / "mask.nii.gz", "--json").json["volumes_ml"] == {"3": pytest.approx(0.5)}


def test_info_does_not_take_a_scan_for_a_mask(run, files):
    images, _ = files()
    assert run("info", images / "case_0.nii.gz", "--json").json["volumes_ml"] is None


def test_info_tells_of_voxels_that_are_no_numbers(run, tmp_path):
    voxels = np.ones((3, 3, 3), np.float32)
    voxels[1, 1, 1] = np.nan
    nibabel.Nifti1Image(voxels, np.eye(4)).to_filename(tmp_path / "nan.nii.gz")
    said = run("info", tmp_path / "nan.nii.gz", "--json")
    assert said.code == 0
    assert any("NaN" in note for note in said.json["notes"])


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii"])
def test_convert_keeps_voxels_and_places(run, files, tmp_path, suffix):
    images, _ = files()
    assert run("convert", images / "case_0.nii.gz", tmp_path / f"out{suffix}").code == 0
    before, after = read_volume(images / "case_0.nii.gz"), read_volume(tmp_path / f"out{suffix}")
    assert np.array_equal(before.voxels, after.voxels)
    assert before.geometry.same_space(after.geometry)


def test_convert_never_writes_over_the_scan(fails, files):
    images, _ = files()
    before = (images / "case_0.nii.gz").read_bytes()
    fails("convert", images / "case_0.nii.gz", images / "case_0.nii.gz")
    assert (images / "case_0.nii.gz").read_bytes() == before


def test_predict_writes_masks_on_the_scans_own_grids(run, files, model, tmp_path):
    images, _ = files(2)
    said = run("predict", *sorted(images.iterdir()), "--model", model, "--out", tmp_path / "out", "--json")
    assert said.code == 0
    assert [each["labels"] for each in said.json] == [str(tmp_path / "out" / f"case_{n}.nii.gz") for n in (0, 1)]
    for told in said.json:
        assert told["model"] == "tiny@1"
        assert set(told["volumes_ml"]) == {"ball", "shell"}
        scan, mask = read_volume(told["image"]), read_labels(told["labels"])
        assert scan.geometry.same_space(mask.geometry)


def test_predict_inside_a_box_leaves_the_rest_alone(run, files, model, tmp_path):
    images, _ = files()
    run("predict", images / "case_0.nii.gz", "--model", model, "--out", tmp_path, "--box", "2:8,3:9,4:10")
    labels = read_labels(tmp_path / "case_0.nii.gz").labels.copy()
    labels[2:8, 3:9, 4:10] = 0
    assert not labels.any()


def test_predict_says_which_time_point_of_a_4d_scan_it_drew(run, model, ball_scan, tmp_path):
    volume, _ = ball_scan(0)
    twice = Volume(np.concatenate([volume.voxels] * 2), volume.geometry, channels=volume.channels)
    write_volume(twice, tmp_path / "film.nii.gz")
    said = run("predict", tmp_path / "film.nii.gz", "--model", model, "--out", tmp_path / "out", "--frame", 1)
    assert said.code == 0
    assert "film.nii.gz has 2 time points; frame 1 is drawn" in said.err


def test_predict_goes_on_after_a_scan_that_cannot_be_read(run, files, model, tmp_path):
    images, _ = files()
    (images / "bad.nii.gz").write_bytes(b"nothing of the kind")
    said = run(
        "predict", images / "bad.nii.gz", images / "case_0.nii.gz", "--model", model, "--out", tmp_path, "--json"
    )
    assert said.code == 1
    assert "bad.nii.gz" in said.err
    assert len(said.json) == 1


def test_predict_with_an_unknown_model_writes_nothing(fails, files, tmp_path):
    images, _ = files()
    fails("predict", images / "case_0.nii.gz", "--model", "nobody", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_predict_with_another_number_of_channels_is_an_error(fails, model, ball_scan, tmp_path):
    volume, _ = ball_scan(0)
    two = Volume.of(np.concatenate([volume.image, volume.image]), volume.geometry)
    write_volume(two, tmp_path / "two.nrrd")
    fails("predict", tmp_path / "two.nrrd", "--model", model, "--out", tmp_path / "out")


def test_predict_into_the_scans_folder_is_refused(fails, files, model):
    images, _ = files()
    before = (images / "case_0.nii.gz").read_bytes()
    fails("predict", images / "case_0.nii.gz", "--model", model, "--out", images)
    assert (images / "case_0.nii.gz").read_bytes() == before


def test_predict_on_a_device_that_is_not_here_is_an_error(fails, files, model, tmp_path):
    images, _ = files()
    fails("predict", images / "case_0.nii.gz", "--model", model, "--out", tmp_path / "o", "--device", "cuda:99")
