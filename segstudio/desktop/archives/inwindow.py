"""What the window does with archives; its commands are in the menu only while one is set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QApplication, QWidget

from segstudio import pacs
from segstudio.desktop.archives import giving_back
from segstudio.desktop.archives.picker import NO_SCANS, ArchivePicker
from segstudio.errors import SegStudioError
from segstudio.pacs import Fetched
from segstudio.viewer.actions import Actions
from segstudio.viewer.masks import load_mask
from segstudio.viewer.messages import Message
from segstudio.viewer.session import Session

COMMANDS = ("open_archive", "store_mask")
_FOLDER = "fetched"


class Open(Protocol):
    """Opens a scan, and others beside it."""

    def __call__(self, path: Path, *, beside: Sequence[Path] = ()) -> None:
        """As the window does."""


class InWindow(QObject):
    """Archives in a window.

    Attributes
    ----------
    runs
        What its commands do, by name.
    """

    def __init__(self, session: Session, opens: Open, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._opens, self._window = session, opens, parent
        self.runs: dict[str, Callable[[], object]] = {
            "open_archive": self.pick,
            "store_mask": lambda: giving_back.offer(session),
        }

    def show_in(self, made: Actions) -> None:
        """Have the commands in the menus while an archive is set up, and only then."""
        try:
            some = bool(pacs.connections())
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
            some = False
        for name in COMMANDS:
            if name in made.by_name:
                made.by_name[name].setVisible(some)

    def pick(self) -> ArchivePicker:
        """Show the picker."""
        picker = ArchivePicker(self._session.studio.library.folder / _FOLDER, self._window)
        picker.fetched.connect(lambda fetched: self._open(picker, fetched))
        app = QApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(picker.reject)  # what it fetches is not waited for
        picker.show()
        return picker

    def _open(self, picker: ArchivePicker, fetched: Fetched) -> None:
        scans = [folder for folder in fetched.folders if folder.name.partition("-")[0] not in NO_SCANS]
        picker.reject()
        if scans:
            self._opens(scans[0], beside=scans[1:])
        elif self._session.scan is not None:
            load_mask(self._session, next(fetched.folders[0].iterdir()))
        told = _told(fetched)
        if told is not None:
            self._session.said.emit(told)


def _told(fetched: Fetched) -> Message | None:
    report = fetched.report
    if report is None:
        return None
    who = ", ".join(report.patients)
    left = len(report.held) + len(report.left_out)
    out = f" {left} pictures are left out." if left else ""
    return Message(f"{who}: de-identified.{out}", " ".join(report.notes), stays=bool(report.notes))
