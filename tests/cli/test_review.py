"""The worklist and reviews without a window."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from segstudio.imaging import read_labels, write_labels
from segstudio.library import Library


@pytest.fixture
def drawn(run, files, model, tmp_path):
    """Three cases in the library with the masks of a model that drew no shell; returns the folder of true masks."""
    images, masks = files(3)
    library = Library.open(tmp_path / "home" / "library")
    from segstudio.imaging import LabelMap, read_volume

    spec = library.model(model).spec
    for seed in range(3):
        labels = read_labels(masks / f"case_{seed}.nii.gz", classes=spec.classes)
        ball = LabelMap(np.where(labels.labels == 1, 1, 0).astype(np.uint8), labels.geometry, labels.classes)
        case = library.add_case(read_volume(images / f"case_{seed}.nii.gz"), patient=str(seed), modality="MR")
        library.store_prediction(case, "tiny@1", ball)
    library.close()
    return masks


@pytest.mark.slow
def test_scans_are_taken_in_and_drawn(run, files, model):
    images, _ = files(2)
    (images / "bad.nii.gz").write_bytes(b"bad")
    said = run("worklist", "add", images, "--modality", "MR", "--json")
    assert said.code == 1
    assert [each["file"] for each in said.json["failures"]] == ["bad.nii.gz"]
    assert run("worklist", "predict", model, "2").out.strip() == "1 case predicted."
    rows = run("worklist", "--json").json
    assert [row["status"] for row in rows] == ["new", "predicted"]


def test_the_list_is_filtered_and_ordered(run, drawn):
    assert run("worklist", "priority", 2, 5).code == 0
    rows = run("worklist", "list", "--order", "priority", "--json").json
    assert [row["id"] for row in rows] == [2, 1, 3]
    assert run("worklist", "list", "--status", "approved", "--json").json == []
    assert "patient" in run("worklist", "show", 1).out


def test_every_verdict_and_its_ledger(run, fails, drawn, tmp_path):
    assert run("review", "accept", 1, "--reader", "A", "--seconds", "4").out == "Case 1 is approved.\n"
    fixed = run("review", "fix", 2, drawn / "case_1.nii.gz", "--reader", "A", "--json").json
    assert fixed["verdict"] == "fix"
    assert {row["name"] for row in fixed["ledger"]} == {"ball", "shell"}
    assert "reason" in run("review", "reject", 3, "--reader", "A").err
    assert run("review", "reject", 3, "--reader", "A", "--reason", "motion").out == "Case 3 is rejected.\n"
    assert run("review", "export", tmp_path / "ledger.csv").code == 0
    with (tmp_path / "ledger.csv").open(newline="") as file:
        assert {row["verdict"] for row in csv.DictReader(file)} == {"accept", "fix", "reject"}
    assert run("models", "watch", "tiny", "--json").json["drift"] == []
    assert "tiny@1" in run("models", "lineage", "tiny").out


def test_a_mask_in_doubt_needs_a_reason(run, fails, drawn, tmp_path):
    labels = read_labels(drawn / "case_0.nii.gz")
    labels.labels[0, 0, 0] = 1
    write_labels(labels, tmp_path / "odd.nii.gz")
    said = run("review", "fix", 1, tmp_path / "odd.nii.gz", "--reader", "A")
    assert said.code == 1
    assert "1 island in ball" in said.err
    assert run("worklist", "show", 1, "--json").json["status"] == "predicted"
    assert run("review", "fix", 1, tmp_path / "odd.nii.gz", "--reader", "A", "--overrule", "a satellite").code == 0


def test_two_readers_and_one_who_decides(run, fails, drawn):
    fails("review", "accept", 1, "--reader", "B", "--second")
    run("review", "accept", 1, "--reader", "A")
    run("review", "fix", 1, drawn / "case_0.nii.gz", "--reader", "B", "--second")
    assert run("review", "disputes").out == "Case 1: A and B\n"
    assert run("review", "decide", 1, "second", "--reader", "C").out == "Case 1 is approved.\n"
    assert run("review", "disputes", "--json").json == []
    fails("review", "decide", 1, "first")


def test_a_case_is_withdrawn_and_pinned(run, drawn):
    run("review", "accept", 1, "--reader", "A")
    assert run("review", "pin", 1).code == 0
    assert run("review", "withdraw", 1, "--reason", "consent", "--json").json == {"case": 1, "versions": []}
    assert run("review", "reinstate", 1).code == 0


def test_learning_is_put_off_until_an_hour_and_ruled(run, drawn):
    run("review", "accept", 1, "--reader", "A")
    learn = run("models", "learn", "tiny", "--at", "03:30", "--json").json
    assert learn["not_before"].endswith("Z")
    assert run("jobs", "pause", learn["job"]).code == 0
    assert run("jobs", "resume", learn["job"]).code == 0
    assert run("models", "rule", "tiny", "--after", "5").out == "tiny learns by itself after 5 newly read cases.\n"
    assert run("models", "rule", "tiny").out == "tiny learns when it is told.\n"
    assert run("models", "learn", "tiny", "--at", "25:00").code == 2
