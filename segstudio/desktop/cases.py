"""What the worklist's commands do in the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import QObject, QPoint
from qtpy.QtWidgets import QFileDialog, QMenu, QWidget

from segstudio.errors import SegStudioError
from segstudio.viewer.messages import Message
from segstudio.viewer.sections.scan import PATTERNS
from segstudio.viewer.session import Session
from segstudio.viewer.worklist.panel import WorklistPanel


class Cases(QObject):
    """Takes scans into the list, and has their masks drawn."""

    def __init__(self, session: Session, panel: WorklistPanel) -> None:
        super().__init__(panel)
        self._session = session
        self._panel = panel
        session.scan_changed.connect(lambda: panel.show_case(session.case))
        panel.add.connect(self._ask)
        panel.predict.connect(self._predict)
        self._importing: set[int] = set()
        session.library_changed.connect(self._look_for_failures)

    def add(self, paths: list[Path]) -> None:
        """Take files and folders into the list, in the background."""
        try:
            self._importing.add(self._session.studio.worklist.add(paths).id)
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
        else:
            what = paths[0].name if len(paths) == 1 else f"{len(paths)} files and folders"
            self._session.said.emit(Message(f"{what}: being taken into the list.", "Go on meanwhile."))

    def _look_for_failures(self, kind: str) -> None:
        """When an import has ended, name the files that could not be taken in."""
        if kind != "jobs" or not self._importing:
            return
        studio = self._session.studio
        for job in studio.jobs():
            if job.id in self._importing and job.state in ("done", "failed", "cancelled"):
                self._importing.remove(job.id)
                if failures := studio.worklist.failures(job.id):
                    self._session.said.emit(failures_in_words(failures))

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
        button = self._panel.take_in
        above = QPoint(0, -menu.sizeHint().height())  # below it are the other buttons
        menu.exec(button.mapToGlobal(above))

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
        except SegStudioError as error:
            session.said.emit(Message.of(error))
        else:
            count = len(job.request["cases"])
            which = "1 case" if count == 1 else f"{count} cases"
            session.said.emit(Message(f"{session.model} draws {which} in the background.", "Go on meanwhile."))


def failures_in_words(failures: Sequence[tuple[str, str]]) -> Message:
    """Which files are not in the list, and why the first is not."""
    (name, why), count = failures[0], len(failures)
    more = f" Nor could {count - 1} more." if count > 1 else ""
    return Message(f"{name} could not be taken into the list.{more}", why, "error")
