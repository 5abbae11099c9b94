"""`train`, `submit`, `worker`, `jobs` and `models`: the loop without a window."""

import os
import signal
import subprocess
import sys
import time

import pytest

from segstudio.imaging import write_volume
from segstudio.library import Library

CLASSES = ("--classes", "1=ball,2=shell")


@pytest.mark.slow
def test_a_model_is_trained_corrected_promoted_and_rolled_back(run, files, tmp_path):
    images, masks = files(4)
    trained = run(
        "train", "--images", images, "--labels", masks, *CLASSES, "--name", "ball", "--minutes", "0.05", "--json"
    )
    assert trained.code == 0, trained.err
    assert trained.json["job"]["state"] == "done"
    assert trained.json["model"]["state"] == "current"
    assert trained.json["model"]["classes"] == [{"value": 1, "name": "ball"}, {"value": 2, "name": "shell"}]

    scan, mask = images / "case_0.nii.gz", masks / "case_0.nii.gz"
    sent = run("submit", scan, mask, "--model", "ball", "--minutes", "0.05", "--json")
    assert sent.json["job"]["state"] == "queued"
    assert [job["state"] for job in run("jobs", "--json").json] == ["queued", "done"]

    worked = run("worker", "--once", "--json")
    assert worked.code == 0, worked.err
    assert [job["result"] for job in worked.json] == ["ball@2"]
    assert run("jobs", "show", sent.json["job"]["id"], "--json").json["progress"] == 1

    assert run("models", "promote", "ball@2", "--json").json["state"] == "current"
    assert run("models", "rollback", "ball", "--json").json["version"] == 1


@pytest.mark.slow
def test_a_model_is_trained_on_scans_synthesised_from_label_maps(run, files, home):
    _, masks = files(4)
    words = ("--synthesise", masks, *CLASSES, "--name", "ball", "--spacing", "2", "--minutes", "0.02", "--json")
    trained = run("train", *words)
    assert trained.code == 0, trained.err
    assert trained.json["model"]["classes"] == [{"value": 1, "name": "ball"}, {"value": 2, "name": "shell"}]
    assert "on 1 patient" in trained.json["model"]["verdict"]["reason"]
    assert Library.open(home / "library").model("ball").spec.lineage.maps == 3
    finer = run("train", *words[:-5], "--from", "ball", "--spacing", "1", "--minutes", "0.02", "--json")
    assert finer.code == 0, finer.err
    assert Library.open(home / "library").model("ball@2").spec.spacing == (1, 1, 1)


def test_words_of_training_that_do_not_go_together_are_errors(fails, files):
    images, masks = files(2)
    assert "nothing to train on" in fails("train", "--images", images, *CLASSES, "--name", "ball").err
    assert "nothing to train on" in fails("train", *CLASSES, "--name", "ball").err
    both = ("train", "--images", images, "--labels", masks, "--name", "ball")
    assert "named once" in fails(*both).err
    assert "--synthesise" in fails(*both, "--recipe", "brain").err
    assert "no recipe heart" in fails("train", "--synthesise", masks, "--recipe", "heart", "--name", "ball").err
    assert "no label map" in fails("train", "--synthesise", masks.parent, *CLASSES, "--name", "ball").err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_training_that_is_stopped_by_hand_goes_on_with_the_next_worker(run, files):
    images, masks = files(3)
    words = ["train", "--images", str(images), "--labels", str(masks), *CLASSES, "--name", "ball", "--minutes", "0.2"]
    training = subprocess.Popen([sys.executable, "-m", "segstudio", *words], stderr=subprocess.PIPE, text=True)
    while training.poll() is None and not learns(run):
        time.sleep(0.1)
    training.send_signal(signal.SIGINT)
    _, said = training.communicate()
    assert training.returncode == 130
    assert [line.partition(" ")[0] for line in said.splitlines()] == ["stopped."]
    assert [job["state"] for job in run("jobs", "--json").json] == ["interrupted"]
    assert [job["result"] for job in run("worker", "--once", "--json").json] == ["ball@1"]


def learns(run):
    """Whether a job has begun to draw its curve."""
    return any(run("jobs", "show", job["id"], "--json").json["curve"] for job in run("jobs", "--json").json)


def test_names_without_a_partner_are_told_before_training(fails, files):
    images, masks = files(2)
    for mask in masks.iterdir():
        mask.rename(mask.with_name(f"other_{mask.name}"))
    said = fails("train", "--images", images, "--labels", masks, *CLASSES, "--name", "ball")
    assert "case_0" in said.err
    assert "other_case_0" in said.err


def test_a_class_that_was_not_named_is_an_error_and_nothing_is_stored(fails, files, home):
    images, masks = files(2)
    fails("train", "--images", images, "--labels", masks, "--classes", "1=ball", "--name", "ball")
    with_nothing = Library.open(home / "library")
    assert with_nothing.cases() == []
    assert with_nothing.jobs() == []
    with_nothing.close()


def test_a_correction_waits_as_a_job_that_can_be_cancelled_and_retried(run, files, model):
    images, masks = files()
    sent = run(
        "submit", images / "case_0.nii.gz", masks / "case_0.nii.gz", "--model", model, "--reader", "Ada", "--json"
    )
    job = sent.json["job"]["id"]
    assert run("jobs", "cancel", job, "--json").json["state"] == "cancelled"
    assert run("jobs", "retry", job, "--json").json["state"] == "queued"
    assert "queued" in run("jobs", "show", job).out
    assert str(job) in run("jobs").out


def test_the_patient_s_id_is_kept_nowhere(run, files, model, home):
    images, masks = files()
    sent = run(
        "submit",
        images / "case_0.nii.gz",
        masks / "case_0.nii.gz",
        "--model",
        model,
        "--patient",
        "MRN-998877",
        "--json",
    )
    assert "998877" not in sent.out
    assert not any(b"998877" in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_correction_on_another_grid_is_an_error(fails, files, model, tmp_path, cube):
    images, _ = files()
    write_volume(cube((3, 3, 3)), tmp_path / "small.nii.gz")
    fails("submit", images / "case_0.nii.gz", tmp_path / "small.nii.gz", "--model", model)


def test_a_worker_without_jobs_says_so_and_ends(run):
    said = run("worker", "--once")
    assert said.code == 0
    assert "No job" in said.out


def test_a_second_worker_on_a_library_is_an_error(fails, tmp_path):
    first = Library.open(tmp_path / "library")
    with first.lock_worker():
        fails("worker", "--once", "--library", tmp_path / "library")
    first.close()


def test_an_unknown_job_is_an_error(fails):
    fails("jobs", "show", 7)


def test_a_model_is_listed_and_shown(run, model):
    assert [each["name"] for each in run("models", "--json").json] == ["tiny"]
    assert "tiny@1" in run("models").out
    card = run("models", "show", "tiny").out
    for fact in ("in use", "1=ball, 2=shell", "Has learned nothing.", "CC0-1.0"):
        assert fact in card


def test_a_model_goes_out_and_comes_back_in(run, model, tmp_path):
    assert run("models", "export", "tiny@1", tmp_path / "copy").code == 0
    back = run("models", "import", tmp_path / "copy", "--library", tmp_path / "second", "--json")
    assert back.json["name"] == "tiny"


@pytest.mark.parametrize("words", [["show", "nobody"], ["promote", "nobody@1"], ["rollback", "nobody"]])
def test_an_unknown_model_is_an_error(fails, words):
    fails("models", *words)


def test_a_folder_without_a_model_is_not_imported(fails, tmp_path):
    fails("models", "import", tmp_path)


def test_there_is_nothing_to_roll_back_to_from_the_first_version(fails, model):
    fails("models", "rollback", model)
