"""`segstudio dicom list`, and one series of several by its UID."""

import json

import numpy as np
from pydicom.uid import generate_uid

from segstudio.cli import main
from segstudio.imaging import read_volume
from tests.imaging.dicom.test_reading import PIXELS, saved


def listed(path, capsys):
    assert main(["dicom", "list", str(path), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_series_are_listed_with_what_a_person_recognises_them_by(tmp_path, capsys):
    folder = saved(tmp_path / "study", SeriesDescription="T1 sagittal", SeriesDate="20240131", SeriesNumber=3)
    saved(folder, SeriesInstanceUID=generate_uid(), name="other", count=3, SeriesDescription="scout", PatientID="4712")
    first, second = listed(folder, capsys)
    assert (first["description"], first["modality"], first["plane"]) == ("T1 sagittal", "MR", "axial")
    assert (first["slices"], first["spacing"], first["date"]) == (5, [2.5, 0.8, 0.7], "2024-01-31")
    assert (first["problems"], first["stacks"], first["patient"]) == ([], [], 1)
    assert (second["slices"], second["patient"]) == (3, 2)
    assert "Doe" not in json.dumps([first, second])
    assert "4711" not in json.dumps([first, second])


def test_a_listed_path_is_what_other_commands_take(tmp_path, capsys):
    folder = saved(tmp_path / "study")
    saved(folder, SeriesInstanceUID=generate_uid(), name="other", pixels=PIXELS + 1)
    for plain in listed(folder, capsys):
        out = tmp_path / f"{plain['series_instance_uid']}.nii.gz"
        assert main(["convert", f"{folder}#{plain['series_instance_uid']}", str(out)]) == 0
        assert plain["path"] == f"{folder}#{plain['series_instance_uid']}"
        assert np.array_equal(read_volume(out).voxels, read_volume(plain["path"]).voxels)


def test_several_series_without_a_choice_are_refused_with_how_to_choose(tmp_path, capsys):
    folder = saved(tmp_path / "study")
    saved(folder, SeriesInstanceUID=generate_uid(), name="other", count=3)
    assert main(["convert", str(folder), str(tmp_path / "out.nii.gz")]) == 1
    said = capsys.readouterr().err
    assert "2 series of 5, 3 files" in said
    assert "dicom list" in said


def test_problems_and_stacks_are_told(tmp_path, capsys):
    folder = saved(tmp_path / "echoes", EchoTime=10, InstanceNumber=[1, 2, 3, 4, 5])
    saved(folder, EchoTime=80, InstanceNumber=[6, 7, 8, 9, 10], name="late", pixels=PIXELS + 1)
    (plain,) = listed(folder, capsys)
    assert [stack["name"] for stack in plain["stacks"]] == ["echo 1", "echo 2"]
    assert "2 stacks" in plain["problems"][0]
    assert np.array_equal(read_volume(plain["stacks"][1]["path"]).image[0], PIXELS + 1)
