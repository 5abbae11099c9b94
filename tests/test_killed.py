"""Whatever is killed at whatever moment: no submission is lost, none is doubled, and every status is right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from segstudio.imaging import LabelMap, write_volume
from segstudio.library import Library, Query
from segstudio.library.jobs import MOST_CRASHES
from segstudio.worker import Worker

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CASES = 6

READER = """
import sys
from pathlib import Path
import numpy as np
from segstudio.imaging import LabelMap
from segstudio.library import Query
from segstudio.studio import Studio

studio = Studio.open(Path(sys.argv[1]), device="cpu")
for case in studio.worklist.ids(Query(status=("predicted", "in review"))):
    read = studio.reviews.begin(case, "Dr. Roe")
    print("begun", case, flush=True)
    if case % 3 == 0:
        studio.reviews.accept(read.id, seconds=1)
    elif case % 3 == 1:
        seen = studio.worklist.open(case)
        labels = seen.predicted.labels.labels.copy()
        labels[:, 5, 5] = 1
        mask = LabelMap(labels, seen.case.geometry, seen.predicted.labels.classes)
        studio.reviews.fix(read.id, mask, seconds=2)
    else:
        studio.reviews.reject(read.id, "motion", seconds=3)
    print("stored", case, flush=True)
"""
"""Reads every case that nobody has read; told on stdout before and after each is stored."""

BECOMES = {0: ("approved", "accept"), 1: ("corrected", "fix"), 2: ("rejected", "reject")}


@pytest.fixture
def library(tmp_path, ball_scan, ball_spec):
    from segstudio.networks.weights import new_network, save_model

    (tmp_path / "ball").mkdir()
    save_model(tmp_path / "ball", ball_spec, new_network(ball_spec))
    library = Library.open(tmp_path / "library")
    library.import_model(tmp_path / "ball")
    for seed in range(CASES):
        volume, labels = ball_scan(seed)
        ball = LabelMap(np.where(labels.labels == 1, 1, 0).astype(np.uint8), labels.geometry, labels.classes)
        library.store_prediction(library.add_case(volume, patient=str(seed)), "ball@1", ball)
    yield library
    library.close()


def start(code: str, *words: object) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


def test_a_reader_whose_program_is_killed_again_and_again_reads_every_case_once(library):
    chance = random.Random(1)
    told: set[int] = set()
    for _ in range(60):
        reader = start(READER, library.folder)
        assert reader.stdout
        stop_after = chance.choice(["begun", "stored"])
        for line in reader.stdout:
            what, case = line.split()
            if what == "stored":
                told.add(int(case))
            if what == stop_after and chance.random() < 0.7:
                time.sleep(chance.random() * 0.02)
                reader.kill()
        reader.wait()
        check(library, told)
        if not library.count(Query(status=("predicted", "in review"))):
            break
    assert {row.status for row in library.page(Query())} == {"approved", "corrected", "rejected"}
    assert len(library.corrections(latest=False)) == CASES - CASES // 3
    library.sweep()
    for correction in library.corrections():
        library.load(correction)


def check(library: Library, told: set[int]) -> None:
    """What was told as stored is there once; what was not is there once or not at all; statuses follow."""
    for row in library.page(Query()):
        finished = library.reads(row.id, finished=True)
        status, verdict = BECOMES[row.id % 3]
        assert len(finished) <= 1
        assert len(library.corrections(latest=False, case=row.id)) == (len(finished) if verdict != "reject" else 0)
        if row.id in told:
            assert finished
        assert row.status == status if finished else row.status in ("predicted", "in review")
        assert all(read.verdict == verdict for read in finished)


SUBMIT = """
import sys
from pathlib import Path
from segstudio.imaging import LabelMap
from segstudio.studio import Studio

studio = Studio.open(Path(sys.argv[1]), device="cpu")
case = studio.library.case(1)
mask = studio.library.prediction(1).labels
mask.labels[0, 0, :] = 1
volume = studio.library.load_scan(case)
print("begun", flush=True)
studio.submit(volume, mask, model="ball", patient="0", reader="Dr. Roe")
print("stored", flush=True)
"""


def test_a_correction_and_the_job_that_learns_from_it_come_together_or_not_at_all(library):
    chance = random.Random(2)
    for _ in range(12):
        app = start(SUBMIT, library.folder)
        assert app.stdout
        assert app.stdout.readline() == "begun\n"
        time.sleep(chance.random() * 0.06)
        app.kill()
        stored = "stored" in app.stdout.read()
        app.wait()
        corrections, jobs = library.corrections(latest=False), library.jobs()
        assert len(corrections) == len(jobs) <= 1
        assert bool(corrections) or not stored
        assert library.row(1).status == ("corrected" if corrections else "predicted")


WORK = """
import sys, time
from pathlib import Path
from segstudio.studio import Studio

studio = Studio.open(Path(sys.argv[1]), device="cpu")
studio.start()
while any(job.state in ("queued", "running", "interrupted") for job in studio.jobs()):
    time.sleep(0.05)
studio.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="finds children in /proc")
def test_scans_are_taken_in_and_drawn_once_though_app_and_child_are_killed(tmp_path, library, ball_scan):
    scans = tmp_path / "scans"
    scans.mkdir()
    for seed in range(20, 26):
        write_volume(ball_scan(seed)[0], scans / f"scan{seed}.nii.gz")
    chance = random.Random(3)
    taken = library.add_import([str(scans)], {"modality": "MR"}).id
    drawn = library.add_job("predict", "ball@1", {"cases": [*range(1, CASES + 7)]}).id
    for kills in range(MOST_CRASHES - 1):
        app = start(WORK, library.folder)
        victim = until_child(app, chance)
        with suppress(ProcessLookupError):  # it may have done its work and gone
            os.kill(app.pid if kills % 2 else victim, signal.SIGKILL)
        if kills % 2 == 0:
            app.kill()
        app.wait()
        assert library.count(Query()) <= CASES + 6
        if library.job(drawn).state == "done":
            break
    Worker(library, device="cpu").run_pending()
    assert [(library.job(job).state, library.job(job).error) for job in (taken, drawn)] == [("done", "")] * 2
    assert library.count(Query()) == CASES + 6
    assert library.statuses()["predicted"] + library.statuses()["new"] == CASES + 6
    for case in library.ids(Query(model="ball")):
        assert library.prediction(case)


def until_child(app: subprocess.Popen[str], chance: random.Random) -> int:
    """The number of a process that the app has started, a little later."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = Path(f"/proc/{app.pid}/task")
        children = [int(word) for task in found.glob("*/children") for word in task.read_text().split()]
        if children:
            time.sleep(1 + 4 * chance.random())
            return children[0]
        if app.poll() is not None:
            return app.pid
        time.sleep(0.02)
    raise AssertionError("no child came")
