"""Learning, comparing, promoting and rolling back, as the column shows them."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDoubleSpinBox, QLabel

from segstudio.errors import ModelError, Stopped
from segstudio.imaging import Geometry, Volume, color_of, write_volume
from segstudio.learning import ClassVerdict, Verdict
from segstudio.viewer.dock import Column
from segstudio.viewer.messages import Message, MessageBar
from segstudio.viewer.models.subject import candidate_of
from segstudio.viewer.outcome import in_ml
from segstudio.viewer.panes.content import DIFFERENCES
from segstudio.viewer.sections.model import unfit
from segstudio.viewer.sections.section import Number, millimetres, minutes_left
from segstudio.viewer.sections.versions import before_after
from segstudio.viewer.tools import Hand
from tests.viewer.sessions import paint, wait


@pytest.fixture
def column(session, qtbot):
    column = Column(session)
    qtbot.addWidget(column)
    column.show()
    return column


def test_a_submitted_correction_becomes_a_candidate_that_is_promoted_and_rolled_back(
    column, session, studio, ball_file, qtbot
):
    studio.start()
    session.open(ball_file)
    wait(qtbot, session)
    paint(session, (10, 12, 14), 1, reach=3)
    session.submit(patient="P1", reader="reader", minutes=0.02)
    qtbot.waitUntil(lambda: bool(studio.jobs()), timeout=30_000)
    qtbot.waitUntil(lambda: studio.jobs()[0].state == "done", timeout=120_000)
    qtbot.waitUntil(lambda: "is a candidate" in column.versions.said.text(), timeout=10_000)
    (card,) = column.learning._cards.values()
    qtbot.waitUntil(lambda: "ball 2 is ready" in card.said.text(), timeout=10_000)
    assert column.versions.table.rowCount() == len(session.classes)
    assert column.versions.up.text() == "Promote ball 2"
    assert column.versions.back.isHidden()

    column.versions.up.click()
    qtbot.waitUntil(lambda: session.model == "ball@2", timeout=10_000)
    assert column.versions.up.isHidden()
    assert "ball 2 is in use" in column.versions.said.text()

    column.versions.back.click()
    qtbot.waitUntil(lambda: session.model == "ball@1", timeout=10_000)
    assert studio.library.model("ball").label == "ball@1"

    card.away.click()
    assert column.learning.empty.isVisible()


def test_a_job_is_paused_gone_on_with_and_cancelled_from_its_card(column, session, studio, ball_file, qtbot):
    session.open(ball_file)
    wait(qtbot, session)
    paint(session, (10, 12, 14), 1)
    session.submit(patient="", reader="", minutes=5)  # no worker runs, so the job waits
    qtbot.waitUntil(lambda: len(column.learning._cards) == 1, timeout=30_000)
    (card,) = column.learning._cards.values()
    assert card.said.text() == "Waits for its turn"
    for button, state in (
        (card.pause, "paused"),
        (card.resume, "queued"),
        (card.cancel, "cancelled"),
        (card.retry, "queued"),
    ):
        button.click()
        qtbot.waitUntil(lambda state=state: studio.jobs()[0].state == state, timeout=5000)
        column.learning.redraw()
    assert "Cancelled" not in card.said.text()


def test_what_the_library_refuses_is_said_and_nothing_breaks(session, studio):
    assert not session.command(lambda: studio.rollback("ball"))
    assert session.heard[0].tone == "error"


def test_figures_are_written_as_radiologists_write_them():
    assert in_ml(1043.1) == "1043 ml"
    assert in_ml(12.44) == "12.4 ml"
    assert in_ml(0.308) == "0.31 ml"
    assert in_ml(0.0021) == "0.002 ml"
    assert millimetres((1.0, 0.5, 0.75)) == "1 × 0.5 × 0.75 mm"
    assert before_after(0.8712, None, 2) == "0.87 → –"
    assert minutes_left(170) == "3 min left"
    assert minutes_left(42) == "40 s left"
    assert minutes_left(3) == "a few seconds left"
    assert minutes_left(None) == ""


def test_a_candidate_older_than_the_version_in_use_is_not_offered(studio):
    (entry,) = [each for each in studio.models() if each.name == "ball"]
    assert candidate_of([entry]) is None
    verdict = Verdict(True, "better", 3, (ClassVerdict(1, "ball", 0.8, 0.9, 2.0, 1.0),))
    newer = replace(entry, spec=replace(entry.spec, version=2), state="candidate", verdict=verdict)
    assert candidate_of([newer, entry]) is newer
    older = replace(newer, spec=replace(entry.spec, version=0))
    assert candidate_of([older, entry]) is None


def test_the_model_is_sent_to_some_slices_and_to_the_chosen_class(column, session, ball_file, qtbot):
    session.open(ball_file)
    qtbot.waitUntil(lambda: session.scan is not None and session.work is None, timeout=30_000)
    predict = column.predict
    session.view.voxel = (9, 5, 5)
    predict.slices.click()
    assert session.region.shown[0] == slice(7, 12)
    assert session.region.shown[1:] == (slice(0, 24), slice(0, 28))
    predict.first.setValue(10)
    assert session.region.shown[0] == slice(9, 12)
    assert predict.values == frozenset()
    session.view.chosen = 2
    predict.only.setChecked(True)
    assert predict.only.text() == "Only shell"
    assert predict.values == {2}
    predict.predict()
    qtbot.waitUntil(lambda: session.work is None, timeout=60_000)
    assert not session.scan.mask.counts[1]
    assert not session.scan.mask.labels[:9].any()
    predict.slices.click()
    assert session.region.box is None


def test_slices_in_an_option_are_those_of_the_plane_on_which_the_hand_last_worked(column, session, ball_file, qtbot):
    session.open(ball_file)
    qtbot.waitUntil(lambda: session.scan is not None and session.work is None, timeout=30_000)
    session.bench.choose("fill_holes")
    field = column.operations.fields["flat"]
    assert field.itemText(1) == "each axial slice"
    session.view.hover = Hand("coronal", (5.0, 5.0, 5.0))
    session.view.voxel = (5, 6, 5)
    session.view.hover = Hand("sagittal", (5.0, 5.0, 5.0))  # only crossed on the way to the column
    session.view.hover = None
    assert session.bench.plane == "coronal"
    assert field.itemText(1) == "each coronal slice"


def test_where_a_file_does_not_say_what_made_the_scan_the_reader_can(column, session, ball_file, qtbot):
    assert column.scan.kind.isHidden()
    session.open(ball_file)
    wait(qtbot, session)
    kind = column.scan.kind
    assert kind.isVisible()
    assert kind.currentText() == "Modality not given"
    kind.setCurrentIndex(1)
    kind.activated.emit(1)
    assert session.scan.volume.modality == "CT"
    assert kind.isVisible()
    assert "CT" in column.scan.facts.text()
    kind.activated.emit(0)
    assert kind.currentIndex() == 0
    assert session.scan.volume.modality == ""


def test_the_colours_of_differences_are_told_from_those_of_classes():
    violet = np.array(DIFFERENCES[3], float)
    assert min(np.abs(violet - color_of(index)).sum() for index in range(7)) > 150


def test_fields_for_intensities_have_no_decimals_on_whole_numbers(column, session, ball_scan, tmp_path, qtbot):
    volume = ball_scan(3)[0]
    for name, voxels, decimals in (
        ("whole", volume.voxels.astype(np.int16), 0), ("parts", volume.voxels / volume.voxels.max(), 3)
    ):  # fmt: skip
        write_volume(replace(volume, voxels=voxels), tmp_path / f"{name}.nii.gz")
        session.open(tmp_path / f"{name}.nii.gz")
        wait(qtbot, session)
        session.bench.choose("threshold")
        fields = column.operations.fields["window"].findChildren(QDoubleSpinBox)
        assert {each.decimals() for each in (*fields, column.tool.low, column.tool.high)} == {decimals}


def test_a_number_is_written_with_the_minus_of_the_window_and_typed_with_either(qtbot):
    field = Number(minimum=-1000, maximum=1000, decimals=1)
    qtbot.addWidget(field)
    field.setValue(-160)
    assert field.text() == "−160.0"
    field.selectAll()
    qtbot.keyClicks(field, "-42.5")
    assert (field.value(), field.text()) == (-42.5, "−42.5")
    field.selectAll()
    field.lineEdit().insert("−7")  # as it is pasted
    field.interpretText()
    assert (field.value(), field.text()) == (-7.0, "−7.0")


def test_whichever_tool_is_in_the_hand_nothing_below_its_options_moves(column, session, ball_file, qtbot):
    session.open(ball_file)
    wait(qtbot, session)
    places = set()
    for name in session.tools.names:
        session.tools.take(name)
        qtbot.wait(20)
        places.add(column.operations.mapTo(column, column.operations.rect().topLeft()).y())
        missing = [each for each in column.tool.rows.values() if each.isVisible() and not each.height()]
        assert not missing, name
    assert len(places) == 1


def test_how_far_opening_is_stands_with_the_scan_and_can_be_stopped_there(column, session, ball_file, qtbot):
    session.open(ball_file)
    wait(qtbot, session)
    shown, reading = session.scan, threading.Event()

    def read(told, stop):
        told(0.5, "reading slices")
        reading.set()
        while not stop():
            time.sleep(0.01)
        raise Stopped

    session.open(ball_file.parent / "other", as_scan=True, read=read)
    assert reading.wait(10)
    progress = column.scan.progress
    qtbot.waitUntil(lambda: progress.said.text().startswith("Reading slices"), timeout=5000)
    assert progress.isVisible()
    assert progress.bar.value() == 500
    assert column.predict.progress.isHidden()
    qtbot.mouseClick(progress.stop, Qt.MouseButton.LeftButton)
    wait(qtbot, session)
    assert progress.isHidden()
    assert session.scan is shown
    assert session.heard[-1].text == "Stopped; what was open stays."


def test_the_reader_has_a_label(column):
    texts = [each.text() for each in column.submit.findChildren(QLabel)]
    assert "Reader" in texts


def test_a_scan_over_time_says_which_of_how_many_is_seen(column, session, ball_scan, tmp_path, qtbot):
    volume = ball_scan(3, (20, 24, 28))[0]
    write_volume(replace(volume, voxels=np.repeat(volume.voxels, 10, axis=0)), tmp_path / "4d.nii.gz")
    session.open(tmp_path / "4d.nii.gz")
    wait(qtbot, session)
    assert column.scan.frame_text.text() == "time 1 of 10"


def test_a_version_is_called_in_one_way(column, session, studio, tmp_path, qtbot):
    volume = Volume(np.full((1, 1, 20, 24, 28), -900.0, np.float32), Geometry((20, 24, 28), np.eye(4)), modality="CT")
    entry = studio.models()[0]
    said = unfit(volume, replace(entry.spec, modality="MR"), None)
    assert said.startswith("ball 1 was made for MR")
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.say(Message.of(ModelError("ball@1 was made for MR", hint="Choose ball@2.")))
    assert bar.findChild(QLabel).text() == "ball 1 was made for MR. Choose ball 2."
