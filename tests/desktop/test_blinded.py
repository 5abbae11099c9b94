"""A second read that is blinded stays so, whatever ends the program in the middle of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from segstudio.imaging import LabelMap
from segstudio.library import Query

WINDOW = """
import sys
from pathlib import Path
import numpy as np
from segstudio.desktop.qt import application
from segstudio.desktop.window import Window
from segstudio.library import Query
from segstudio.studio import Studio

app = application()
window = Window(Studio.open(Path(sys.argv[1]), device="cpu"))
window.show()
window.column.submit.reader.setText("Dr. B")
window.reviewing.begin(Query(), second=True)
while not (window.reviewing.case and window.reviewing.case.read):
    app.processEvents()
mask = window.session.scan.mask
stroke = mask.stroke("brush")
stroke.put((slice(0, 2), slice(0, 2), slice(0, 2)), np.ones((2, 2, 2), bool), 1)
stroke.end()
app.processEvents()
assert mask.journal.flush(30)
print("painted", flush=True)
app.exec()
"""


@pytest.fixture
def read_once(studio, ball_scan) -> int:
    """A case whose shell the model has left out, and Dr. A has drawn."""
    volume, labels = ball_scan(1)
    bare = LabelMap(np.where(labels.labels == 1, 1, 0).astype(np.uint8), labels.geometry, labels.classes)
    case = studio.library.add_case(volume, patient="1")
    studio.library.store_prediction(case, "ball@1", bare)
    studio.reviews.fix(studio.reviews.begin(case.id, "Dr. A").id, labels)
    return case.id


def reading(window, qtbot):
    """Until the case is on the screen and open for reading."""
    qtbot.waitUntil(lambda: bool(window.reviewing.case and window.reviewing.case.read), timeout=60_000)
    return window.reviewing


def without_what_dr_a_said(window, qtbot) -> None:
    reviewing = reading(window, qtbot)
    assert reviewing.sitting.kind == "second"
    assert reviewing.sitting.blinded
    assert reviewing.case.read.reader == window.session.reader == "Dr. B"
    assert reviewing.case.opened.correction is None
    assert reviewing.case.history == ()
    assert window.session.scan.mask.counts[2] == 0, "the shell is what Dr. A has drawn"


def test_after_a_kill_it_comes_back_blinded_in_that_read_with_the_draft(studio, read_once, window, qtbot):
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", WINDOW, str(studio.library.folder)]
    app = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert app.stdout
    assert app.stdout.readline() == "painted\n"
    app.kill()
    app.wait()
    app.stdout.close()
    window.opening.resume()
    assert window.bar.said.text == f"SegStudio ended in the middle of Dr. B's read of case {read_once}."
    window.bar.said.actions[0].run()
    without_what_dr_a_said(window, qtbot)
    assert window.session.scan.mask.counts[1] > studio.library.prediction(read_once).labels.labels.astype(bool).sum()
    assert window.session.unsubmitted
    (read,) = [each for each in studio.reviews.history(read_once) if not each.finished]
    assert read.id == window.reviewing.case.read.id, "no second one was begun"


def test_a_case_whose_blinded_read_is_not_finished_is_opened_in_it(studio, read_once, window, qtbot):
    window.column.submit.reader.setText("Dr. B")
    window.reviewing.begin(Query(), second=True)
    reading(window, qtbot)
    window.actions_by_name["end_review"].trigger()
    window.actions_by_name["close_scan"].trigger()
    window.worklist.chosen.emit(read_once)
    without_what_dr_a_said(window, qtbot)
    window.actions_by_name["end_review"].trigger()
    window.column.submit.reader.setText("Dr. C")
    window.worklist.chosen.emit(read_once)
    qtbot.waitUntil(lambda: window.session.work is None and window.session.scan is not None, timeout=60_000)
    qtbot.waitUntil(lambda: window.session.scan.mask.counts[2] > 0, timeout=60_000)
    assert window.reviewing.sitting is None, "another reader sees what there is"
