"""What the worklist's commands do in the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from qtpy.QtCore import QObject, QPoint
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QCheckBox, QFileDialog, QMenu, QWidget, QWidgetAction

from segstudio.desktop.remembered import Remembered
from segstudio.errors import SegStudioError
from segstudio.library import Job
from segstudio.viewer.messages import Action, Message, Tone, named, sentence
from segstudio.viewer.models.words import ACTIVE
from segstudio.viewer.sections.scan import PATTERNS
from segstudio.viewer.session import Session
from segstudio.viewer.worklist.panel import WorklistPanel
from segstudio.viewer.worklist.progress import LISTED


class Cases(QObject):
    """Takes scans into the list, and has their masks drawn."""

    def __init__(self, session: Session, panel: WorklistPanel, remembered: Remembered) -> None:
        super().__init__(panel)
        self._session = session
        self._panel = panel
        self._remembered = remembered
        session.scan_changed.connect(lambda: panel.show_case(session.case))
        panel.add.connect(self._ask)
        panel.predict.connect(self._predict)
        self._followed: set[int] = set()  # jobs that were seen under way; what ended before is no news
        session.library_changed.connect(self._heard)
        self._heard("jobs")

    def add(self, paths: list[Path]) -> None:
        """Take files and folders into the list, in the background."""
        try:
            label = self._remembered.flag(_LABELS)
            self._followed.add(self._session.studio.worklist.add(paths, label=label).id)
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
        else:
            what = paths[0].name if len(paths) == 1 else f"{len(paths)} files and folders"
            self._session.said.emit(Message(f"{what}: being taken into the list.", "Go on meanwhile."))

    def _heard(self, kind: str) -> None:
        """Show how far the jobs are that change the list, and say what came of those that have ended."""
        if kind != "jobs":
            return
        studio = self._session.studio
        try:
            jobs = [job for job in studio.jobs() if job.kind in LISTED]
        except SegStudioError:  # the library is busy; the next change asks again
            return
        self._panel.show_work(jobs)
        self._followed.update(job.id for job in jobs if job.state in ACTIVE)
        for job in jobs:
            if job.id in self._followed and job.state not in ACTIVE:
                self._followed.remove(job.id)
                self._session.said.emit(ended_in_words(job, studio.worklist.failures(job.id), self._name_all))

    def _name_all(self, failures: Sequence[tuple[str, str]]) -> None:
        menu = QMenu(self._panel)
        for name, why in failures:
            menu.addAction(f"{name}: {why}")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(QCursor.pos())

    def export_ledger(self) -> None:
        """Write every read as a table, where the reader says."""
        name, _ = QFileDialog.getSaveFileName(self._window, "Export the ledger", "ledger.csv", "Tables (*.csv)")
        if name:
            path = Path(name)
            path = path if path.suffix else path.with_suffix(".csv")
            self._session.desk.do(
                lambda: self._session.studio.reviews.export(path),
                lambda rows: self._session.said.emit(Message(f"{path.name} holds {rows} rows.", tone="done")),
                lambda error: self._session.said.emit(Message.of(error)),
            )

    def _ask(self) -> None:
        menu = QMenu(self._panel)
        menu.addAction("Files…", self._ask_for_files)
        menu.addAction("A folder, with all scans in it…", self._ask_for_folder)
        menu.addSeparator()
        menu.addAction(self._labels(menu))
        button = self._panel.take_in
        above = QPoint(0, -menu.sizeHint().height())  # below it are the other buttons
        menu.exec(button.mapToGlobal(above))

    def _labels(self, menu: QMenu) -> QWidgetAction:
        """A box to tick, which leaves the menu open."""
        box = QCheckBox("Keep file names as labels\n(only if they name no patient)")
        box.setToolTip("Of all but DICOM. Labels are seen and searched for in this library, and leave it with nothing.")
        box.setChecked(self._remembered.flag(_LABELS))
        box.toggled.connect(lambda on: self._remembered.keep_flag(_LABELS, on))
        action = QWidgetAction(menu)
        action.setDefaultWidget(box)
        return action

    def _ask_for_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self._window, "Add scans to the list", "", PATTERNS)
        if names:
            self.add([Path(name) for name in names])

    def _ask_for_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self._window, "Add all scans of a folder to the list")
        if name:
            self.add([Path(name)])

    @property
    def _window(self) -> QWidget:
        return self._panel.window()

    def _predict(self, cases: list[int]) -> None:
        session = self._session
        if not session.model:
            session.said.emit(Message("There is no model to predict with.", "Import or train one first.", "error"))
            return
        try:
            job = session.studio.worklist.predict(session.model, cases)
            self._followed.add(job.id)
        except SegStudioError as error:
            session.said.emit(Message.of(error))
        else:
            count = len(job.request["cases"])
            which = "1 case" if count == 1 else f"{count} cases"
            session.said.emit(Message(f"{named(session.model)} draws {which} in the background.", "Go on meanwhile."))


def ended_in_words(
    job: Job, failures: Sequence[tuple[str, str]], name_all: Callable[[Sequence[tuple[str, str]]], object]
) -> Message:
    """What came of adding scans, or of predicting many cases: one message for all of them.

    Parameters
    ----------
    failures
        Files that could not be added, and why.
    name_all
        Names them, where the message names the first alone.
    """
    if job.state == "failed":
        return Message(sentence(job.error), job.hint, "error")
    if job.state == "cancelled":
        what = "Adding scans" if job.kind == "import" else "Predicting"
        return Message(f"{what} was cancelled; what was done is kept.")
    if not failures:
        return Message(sentence(job.result), tone=_tone_of(job), stays=True)
    name, why = failures[0]
    more = (Action(f"All {len(failures)}", lambda: name_all(failures)),) if len(failures) > 1 else ()
    first = f"{name}, for one" if more else name
    told = job.result if why.startswith(name) else f"{job.result}: {first}"
    return Message(sentence(told), why, "error", more)


def _tone_of(job: Job) -> Tone:
    if job.kind != "predict":
        return "done"
    return "error" if " failed: " in job.result else "warning" if ", nothing kept of " in job.result else "done"


_LABELS = "names as labels"
