"""Two readers differ: a person sees both masks and decides."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog

from segstudio.imaging import LabelMap, write_volume
from segstudio.library import Terms
from segstudio.viewer.decidebar import DecideBar
from tests.desktop.test_review import say


@pytest.fixture
def differing(studio, window, ball_scan, qtbot):
    """Two cases; of each, what Dr. A said and, blinded, what Dr. B drew without the shell."""
    reviews = studio.reviews
    for seed in range(2):
        volume, labels = ball_scan(seed)
        case = studio.library.add_case(volume, patient=str(seed)).id
        studio.library.store_prediction(studio.library.case(case), "ball@1", labels)
        reviews.accept(reviews.begin(case, "Dr. A").id)
        bare = LabelMap(np.where(labels.labels == 1, 1, 0).astype(np.uint8), labels.geometry, labels.classes)
        reviews.fix(reviews.begin(case, "Dr. B", Terms("second", blinded=True)).id, bare)
    window.session.reader = "Dr. C"
    window.actions_by_name["decide"].trigger()
    shown(window, qtbot)
    return window


def shown(window, qtbot):
    qtbot.waitUntil(lambda: window.deciding.shown is not None, timeout=20_000)


def test_both_masks_are_on_the_scan_and_figures_say_how_far_they_differ(differing, qtbot):
    bar = differing.findChild(DecideBar)
    assert bar.isVisible()
    assert bar.where.text() == "1 of 2 that differ"
    assert "ball: Dice 1.00" in bar.differ.toolTip()
    assert "shell: Dice 0.00" in bar.differ.toolTip()
    comparison = differing.column.compare.comparison
    qtbot.waitUntil(lambda: comparison.result is not None, timeout=10_000)
    assert comparison.name == "Dr. B"
    assert comparison.places
    assert (differing.session.scan.mask.labels == 2).any(), "the first reader's mask is the one on the screen"


def test_one_is_taken_with_a_reason_and_the_next_case_comes(differing, qtbot):
    case = differing.session.case
    differing.findChild(DecideBar).sides["second"].click()
    say(differing, qtbot, "Follows the edge better")
    qtbot.waitUntil(lambda: differing.deciding.shown is not None and differing.session.case != case, timeout=20_000)
    decided = differing.studio.reviews.history(case)[-1]
    assert (decided.kind, decided.reader, decided.reason) == ("adjudication", "Dr. C", "follows the edge better")
    assert differing.studio.worklist.row(case).status == "approved"
    differing.deciding.take("screen", "both are wrong")
    qtbot.waitUntil(lambda: not differing.deciding.disputes and differing.session.scan is None, timeout=20_000)
    assert differing.studio.reviews.disputes() == []
    assert not differing.findChild(DecideBar).isVisible()


def test_all_cases_on_which_readers_differ_are_listed_with_how_far_and_a_click_opens_one(differing, qtbot):
    listed = differing.findChild(DecideBar).list

    def column(place):
        return [listed.item(row, place).text() for row in range(listed.rowCount())]

    assert column(1) == ["Dr. A: accepted"] * 2
    qtbot.waitUntil(lambda: column(3) == ["0.50"] * 2, timeout=20_000)
    assert column(4)[0] == "shell 0.00"
    place = listed.visualItemRect(listed.item(1, 0)).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: differing.deciding.place == 1 and differing.deciding.shown is not None, timeout=20_000)
    assert f"case {differing.session.case}" == column(0)[1]
    assert differing.column.submit.go.text() == "Take as on the screen", "nothing is submitted beside the decision"


def test_the_ledger_is_exported_as_a_table(differing, tmp_path, monkeypatch, qtbot):
    path = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    differing.actions_by_name["export_ledger"].trigger()
    qtbot.waitUntil(lambda: differing.bar.said is not None and "out.csv" in differing.bar.said.text, timeout=10_000)
    with path.open(newline="") as file:
        assert {row["reader"] for row in csv.DictReader(file)} == {"Dr. A", "Dr. B"}


def test_what_is_dropped_on_the_list_is_taken_into_it(window, ball_scan, tmp_path):
    path = tmp_path / "new.nii.gz"
    write_volume(ball_scan(7)[0], path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    at = QPointF(window.worklist.mapTo(window, window.worklist.rect().center()))
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(at.toPoint(), Qt.DropAction.CopyAction, data, left, none))
    QApplication.sendEvent(window, QDropEvent(at, Qt.DropAction.CopyAction, data, left, none))
    assert window.session.work is None, "it is not opened"
    assert [job.kind for job in window.studio.jobs()] == ["import"]
