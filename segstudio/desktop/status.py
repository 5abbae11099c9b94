"""The line at the bottom: where the pointer is, whether the work is safe, and what the machine does."""

from __future__ import annotations

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QStatusBar

from segstudio.errors import SegStudioError
from segstudio.library import LEARNING, Job
from segstudio.viewer.messages import capital, named
from segstudio.viewer.sections.section import Elided, label
from segstudio.viewer.session import Session

_TICK_MS = 1000


class Status(QStatusBar):
    """Place, voxel, value and class at the left; what is being done and kept, and the notice at the right."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setSizeGripEnabled(False)
        self.pointer = Elided()
        self.pointer.setText("")
        self.state, self.steps, self.machine, self.serving = label(), label(), label(), label()
        self.serving.setToolTip("The version that predicts")
        self.addWidget(self.pointer, 1)
        for part in (self.state, self.steps, self.serving, self.machine, label("Research use only")):
            self.addPermanentWidget(part)
        session.model_changed.connect(self._tell_model)
        session.work_changed.connect(self._tell_machine)
        for signal in (session.mask_changed, session.work_changed, session.scan_changed):
            signal.connect(self.redraw)
        session.library_changed.connect(self._heard)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.redraw)
        self._tick.start()
        self._learns: Job | None = None
        self._heard("jobs")
        self._tell_model()
        self.redraw()

    def redraw(self) -> None:
        """Say how things are now."""
        session = self._session
        scan = session.scan
        doing = f"{capital(session.work.what)} …" if session.work else ""
        self.state.setText(doing or kept_in_words(session))
        self.state.setVisible(bool(self.state.text()))
        self.steps.setVisible(scan is not None and scan.mask.steps > 0)
        if scan is not None:
            used, most = (f"{size / (1 << 20):.0f}" for size in (scan.mask.bytes_used, scan.mask.memory))
            steps = "1 change" if scan.mask.steps == 1 else f"{scan.mask.steps} changes"
            self.steps.setText(f"{steps} to undo")
            self.steps.setToolTip(f"Changes that can be undone take {used} of {most} MB")

    def _heard(self, kind: str) -> None:
        if kind == "jobs":
            try:
                self._learns = next((job for job in self._session.studio.jobs() if job.state == "running"), None)
            except SegStudioError:  # the sections tell of it
                return
        self._tell_machine()

    def _tell_model(self) -> None:
        self.serving.setText(named(self._session.model))
        self.serving.setVisible(bool(self._session.model))

    def _tell_machine(self) -> None:
        device, work, job = self._session.studio.device, self._session.work, self._learns
        predicts = work is not None and work.kind == "predict"
        doing = "predicting" if predicts else job_in_words(job) if job else "idle"
        learns = f"{job.model} learns" if job and job.kind in LEARNING else ""
        self.machine.setText(machine_in_words(device, doing))
        self.machine.setToolTip("\n".join(filter(None, (device, learns))))


def job_in_words(job: Job) -> str:
    """What a job in the background does, and how far it is: "learning 62 %"."""
    what = {"predict": "predicting", "import": "taking scans in"}.get(job.kind, "learning")
    return f"{what} {100 * job.done:.0f} %"


def machine_in_words(device: str, doing: str) -> str:
    """What computes and what it does: "CPU · learning 62 %"; the device without what stands in brackets after it."""
    name = device.partition(" (")[0]
    return f"{name} · {doing}" if name else doing.capitalize()


def kept_in_words(session: Session) -> str:
    """Whether there is anything in the mask to submit, and whether all of it is on disk."""
    scan = session.scan
    if scan is None:
        return ""
    if session.unsubmitted:
        journal = scan.mask.journal
        kept = "" if journal is None else "Saving …" if journal.behind else "All changes saved"
        return " · ".join(filter(None, (kept, "not submitted" if kept else "Not submitted")))
    if session.handed_over:
        return "Submitted"
    return "As the model drew it" if session.drawn.model and scan.mask.steps else "No changes"
