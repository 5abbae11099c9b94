"""Qt's binding itself, where it has failed us."""

import sys

from qtpy.QtCore import QTimer


def test_calls_that_return_nothing_leave_the_count_of_none_alone():
    """PySide6 6.12.0 takes one reference from None with each; Python 3.11 ends the program when none is left."""
    timer = QTimer()
    before = sys.getrefcount(None)
    for _ in range(1000):
        timer.stop()
    assert sys.getrefcount(None) > before - 500
