"""The line at the bottom: where the pointer is, and whether the work is safe."""

from __future__ import annotations

import time

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QStatusBar

from segstudio.errors import SegStudioError
from segstudio.viewer.sections.section import Elided, label
from segstudio.viewer.session import Session

_TICK_MS = 1000


class Status(QStatusBar):
    """Place, voxel, value and class at the left; what is being done, what is kept, and the notice at the right."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setSizeGripEnabled(False)
        self.pointer = Elided()
        self.pointer.setText("")
        self.state, self.steps, self.learning = label(), label(), label()
        self.steps.setToolTip("Changes that can be undone, and the memory that they take")
        self.addWidget(self.pointer, 1)
        for part in (self.state, self.steps, self.learning, label("Research use only")):
            self.addPermanentWidget(part)
        for signal in (session.mask_changed, session.work_changed, session.scan_changed):
            signal.connect(self.redraw)
        session.library_changed.connect(lambda _kind: self._tell_learning())
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.redraw)
        self._tick.start()
        self._tell_learning()
        self.redraw()

    def redraw(self) -> None:
        """Say how things are now."""
        session = self._session
        scan = session.scan
        self.state.setText(f"{session.work.what} …" if session.work else kept_in_words(session, time.time()))
        self.state.setVisible(bool(self.state.text()))
        self.steps.setVisible(scan is not None and scan.mask.steps > 0)
        if scan is not None:
            used, most = (f"{size / (1 << 20):.0f}" for size in (scan.mask.bytes_used, scan.mask.memory))
            steps = "1 change" if scan.mask.steps == 1 else f"{scan.mask.steps} changes"
            self.steps.setText(f"{steps} to undo · {used} of {most} MB")

    def _tell_learning(self) -> None:
        try:
            running = [job for job in self._session.studio.jobs() if job.state == "running"]
        except SegStudioError:  # the sections tell of it
            return
        self.learning.setText(f"Learning {running[0].model}" if running else "Idle")


def kept_in_words(session: Session, now: float) -> str:
    """Whether the mask is submitted, and since when it is on disk; `now` in seconds since 1970."""
    scan = session.scan
    if scan is None:
        return ""
    saved = scan.mask.journal.saved_at if scan.mask.journal is not None else None
    if session.unsubmitted:
        return "Changes not submitted" + (f" · saved {ago(now - saved)}" if saved is not None else "")
    if session.handed_over:
        return "Submitted"
    return "As the model drew it" if session.drawn.model and scan.mask.steps else "No changes"


def ago(seconds: float) -> str:
    """How long since, as people say it."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s ago"
    return f"{round(seconds / 60)} min ago" if seconds < 3600 else f"{round(seconds / 3600)} h ago"
