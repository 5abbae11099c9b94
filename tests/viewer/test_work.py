"""What is waited for, and when that is told."""

import pytest

from segstudio.viewer import work
from segstudio.viewer.work import Waiting, Work


@pytest.fixture
def waiting(qtbot):
    waiting = Waiting()
    waiting.told = []
    waiting.changed.connect(lambda: waiting.told.append(waiting.work))
    return waiting


def test_a_quick_edit_is_not_announced(waiting, qtbot):
    waiting.begin("edit", "Smooth")
    assert waiting.work.what == "Smooth"
    waiting.went_on("edit", 0.5, "smoothing")
    waiting.end()
    qtbot.wait(work.QUICK_MS + 50)
    assert waiting.told == []


def test_a_slow_edit_is_announced_with_how_far_it_is(waiting, qtbot):
    waiting.begin("edit", "Smooth")
    qtbot.waitUntil(lambda: len(waiting.told) == 1, timeout=5000)
    waiting.went_on("edit", 0.5, "smoothing")
    assert (waiting.told[-1].done, waiting.told[-1].what) == (0.5, "smoothing")
    waiting.end()
    assert waiting.told[-1] is None


def test_news_of_something_else_is_passed_over(waiting):
    waiting.begin("predict", "Starting the model")
    waiting.went_on("edit", 0.9, "smoothing")
    assert waiting.work.what == "Starting the model"


def test_only_what_can_be_cancelled_is(waiting):
    waiting.begin("open", "Opening")
    waiting.cancel()
    asked = []
    waiting.can_be_cancelled(lambda: asked.append(True))
    waiting.cancel()
    assert asked == [True]
    waiting.end()
    waiting.cancel()
    assert asked == [True]


def test_the_time_left_is_told_once_enough_is_done(monkeypatch):
    monkeypatch.setattr(work.time, "monotonic", lambda: 110.0)
    assert Work("predict", "x", 0.25, since=100.0).left_s == pytest.approx(30.0)
    assert Work("predict", "x", 0.01, since=100.0).left_s is None
