"""The next case is made ready before it is asked for, and only what is shown in the end is used."""

from __future__ import annotations

import numpy as np
import pytest

from segstudio.imaging import LabelMap
from tests.viewer.sessions import paint, wait


@pytest.fixture
def case(studio, ball_scan) -> int:
    """A case that a model has drawn."""
    volume, labels = ball_scan(1)
    found = studio.library.add_case(volume, patient="a")
    studio.library.store_prediction(found, "ball@1", labels)
    return found.id


def shown(session, qtbot, case):
    session.open_case(case)
    wait(qtbot, session)
    return session.scan.display.turn.undo(session.scan.mask.labels)


def test_a_case_opens_with_the_mask_that_was_made_ready_and_anew_the_next_time(session, case, ball_scan, qtbot):
    session.ahead.read([case])
    labels = shown(session, qtbot, case)
    assert (labels == ball_scan(1)[1].labels).all()
    first = session.scan.mask
    paint(session, (8, 2, 2), 2)
    assert shown(session, qtbot, case)[8, 2, 2] == 2, "the journal has what was painted"
    assert session.scan.mask is not first
    assert (session.studio.worklist.open(case).labels.labels == ball_scan(1)[1].labels).all()


def test_a_case_that_was_drawn_anew_meanwhile_opens_with_the_new_mask(session, studio, case, ball_scan, qtbot):
    session.ahead.read([case])
    assert studio.worklist.open(case).labels is not None
    labels = ball_scan(1)[1]
    other = LabelMap(np.roll(labels.labels, 1, axis=2), labels.geometry, labels.classes)
    studio.library.store_prediction(studio.library.case(case), "ball@2", other)
    assert (shown(session, qtbot, case) == other.labels).all()


def test_a_blinded_case_is_made_ready_with_the_models_mask(session, studio, case, ball_scan, qtbot):
    labels = ball_scan(1)[1]
    mine = LabelMap(np.roll(labels.labels, 1, axis=2), labels.geometry, labels.classes)
    studio.reviews.fix(studio.reviews.begin(case, "Dr. Roe").id, mine)
    session.reader = "Dr. Doe"
    session.ahead.read([case], blinded=True)
    session.open_case(case, blinded=True)
    wait(qtbot, session)
    assert (session.scan.display.turn.undo(session.scan.mask.labels) == labels.labels).all()
