"""A session: open, predict, correct, submit, train, promote; without a screen and without torch in this process."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from segstudio.errors import GeometryError, LibraryError, ModelError, SegStudioError, Stopped
from segstudio.imaging import Geometry, LabelMap, Volume, classes_named, write_labels, write_volume
from segstudio.inference import Prediction
from segstudio.listening import Change
from segstudio.studio import Pair, Studio

WAIT = 120.0


@pytest.fixture
def no_starters(monkeypatch, tmp_path) -> Path:
    """A session that comes with no models but those put here."""
    resources = tmp_path / "resources"
    (resources / "models").mkdir(parents=True)
    monkeypatch.setattr("segstudio.paths.resources", lambda: resources)
    return resources / "models"


@pytest.fixture
def studio(no_starters, tmp_path, ball_spec) -> Iterator[Studio]:
    _save(no_starters / "ball", ball_spec)
    with Studio.open(tmp_path / "library", device="cpu") as studio:
        yield studio


def _save(folder: Path, spec) -> None:
    from segstudio.networks.weights import new_network, save_model

    folder.mkdir()
    save_model(folder, spec, new_network(spec))


class Outcome:
    """What a prediction came to, awaited."""

    def __init__(self) -> None:
        self.came: list[Prediction | SegStudioError] = []
        self.progress: list[float] = []
        self._over = threading.Event()

    def take(self, what: Prediction | SegStudioError) -> None:
        self.came.append(what)
        self._over.set()

    def wait(self) -> Prediction | SegStudioError:
        assert self._over.wait(WAIT)
        (only,) = self.came
        return only


def ask(studio: Studio, volume: Volume, model: str = "ball", **more) -> tuple[Outcome, Callable[[], None]]:
    outcome = Outcome()
    cancel = studio.predict(
        volume,
        model,
        progress=lambda done, _what: outcome.progress.append(done),
        done=outcome.take,
        failed=outcome.take,
        **more,
    )
    return outcome, cancel


def test_models_that_come_with_segstudio_are_there_at_once(studio):
    (entry,) = studio.models()
    assert (entry.label, entry.state, studio.notes) == ("ball@1", "current", ())


def test_a_starter_without_its_weights_is_left_out_with_a_note(no_starters, tmp_path, ball_spec):
    _save(no_starters / "ball", ball_spec)
    (no_starters / "ball" / "weights.safetensors").unlink()
    with Studio.open(tmp_path / "library") as studio:
        assert studio.models() == []
        (note,) = studio.notes
    assert "ball" in note
    assert "no weights" in note


def test_opening_again_takes_no_starter_twice(studio, tmp_path):
    with Studio.open(tmp_path / "library") as again:
        assert len(again.models()) == 1


@pytest.mark.slow
def test_a_prediction_comes_back_on_the_scans_own_grid(studio, ball_scan):
    volume, _ = ball_scan(0)
    assert studio.device == "", "nothing has run yet"
    outcome, _ = ask(studio, volume)
    prediction = outcome.wait()
    assert isinstance(prediction, Prediction)
    assert prediction.labels.geometry is volume.geometry
    assert prediction.labels.classes == studio.models()[0].spec.classes
    assert outcome.progress == sorted(outcome.progress)
    assert studio.device == prediction.device != ""
    assert not list((studio.library.folder / "work").iterdir()), "the scan handed over is gone again"


@pytest.mark.slow
def test_a_prediction_in_a_box_is_background_outside(studio, ball_scan):
    volume, _ = ball_scan(0)
    box = (slice(2, 10), slice(3, 12), slice(4, 11))
    prediction = ask(studio, volume, box=box)[0].wait()
    assert isinstance(prediction, Prediction)
    outside = prediction.labels.labels.copy()
    outside[box] = 0
    assert not outside.any()
    assert prediction.box == box


@pytest.mark.slow
def test_predictions_fail_in_words_and_the_next_one_works(studio, ball_scan):
    volume, _ = ball_scan(0)
    two = Volume.of(np.concatenate([volume.image] * 2), volume.geometry, modality="MR")
    failed = ask(studio, two)[0].wait()
    assert isinstance(failed, ModelError)
    assert failed.hint
    assert isinstance(ask(studio, volume)[0].wait(), Prediction)


@pytest.mark.slow
def test_the_child_that_predicts_may_die_and_is_replaced(studio, ball_scan):
    volume, _ = ball_scan(0)
    assert isinstance(ask(studio, volume)[0].wait(), Prediction)
    child = studio._predictor._child
    child._process.kill()
    child._process.wait()
    assert isinstance(ask(studio, volume)[0].wait(), Prediction)


@pytest.mark.slow
def test_the_next_scan_is_predicted_by_the_child_that_is_there(studio, ball_scan):
    first, _ = ask(studio, ball_scan(0)[0])
    assert isinstance(first.wait(), Prediction)
    child = studio._predictor._child
    assert isinstance(ask(studio, ball_scan(1)[0])[0].wait(), Prediction)
    assert studio._predictor._child is child


@pytest.mark.slow
def test_cancelling_one_prediction_leaves_the_others(studio, ball_scan):
    volume, _ = ball_scan(0)
    first, second, third = (ask(studio, volume) for _ in range(3))
    second[1]()
    assert isinstance(second[0].wait(), Stopped)
    assert isinstance(first[0].wait(), Prediction)
    assert isinstance(third[0].wait(), Prediction)


@pytest.mark.slow
def test_closing_ends_predictions_that_wait(studio, ball_scan):
    asked = [ask(studio, ball_scan(0)[0])[0] for _ in range(3)]
    studio.close()
    assert isinstance(asked[-1].wait(), Stopped)
    assert all(outcome.wait() for outcome in asked)
    assert isinstance(_after_closing(studio, ball_scan(0)[0]).wait(), Stopped)


def _after_closing(studio: Studio, volume: Volume) -> Outcome:
    outcome = Outcome()
    studio._predictor.predict(
        volume, _entry(studio), box=None, progress=lambda *_: None, done=outcome.take, failed=outcome.take
    )
    return outcome


def _entry(studio: Studio):
    return studio.models()[0]


def test_submitting_freezes_the_correction_and_queues_one_job(studio, ball_scan):
    heard: list[Change] = []
    stop = studio.listen(heard.append)
    for seed in range(2):
        volume, labels = ball_scan(seed)
        submitted = studio.submit(volume, labels, model="ball", patient=str(seed), reader="Dr. Roe", minutes=0.1)
        assert submitted.correction.model == "ball@1"
        assert submitted.job.id == 1
        labels.labels[:] = 0
        assert studio.library.load(submitted.correction).labels.labels.any(), "later strokes change nothing"
    assert heard == [Change("cases", "1"), Change("jobs", "1"), Change("cases", "2"), Change("jobs", "1")]
    stop()
    studio.cancel(1)
    assert len(heard) == 4


def test_a_mask_with_a_class_that_the_model_does_not_know_is_refused(studio, ball_scan):
    volume, labels = ball_scan(0)
    labels.labels[0, 0, 0] = 9
    with pytest.raises(ModelError, match="class 9") as error:
        studio.submit(volume, labels, model="ball", patient="a", reader="r")
    assert error.value.hint
    assert studio.library.cases() == []


def test_a_scan_of_other_channels_than_the_models_is_refused(studio, ball_scan):
    volume, labels = ball_scan(0)
    two = Volume.of(np.concatenate([volume.image] * 2), volume.geometry)
    with pytest.raises(ModelError, match="this scan has 2"):
        studio.submit(two, labels, model="ball", patient="a", reader="r")


def test_a_scan_of_another_modality_than_the_models_is_refused(studio, ball_scan):
    volume, labels = ball_scan(0)
    with pytest.raises(ModelError, match="CT"):
        studio.submit(replace(volume, modality="CT"), labels, model="ball", patient="a", reader="r")


def test_a_mask_on_another_grid_is_refused_and_leaves_nothing(studio, ball_scan):
    volume, labels = ball_scan(0)
    moved = labels.geometry.affine.copy()
    moved[0, 3] += 9
    elsewhere = LabelMap(labels.labels, Geometry(labels.geometry.shape, moved), labels.classes)
    with pytest.raises(GeometryError):
        studio.submit(volume, elsewhere, model="ball", patient="a", reader="r")
    assert studio.library.cases() == []


@pytest.fixture
def pairs(tmp_path, ball_scan) -> list[Pair]:
    made = []
    for seed in range(4):
        volume, labels = ball_scan(seed)
        image, mask = tmp_path / f"scan{seed}.nii.gz", tmp_path / f"mask{seed}.nii.gz"
        write_volume(volume, image)
        write_labels(labels, mask)
        made.append(Pair(image, mask))
    return made


CLASSES = classes_named([(1, "ball"), (2, "shell")])


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_from_labelled_scans_to_a_model_in_use_to_a_better_one(studio, pairs, ball_scan):
    job = studio.train(pairs, name="fresh", classes=CLASSES, minutes=0.02, holdout=0.25, modality="MR")
    assert [each.state for each in studio.worker.run_pending()] == ["done"]
    first = studio.library.model("fresh")
    assert (first.label, first.state, first.job) == ("fresh@1", "current", job.id)
    assert first.verdict is not None
    assert first.verdict.patients == 1
    volume, labels = ball_scan(9)
    studio.submit(volume, labels, model="fresh", patient="new", reader="r", minutes=0.02)
    studio.worker.run_pending()
    second = studio.library.model("fresh@2")
    assert (second.state, second.base) == ("candidate", "fresh@1")
    assert len(second.spec.lineage.cases) == 4, "earlier cases are learned again"
    assert studio.promote("fresh@2", person="Dr. Roe").state == "current"
    assert studio.rollback("fresh", person="Dr. Roe").label == "fresh@1"


@pytest.mark.slow
def test_training_may_start_from_another_model(studio, pairs):
    studio.train(pairs, name="next", classes=CLASSES, base="ball", minutes=0.01)
    (job,) = studio.worker.run_pending()
    assert job.state == "done", job.error
    assert studio.library.model("next").spec.architecture == studio.library.model("ball").spec.architecture


def test_other_classes_than_the_base_models_are_refused(studio, pairs):
    with pytest.raises(ModelError, match="other classes") as error:
        studio.train(pairs, name="next", classes=CLASSES[:1], base="ball")
    assert "1=ball,2=shell" in error.value.hint


def test_a_bad_file_among_many_leaves_no_trace(studio, pairs):
    pairs[-1].image.write_bytes(pairs[-1].image.read_bytes()[:100])
    with pytest.raises(SegStudioError, match="scan3"):
        studio.train(pairs, name="fresh", classes=CLASSES)
    assert studio.library.cases() == []
    assert studio.jobs() == []


def test_a_class_without_a_name_is_refused(studio, pairs):
    with pytest.raises(ModelError, match="class 2"):
        studio.train(pairs, name="fresh", classes=CLASSES[:1])


def test_training_on_nothing_is_refused(studio):
    with pytest.raises(LibraryError, match="no labelled scans"):
        studio.train([], name="fresh", classes=CLASSES)


def test_a_second_window_on_the_same_library_is_told(studio, tmp_path):
    studio.start()
    with Studio.open(tmp_path / "library") as second, pytest.raises(LibraryError, match="another window") as error:
        second.start()
    assert error.value.hint


def test_a_listener_that_fails_does_not_hold_up_the_others(studio, ball_scan, caplog):
    heard: list[Change] = []
    studio.listen(lambda _change: 1 / 0)
    studio.listen(heard.append)
    volume, labels = ball_scan(0)
    studio.submit(volume, labels, model="ball", patient="a", reader="r")
    assert len(heard) == 2
    assert "a listener failed" in caplog.text


@pytest.mark.parametrize("room", ["studio", "worker", "library", "predictor", "settings", "paths"])
def test_a_session_needs_neither_torch_nor_qt(room):
    code = (
        f"import sys, segstudio.{room}\n"
        "assert not {'torch', 'napari', 'qtpy', 'PySide6'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
