"""`dicom deidentify` on files."""

import numpy as np
import pytest

from segstudio.imaging import LabelMap, read_volume, write_labels
from tests.imaging.patients import NAME, assert_nothing_left, picture, saved


@pytest.fixture
def folder(tmp_path):
    saved(tmp_path / "in" / "one.dcm", picture(BodyPartExamined="HEAD"))
    return tmp_path / "in"


def test_what_was_written_is_told_by_pseudonym(run, folder, tmp_path):
    said = run("dicom", "deidentify", folder, tmp_path / "out", "--json")
    assert said.code == 0
    assert said.json["patients"] == [said.json["written"][0].partition("/")[0]]
    assert (tmp_path / "out" / said.json["written"][0]).is_file()
    assert any("face" in note for note in said.json["notes"])
    assert_nothing_left(tmp_path / "out")


def test_the_same_patient_has_the_same_pseudonym_in_every_run(run, folder, tmp_path):
    told = [run("dicom", "deidentify", folder, tmp_path / name, "--json").json for name in ("one", "two")]
    assert told[0]["written"] == told[1]["written"]


def test_what_is_held_is_told_and_can_be_released(run, tmp_path):
    path = saved(tmp_path / "in" / "shot.dcm", picture(BurnedInAnnotation="YES"))
    said = run("dicom", "deidentify", path, tmp_path / "out", "--json")
    assert said.json["written"] == []
    assert [each["path"] for each in said.json["held"]] == [str(path)]
    assert "--release" in said.err
    again = run("dicom", "deidentify", path, tmp_path / "out", "--release", path, "--json")
    assert again.code == 0
    assert len(again.json["written"]) == 1


def test_options_are_recorded_and_kept_to(run, folder, tmp_path):
    words = ("--dates", "remove", "--keep-characteristics", "--clean-descriptions")
    said = run("dicom", "deidentify", folder, tmp_path / "out", *words, "--json")
    import pydicom

    new = pydicom.dcmread(tmp_path / "out" / said.json["written"][0])
    assert [item.CodeValue for item in new.DeidentificationMethodCodeSequence] == ["113100", "113105", "113108"]
    assert (new.PatientSex, new.StudyDate) == ("F", "")


def test_nothing_that_was_said_names_the_patient(run, folder, tmp_path):
    said = run("dicom", "deidentify", folder, tmp_path / "out")
    assert NAME.partition("^")[0] not in said.out + said.err


def test_the_folder_itself_is_refused(fails, folder):
    assert "among" in fails("dicom", "deidentify", folder, folder).err


def test_a_mask_is_exported_without_its_patient(run, tmp_path):
    for number in (1, 2, 3):
        saved(tmp_path / "in" / f"{number}.dcm", picture(number=number))
    scan = read_volume(tmp_path / "in")
    labels = np.zeros(scan.geometry.shape, np.uint8)
    labels[1, 1:3, 1:4] = 1
    write_labels(LabelMap(labels, scan.geometry), tmp_path / "mask.nii.gz")
    (tmp_path / "out").mkdir()
    words = ("--scan", tmp_path / "in", "--format", "seg", "--out", tmp_path / "out", "--deidentify", "--json")
    said = run("export", tmp_path / "mask.nii.gz", *words)
    assert said.code == 0, said.err
    assert any("de-identified" in note for note in said.json["notes"])
    assert_nothing_left(tmp_path / "out")
