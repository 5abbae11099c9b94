"""Open, predict, correct, submit: through a real studio, with a very small model."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from segstudio.imaging import LabelClass, classes_named
from segstudio.networks import Lineage
from segstudio.networks.weights import load_model, save_model
from segstudio.studio import Studio
from segstudio.viewer.messages import Message
from segstudio.viewer.session import Session
from tests.viewer.sessions import paint, wait


@pytest.fixture
def opened(session, ball_file, qtbot):
    session.open(ball_file)
    wait(qtbot, session)
    assert session.scan is not None
    return session


def test_an_opened_scan_has_an_empty_mask_with_the_models_classes(opened):
    assert opened.model == "ball@1"
    assert [each.name for each in opened.classes] == ["ball", "shell"]
    assert not opened.scan.mask.labels.any()
    assert opened.scan.mask.labels.dtype == np.uint8


def test_among_other_classes_the_first_is_painted_and_among_the_same_the_one_that_was(opened, strict):
    opened.view.chosen = 2
    opened.choose_model(strict("same"))
    assert opened.view.chosen == 2
    opened.choose_model(strict("other", classes=tuple(classes_named([(1, "head"), (2, "neck")]))))
    assert opened.view.chosen == 1
    opened.view.chosen = 2
    paint(opened, (5, 5, 5), 2)
    opened.choose_model("ball@1")
    assert opened.view.chosen == 2
    opened.set_classes([replace(each, name="new") if each.value == 2 else each for each in opened.classes])
    assert opened.view.chosen == 2


def test_a_class_that_was_added_on_one_scan_is_not_in_the_table_of_the_next(opened, ball_file, tmp_path, qtbot):
    opened.set_classes((*opened.classes, LabelClass(7, "cyst", (1, 2, 3))))
    paint(opened, (5, 5, 5), 7)
    other = tmp_path / "other.nii.gz"
    shutil.copy(ball_file, other)
    opened.open(other)
    wait(qtbot, opened)
    assert [each.name for each in opened.classes] == ["ball", "shell"]
    opened.open(ball_file)
    wait(qtbot, opened)
    assert [each.name for each in opened.classes] == ["ball", "shell", "cyst"]
    opened.close_scan()
    assert [each.name for each in opened.classes] == ["ball", "shell"]


def test_without_a_model_many_scans_are_drawn_with_the_same_classes(drawing, ball_file, tmp_path, qtbot):
    drawing.set_classes((LabelClass(7, "cyst", (1, 2, 3)),))
    other = tmp_path / "other.nii.gz"
    shutil.copy(ball_file, other)
    drawing.open(other)
    wait(qtbot, drawing)
    assert [each.name for each in drawing.classes] == ["cyst"]


def test_what_made_a_scan_is_said_by_the_reader_where_the_file_does_not(opened):
    told = []
    opened.picture_changed.connect(lambda: told.append(1))
    assert opened.scan.volume.modality == ""
    mask, steps = opened.scan.mask, opened.scan.mask.steps
    opened.say_modality("CT")
    assert opened.scan.volume.modality == "CT"
    assert opened.scan.mask is mask
    assert mask.steps == steps
    opened.say_modality("")
    assert opened.scan.volume.modality == ""
    assert len(told) == 2


def test_a_file_that_is_no_scan_is_told_in_one_sentence(session, tmp_path, qtbot):
    bad = tmp_path / "bad.nii.gz"
    bad.write_bytes(b"nothing")
    session.open(bad)
    wait(qtbot, session)
    assert session.scan is None
    (message,) = session.heard
    assert isinstance(message, Message)
    assert message.tone == "error"
    assert "bad.nii.gz" in message.text
    assert message.hint


def test_a_prediction_fills_only_its_box_and_can_be_undone(opened, qtbot):
    mask = opened.scan.mask
    paint(opened, (2, 3, 3), 2)
    painted = mask.labels.copy()
    box = (slice(8, 20), slice(8, 24), slice(8, 28))
    opened.region.set(box)
    opened.predict()
    wait(qtbot, opened)
    shown = opened.scan.display.to_shown(box)
    outside = np.ones(mask.labels.shape, bool)
    outside[shown] = False
    assert (mask.labels[outside] == painted[outside]).all()
    assert mask.labels[shown].any()
    opened.undo()
    assert (mask.labels == painted).all()
    opened.undo()
    assert not mask.labels.any()


def test_a_prediction_alone_leaves_nothing_unsaved(opened, qtbot):
    opened.predict()
    wait(qtbot, opened)
    assert opened.scan.mask.labels.any()
    assert not opened.unsubmitted


@pytest.fixture
def strict(studio, tmp_path):
    """NAME of a model that keeps nothing of what is as small as a ball, or only warns of it."""

    def make(name, **facts):
        source = load_model(next(each for each in studio.models()).folder)
        (folder := tmp_path / name).mkdir()
        save_model(folder, replace(source.spec, name=name, version=1, lineage=Lineage(), **facts), source.network)
        return studio.import_model(folder).label

    return make


def test_where_nothing_is_kept_of_a_prediction_the_mask_stays_and_a_warning_says_why(opened, strict, qtbot):
    paint(opened, (2, 3, 3), 2)
    before, steps = opened.scan.mask.labels.copy(), opened.scan.mask.steps
    opened.choose_model(strict("strict", usual_ml=((100.0, 200.0),) * 2, shows_mm=(1.0, 1.0, 1.0)))
    opened.predict()
    wait(qtbot, opened)
    assert (opened.scan.mask.labels == before).all()
    assert opened.scan.mask.steps == steps
    message = opened.heard[-1]
    assert message.tone == "warning"
    assert "Nothing was kept" in message.text
    assert message.text.endswith("The mask is as it was.")


def test_a_prediction_of_an_odd_size_is_drawn_and_comes_with_a_warning(opened, strict, qtbot):
    opened.predict()
    wait(qtbot, opened)
    assert opened.heard[-1].tone == "done"
    opened.choose_model(strict("wary", usual_ml=((100.0, 200.0),) * 2))
    opened.predict()
    wait(qtbot, opened)
    assert opened.scan.mask.labels.any()
    assert opened.heard[-1].tone == "warning"


def test_a_cancelled_prediction_leaves_the_mask_as_it_was(opened, qtbot):
    opened.predict()
    opened.cancel()
    wait(qtbot, opened)
    assert not opened.scan.mask.labels.any()
    assert "Stopped" in opened.heard[-1].text


def test_one_thing_at_a_time(opened, ball_file, qtbot):
    opened.predict()
    opened.open(ball_file)
    assert "not finished" in opened.heard[-1].text
    opened.cancel()
    wait(qtbot, opened)


def test_a_submitted_correction_is_what_was_on_the_screen(opened, studio, qtbot):
    opened.predict()
    wait(qtbot, opened)
    paint(opened, (10, 12, 14), 1)
    was = opened.scan.display.turn.undo(opened.scan.mask.labels).copy()
    assert opened.unsubmitted
    opened.submit(patient="P1", reader="reader", minutes=0.05)
    paint(opened, (3, 3, 3), 2)
    wait(qtbot, opened)
    (correction,) = studio.library.corrections()
    snapshot = studio.library.load(correction)
    assert (snapshot.labels.labels == was).all()
    assert correction.reader == "reader"
    assert correction.model == "ball@1"
    assert snapshot.predicted is not None
    assert [job.kind for job in studio.jobs()] == ["fine-tune"]
    assert opened.unsubmitted, "the stroke after submitting is not stored yet"


def test_an_empty_mask_is_not_submitted(opened, studio):
    opened.submit(patient="", reader="")
    assert opened.heard[-1].tone == "error"
    assert not studio.library.corrections()


def test_what_is_not_submitted_is_back_when_the_scan_is_opened_again(opened, ball_file, qtbot):
    paint(opened, (10, 12, 14), 2)
    was = opened.scan.mask.labels.copy()
    opened.close_scan()
    opened.open(ball_file)
    wait(qtbot, opened)
    assert (opened.scan.mask.labels == was).all()
    assert "is back" in opened.heard[-1].text
    opened.heard[-1].actions[0].run()
    wait(qtbot, opened)
    assert not opened.scan.mask.labels.any()
    opened.undo()
    assert (opened.scan.mask.labels == was).all()


def test_locks_are_back_with_the_mask(opened, ball_file, qtbot):
    paint(opened, (10, 12, 14), 2)
    opened.lock({2})
    opened.close_scan()
    opened.open(ball_file)
    wait(qtbot, opened)
    assert opened.scan.mask.locked == {2}


def test_the_journal_is_not_named_after_the_scan(opened, studio, qtbot):
    paint(opened, (10, 12, 14), 2)
    opened.keep_draft()
    folders = list((studio.library.folder / "journals").iterdir())
    assert len(folders) == 1
    assert "ball" not in folders[0].name


def test_after_a_crash_the_case_is_offered_with_every_step(opened, studio, ball_file, tmp_path, qtbot):
    paint(opened, (10, 12, 14), 2)
    first = opened.scan.mask.labels.copy()
    paint(opened, (4, 6, 8), 1)
    second = opened.scan.mask.labels.copy()
    opened.set_classes([*opened.classes, LabelClass(5, "new", (1, 2, 3))])
    opened.keep_draft()
    assert not opened.left_open(), "it is open here"
    shutil.copytree(studio.library.folder, tmp_path / "crashed")
    next_start = Session(Studio.open(tmp_path / "crashed", device="cpu"))
    (left,) = next_start.left_open()
    assert left.scan == ball_file
    next_start.take_up(left)
    wait(qtbot, next_start)
    mask = next_start.scan.mask
    assert (mask.labels == second).all()
    assert next_start.classes[-1].name == "new"
    next_start.undo()
    assert (mask.labels == first).all()
    next_start.close()
    assert not next_start.left_open(), "it was closed in order"
    next_start.studio.close()


def test_what_was_set_aside_is_not_offered_again_but_is_there(opened, studio, ball_file, tmp_path, qtbot):
    paint(opened, (10, 12, 14), 2)
    opened.keep_draft()
    shutil.copytree(studio.library.folder, tmp_path / "crashed")
    next_start = Session(Studio.open(tmp_path / "crashed", device="cpu"))
    next_start.set_aside(next_start.left_open()[0])
    qtbot.waitUntil(lambda: not next_start.left_open(), timeout=10_000)
    next_start.open(ball_file)
    wait(qtbot, next_start)
    assert next_start.scan.mask.labels.any()
    next_start.close()
    next_start.studio.close()


def test_a_mask_that_was_handed_over_or_thrown_away_does_not_come_back(opened, studio, ball_file, qtbot):
    paint(opened, (10, 12, 14), 2)
    opened.submit(patient="", reader="", minutes=0.01)
    wait(qtbot, opened)
    opened.open(ball_file)
    wait(qtbot, opened)
    assert not opened.scan.mask.labels.any()
    paint(opened, (10, 12, 14), 2)
    opened.throw_away()
    opened.open(ball_file)
    wait(qtbot, opened)
    assert not opened.scan.mask.labels.any()


def test_a_scan_that_another_window_corrects_opens_and_says_so(opened, studio, ball_file, qtbot):
    paint(opened, (10, 12, 14), 2)
    other = Session(studio)
    heard = []
    other.said.connect(heard.append)
    other.open(ball_file)
    wait(qtbot, other)
    assert other.scan is not None
    assert "another window" in heard[0].text
    other.close()


def test_only_chosen_classes_are_drawn_and_others_stay(opened, qtbot):
    paint(opened, (10, 12, 14), 2, 4)
    before = opened.scan.mask.labels.copy()
    opened.predict(only={1})
    wait(qtbot, opened)
    after = opened.scan.mask.labels
    assert ((after == 2) == (before == 2)).all()


def test_locked_classes_stop_a_prediction_too(opened, qtbot):
    paint(opened, (10, 12, 14), 2, 4)
    opened.scan.mask.locked = frozenset({1, 2})
    before = opened.scan.mask.labels.copy()
    opened.predict()
    wait(qtbot, opened)
    assert (opened.scan.mask.labels == before).all()


def test_a_draft_remembers_where_the_model_had_looked(opened, ball_file, studio, qtbot):
    box = (slice(8, 20), slice(8, 24), slice(8, 28))
    opened.region.set(box)
    opened.predict()
    wait(qtbot, opened)
    paint(opened, (10, 10, 10), 1)
    opened.close_scan()
    opened.open(ball_file)
    wait(qtbot, opened)
    opened.submit(patient="", reader="", minutes=0.01)
    wait(qtbot, opened)
    (correction,) = studio.library.corrections()
    assert correction.model == "ball@1"
    assert studio.library.load(correction).box == box


def test_promotion_elsewhere_takes_the_new_version(session, studio, tiny_model, tmp_path, qtbot):
    from dataclasses import replace

    import torch

    from segstudio.networks import read_spec
    from segstudio.networks.weights import new_network, save_model

    torch.manual_seed(5)
    spec = replace(read_spec(tiny_model), version=2)
    folder = tmp_path / "second"
    folder.mkdir()
    save_model(folder, spec, new_network(spec))
    studio.import_model(folder)
    assert session.model == "ball@1"
    studio.promote("ball@2")
    qtbot.waitUntil(lambda: session.model == "ball@2", timeout=5000)


def test_a_class_above_255_makes_room_for_itself_and_keeps_every_step(opened, qtbot):
    paint(opened, (10, 12, 14), 2)
    painted = opened.scan.mask.labels.copy()
    opened.set_classes([*opened.classes, LabelClass(1002, "far", (1, 2, 3))])
    wait(qtbot, opened)
    assert opened.scan.mask.labels.dtype == np.uint16
    paint(opened, (4, 6, 8), 1002)
    assert (opened.scan.mask.labels == 1002).any()
    opened.undo()
    assert (opened.scan.mask.labels == painted).all()
    opened.undo()
    assert not opened.scan.mask.labels.any()


def test_what_a_model_has_drawn_anew_has_its_names(opened, qtbot):
    opened.set_classes(())
    paint(opened, (10, 12, 14), 1)
    assert opened.nameless == (1,)
    opened.predict()
    wait(qtbot, opened)
    assert opened.nameless == ()
    assert {each.name for each in opened.classes} <= {"ball", "shell"}
