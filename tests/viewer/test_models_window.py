"""The queue and the models, in a real window on a real library."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from qtpy.compat import isalive
from qtpy.QtCore import Qt, QTime

from segstudio.imaging import LabelMap, classes_named, write_labels
from segstudio.learning import CaseVerdict, ClassVerdict, DicePoint, Point, Verdict
from segstudio.library import Query
from segstudio.viewer.compare import Comparison
from segstudio.viewer.models.times import AtDialog, RuleDialog
from segstudio.viewer.models.window import ModelsWindow, show_models
from tests.viewer.sessions import wait

pytestmark = pytest.mark.gui


@pytest.fixture
def shown(session, qtbot) -> ModelsWindow:
    """The window, on a model that nobody has trained."""
    session.reader = "Dr. Roe"
    window = show_models(session)
    qtbot.addWidget(window)
    return window


@pytest.fixture
def read(studio, ball_scan) -> list[int]:
    """Three cases that the model has drawn badly and a reader has corrected."""
    for seed in range(3):
        volume, labels = ball_scan(seed)
        bad = LabelMap(np.roll(labels.labels, 2, axis=2), labels.geometry, labels.classes)
        case = studio.library.add_case(volume, patient=str(seed))
        studio.library.store_prediction(case, "ball@1", bad)
        studio.reviews.fix(studio.reviews.begin(case.id, "Dr. Roe").id, labels)
    return studio.worklist.ids(Query())


@pytest.fixture
def other(studio, tiny_model, tmp_path) -> str:
    """NAME of a second model."""
    from segstudio.networks.weights import load_model, save_model

    model, folder = load_model(tiny_model), tmp_path / "other"
    folder.mkdir()
    save_model(folder, replace(model.spec, name="other"), model.network)
    studio.import_model(folder)
    return "other"


@pytest.fixture
def candidate(studio, read, ball_scan, ball_spec, tmp_path) -> str:
    """A version that learned from the cases, with a verdict and masks that it was compared by."""
    from segstudio.networks.weights import new_network, save_model

    studio.queue.train("ball", minutes=1)
    job = studio.library.claim_job()
    cases = tuple(CaseVerdict(case, f"p{case}", "holdout", {1: 0.7}, {1: 0.7 + 0.1 * case}) for case in read)
    femur = ClassVerdict(1, "ball", 0.7, 0.9, 3.0, 2.0, 0.2, (0.1, 0.3), -1.0, (-2.0, 0.5))
    verdict = Verdict(True, "better in 1 of 1 classes on 3 patients", 3, (femur,), cases=cases)
    lineage = replace(ball_spec.lineage, parent="ball@1", cases=tuple(map(str, read)))
    spec = replace(ball_spec, version=2, lineage=lineage, metrics={"compared_with": "ball@1"})
    staging = tmp_path / "staging"
    staging.mkdir()
    save_model(staging, spec, new_network(spec))
    label = studio.library.publish(staging, job=job, verdict=verdict).label
    studio.library.finish_job(job.id, label)
    for case in read:
        studio.library.store_prediction(studio.library.case(case), label, ball_scan(case - 1)[1])
    return label


def test_every_page_teaches_while_there_is_nothing_to_show(shown):
    for name, page in shown.pages.items():
        shown.show_page(name)
        assert page.isVisible()
    assert shown.serving.text() == "ball 1 is in use"
    assert "Corrections that you submit" in shown.pages["jobs"].empty.text()
    assert not shown.pages["compare"].empty.isHidden()
    assert shown.pages["compare"].up.isHidden()


def test_the_window_opens_once(shown, session):
    assert show_models(session, "watch") is shown
    assert shown.stack.currentWidget() is shown.pages["watch"]


def test_it_opens_on_the_model_that_learns_or_has_a_candidate_waiting(session, studio, candidate, other, qtbot):
    session.choose_model(other)
    window = show_models(session, "compare")
    qtbot.addWidget(window)
    assert window.subject.name == "ball"
    show_models(session, "compare", of=other)
    assert window.subject.name == other


def test_where_nothing_waits_it_opens_on_the_model_that_predicts(session, other, qtbot):
    session.choose_model(other)
    window = show_models(session)
    qtbot.addWidget(window)
    assert window.subject.name == other


def test_a_running_job_shows_how_it_comes_on(shown, studio, read, qtbot):
    page = shown.pages["jobs"]
    page.redraw()
    assert page.waiting.text() == "3 cases corrected that ball has not learned from."
    page.now.click()
    job = studio.library.claim_job()
    studio.library.add_points(job.id, [Point(step, step, 1 / step) for step in (1, 2, 3)])
    studio.library.add_scores(job.id, [DicePoint(1, 1.0, 1, "ball", 0.5), DicePoint(3, 3.0, 1, "ball", 0.8)])
    page.redraw()
    assert page.title.text() == "Fine-tuning ball"
    assert [each.name for each in page.dice.series] == ["ball"]
    assert len(page.loss.series[0].points) == 3
    studio.library.fail(job.id, "the disk is full", "Make room.")
    page.redraw()
    assert page.said.text() == "The disk is full. Make room."
    assert not page.cards[job.id].retry.isHidden()


def test_training_is_put_off_until_tonight_and_brought_forward(shown, studio, read):
    page = shown.pages["jobs"]
    dialog = AtDialog(shown.subject, None, page)
    dialog.hour.setTime(QTime(23, 59))
    dialog.accept_button.click()
    (job,) = studio.jobs()
    assert job.not_before
    page.redraw()
    assert page.said.text() == "Waits until 23:59"
    page.sooner.click()
    assert not studio.jobs()[0].not_before


def test_a_rule_is_off_until_a_person_sets_it(shown, studio):
    dialog = RuleDialog(shown.subject, shown)
    assert not dialog.counts.isChecked()
    assert not dialog.nightly.isChecked()
    dialog.counts.setChecked(True)
    dialog.cases.setValue(7)
    dialog.accept_button.click()
    assert studio.queue.rule("ball").after_cases == 7
    shown.show_page("jobs")
    assert shown.pages["jobs"].rule.text() == "Learns by itself after 7 new cases."


def test_a_candidate_is_promoted_and_rolled_back_by_a_person_with_a_name(shown, studio, session, candidate):
    shown.show_page("compare")
    page = shown.pages["compare"]
    assert page.said.text() == "Better in 1 of 1 classes on 3 patients."
    shown.person.setText("")
    page.up.click()
    assert studio.library.model("ball").label == "ball@1", "nobody has said who they are"
    assert shown.bar.said.tone == "error"
    shown.person.setText("Dr. Doe")
    page.up.click()
    shown.redraw()
    assert shown.serving.text() == "ball 2 is in use"
    promoted = studio.versions.lineage("ball")[1].promoted
    assert [(person, kind) for _, person, kind in promoted] == [("Dr. Doe", "promote")]
    page.back.click()
    shown.redraw()
    assert shown.serving.text() == "ball 1 is in use"


def test_a_click_on_a_patient_opens_the_case_with_both_masks(shown, session, candidate, qtbot):
    comparison = Comparison(session)
    shown.show_page("compare")
    dots = shown.pages["compare"].dots
    first = dots.cases[0]
    assert first.case == 1, "the one that gained least stands first"
    qtbot.mouseClick(dots, Qt.MouseButton.LeftButton, pos=dots.row_centre(0).toPoint())
    qtbot.waitUntil(lambda: comparison.result is not None, timeout=30_000)
    assert (session.case, comparison.name) == (1, "ball 2")
    assert not comparison.places, "the candidate drew what the reader drew"
    shown.bar.said.actions[0].run()
    qtbot.waitUntil(lambda: comparison.name == "ball 1" and comparison.result is not None, timeout=30_000)
    assert comparison.places
    comparison.close()


def test_a_case_is_withdrawn_with_a_reason_and_it_is_said_who_saw_it(shown, studio, candidate, qtbot):
    shown.show_page("lineage")
    page = shown.pages["lineage"]
    qtbot.mouseClick(page.tree, Qt.MouseButton.LeftButton, pos=page.tree.box("ball@2").center().toPoint())
    assert page.cases.count() == 3
    page.cases.setCurrentRow(0)
    assert not page.withdraw.isEnabled(), "not without a reason"
    page.reason.setText("wrong patient")
    page.withdraw.click()
    assert studio.reviews.withdrawn() == {1: "wrong patient"}
    assert "These have learned from it: ball 2" in shown.bar.said.text
    page.reinstate.click()
    assert studio.reviews.withdrawn() == {}


def test_monitoring_draws_what_readers_had_to_correct(shown, read):
    shown.show_page("watch")
    page = shown.pages["watch"]
    assert {each.name for each in page.chart.series} == {"ball", "shell"}
    assert page.counts.text() == "3 cases, drawn by ball 1."


def test_a_class_is_added_to_what_corrections_may_hold(shown, studio, session):
    shown.show_page("classes")
    page = shown.pages["classes"]
    page.name.setText("core")
    page.add.click()
    assert [each.name for each in studio.versions.classes("ball")] == ["ball", "shell", "core"]
    assert "core" in [each.name for each in session.classes]
    assert "learned with the next training" in page.list.item(2).text()


def test_a_mask_with_other_classes_is_taken_over_only_as_a_person_says(
    shown, session, ball_file, ball_scan, tmp_path, qtbot
):
    session.open(ball_file)
    wait(qtbot, session)
    volume, labels = ball_scan(3, (20, 24, 28))
    other = np.where(labels.labels == 1, 5, 0).astype(np.uint8)
    other[0, 0, :3] = 9
    path = tmp_path / "other.nii.gz"
    write_labels(LabelMap(other, volume.geometry, classes_named([(5, "ball"), (9, "dust")])), path)
    shown.show_page("classes")
    page = shown.pages["classes"]
    page.map_file(path)
    qtbot.waitUntil(lambda: getattr(page, "dialog", None) is not None, timeout=10_000)
    dialog = page.dialog
    assert [(each.value, each.how) for each in dialog.rows] == [(5, "unknown"), (9, "unknown")]
    assert not dialog.apply.isEnabled()
    assert not session.scan.mask.counts[1:].any(), "nothing yet"
    for value, target in ((5, 1), (9, 0)):
        dialog.choices[value].setCurrentIndex(dialog.choices[value].findData(target))
    assert "3 voxels are left out" in dialog.said.text()
    dialog.apply.click()
    wait(qtbot, session)
    qtbot.waitUntil(lambda: session.scan.mask.counts[1] == (other == 5).sum(), timeout=10_000)
    assert not session.scan.mask.counts[2:].any()


def test_a_window_that_was_closed_hears_no_more_of_the_library(session, qtbot):
    window = show_models(session)
    window.close()
    qtbot.waitUntil(lambda: not isalive(window))
    session.library_changed.emit("jobs")  # an error in what hears it would end the test
