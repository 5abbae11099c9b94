"""Reviews from end to end: scans in, masks drawn by a child, reads, a job, a ledger; without torch in this process."""

from __future__ import annotations

import csv
import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from segstudio.errors import LibraryError
from segstudio.imaging import LabelClass, LabelMap, write_volume
from segstudio.inference import Prediction
from segstudio.library import Query, Terms
from segstudio.listening import Change
from segstudio.review import Overruled
from segstudio.studio import Studio


def until(so: Callable[[], object], seconds: float = 300) -> None:
    """Wait for what other processes do."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path, ball_scan) -> Path:
    """Six scans, one of them in a folder below, one file that is none."""
    scans = tmp_path / "scans"
    (scans / "below").mkdir(parents=True)
    for seed in range(6):
        write_volume(ball_scan(seed)[0], scans / ("below" if seed == 5 else "") / f"scan{seed}.nii.gz")
    (scans / "broken.nii.gz").write_bytes(b"no scan")
    (scans / "notes.txt").write_text("nothing to see")
    return scans


@pytest.fixture
def studio(monkeypatch, tmp_path, ball_spec) -> Iterator[Studio]:
    from segstudio.networks.weights import new_network, save_model

    models = tmp_path / "resources" / "models" / "ball"
    models.mkdir(parents=True)
    save_model(models, ball_spec, new_network(ball_spec))
    monkeypatch.setattr("segstudio.paths.resources", lambda: tmp_path / "resources")
    with Studio.open(tmp_path / "library", device="cpu") as studio:
        yield studio


@pytest.fixture
def drawn(studio, ball_scan) -> Studio:
    """Four cases, each with the mask of a model that draws no shell."""
    for seed in range(4):
        volume, labels = ball_scan(seed)
        ball = LabelMap(np.where(labels.labels == 1, 1, 0).astype(np.uint8), labels.geometry, labels.classes)
        studio.library.store_prediction(studio.library.add_case(volume, patient=str(seed)), "ball@1", ball)
    return studio


@pytest.mark.slow
def test_scans_are_taken_in_and_drawn(studio, folder):
    heard: list[Change] = []
    studio.listen(heard.append)
    job = studio.worklist.add([folder], modality="MR", priority=2)
    (job,) = studio.worker.run_pending()
    assert (job.state, job.result) == ("done", "6 scans added, 1 could not be read")
    assert [name for name, _ in studio.worklist.failures(job.id)] == ["broken.nii.gz"]
    assert studio.worklist.statuses()["new"] == 6
    studio.worklist.predict("ball")
    (job,) = studio.worker.run_pending()
    assert (job.state, job.result, job.error) == ("done", "6 cases predicted", "")
    assert job.memory_mb > 0
    assert job.device
    rows = studio.worklist.page(Query(order="benefit"))
    assert [row.status for row in rows] == ["predicted"] * 6
    assert [row.benefit for row in rows] == sorted((row.benefit for row in rows), reverse=True)
    assert {row.model for row in rows} == {"ball@1"}
    assert Change("cases", str(rows[0].id)) in heard
    seen = studio.worklist.open(rows[0].id)
    assert seen.predicted is not None
    assert seen.predicted.doubt is not None
    assert set(seen.predicted.doubt.classes) <= {1, 2}
    assert seen.labels is seen.predicted.labels


def test_a_sitting_with_every_verdict_ends_in_a_ledger(drawn, tmp_path, ball_scan):
    studio = drawn
    sitting = studio.reviews.begin_sitting("Dr. Roe", Query(order="random", seed=3))
    first, second, third, fourth = sitting.cases
    studio.worklist.prefetch([first, second])
    seen = studio.worklist.open(first)
    read = studio.reviews.begin(first, "Dr. Roe", Terms(sitting=sitting.id))
    assert studio.worklist.row(first).status == "in review"
    accepted = studio.reviews.accept(read.id, seconds=4)
    assert (accepted.verdict, studio.worklist.row(first).status) == ("accept", "approved")
    stands = studio.library.load(studio.library.correction(accepted.correction)).labels.labels
    assert (stands == seen.labels.labels).all()

    read = studio.reviews.begin(second, "Dr. Roe", Terms(sitting=sitting.id))
    mine = corrected(studio, second, ball_scan)
    fixed = studio.reviews.fix(read.id, mine, seconds=60)
    assert studio.reviews.fix(read.id, mine, seconds=60) == fixed, "handed over twice it is one"
    row = studio.worklist.row(second)
    assert (row.status, row.reader, row.seconds) == ("corrected", "Dr. Roe", 60)
    assert row.dice == pytest.approx(fixed.dice)
    assert {each.name for each in fixed.ledger} >= {"ball", "shell"}

    studio.reviews.reject(studio.reviews.begin(third, "Dr. Roe").id, "motion")
    studio.reviews.flag(studio.reviews.begin(fourth, "Dr. Roe").id, "ask somebody")
    assert studio.worklist.row(third).reason == "motion"
    assert studio.reviews.sitting(sitting.id).done == {first, second}
    assert studio.queue.waiting("ball") == 2
    assert studio.jobs() == [], "reading queues no learning"
    assert studio.reviews.export(tmp_path / "ledger.csv") >= 4
    with (tmp_path / "ledger.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert {row["verdict"] for row in table} == {"accept", "fix", "reject", "flag"}


def corrected(studio: Studio, case: int, ball_scan) -> LabelMap:
    """The mask that a reader who knows everything draws."""
    scan = studio.library.load_scan(studio.library.case(case)).image
    for seed in range(6):
        volume, labels = ball_scan(seed)
        if np.allclose(volume.image, scan):
            return labels
    raise AssertionError("none of the scans")


def test_two_readers_differ_and_a_third_decides(drawn, ball_scan):
    reviews = drawn.reviews
    case = drawn.worklist.ids(Query())[0]
    one = reviews.accept(reviews.begin(case, "A").id)
    blind = reviews.begin(case, "B", Terms("second", blinded=True))
    assert [each.reader for each in reviews.history(case, reader="B")] == ["B"], "B does not see what A said"
    two = reviews.fix(blind.id, corrected(drawn, case, ball_scan))
    (dispute,) = reviews.disputes()
    assert (dispute.first, dispute.second) == (one, two)
    assert drawn.worklist.row(case).status == "in review"
    assert drawn.library.waiting("ball") == 1
    agreement = reviews.compare(dispute)
    assert [each.name for each in agreement.classes] == ["ball", "shell"]
    final = reviews.adjudicate(dispute, "second", reader="C", reason="the first missed the shell")
    assert reviews.disputes() == []
    assert drawn.worklist.row(case).status == "approved"
    held = drawn.library.mask(drawn.library.correction(final.correction))
    assert (held.labels == agreement.second.labels).all()
    assert [each.kind for each in reviews.history(case, reader="B")] == ["first", "second", "adjudication"]


def test_an_overruled_doubt_is_kept_with_its_reason(drawn, ball_scan):
    case = drawn.worklist.ids(Query())[0]
    mask = corrected(drawn, case, ball_scan)
    mask.labels[0, 0, 0] = 1
    doubts = drawn.reviews.check(mask, "ball")
    assert [doubt.kind for doubt in doubts] == ["islands"]
    read = drawn.reviews.begin(case, "A")
    drawn.reviews.fix(read.id, mask, overruled=[Overruled(doubts[0], "a satellite")])
    (kept,) = drawn.reviews.overruled(read.id)
    assert (kept.reason, kept.finding) == ("a satellite", doubts[0])


def test_a_class_may_be_added_and_is_then_no_longer_unknown(drawn, ball_scan):
    case = drawn.worklist.ids(Query())[0]
    mask = corrected(drawn, case, ball_scan)
    mask = replace(mask, classes=(*mask.classes, LabelClass(7, "core", (1, 2, 3))))
    mask.labels[8, 10, 9] = 7
    assert "unknown" in [doubt.kind for doubt in drawn.reviews.check(mask, "ball")]
    drawn.versions.add_class("ball", LabelClass(7, "core", (1, 2, 3)), person="A")
    assert "unknown" not in [doubt.kind for doubt in drawn.reviews.check(mask, "ball")]
    assert drawn.reviews.fix(drawn.reviews.begin(case, "A").id, mask).verdict == "fix"


@pytest.mark.slow
def test_what_was_read_becomes_a_candidate_that_can_be_compared_case_by_case(studio, ball_scan):
    """Six patients, one of them kept apart; a class is added, two cases know it, one is confirmed only in part."""
    core = LabelClass(7, "core", (1, 2, 3))
    for seed in range(6):
        volume, labels = ball_scan(seed)
        ball = LabelMap(np.where(labels.labels == 1, 1, 0).astype(np.uint8), labels.geometry, labels.classes)
        case = studio.library.add_case(volume, patient=str(seed))
        studio.library.store_prediction(case, "ball@1", ball)
        if seed == 3:
            studio.versions.add_class("ball", core, person="A")
        mask = labels
        if seed >= 3:
            mask = LabelMap(labels.labels.copy(), labels.geometry, studio.versions.classes("ball"))
            mask.labels[7:10, 9:12, 8:11] = 7
        z, y, x = (slice(0, side) for side in labels.geometry.shape)
        confirmed = [(slice(4, 12), y, x)] if seed == 1 else []
        assert z.stop == 16
        studio.reviews.fix(studio.reviews.begin(case.id, "A").id, mask, confirmed=confirmed)
    (kept_apart,) = [row.id for row in studio.worklist.page(Query()) if row.split == "holdout"]
    studio.versions.pin(kept_apart, person="A")
    assert studio.queue.waiting("ball") == 6
    studio.queue.train("ball", minutes=0.15)
    (job,) = studio.worker.run_pending()
    assert (job.state, job.result) == ("done", "ball@2"), job.error
    assert studio.queue.waiting("ball") == 0
    assert studio.queue.losses(job.id)
    assert {point.name for point in studio.queue.scores(job.id)} <= {"ball", "shell", "core"}
    entry = studio.library.model("ball@2")
    assert [each.name for each in entry.spec.classes] == ["ball", "shell", "core"]
    found = studio.versions.comparison("ball@2")
    assert (found.current, found.candidate) == ("ball@1", "ball@2")
    assert [case.case for case in found.verdict.cases] == [kept_apart]
    assert [case.case for case in found.pinned] == [kept_apart]
    current, candidate = studio.versions.masks("ball@2", kept_apart)
    assert current.classes == studio.library.model("ball@1").spec.classes
    assert candidate.classes == entry.spec.classes
    assert studio.worklist.row(kept_apart).model == "ball@1", "readers still start from the version in use"
    first, second = studio.versions.lineage("ball")
    assert (second.parent, second.readers) == ("ball@1", {"A": 5})
    learned = second.cases[0]
    assert studio.reviews.withdraw(learned, person="A", reason="consent") == ("ball@2",)
    assert first.cases == ()


def test_a_case_that_was_read_ahead_is_there_and_shows_what_was_drawn_since(drawn, ball_scan):
    first, second, *_ = drawn.worklist.ids(Query())
    drawn.worklist.prefetch([first, second])
    seen = drawn.worklist.open(first)
    assert drawn.worklist.open(first) is seen
    mine = corrected(drawn, first, ball_scan)
    drawn.reviews.fix(drawn.reviews.begin(first, "A").id, mine)
    again = drawn.worklist.open(first)
    assert again.volume is seen.volume
    assert (again.labels.labels == mine.labels).all()
    assert (drawn.worklist.open(first, blinded=True).labels.labels == seen.labels.labels).all()
    drawn.worklist.prefetch([second])
    assert drawn.worklist.open(first) is not again


def test_a_label_stays_in_the_library_alone(drawn, tmp_path, folder):
    studio = drawn
    studio.worklist.set_label(1, "  Quokka   17 ")
    assert studio.worklist.row(1).label == "Quokka 17"
    assert studio.worklist.ids(Query(text="quokka")) == [1]
    reviews = studio.reviews
    reviews.accept(reviews.begin(1, "Dr. Roe").id, seconds=3)
    reviews.export(tmp_path / "ledger.csv")
    library = studio.library.folder
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and not path.name.startswith("library.db")]
    assert library / "images" in {path.parent for path in outside}
    for path in outside:
        content = path.read_bytes()
        content += gzip.decompress(content) if content[:2] == b"\x1f\x8b" and "broken" not in path.name else b""
        assert b"quokka" not in content.lower(), path.name
    assert "quokka" not in str(studio.library.audit()).lower()
    with pytest.raises(LibraryError, match="too long"):
        studio.worklist.set_label(1, "x" * 61)


@pytest.mark.slow
def test_names_of_files_are_labels_where_that_is_wanted(studio, folder):
    studio.worklist.add([folder], modality="MR")
    studio.worker.run_pending()
    assert {row.label for row in studio.worklist.page(Query())} == {""}
    studio.worklist.add([folder], modality="MR", label=True)
    (job,) = studio.worker.run_pending()
    assert job.result == "0 scans added, 6 already there, 1 could not be read"
    labels = {row.label for row in studio.worklist.page(Query())}
    assert len(labels) == 6
    assert all(any(path.name.startswith(label) for path in folder.rglob("*")) for label in labels)


@pytest.mark.slow
def test_who_waits_at_the_window_goes_before_a_batch(drawn, ball_scan):
    studio = drawn
    for seed in range(10, 14):
        studio.library.add_case(ball_scan(seed, (64, 80, 72))[0], patient=str(seed))
    added = studio.worklist.ids(Query(status=("new",)))
    job = studio.worklist.predict("ball", added).id
    studio.start()
    until(lambda: studio.library.job(job).done > 0)
    batch: list[float] = []
    answers: list[object] = []
    studio.predict(
        ball_scan(20)[0],
        "ball",
        progress=lambda _done, _what: batch.append(studio.library.job(job).done),
        done=answers.append,
        failed=answers.append,
    )
    until(lambda: answers)
    assert isinstance(answers[0], Prediction)
    assert studio.library.job(job).state == "running", "the batch has waited"
    assert len(set(batch)) <= 2, "it holds still; what it had told before may still have come in"
    until(lambda: studio.library.job(job).state == "done")
    assert studio.library.job(job).result == "4 cases predicted"
