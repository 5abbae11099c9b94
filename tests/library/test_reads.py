"""Reads: what a case becomes, who may say what, and what is frozen."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

import pytest

from segstudio.errors import LibraryError
from segstudio.imaging import LabelClass
from segstudio.library import Library, Query, Rule, Terms, store
from segstudio.library.migrations import STEPS


@pytest.fixture
def drawn(library, scan, mask, model) -> Library:
    """Three cases that organs@1 has drawn."""
    library.import_model(model())
    for seed in range(3):
        library.store_prediction(library.add_case(scan(seed), patient=str(seed)), "organs@1", mask(scan(seed)))
    return library


def status(library: Library, case: int = 1) -> str:
    return library.row(case).status


def test_a_case_is_in_review_while_it_is_open_and_what_it_was_when_it_is_left(drawn):
    read = drawn.begin_read(1, "A")
    assert status(drawn) == "in review"
    assert drawn.begin_read(1, "A").id == read.id
    assert drawn.leave_read(read.id, seconds=5).seconds == 5
    assert status(drawn) == "predicted"
    assert drawn.begin_read(1, "A").id == read.id, "a read that was left goes on"


def test_a_read_that_goes_on_stands_for_the_mask_that_is_shown_now(drawn, mask, scan):
    left = drawn.leave_read(drawn.begin_read(1, "A").id)
    drawn.store_prediction(drawn.case(1), "organs@2", mask(scan(0), 7))
    read = drawn.begin_read(1, "A")
    assert (read.id, read.model) == (left.id, "organs@2")
    accepted = drawn.correction(drawn.accept(read.id).correction)
    assert (drawn.mask(accepted).labels == mask(scan(0), 7).labels).all()
    assert accepted.model == "organs@2"


def test_a_read_stands_for_the_mask_on_the_screen_though_the_case_was_drawn_again_meanwhile(drawn, mask, scan):
    drawn.store_prediction(drawn.case(1), "organs@2", mask(scan(0), 7))
    read = drawn.begin_read(1, "A", Terms(model="organs@1"))
    assert (drawn.mask(drawn.correction(drawn.accept(read.id).correction)).labels == mask(scan(0)).labels).all()


@pytest.mark.parametrize(
    ("act", "becomes"),
    [
        (lambda library, read: library.accept(read), "approved"),
        (lambda library, read: library.turn_down(read, "reject", "motion"), "rejected"),
        (lambda library, read: library.turn_down(read, "flag", ""), "flagged"),
    ],
)
def test_a_verdict_makes_a_case_what_it_is_and_is_frozen(drawn, act, becomes):
    read = drawn.begin_read(1, "A").id
    done = act(drawn, read)
    assert status(drawn) == becomes
    assert act(drawn, read) == done, "the same again changes nothing"
    with pytest.raises(LibraryError, match="frozen"), drawn._writing() as connection:
        connection.execute("UPDATE reads SET verdict = 'fix'")
    other = drawn.turn_down if becomes == "approved" else lambda number, *_: drawn.accept(number)
    with pytest.raises(LibraryError, match="verdict already"):
        other(read, "reject", "late")


def test_a_read_that_somebody_left_open_does_not_hold_up_another_readers_verdict(drawn):
    mine = drawn.begin_read(1, "A").id
    drawn.accept(drawn.begin_read(1, "B").id)
    assert status(drawn) == "approved"
    assert drawn.begin_read(1, "A").id == mine
    assert status(drawn) == "in review"


def test_an_accepted_mask_is_the_models_own_file(drawn, scan):
    read = drawn.accept(drawn.begin_read(1, "A").id, seconds=3)
    correction = drawn.correction(read.correction)
    assert list((drawn.folder / "corrections").iterdir()) == []
    lesson = drawn.load(correction)
    assert (lesson.labels.labels == drawn.prediction(1).labels.labels).all()
    assert lesson.predicted is not None
    assert {row.dice for row in read.ledger} == {1.0}
    assert drawn.sweep() == []


def test_a_case_without_a_mask_cannot_be_accepted(library, scan):
    library.add_case(scan(), patient="a")
    with pytest.raises(LibraryError, match="no mask to accept") as error:
        library.accept(library.begin_read(1, "A").id)
    assert error.value.hint
    assert status(library) == "in review"


def test_accepting_a_corrected_case_again_stands_for_the_correction(drawn, mask, scan):
    drawn.submit(drawn.case(1), mask(scan(0), 9), reader="A", model="organs@1")
    again = drawn.accept(drawn.begin_read(1, "B").id)
    assert (drawn.mask(drawn.correction(again.correction)).labels == mask(scan(0), 9).labels).all()


def test_a_correction_ends_the_read_that_its_reader_left_open(drawn, mask, scan):
    left = drawn.leave_read(drawn.begin_read(1, "A").id)
    correction = drawn.submit(drawn.case(1), mask(scan(0), 9), reader="A", model="organs@1")
    assert [(each.id, each.verdict, each.correction) for each in drawn.reads(1)] == [(left.id, "fix", correction.id)]
    assert status(drawn) == "corrected"


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_rejection_needs_a_reason(drawn, reason):
    with pytest.raises(LibraryError, match="reason"):
        drawn.turn_down(drawn.begin_read(1, "A").id, "reject", reason)


def test_a_reader_has_a_name(drawn):
    with pytest.raises(LibraryError, match="name"):
        drawn.begin_read(1, " ")


def test_a_second_read_is_somebody_elses(drawn):
    with pytest.raises(LibraryError, match="no first read"):
        drawn.begin_read(1, "B", Terms("second"))
    drawn.accept(drawn.begin_read(1, "A").id)
    with pytest.raises(LibraryError, match="read first by A"):
        drawn.begin_read(1, "A", Terms("second"))
    drawn.accept(drawn.begin_read(1, "B", Terms("second", blinded=True)).id)
    assert drawn.disputes() == [], "both stand for one mask"
    assert status(drawn) == "approved"


def test_one_who_rejects_and_one_who_accepts_differ(drawn):
    drawn.accept(drawn.begin_read(1, "A").id)
    drawn.turn_down(drawn.begin_read(1, "B", Terms("second")).id, "reject", "motion")
    assert [dispute.case_id for dispute in drawn.disputes()] == [1]
    assert status(drawn) == "in review"


def learned(library: Library) -> list[int]:
    """Cases that a job would learn from now."""
    job = library.add_job("fine-tune", "organs", {})
    found = library.claim_job()
    library.cancel(job.id)
    return [library.correction(number).case_id for number in found.request["corrections"]]


def test_what_is_rejected_flagged_or_withdrawn_is_not_learned(drawn):
    for case in (1, 2, 3):
        drawn.accept(drawn.begin_read(case, "A").id)
    assert learned(drawn) == [1, 2, 3]
    drawn.turn_down(drawn.begin_read(1, "B").id, "flag", "?")
    drawn.withdraw(2, person="B", reason="wrong patient")
    assert learned(drawn) == [3]
    assert drawn.withdrawn() == {2: "wrong patient"}
    drawn.reinstate(2, person="B")
    assert learned(drawn) == [2, 3]


def test_a_second_read_is_learned_only_when_it_was_chosen(drawn, mask, scan):
    drawn.accept(drawn.begin_read(1, "A").id)
    second = drawn.begin_read(1, "B", Terms("second"))
    theirs = drawn.submit(drawn.case(1), mask(scan(0), 9), reader="B", model="organs@1", read=second.id)
    job = drawn.add_job("fine-tune", "organs", {})
    assert theirs.id not in drawn.claim_job().request["corrections"]
    drawn.cancel(job.id)
    final = drawn.adjudicate(1, second.id, reader="C")
    drawn.add_job("fine-tune", "organs", {})
    assert drawn.claim_job().request["corrections"] == [final.correction]


def test_a_sitting_keeps_its_cases_their_order_and_how_it_was_drawn(drawn):
    query = Query(order="random", seed=5, status=("predicted",))
    sitting = drawn.begin_sitting("A", query, drawn.ids(query))
    drawn.accept(drawn.begin_read(sitting.cases[0], "A", Terms(sitting=sitting.id)).id)
    found = drawn.last_sitting("A")
    assert (found.cases, found.query) == (sitting.cases, query)
    assert found.done == {sitting.cases[0]}
    assert drawn.last_sitting("B") is None


def test_the_ledger_is_a_table_of_reads_and_classes(drawn, mask, scan):
    drawn.accept(drawn.begin_read(1, "A").id)
    drawn.turn_down(drawn.begin_read(2, "A").id, "reject", "motion")
    rows = drawn.ledger_rows()
    assert [(row[0], row[6]) for row in rows] == [(1, "accept"), (1, "accept"), (2, "reject")]
    watched = drawn.watched("organs")
    assert [(each.case_id, each.name, each.dice) for each in watched] == [(1, "liver", 1.0), (1, "spleen", 1.0)]


def test_a_class_is_added_once(drawn):
    drawn.add_class("organs", LabelClass(5, "cyst", (1, 2, 3)), person="A")
    assert [each.name for each in drawn.classes_of("organs")] == ["liver", "spleen", "cyst"]
    for each in (LabelClass(5, "other", (1, 2, 3)), LabelClass(6, "Liver", (1, 2, 3))):
        with pytest.raises(Exception, match="already"):
            drawn.add_class("organs", each, person="A")


def test_a_case_is_pinned_once_it_has_a_correction(drawn):
    with pytest.raises(LibraryError, match="no correction"):
        drawn.pin(1, person="A")
    drawn.accept(drawn.begin_read(1, "A").id)
    drawn.pin(1, person="A")
    assert drawn.pinned() == [1]
    assert [case.id for _, case in drawn.pinned_corrections("organs")] == [1]
    drawn.unpin(1, person="A")
    assert drawn.pinned() == []


NOON = datetime(2026, 1, 5, 12, 0)


def test_without_a_rule_nothing_is_learned_by_itself(drawn):
    drawn.accept(drawn.begin_read(1, "A").id)
    assert drawn.rule("organs") == Rule("organs")
    assert drawn.queue_due(NOON) == []


def test_a_rule_learns_after_so_many_new_cases_and_not_again_for_the_same(drawn):
    drawn.set_rule(Rule("organs", after_cases=2, minutes=1.5))
    drawn.accept(drawn.begin_read(1, "A").id)
    assert drawn.queue_due(NOON) == []
    drawn.accept(drawn.begin_read(2, "A").id)
    (job,) = drawn.queue_due(NOON)
    assert (job.kind, job.model, job.request["minutes"]) == ("fine-tune", "organs", 1.5)
    drawn.cancel(job.id)
    assert drawn.queue_due(NOON) == [], "a person has cancelled it"
    assert drawn.waiting("organs") == 2


def test_a_nightly_rule_learns_once_a_night_if_there_is_anything_new(drawn):
    drawn.set_rule(Rule("organs", nightly="23:30"))
    night = datetime(2026, 1, 6, 1, 0)
    assert drawn.queue_due(night) == []
    drawn.accept(drawn.begin_read(1, "A").id)
    assert drawn.queue_due(NOON) == []
    assert len(drawn.queue_due(night)) == 1
    drawn.accept(drawn.begin_read(2, "A").id)
    drawn.cancel(1)
    assert drawn.queue_due(night + timedelta(hours=1)) == []
    assert len(drawn.queue_due(night + timedelta(days=1))) == 1


@pytest.mark.parametrize("rule", [Rule("m", nightly="25:00"), Rule("m", after_cases=-1), Rule("m", minutes=0)])
def test_a_rule_that_makes_no_sense_is_refused(drawn, rule):
    with pytest.raises(LibraryError) as error:
        drawn.set_rule(rule)
    assert error.value.hint


def test_a_job_waits_until_its_time(library):
    job = library.add_job("fine-tune", "organs", {}, not_before="2999-01-01T00:00:00.000Z")
    assert library.claim_job() is None
    library.move_job(job.id, "")
    assert library.claim_job().id == job.id
    with pytest.raises(LibraryError, match="cannot be moved"):
        library.move_job(job.id, "")


def test_reading_jobs_do_not_wait_for_learning_ones(library):
    library.add_job("fine-tune", "organs", {})
    library.add_import(["/nowhere"], {})
    from segstudio.library import LEARNING, READING

    assert library.claim_job(READING).kind == "import"
    assert library.claim_job(LEARNING).kind == "fine-tune"
    assert b"/nowhere" not in (library.folder / "library.db").read_bytes()


def test_a_library_of_the_first_version_is_taken_over(tmp_path, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(store, "STEPS", STEPS[:1])
        store.Store(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "library.db")
    connection.executescript(
        "INSERT INTO patients VALUES ('k', '3fa9', 'train', 'block', '2026');"
        "INSERT INTO cases VALUES (1, 'k', 'h1', 'i', '[1,1,1]', '[[0,0,1,0],[0,1,0,0],[1,0,0,0],[0,0,0,1]]', 'CT',"
        " '[\"\"]', '2026-01-01');"
        "INSERT INTO cases VALUES (2, 'k', 'h2', 'i', '[1,1,1]', '[[0,0,1,0],[0,1,0,0],[1,0,0,0],[0,0,0,1]]', 'CT',"
        " '[\"\"]', '2026-01-01');"
        "INSERT INTO corrections VALUES (1, 1, 'organs@1', 'organs', 'Dr. Roe', '[]', 'f', 's', '2026-02-02');"
        "INSERT INTO jobs (id, kind, model, state, request, created) VALUES (4, 'train', 'organs', 'done', '{}', '');"
        "INSERT INTO curve VALUES (4, 1, 2.0, 0.5);"
    )
    connection.close()
    library = Library.open(tmp_path)
    assert [(row.status, row.reader) for row in library.page(Query())] == [("corrected", "Dr. Roe"), ("new", "")]
    assert (library.job(4).state, len(library.curve(4))) == ("done", 1)
    assert library._rows("PRAGMA foreign_key_check") == []
    library.add_job("predict", "organs@1", {})
    assert list((tmp_path / "backups").iterdir())
    library.close()
