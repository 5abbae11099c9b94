"""How long the window did not answer."""

from __future__ import annotations

import time
from types import TracebackType

from qtpy.QtCore import QTimer


class Probe:
    """While it is entered, it asks for a turn of the event loop again and again, and notes how late each one came.

    Attributes
    ----------
    longest_ms
        The longest time in which the GUI thread did nothing that it was asked for.
    busiest_ms
        The longest time for which it was at work in between, not counting what it waited for: on a machine that does
        other things too, this is the window's own part.
    """

    def __init__(self, every_ms: int = 5) -> None:
        self.longest_ms = self.busiest_ms = 0.0
        self._every_ms = every_ms
        self._timer = QTimer()
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self._asked)

    def __enter__(self) -> Probe:
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asked()
        self._timer.stop()

    def _asked(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.longest_ms = max(self.longest_ms, 1000 * (now - self._last) - self._every_ms)
        self.busiest_ms = max(self.busiest_ms, 1000 * (worked - self._worked))
        self._last, self._worked = now, worked
