"""How far the work on the list has come: for each case that a model is to draw, and for what runs now."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QProgressBar, QVBoxLayout

from segstudio.library import Job
from segstudio.viewer.messages import capital
from segstudio.viewer.models.words import ACTIVE
from segstudio.viewer.sections.section import label, minutes_left, row, tool

LISTED = ("import", "predict")
"""Kinds of jobs that change the list."""


def under_way(jobs: Iterable[Job]) -> dict[int, str]:
    """What is being done, or waits to be done, with each case that a job is to draw."""
    told: dict[int, str] = {}
    for job in jobs:
        if job.kind == "predict" and job.state in ACTIVE:
            cases = [int(each) for each in job.request["cases"]]
            through = job.done * len(cases)
            at = int(through + 1e-6)
            told |= dict.fromkeys(cases[at:], "paused" if job.state == "paused" else "waiting")
            if job.state == "running" and at < len(cases):
                told[cases[at]] = f"predicting {100 * (through - at):.0f} %"
    return told


class WorkStrip(QFrame):
    """The job that works on the list, how far it is, and a way to stop it.

    Signals
    -------
    cancelled
        It is to be stopped, by its number.
    """

    cancelled = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("column")
        self.job: Job | None = None
        self.words = label(kind="quiet", wrap=True)
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing())  # the list keeps its height
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.stop = tool("close", "Stop; what is done so far stays")
        self.stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.stop.clicked.connect(lambda: self.cancelled.emit(self.job.id) if self.job else None)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 4, 0)
        column.setSpacing(2)
        column.addLayout(row(self.words, self.stop, stretch=0))
        column.addWidget(self.bar)
        self.show_jobs(())

    def show_jobs(self, jobs: Iterable[Job]) -> None:
        """Show what runs, or else what comes first; nothing where nothing is to be done."""
        active = [job for job in jobs if job.kind in LISTED and job.state in ACTIVE]
        self.job = min(active, key=lambda job: (job.state != "running", job.id), default=None)
        self.setVisible(self.job is not None)
        if self.job is not None:
            what = self.job.what if self.job.state == "running" and self.job.what else _WAITS[self.job.kind]
            self.words.setText(" · ".join(filter(None, (capital(what), minutes_left(self.job.left_s)))))
            self.bar.setValue(round(1000 * self.job.done))


_WAITS = {"import": "scans wait to be added", "predict": "cases wait to be predicted"}
