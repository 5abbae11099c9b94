"""Jobs run, wait, end and survive; with real child processes and real kills."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from segstudio.childprocess import ChildDiedError, ChildProcess
from segstudio.errors import LibraryError
from segstudio.library import Library
from segstudio.library.jobs import MOST_CRASHES
from segstudio.listening import Change
from segstudio.worker import Worker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LONG = 5.0
"""Minutes that no test waits for."""


@pytest.fixture
def library(tmp_path, ball_scan, ball_spec) -> Iterator[Library]:
    """A library with an untrained model and corrections of six patients, one of them in the holdout."""
    from segstudio.networks.weights import new_network, save_model

    (tmp_path / "ball").mkdir()
    save_model(tmp_path / "ball", ball_spec, new_network(ball_spec))
    library = Library.open(tmp_path / "library")
    library.import_model(tmp_path / "ball")
    for seed in range(5):
        volume, labels = ball_scan(seed)
        library.submit(library.add_case(volume, patient=str(seed)), labels, reader="r", model="ball@1")
    yield library
    library.close()


@pytest.fixture
def worker(library) -> Iterator[Worker]:
    worker = Worker(library, device="cpu")
    yield worker
    worker.close()


def queue(library: Library, minutes: float) -> int:
    return library.add_job("fine-tune", "ball", {"minutes": minutes, "seed": 0}).id


def until(so: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (ProcessLookupError, FileNotFoundError):
        return sys.platform == "darwin"


def states(library: Library) -> list[str]:
    return [job.state for job in reversed(library.jobs())]


def versions(library: Library) -> list[str]:
    """Of the model that is taught here; the app has taken in its starters besides."""
    return [entry.label for entry in library.models() if entry.name == "ball"]


def learning(library: Library, job: int) -> bool:
    now = library.job(job)
    assert now.state in ("queued", "running", "interrupted"), now
    return now.what.startswith("learning")


def child_of(worker: Worker) -> ChildProcess:
    until(lambda: worker._child)
    assert worker._child
    return worker._child


def test_a_correction_becomes_a_candidate_with_a_verdict(library, worker):
    job = queue(library, 0.1)
    said: list[str] = []
    (ended,) = worker.run_pending(lambda _done, what: said.append(what))
    assert (ended.id, ended.state, ended.result) == (job, "done", "ball@2")
    entry = library.model("ball@2")
    assert (entry.state, entry.base, entry.job) == ("candidate", "ball@1", job)
    assert entry.verdict is not None
    assert entry.verdict.patients == 1
    assert set(entry.spec.lineage.cases) == {str(case.id) for case in library.cases() if case.split == "train"}
    assert entry.spec.metrics["compared_with"] == "ball@1"
    assert library.curve(job)
    assert said
    assert not ended.folder.exists()
    assert library.model("ball").label == "ball@1", "only a person promotes"


def test_jobs_of_other_programs_are_found_without_a_word(library, worker):
    worker.start()
    other = Library.open(library.folder)
    job = queue(other, 0.01)
    other.close()
    until(lambda: library.job(job).state == "done")


def test_a_second_worker_is_refused_and_the_first_goes_on(library, worker):
    worker.start()
    with pytest.raises(LibraryError, match="another window or worker"):
        Worker(library).start()
    with pytest.raises(LibraryError, match="another window or worker"):
        Worker(library).run_pending()
    job = queue(library, 0.01)
    worker.wake()
    until(lambda: library.job(job).state == "done")


def test_a_cancelled_job_ends_and_leaves_nothing(library, worker):
    worker.start()
    job = queue(library, LONG)
    worker.wake()
    child = child_of(worker)
    until(lambda: learning(library, job))
    library.cancel(job)
    until(lambda: not child.alive and not library.job(job).folder.exists())
    assert library.job(job).state == "cancelled"
    assert len(library.models()) == 1


def test_a_paused_job_lets_others_pass_and_goes_on_where_it_was(library, worker):
    worker.start()
    first, second = queue(library, LONG), queue(library, 0.01)
    worker.wake()
    until(lambda: learning(library, first))
    library.pause(first)
    until(lambda: library.job(second).state == "done")
    assert library.job(first).state == "paused"
    step = library.curve(first)[-1].step
    assert (library.job(first).folder / "checkpoint.pt").exists()
    library.resume(first)
    worker.wake()
    until(lambda: library.curve(first)[-1].step > step)
    library.cancel(first)


def test_closing_leaves_the_job_to_go_on_later(library, worker):
    worker.start()
    job = queue(library, LONG)
    worker.wake()
    child = child_of(worker)
    until(lambda: learning(library, job))
    worker.close()
    assert not child.alive
    assert library.job(job).state == "interrupted"
    assert (library.job(job).folder / "checkpoint.pt").exists()
    library.lock_worker().release()


def test_a_killed_child_costs_only_the_steps_since_its_checkpoint(library, worker):
    worker.start()
    job = queue(library, 0.12)
    worker.wake()
    child = child_of(worker)
    until(lambda: learning(library, job))
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: library.job(job).state == "done")
    assert "interrupt" in [event.verb for event in library.audit()]
    assert [entry.label for entry in library.models()] == ["ball@2", "ball@1"]


def test_a_child_that_is_killed_again_and_again_fails_the_job_in_words(library, worker):
    worker.start()
    job = queue(library, LONG)
    worker.wake()
    for _ in range(MOST_CRASHES):
        child = child_of(worker)
        until(lambda: library.job(job).state == "running")
        os.kill(child.pid, signal.SIGKILL)
        until(lambda child=child: worker._child is not child)
    until(lambda: library.job(job).state == "failed")
    assert "killed by SIGKILL" in library.job(job).error
    assert "memory" in library.job(job).hint.lower()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_app_leaves_no_child_no_half_model_and_loses_no_correction(library, worker):
    job = queue(library, 0.1)
    before = [(each.id, each.sha256) for each in library.corrections()]
    app, child = _start_app(library)
    until(lambda: learning(library, job))
    app.kill()
    app.wait()
    until(lambda: not runs(child))
    assert versions(library) == ["ball@1"]
    assert [(each.id, each.sha256) for each in library.corrections()] == before
    worker.start()
    until(lambda: library.job(job).state == "done")
    assert [event.verb for event in library.audit() if event.subject == f"job {job}"].count("interrupt") == 1
    assert versions(library) == ["ball@2", "ball@1"]
    for correction in library.corrections():
        library.load(correction)


def _start_app(library: Library) -> tuple[subprocess.Popen[str], int]:
    """Another process with a session on the library; returns it and its child, once that trains."""
    code = (
        "import sys, time; from pathlib import Path; from segstudio.studio import Studio\n"
        "studio = Studio.open(Path(sys.argv[1]), device='cpu'); studio.start()\n"
        "while not studio.worker._child: time.sleep(0.01)\n"
        "print(studio.worker._child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    app = subprocess.Popen(
        [sys.executable, "-c", code, str(library.folder)], env=env, stdout=subprocess.PIPE, text=True
    )
    assert app.stdout
    return app, int(app.stdout.readline())


def test_a_damaged_correction_fails_its_job_in_words_and_the_next_job_runs(library, worker):
    correction = next(each for each in library.corrections() if library.case(each.case_id).split == "train")
    whole = correction.file.read_bytes()
    correction.file.chmod(0o644)
    correction.file.write_bytes(whole[:-1])
    job = queue(library, 0.01)
    (failed,) = worker.run_pending()
    assert failed.state == "failed"
    assert f"case {correction.case_id}" in failed.error
    assert "submit the case again" in failed.hint
    correction.file.write_bytes(whole)
    library.retry(job)
    assert [each.state for each in worker.run_pending()] == ["done"]


def test_a_job_without_anyone_to_learn_from_fails_in_words(tmp_path, library, worker):
    library.add_job("fine-tune", "nobody", {"minutes": 1, "seed": 0})
    (failed,) = worker.run_pending()
    assert failed.error == "there is no patient to learn from"
    assert failed.hint


def test_while_a_person_waits_training_holds_still(library, worker):
    worker.start()
    job = queue(library, LONG)
    worker.wake()
    until(lambda: learning(library, job))
    with worker.held():
        until(lambda: _settled(library, job))
        library.cancel(job)
        until(lambda: worker._child is None), "a job that holds still can be cancelled"


def _settled(library: Library, job: int) -> bool:
    """Whether no step has been taken for longer than steps take."""
    before = library.curve(job)
    time.sleep(3)
    return library.curve(job) == before


def test_views_hear_of_jobs_and_models(library):
    heard: list[Change] = []
    job = queue(library, 0.01)
    Worker(library, device="cpu", heard=heard.append).run_pending()
    assert Change("models", "ball@2") in heard
    assert [change.id[:3] for change in heard if change.kind == "device"] == ["CPU"]
    assert heard[0] == heard[-1] == Change("jobs", str(job))


def test_a_child_ends_with_its_parents_line():
    child = ChildProcess(background=True)
    child.close(patience=30)
    assert not child.alive


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has an idle class")
def test_learning_stands_back_for_a_window_but_not_for_a_busy_server(library):
    seen = []

    def note(change):
        if worker._child:
            seen.append(os.sched_getscheduler(worker._child.pid))

    worker = Worker(library, device="cpu", heard=note)
    queue(library, 0.01)
    worker.run_pending()
    assert seen
    assert set(seen) == {os.SCHED_OTHER}
    seen.clear()
    queue(library, 0.01)
    worker.start()
    until(lambda: os.SCHED_IDLE in seen)
    worker.close()


def test_a_child_that_dies_tells_how():
    child = ChildProcess(background=False)
    child.ask("predict", model="/nowhere")
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(ChildDiedError, match="killed by SIGKILL"):
        until(lambda: child.answer(0.1) and False)
    child.close()
