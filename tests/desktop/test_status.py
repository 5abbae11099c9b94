"""The line at the bottom: what computes, and what it does."""

from dataclasses import replace

import pytest

from segstudio.desktop.status import kept_in_words, machine_in_words
from segstudio.listening import Change
from tests.viewer.sessions import paint, wait


@pytest.mark.parametrize(
    ("device", "doing", "told"),
    [
        ("", "idle", "Idle"),
        ("", "learning 62 %", "Learning 62 %"),
        ("CPU (bf16)", "idle", "CPU · idle"),
        ("NVIDIA H200", "learning 62 %", "NVIDIA H200 · learning 62 %"),
    ],
)
def test_the_device_is_named_once_it_is_known(device, doing, told):
    assert machine_in_words(device, doing) == told


def test_the_line_follows_device_and_learning(opened, studio, monkeypatch, qtbot):
    machine = opened.status.machine
    assert machine.text() == "Idle"
    studio._heard(Change("device", "CPU (bf16)"))
    qtbot.waitUntil(lambda: machine.text() == "CPU · idle", timeout=5000)
    assert "bf16" in machine.toolTip()
    opened.session.waiting.begin("predict", "Predicting")
    assert machine.text() == "CPU · predicting"
    opened.session.waiting.end()
    job = studio.library.add_job("fine-tune", "ball", {"minutes": 1})
    studio.library.cancel(job.id)  # it is only looked at here, and not to be done
    monkeypatch.setattr(studio, "jobs", lambda: [replace(job, state="running", done=0.62)])
    studio._heard(Change("jobs", str(job.id)))
    qtbot.waitUntil(lambda: machine.text() == "CPU · learning 62 %", timeout=5000)
    assert "ball learns" in machine.toolTip()
    predicting = replace(job, kind="predict", request={"cases": [1]}, state="running", done=0.25)
    monkeypatch.setattr(studio, "jobs", lambda: [predicting])
    studio._heard(Change("jobs", str(job.id)))
    qtbot.waitUntil(lambda: machine.text() == "CPU · predicting 25 %", timeout=5000)
    assert "learns" not in machine.toolTip()


def test_what_is_kept_is_said_of_all_changes_and_not_of_one(opened, monkeypatch, qtbot):
    session = opened.session
    journal = session.scan.mask.journal
    assert kept_in_words(session) == "No changes"
    paint(session, (5, 5, 5), 1)
    assert journal.flush()
    assert kept_in_words(session) == "All changes saved · not submitted"
    monkeypatch.setattr(type(journal), "behind", 1)
    assert kept_in_words(session) == "Saving … · not submitted"


def test_undoing_back_to_what_the_model_drew_leaves_nothing_changed(opened, qtbot):
    session = opened.session
    session.predict()
    wait(qtbot, session)
    qtbot.waitUntil(lambda: opened.status.state.text() == "As the model drew it", timeout=5000)
    paint(session, (5, 5, 5), 2)
    qtbot.waitUntil(lambda: "not submitted" in opened.status.state.text(), timeout=5000)
    session.undo()
    qtbot.waitUntil(lambda: opened.status.state.text() == "As the model drew it", timeout=5000)
    qtbot.waitUntil(lambda: not opened.isWindowModified(), timeout=5000)
    session.undo()
    qtbot.waitUntil(lambda: opened.status.state.text() == "No changes", timeout=5000)
    session.redo()
    session.redo()
    qtbot.waitUntil(lambda: "not submitted" in opened.status.state.text(), timeout=5000)


def test_undoing_back_to_what_was_submitted_is_submitted(opened, qtbot):
    session = opened.session
    paint(session, (5, 5, 5), 1)
    session.submit(patient="P", reader="r")
    wait(qtbot, session)
    assert kept_in_words(session) == "Submitted"
    paint(session, (9, 9, 9), 2)
    assert "not submitted" in kept_in_words(session)
    session.undo()
    assert kept_in_words(session) == "Submitted"
