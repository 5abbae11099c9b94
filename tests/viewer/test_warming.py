"""What is done before anybody waits for it."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QObject

from segstudio.viewer.panes.warming import Warming


class Litter:
    """Refers to itself: only a search for garbage finds it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def warming(qtbot: QtBot) -> Iterator[Warming]:
    parent = QObject()
    made = Warming(parent)
    yield made
    made.let_go()
    parent.deleteLater()


def test_garbage_is_looked_for_before_python_does_so_in_the_middle_of_a_command(warming: Warming, qtbot: QtBot) -> None:
    with qtbot.waitSignal(warming.done, timeout=60_000):
        pass
    gc.collect()
    old = Litter()
    litter = weakref.ref(old)
    young, middle, oldest = gc.get_threshold()
    kept = [[] for _ in range(4 * young * middle)]
    del old
    assert litter() is not None
    assert gc.get_count()[2] < oldest
    qtbot.waitUntil(lambda: litter() is None, timeout=10_000)
    assert len(kept) == 4 * young * middle
