"""`evaluate` compares files or folders, and says what it left out."""

import numpy as np
import pytest

from segstudio.imaging import LabelMap, write_labels


@pytest.fixture
def masks(cube, tmp_path):
    """Writes masks of one class, with so many slices of ten drawn, as NAME: slices."""

    def make(folder, **slices):
        (tmp_path / folder).mkdir(exist_ok=True)
        for name, count in slices.items():
            labels = np.zeros((10, 8, 8), np.uint8)
            labels[:count] = 1
            write_labels(LabelMap(labels, cube((10, 8, 8)).geometry), tmp_path / folder / f"{name}.nii.gz")
        return tmp_path / folder

    return make


def test_two_files_are_compared_class_by_class(run, masks):
    drawn, wanted = masks("p", a=5) / "a.nii.gz", masks("r", a=10) / "a.nii.gz"
    found = run("evaluate", drawn, wanted, "--json").json
    scores = found["cases"]["a"]["1"]
    assert scores["dice"] == pytest.approx(2 / 3)
    assert (scores["precision"], scores["recall"]) == (1, 0.5)
    assert scores["volume_ml"] == pytest.approx(0.32)
    assert scores["reference_ml"] == pytest.approx(0.64)
    assert found["mean"]["all"]["dice"] == pytest.approx(2 / 3)


def test_folders_are_matched_by_name_and_averaged(run, masks):
    found = run("evaluate", masks("p", a=5, b=10), masks("r", a=10, b=10), "--json").json
    assert set(found["cases"]) == {"a", "b"}
    assert found["mean"]["1"]["dice"] == pytest.approx((2 / 3 + 1) / 2)


def test_what_lacks_a_partner_is_told_and_left_out(run, masks):
    said = run("evaluate", masks("p", a=5, extra=1), masks("r", a=10, missed=3), "--json")
    assert set(said.json["cases"]) == {"a"}
    assert "extra" in said.err
    assert "missed" in said.err


def test_folders_with_nothing_in_common_are_an_error(fails, masks):
    said = fails("evaluate", masks("p", a=5), masks("r", b=5))
    assert "a;" in said.err


def test_classes_can_be_named_and_chosen(run, masks):
    found = run("evaluate", masks("p", a=5), masks("r", a=5), "--classes", "1=liver,2=spleen", "--json").json
    assert found["classes"] == {"1": "liver", "2": "spleen"}
    assert found["cases"]["a"]["2"]["dice"] is None
    assert found["mean"]["all"]["dice"] == 1


def test_people_get_a_table_with_a_row_for_the_mean(run, masks):
    lines = run("evaluate", masks("p", a=5, b=10), masks("r", a=10, b=10)).out.splitlines()
    assert "Dice" in lines[0]
    assert lines[-1].startswith("mean")
    assert len({len(line) for line in lines}) == 1


def test_masks_on_two_grids_are_an_error(fails, masks, cube, tmp_path):
    write_labels(LabelMap(np.ones((10, 8, 9), np.uint8), cube((10, 8, 9)).geometry), tmp_path / "other.nii.gz")
    assert "other.nii.gz" in fails("evaluate", tmp_path / "other.nii.gz", masks("r", a=5) / "a.nii.gz").err


def test_a_reference_that_lies_beside_its_place_is_told(run, cube, tmp_path):
    labels = np.zeros((10, 8, 8), np.uint8)
    labels[3:6, 2:5, 2:5] = 1
    for folder, moved in (("p", labels), ("r", np.roll(labels, (1, -1, 0), axis=(0, 1, 2)))):
        (tmp_path / folder).mkdir()
        for name, mask in (("a", moved), ("b", labels)):
            write_labels(LabelMap(mask, cube((10, 8, 8)).geometry), tmp_path / folder / f"{name}.nii.gz")
    said = run("evaluate", tmp_path / "p", tmp_path / "r", "--json")
    assert said.json["aside"] == {"a": {"step": [-1, 1, 0], "dice": pytest.approx(4 / 9), "moved": 1.0}}
    assert "a: the reference fits far better moved by (-1, +1, 0) voxels" in said.err
    assert "b:" not in said.err
