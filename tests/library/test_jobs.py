"""Jobs: what a state allows, and who comes first."""

import pytest

from segstudio.errors import LibraryError
from segstudio.learning import Point
from segstudio.library.jobs import MOST_CRASHES


@pytest.fixture
def running(library):
    library.add_job("fine-tune", "organs", {"minutes": 1})
    return library.claim_job()


def test_jobs_are_claimed_in_the_order_they_came(library):
    for name in ("a", "b"):
        library.add_job("train", name, {"corrections": []})
    assert [library.claim_job().model, library.claim_job().model, library.claim_job()] == ["a", "b", None]


def test_interrupted_jobs_go_first(library):
    library.add_job("train", "a", {})
    library.add_job("train", "b", {})
    library.claim_job()
    library.mark_interrupted()
    assert library.job(1).state == "interrupted"
    assert library.claim_job().id == 1


def test_a_job_that_is_killed_again_and_again_fails_in_words(library, running):
    for _ in range(MOST_CRASHES - 1):
        assert [job.state for job in library.mark_interrupted()] == ["interrupted"]
        library.claim_job()
    (job,) = library.mark_interrupted()
    assert job.state == "failed"
    assert f"{MOST_CRASHES} times" in job.error
    assert job.hint
    assert library.retry(job.id).state == "queued"
    library.claim_job()
    assert library.mark_interrupted()[0].state == "interrupted", "a retried job has all its lives again"


def test_a_job_that_the_program_left_in_order_may_be_left_as_often_as_one_likes(library, running):
    for _ in range(5):
        assert library.interrupt(running.id).state == "interrupted"
        assert library.claim_job().id == running.id


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (["pause"], "paused"),
        (["pause", "resume"], "queued"),
        (["cancel"], "cancelled"),
        (["pause", "cancel"], "cancelled"),
        (["cancel", "retry"], "queued"),
        (["cancel", "cancel"], "cancelled"),
    ],
)
def test_a_person_leads_a_job_from_state_to_state(library, running, steps, state):
    for step in steps:
        getattr(library, step)(running.id, person="me")
    assert library.job(running.id).state == state
    assert {event.person for event in library.audit()[2:]} == {"me"}


@pytest.mark.parametrize(
    ("steps", "then"),
    [(["cancel"], "pause"), ([], "resume"), ([], "retry"), (["cancel"], "resume"), (["pause"], "retry")],
)
def test_what_a_state_does_not_allow_is_refused_with_a_way_out(library, running, steps, then):
    for step in steps:
        getattr(library, step)(running.id)
    before = library.job(running.id)
    with pytest.raises(LibraryError, match=f"it cannot {then}") as error:
        getattr(library, then)(running.id)
    assert error.value.hint
    assert library.job(running.id) == before


@pytest.mark.parametrize("wish", ["pause", "cancel"])
def test_the_worker_does_not_undo_what_a_person_wanted(library, running, wish):
    wished = getattr(library, wish)(running.id)
    library.tell_progress(running.id, 0.9, "learning")
    library.interrupt(running.id)
    library.fail(running.id, "a reason")
    assert library.job(running.id) == wished


def test_an_unknown_job_is_told(library):
    with pytest.raises(LibraryError, match="there is no job 7"):
        library.cancel(7)


def test_a_job_that_waits_stands_for_the_next_one_too(library):
    first = library.add_job("fine-tune", "organs", {"minutes": 1}, once=True)
    assert library.add_job("fine-tune", "organs", {"minutes": 2}, once=True).id == first.id
    assert library.add_job("fine-tune", "vessels", {"minutes": 1}, once=True).id != first.id
    library.claim_job()
    assert library.add_job("fine-tune", "organs", {"minutes": 1}, once=True).id != first.id


def test_what_a_job_learns_is_settled_when_it_starts(library, scan, mask, model):
    library.import_model(model())
    library.import_model(model("vessels"))
    for seed in range(2):
        case = library.add_case(scan(seed), patient=str(seed))
        for again in range(2):
            library.submit(case, mask(scan(seed), again), reader="r", model="organs@1")
    library.submit(case, mask(scan(1)), reader="r", model="vessels@1")
    library.add_job("fine-tune", "organs", {"minutes": 1})
    request = library.claim_job().request
    assert request == {"minutes": 1, "base": "organs@1", "corrections": [2, 4]}
    library.submit(case, mask(scan(1), 7), reader="r", model="organs@1")
    library.mark_interrupted()
    assert library.claim_job().request == request


def test_a_retried_job_starts_afresh_with_all_corrections_so_far(library, scan, mask, model, running):
    library.import_model(model())
    library.submit(library.add_case(scan(), patient="a"), mask(scan()), reader="r", model="organs@1")
    running.folder.mkdir()
    library.add_points(running.id, [Point(1, 2.0, 0.5)])
    library.cancel(running.id)
    library.retry(running.id)
    assert library.claim_job().request["corrections"] == [1]
    assert not running.folder.exists()
    assert library.curve(running.id) == []


def test_a_resumed_job_keeps_its_checkpoint(library, running):
    running.folder.mkdir()
    library.pause(running.id)
    library.resume(running.id)
    assert library.claim_job().folder.is_dir()


def test_the_curve_grows_and_a_repeated_step_replaces_itself(library, running):
    library.add_points(running.id, [Point(1, 2.0, 0.9), Point(5, 4.0, 0.7)])
    library.add_points(running.id, [Point(5, 4.1, 0.6)])
    assert library.curve(running.id) == [Point(1, 2.0, 0.9), Point(5, 4.1, 0.6)]
