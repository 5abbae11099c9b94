"""Work beside the window: done in a thread, its results brought back to the window's own."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from qtpy.QtCore import QObject, Qt, Signal

from segstudio.errors import SegStudioError

logger = logging.getLogger(__name__)
T = TypeVar("T")


def unexpected(error: BaseException) -> SegStudioError:
    """What a person is told of an error that nobody foresaw.

    The log gets its kind and the lines of code that led there, not its words, which may name a patient's file.
    """
    logger.error("%s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return SegStudioError(
        f"something went wrong that should not have ({type(error).__name__})",
        hint="Scan and mask are still here; the log in the library folder says more.",
    )


class Desk(QObject):
    """Where a session lays down work that would hold up the window.

    One piece at a time, in order, so that what was handed in first is stored first.
    """

    _brought = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="desk")
        self._open = True
        self._brought.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def bring(self, call: Callable[[], object]) -> None:
        """Have something called in the window's thread; from any thread."""
        if self._open:
            self._brought.emit(call)

    def do(
        self, work: Callable[[], T], done: Callable[[T], object], failed: Callable[[SegStudioError], object]
    ) -> None:
        """Do work in the thread; `done` or `failed` is called in the window's, unless the desk was closed meanwhile."""

        def run() -> None:
            try:
                result = work()
            except SegStudioError as error:
                self.bring(partial(failed, error))
            except Exception as error:
                self.bring(partial(failed, unexpected(error)))
            else:
                self.bring(partial(done, result))

        self._thread.submit(run)

    def close(self) -> None:
        """Wait until all that was handed in is done; results are brought back no more."""
        self._open = False
        self._thread.shutdown(wait=True)

    def _run(self, call: Callable[[], object]) -> None:
        if self._open:
            call()
