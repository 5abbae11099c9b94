"""The list of cases: read by pages, searched, filtered, ordered, and told what it is when it is empty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QInputDialog, QLineEdit

from segstudio.desktop.cases import ended_in_words
from segstudio.imaging import Geometry, Volume
from segstudio.library import Job, Query
from segstudio.viewer.worklist.panel import NARROW, WIDE, WorklistPanel

MANY = 150


def add(session, seed):
    image = np.random.default_rng(seed).normal(size=(4, 5, 6)).astype(np.float32)
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    return session.studio.library.add_case(
        Volume.of(image, Geometry((4, 5, 6), affine), modality="MR"), patient=f"{seed}"
    )


@pytest.fixture
def panel(session, qtbot):
    """A list of five cases; the second is rejected."""
    made = [add(session, seed) for seed in range(5)]
    reviews = session.studio.reviews
    reviews.reject(reviews.begin(made[1].id, "Dr. Roe").id, "motion")
    session.reader = "Dr. Roe"
    panel = WorklistPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def listed(panel):
    rows = [panel.rows.case(place) for place in range(panel.rows.rowCount())]
    return [row.id for row in rows]


def choose(box, data):
    box.setCurrentIndex(next(at for at in range(box.count()) if box.itemData(at) == data))


def test_only_pages_that_are_looked_at_are_read(session, qtbot, monkeypatch):
    asked = []
    worklist = session.studio.worklist
    for seed in range(MANY):
        add(session, seed)
    page = worklist.page
    monkeypatch.setattr(worklist, "page", lambda query, start, count: asked.append(start) or page(query, start, count))
    panel = WorklistPanel(session)
    qtbot.addWidget(panel)
    assert panel.rows.rowCount() == MANY
    assert panel.rows.case(0) is not None
    assert asked == [0]
    assert panel.rows.case(MANY - 1) is not None
    assert asked == [0, 100]
    assert panel.rows.case(MANY) is None, "past the end there is none"


def test_search_finds_by_reason_and_patient(panel, qtbot):
    panel.search.setText("motion")
    qtbot.waitUntil(lambda: panel.rows.rowCount() == 1, timeout=5000)
    row = panel.rows.case(0)
    assert row.reason == "motion"
    assert panel.count.text() == "1 of 5"
    panel.search.setText(row.pseudonym)
    qtbot.waitUntil(lambda: panel.rows.rowCount() >= 1, timeout=5000)


def test_a_filter_leaves_what_is_to_be_read(panel):
    choose(panel.filter, ("rejected",))
    assert len(listed(panel)) == 1
    panel.filter.setCurrentText("To be read")
    assert len(listed(panel)) == 4


def test_orders_are_kept_and_a_random_one_by_its_seed(panel, session):
    cases = listed(panel)
    session.studio.worklist.set_priority(cases[3], 5)
    choose(panel.order, "priority")
    assert listed(panel)[0] == cases[3]
    choose(panel.order, "random")
    assert sorted(listed(panel)) == sorted(cases)
    assert panel.query.seed
    assert session.studio.worklist.ids(panel.query) == listed(panel), "the seed says the order"


def test_an_empty_list_says_what_to_do_and_one_without_a_match_that_there_is_none(panel, session, qtbot):
    panel.search.setText("nobody")
    qtbot.waitUntil(lambda: panel.rows.rowCount() == 0, timeout=5000)
    assert not panel.list.isVisible()
    assert not panel.begin.isEnabled()


def test_without_cases_only_adding_is_offered(session, qtbot):
    panel = WorklistPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.take_in.isEnabled()
    assert not panel.draw.isEnabled()
    assert not panel.list.isVisible()


def test_in_a_small_window_it_is_narrow(panel):
    panel.fit(1280)
    assert panel.width() == NARROW
    panel.fit(2560)
    assert panel.width() == WIDE


def test_enter_opens_the_marked_case(panel, qtbot):
    panel.list.setCurrentIndex(panel.rows.index(2))
    with qtbot.waitSignal(panel.chosen, timeout=5000) as told:
        QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert told.args == [listed(panel)[2]]


def test_what_changes_in_the_library_is_listed(panel, session, qtbot):
    add(session, 9)
    session.library_changed.emit("cases")
    qtbot.waitUntil(lambda: panel.rows.rowCount() == 6, timeout=5000)


def test_the_menu_sets_priority_copies_numbers_and_reviews_from_here(panel, session, qtbot):
    assert panel.menu() is None, "nothing is marked"
    panel.list.setCurrentIndex(panel.rows.index(2))
    case, menu = listed(panel)[2], panel.menu()
    by_text = {each.text(): each for each in menu.actions()}
    by_text["Copy case number"].trigger()
    assert QApplication.clipboard().text() == str(case)
    by_text["Priority"].menu().actions()[0].trigger()
    assert session.studio.worklist.row(case).priority == 2
    with qtbot.waitSignal(panel.review_from, timeout=5000) as told:
        by_text["Review from here"].trigger()
    assert told.args[1] == case


def test_a_case_is_withdrawn_with_a_reason_and_taken_back(panel, session, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("consent was withdrawn", True))
    panel.list.setCurrentIndex(panel.rows.index(0))
    case = listed(panel)[0]
    next(each for each in panel.menu().actions() if each.text() == "Withdraw…").trigger()
    assert session.studio.reviews.withdrawn() == {case: "consent was withdrawn"}
    assert f"Case {case} is withdrawn" in session.heard[-1].text
    next(each for each in panel.menu().actions() if each.text() == "Learn from it again").trigger()
    assert session.studio.reviews.withdrawn() == {}
    assert session.studio.worklist.count(Query()) == 5


def test_one_message_says_what_came_of_many_scans():
    job = Job(1, "import", "", "done", {}, Path(), result="12 scans added, 1 already there")
    assert ended_in_words(job, [], print).text == "12 scans added, 1 already there."
    job = replace(job, result=f"{job.result}, 2 could not be read")
    named = []
    failures = [("a.nii.gz", "It is no scan."), ("b.nii.gz", "It is empty.")]
    told = ended_in_words(job, failures, named.append)
    assert told.text == "12 scans added, 1 already there, 2 could not be read: a.nii.gz, for one."
    assert (told.hint, told.tone) == ("It is no scan.", "error")
    told.actions[0].run()
    assert named == [failures]


def test_one_message_says_what_came_of_many_predictions():
    job = Job(1, "predict", "ball@1", "done", {}, Path(), result="11 cases predicted, 1 failed: case 3: it is cut off")
    assert ended_in_words(job, [], print).tone == "error"
    assert "1 failed: case 3: it is cut off." in ended_in_words(job, [], print).text
    odd = replace(job, result="12 cases predicted, nothing kept of case 4")
    assert ended_in_words(odd, [], print).tone == "warning"
    assert ended_in_words(replace(job, state="cancelled"), [], print).tone == "note"


def test_each_case_that_a_model_is_to_draw_says_how_far_it_is(panel, session, qtbot):
    first, second, third, *_ = listed(panel)
    job = Job(7, "predict", "ball@1", "running", {"cases": [first, second, third]}, Path(), done=0.45)
    with qtbot.waitSignal(panel.rows.dataChanged, timeout=5000):
        panel.show_work([job])
    rows = [panel.rows.case(place) for place in range(3)]
    assert [panel.rows.stands(row) for row in rows] == ["new", "predicting 35 %", "waiting"]
    assert panel.work.isVisible()
    with qtbot.waitSignal(panel.work.cancelled, timeout=5000) as told:
        panel.work.stop.click()
    assert told.args == [7]
    panel.show_work([replace(job, state="done")])
    assert panel.rows.stands(rows[2]) == "new"
    assert not panel.work.isVisible()


def test_a_case_gets_a_label_in_its_row_and_is_found_by_it(panel, session, qtbot):
    case = listed(panel)[3]
    index = panel.rows.index(3)
    panel.list.setCurrentIndex(index)
    panel.list.setFocus()
    next(each for each in panel.menu().actions() if each.text() == "Label…").trigger()
    field = panel.list.findChild(QLineEdit)
    QTest.keyClicks(field, "hippocampus_001")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.studio.worklist.row(case).label == "hippocampus_001", timeout=5000)
    panel.search.setText("campus_001")
    qtbot.waitUntil(lambda: listed(panel) == [case], timeout=5000)
    assert "hippocampus_001" in panel.rows.data(panel.rows.index(0))


def test_a_review_goes_through_what_waits_for_a_read_unless_something_else_is_chosen(panel, session):
    worklist = session.studio.worklist
    cases = worklist.ids(Query())
    assert worklist.ids(panel.to_read) == [case for case in cases if case != cases[1]], "the rejected one is read"
    choose(panel.filter, ("rejected",))
    assert worklist.ids(panel.to_read) == [cases[1]]
