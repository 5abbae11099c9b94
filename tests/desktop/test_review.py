"""A reader goes through a list of cases in the window: a key for each verdict, and nothing that was said is lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from segstudio.desktop.window import Window
from segstudio.errors import LibraryError
from segstudio.imaging import LabelMap
from segstudio.library import Query
from segstudio.studio import Studio
from tests.desktop.test_window import paint

A, F, R, G, U, C, B = (getattr(Qt.Key, f"Key_{key}") for key in "AFRGUCB")


@pytest.fixture
def cases(studio, ball_scan) -> list[int]:
    """Three scans that a model has drawn well."""
    made = []
    for seed in range(3):
        volume, labels = ball_scan(seed)
        case = studio.library.add_case(volume, patient=str(seed))
        studio.library.store_prediction(case, "ball@1", labels)
        made.append(case.id)
    return made


@pytest.fixture
def review(cases, window, qtbot) -> Window:
    """The window with the first of them on the screen, by the oldest first."""
    begin(window, qtbot)
    return window


def begin(window, qtbot):
    """Sit down with all cases, the keyboard on the picture."""
    window.session.reader = "Dr. Roe"
    window.reviewing.begin(Query(order="date"))
    ready(window, qtbot)
    window.activateWindow()
    window.stack.setFocus()
    qtbot.waitUntil(window.stack.hasFocus, timeout=5000)


def ready(window, qtbot, place=0):
    reviewing = window.reviewing

    def done():
        case = reviewing.case
        return reviewing.place == place and case and case.read and case.findings is not None

    qtbot.waitUntil(lambda: bool(done()), timeout=20_000)


def press(window, key):
    QTest.keyClick(window.stack, key)


def status(window, place):
    return window.studio.worklist.row(listed(window)[place]).status


def listed(window):
    return window.studio.worklist.ids(Query(order="date"))


def say(window, qtbot, words):
    """Answer the menu that asks why."""
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None, timeout=5000)
    menu = QApplication.activePopupWidget()
    menu.close()
    next(each for each in menu.actions() if each.text() == words).trigger()


def reads(window, place):
    return [each for each in window.studio.reviews.history(listed(window)[place]) if each.verdict]


def test_a_accepts_and_the_next_case_is_on_the_screen(review, qtbot):
    first = listed(review)[0]
    press(review, A)
    ready(review, qtbot, 1)
    assert review.session.case == listed(review)[1]
    qtbot.waitUntil(lambda: review.studio.worklist.row(first).status == "approved", timeout=10_000)
    assert reads(review, 0)[-1].reader == "Dr. Roe"


def test_f_takes_up_the_brush_and_a_stores_what_it_did(review, qtbot):
    assert review.toolbar.isHidden()
    press(review, F)
    assert review.session.tools.active.name == "brush"
    assert not review.toolbar.isHidden()
    press(review, G)
    assert review.session.tools.active.name == "polygon", "while one is fixed, the tools' keys are theirs"
    paint(review)
    qtbot.waitUntil(lambda: review.session.unsubmitted, timeout=5000)
    press(review, C)  # a tool's key again: nothing is confirmed
    assert not review.reviewing.confirmed
    review.studio.reviews.check = lambda *_args, **_kwargs: ()
    assert review.column.submit.go.text() == "Accept", "in a review there is one way to hand a mask over"
    review.column.submit.go.click()
    ready(review, qtbot, 1)
    (read,) = reads(review, 0)
    assert read.verdict == "fix"
    assert status(review, 0) == "corrected"
    stored = review.studio.library.mask(review.studio.library.correction(read.correction)).labels
    assert (stored != review.studio.library.prediction(listed(review)[0]).labels.labels).any()
    assert review.session.tools.active.name == "move"


def test_a_case_is_rejected_with_a_reason_and_the_next_flagged(review, qtbot):
    press(review, R)
    say(review, qtbot, "Motion or artefact")
    ready(review, qtbot, 1)
    press(review, G)
    say(review, qtbot, "Unsure")
    ready(review, qtbot, 2)
    assert review.studio.worklist.row(listed(review)[0]).reason == "motion or artefact"
    assert (status(review, 0), status(review, 1)) == ("rejected", "flagged")


def test_arrows_go_on_and_back_without_a_verdict(review, qtbot):
    press(review, Qt.Key.Key_Right)
    ready(review, qtbot, 1)
    press(review, Qt.Key.Key_Left)
    ready(review, qtbot, 0)
    assert status(review, 1) == "predicted"
    heard = []
    review.session.said.connect(heard.append)
    press(review, Qt.Key.Key_Left)
    assert heard[-1].text == "This is the first case."


def test_where_the_model_was_not_asked_u_says_so(review):
    heard = []
    review.session.said.connect(heard.append)
    press(review, U)
    assert "sure" in heard[-1].text


def test_a_doubt_is_told_and_can_be_overruled_with_a_reason(studio, window, ball_scan, qtbot):
    volume, labels = ball_scan(1)
    torn = labels.labels.copy()
    torn[1:3, 1:3, 1:3] = 1
    case = studio.library.add_case(volume, patient="x")
    studio.library.store_prediction(case, "ball@1", LabelMap(torn, labels.geometry, labels.classes))
    begin(window, qtbot)
    assert window.reviewing.case.findings
    strip = window.review_bar.strip
    assert not strip.isVisible()
    press(window, A)
    assert strip.isVisible()
    assert "is not accepted yet: 1 doubt." in strip.title.text()
    assert status(window, 0) == "in review", "nothing counts before it is answered"
    strip.away.click()
    assert not strip.isVisible()
    press(window, A)
    strip.shows[0].click()
    box = window.session.scan.display.to_source(tuple(slice(int(at), int(at) + 1) for at in window.session.view.voxel))
    assert tuple(side.start for side in box) == window.reviewing.case.findings[0].voxel
    strip.anyway.click()
    say(window, qtbot, "Too small to matter")
    qtbot.waitUntil(lambda: window.reviewing.sitting is None and status(window, 0) == "approved", timeout=10_000)
    assert not strip.isVisible()
    (told, *_) = studio.reviews.overruled(reads(window, 0)[0].id)
    assert told.reason == "too small to matter"


def test_the_button_of_the_column_submits_again_after_the_review(review, qtbot):
    review.actions_by_name["end_review"].trigger()
    assert review.column.submit.go.text() == "Submit correction"
    assert review.actions_by_name["submit"].text() == "Submit correction"


def test_a_case_begins_where_the_model_drew(review):
    scan, voxel = review.session.scan, review.session.view.voxel
    assert scan.mask.labels[voxel]


def test_a_confirmed_slice_reaches_the_stored_correction(review, qtbot):
    press(review, C)
    assert len(review.reviewing.confirmed) == 1
    press(review, A)
    ready(review, qtbot, 1)
    (read,) = reads(review, 0)
    held = review.studio.library.load(review.studio.library.correction(read.correction))
    (box,) = held.confirmed
    assert 1 in [side.stop - side.start for side in box]


def test_letters_typed_into_a_field_stay_letters(review, qtbot):
    press(review, F)
    field = review.column.submit.reader
    field.setFocus()
    field.clear()
    QTest.keyClicks(field, "garf")
    assert field.text() == "garf"
    assert review.reviewing.place == 0


def test_after_the_review_all_is_as_before(review, qtbot):
    review.actions_by_name["end_review"].trigger()
    qtbot.waitUntil(lambda: status(review, 0) == "predicted", timeout=10_000)
    assert not review.toolbar.isHidden()
    assert not review.worklist.isHidden()
    assert review.review_bar.isHidden()
    press(review, B)
    assert review.session.tools.active.name == "brush"
    press(review, A)
    assert reads(review, 0) == []


def test_opening_something_else_ends_the_review(review, ball_file, qtbot):
    review.opening.open(ball_file)
    qtbot.waitUntil(lambda: review.session.case == 0 and review.session.scan is not None, timeout=20_000)
    qtbot.waitUntil(lambda: review.reviewing.sitting is None and status(review, 0) == "predicted", timeout=10_000)


def test_closing_in_the_middle_loses_nothing(review, studio, qtbot):
    folder, first = studio.library.folder, listed(review)[0]
    press(review, A)
    ready(review, qtbot, 1)
    press(review, F)
    paint(review)
    qtbot.waitUntil(lambda: review.session.unsubmitted, timeout=5000)
    drawn = review.session.scan.mask.labels.copy()
    review.close()
    again = Window(Studio.open(folder, device="cpu"))
    again.show()
    again.start()
    again.opening.resume()
    qtbot.waitUntil(lambda: again.session.scan is not None and again.session.work is None, timeout=20_000)
    assert again.studio.worklist.row(first).status == "approved"
    assert again.session.case == listed(again)[1], "it comes back as the case that it is, not as a file"
    assert f"case {again.session.case}" in again.windowTitle()
    assert (again.session.scan.mask.labels == drawn).all()
    again.close()


def test_a_correction_that_cannot_be_written_stays_on_the_screen(review, monkeypatch, qtbot):
    def full(*_args, **_kwargs):
        raise LibraryError("there is no room", hint="Make room.")

    monkeypatch.setattr(review.studio.reviews, "fix", full)
    heard = []
    review.session.said.connect(heard.append)
    press(review, C)
    press(review, A)
    qtbot.waitUntil(lambda: bool(heard) and heard[-1].tone == "error", timeout=10_000)
    assert review.reviewing.place == 0
    assert review.session.scan is not None
    assert status(review, 0) == "in review"


def test_a_verdict_that_cannot_be_written_takes_the_reader_back(review, monkeypatch, qtbot):
    def full(*_args, **_kwargs):
        raise LibraryError("there is no room", hint="Make room.")

    monkeypatch.setattr(review.studio.reviews, "accept", full)
    press(review, A)
    qtbot.waitUntil(lambda: review.bar.said is not None and review.bar.said.tone == "error", timeout=10_000)
    assert review.reviewing.sitting.cases[0] not in review.reviewing.sitting.done


def test_a_case_that_is_submitted_outside_a_review_stays_that_case(cases, window, qtbot):
    window.opening.open_case(cases[1])
    qtbot.waitUntil(lambda: window.session.case == cases[1] and window.session.work is None, timeout=20_000)
    assert window.column.submit.patient.isHidden(), "the patient is known"
    paint(window)
    qtbot.waitUntil(lambda: window.session.unsubmitted, timeout=5000)
    with qtbot.waitSignal(window.session.submitted, timeout=30_000) as told:
        window.column.submit.submit()
    assert told.args[0].case.id == cases[1]
    assert window.studio.worklist.count(Query()) == 3


def test_time_is_counted_only_while_somebody_is_here(review):
    case = review.reviewing.case
    review.reviewing.attend(False)
    before = case.seconds
    assert case.seconds == before
    review.reviewing.attend(True)
    assert replace(case).watch is case.watch
    assert np.isfinite(case.seconds)
