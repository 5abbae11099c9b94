"""What the worklist's commands do in the window."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QObject
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

    def add(self, paths: list[Path]) -> None:
        """Take files and folders into the list, in the background."""
        try:
            self._session.studio.worklist.add(paths)
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
        else:
            what = paths[0].name if len(paths) == 1 else f"{len(paths)} files and folders"
            self._session.said.emit(Message(f"{what}: being taken into the list.", "Go on meanwhile."))

    def _ask(self) -> None:
        menu = QMenu(self._panel)
        menu.addAction("Files…", self._ask_for_files)
        menu.addAction("A folder, with all scans in it…", self._ask_for_folder)
        button = self._panel.take_in
        menu.exec(button.mapToGlobal(button.rect().bottomLeft()))

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
