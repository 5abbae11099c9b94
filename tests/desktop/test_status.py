"""The line at the bottom: what computes, and what it does."""

from dataclasses import replace

import pytest

from segstudio.desktop.status import machine_in_words
from segstudio.listening import Change


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
    predicting = replace(job, kind="predict", state="running", done=0.25)
    monkeypatch.setattr(studio, "jobs", lambda: [predicting])
    studio._heard(Change("jobs", str(job.id)))
    qtbot.waitUntil(lambda: machine.text() == "CPU · predicting 25 %", timeout=5000)
    assert "learns" not in machine.toolTip()
