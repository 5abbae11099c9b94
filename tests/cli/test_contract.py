"""How every command ends: exit codes, error and hint, one JSON document, Ctrl+C, a reader who has had enough."""

import os
import signal
import subprocess
import sys
import time

import pytest

COMMANDS = [
    "app",
    "info",
    "convert",
    "predict",
    "train",
    "submit",
    "worker",
    "jobs",
    "models",
    "evaluate",
    "dicom",
    "pacs",
    "worklist",
    "review",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command):
    said = run(command, "--help")
    assert said.code == 0
    assert said.out.startswith(f"usage: segstudio {command}")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["info"],
        ["jobs", "cancel"],
        ["jobs", "show", "one"],
        ["models", "burn"],
        ["predict", "scan.nii.gz", "--model", "m", "--out", "o", "--box", "1:2"],
        ["train", "--images", "i", "--labels", "l", "--name", "n", "--classes", "liver"],
        ["train", "--images", "i", "--labels", "l", "--name", "n", "--classes", "1=a", "--holdout", "1"],
        ["train", "--images", "i", "--labels", "l", "--name", "n", "--classes", "1=a", "--minutes", "nan"],
    ],
)
def test_wrong_usage_is_told_in_two_lines_and_ends_with_2(run, words):
    said = run(*words)
    assert said.code == 2
    assert said.out == ""
    assert [line.partition(":")[0] for line in said.err.splitlines()] == ["error", "hint"]


def test_a_missing_scan_is_an_error_with_a_hint(fails):
    assert "nothing.nii.gz" in fails("info", "nothing.nii.gz").err


def test_an_error_with_json_asked_for_leaves_stdout_empty(fails):
    assert fails("info", "nothing.nii.gz", "--json").out == ""


@pytest.mark.parametrize("words", [["jobs"], ["jobs", "list"], ["models"], ["models", "list"]])
def test_an_empty_list_is_an_empty_json_list(run, words):
    assert run(*words, "--json").json == []


def test_options_may_stand_before_a_verb_and_after_it(run, tmp_path):
    run("jobs", "--library", tmp_path / "one", "--json", "list")
    run("jobs", "list", "--json", "--library", tmp_path / "two")
    assert (tmp_path / "one").is_dir()
    assert (tmp_path / "two").is_dir()


def test_the_library_of_the_settings_is_used_unless_one_is_named(run, home, tmp_path):
    home.mkdir()
    (home / "settings.json").write_text(f'{{"library": "{tmp_path / "other"}"}}')
    run("jobs")
    assert (tmp_path / "other").is_dir()
    assert not (home / "library").exists()


def test_what_nobody_foresaw_is_told_without_a_traceback(fails, monkeypatch):
    def broken(*_args, **_known):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("segstudio.cli.scans.read_volume", broken)
    said = fails("info", "scan.nii.gz")
    assert "Traceback" not in said.err
    assert "by nothing" in said.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_ctrl_c_ends_a_waiting_worker_with_130_and_one_line(tmp_path):
    worker = subprocess.Popen(
        [sys.executable, "-m", "segstudio", "worker", "--library", str(tmp_path / "library")],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stderr
    assert "Waiting" in worker.stderr.readline()
    time.sleep(0.2)
    worker.send_signal(signal.SIGINT)
    _, said = worker.communicate(timeout=30)
    assert worker.returncode == 130
    assert said.startswith("stopped.")
    assert len(said.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_reader_who_has_had_enough_is_no_error(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "segstudio", "jobs", "--library", str(tmp_path / "library")]
    done = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.returncode == 141
    assert done.stderr == ""


def test_without_qt_the_window_says_how_to_get_it(fails, monkeypatch):
    monkeypatch.setitem(sys.modules, "qtpy", None)
    assert "segstudio[desktop]" in fails("app").err
