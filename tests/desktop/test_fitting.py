"""On the smallest screen that is meant, in every look, nothing is cut off and everything says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtCore import QPoint, QSize
from qtpy.QtWidgets import QApplication, QDialog

from segstudio import settings
from segstudio.imaging.presets import presets
from segstudio.library import Job, Query
from segstudio.viewer import look
from segstudio.viewer.commands import tools
from segstudio.viewer.models.window import PAGES
from segstudio.viewer.operations import OPERATIONS
from tests.viewer.fitting import complaints
from tests.viewer.sessions import paint

pytestmark = pytest.mark.gui

SMALL = QSize(1280, 800)
DIALOGS = ("settings", "keys", "about", "guide", "export", *(f"models_{page}" for page in PAGES))


@pytest.fixture(params=look.THEMES)
def small(request, opened, qtbot):
    """The window with a scan and long names of classes, on the smallest screen, in one look after the other."""
    settings.change(theme=request.param)
    opened._setting_changed("theme")
    opened.resize(SMALL)
    yield opened
    look.use("dark")


def long_names(window):
    preset = next(each for each in presets() if each.name == "TotalSegmentator CT")
    window.session.set_classes(preset.classes)


def fits(widget, qtbot):
    """Once it has come to rest there is nothing to complain of."""

    def nothing():
        assert not complaints(widget)

    QApplication.processEvents()  # some give their parts their look only once they are seen
    qtbot.waitUntil(nothing)


def the_dialog(window):
    (dialog,) = (each for each in window.findChildren(QDialog) if each.isVisible())
    return dialog


def fit(dialog, qtbot):
    fits(dialog, qtbot)
    assert dialog.height() <= dialog.screen().availableSize().height()
    dialog.close()
    QApplication.processEvents()  # the next is another one


def test_the_window_is_no_larger_than_the_screen(small, qtbot):
    qtbot.wait(50)
    assert small.minimumSizeHint().width() <= SMALL.width()
    assert small.minimumSizeHint().height() <= SMALL.height()


def test_on_a_screen_of_960_lines_the_operations_begin_in_sight(opened, qtbot):
    opened.resize(1280, 960)
    area = opened.column.area

    def seen():
        top = opened.column.operations.mapTo(area.viewport(), QPoint(0, 0)).y()
        assert 0 < top < area.viewport().height()

    qtbot.waitUntil(seen)


def test_tools_and_operations_have_room_for_their_words(small, qtbot):
    long_names(small)
    fits(small, qtbot)
    for name in tools():
        small.actions_by_name[name].trigger()
        fits(small, qtbot)
    for each in OPERATIONS:
        small.session.bench.choose(each.name)
        fits(small, qtbot)


def test_what_works_on_the_list_is_told_in_whole_words(small, qtbot):
    job = Job(
        1, "predict", "ball@1", "running", {"cases": [1]}, Path(), done=0.2, what="drawing case 13 of 120", left_s=200
    )
    small.worklist.show_work([job])
    fits(small, qtbot)
    assert small.worklist.work.words.text() == "Drawing case 13 of 120 · 3 min left"


def test_dialogs_have_room_for_their_words_and_fit_the_screen(small, qtbot):
    long_names(small)
    paint(small.session, (10, 10, 10), 1)
    for name in DIALOGS:
        small.actions_by_name[name].trigger()
        fit(the_dialog(small), qtbot)
    small.archives.pick()
    fit(the_dialog(small), qtbot)
    small.column.classes._open_preset(presets()[0])
    fit(the_dialog(small), qtbot)


def test_the_list_of_cases_is_read_in_a_narrow_column(small, ball_scan, qtbot):
    for seed in range(2):
        small.studio.library.add_case(ball_scan(seed)[0], patient=f"{seed}")
    small.worklist.search.setText("nobody")
    qtbot.waitUntil(lambda: small.studio.worklist.count(Query()) == 2 and small.worklist.count.text() == "0 of 2")
    fits(small, qtbot)
