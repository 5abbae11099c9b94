"""What the tests of the viewer share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.viewer.sessions import *  # noqa: F403
from tests.viewer.sessions import wait

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from segstudio.viewer.panes.surfaces import Surfaces
    from segstudio.viewer.session import Session


@pytest.fixture
def pane(session: Session, ball_file: Path, qtbot: QtBot) -> Iterator[Surfaces]:
    """The 3D pane of a session in which the ball is open, 400 × 300 pixels."""
    from segstudio.viewer.panes.surfaces import Surfaces

    session.open(ball_file)
    wait(qtbot, session)
    pane = Surfaces(session)
    qtbot.addWidget(pane)
    pane.resize(400, 300)
    with qtbot.waitExposed(pane):
        pane.show()
    yield pane
    pane.close_pane()
