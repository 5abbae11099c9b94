"""Opening what is asked for: a scan, a case, the sample, what was open before; and looking at it as the last time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtWidgets import QMenu

from segstudio import sample
from segstudio.desktop.dropping import dropped_scan
from segstudio.desktop.remembered import Remembered
from segstudio.errors import SegStudioError
from segstudio.imaging.dicom import chosen, exists
from segstudio.viewer.keeping import LeftOpen
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.panes.four import FourPanes
from segstudio.viewer.series import Series
from segstudio.viewer.session import Session

_KEEP_MS = 2000
"""How often it is kept how the scan is looked at: a crash asks nobody first."""


class Opening(QObject):
    """What a window opens, and finds again."""

    begun = Signal()
    """Something is about to be opened in place of what is shown."""

    alone_wanted = Signal(int, str)
    """A case is to be opened in the read that a reader has begun of it without seeing what others have drawn."""

    def __init__(self, session: Session, picture: FourPanes, series: Series, remembered: Remembered) -> None:
        super().__init__(session)
        self._session, self._picture = session, picture
        self._series, self._remembered = series, remembered
        keeping = QTimer(self, interval=_KEEP_MS)
        keeping.timeout.connect(self.keep_look)
        keeping.start()

    def open(self, path: Path | None, *, beside: Sequence[Path] = ()) -> None:
        """Open a scan, to be looked at as it was the last time, and other series beside it; None is nothing."""
        if path is not None:
            self._begin()
            self._session.open(path, then=lambda: self._opened_here(path, beside))

    def open_beside(self, path: Path | None) -> None:
        """Open another series beside the scan that is open; None is nothing."""
        if path is not None:
            self._series.open(path)

    def open_dropped(self, files: Sequence[Path], *, beside: bool) -> None:
        """Open what was dropped: a file or a folder as a scan, more of them beside it; or all beside what is open."""
        scan = dropped_scan(files)
        others = files[1:] if scan == files[0] else []
        if beside and self._session.scan is not None:
            for each in (scan, *others):
                self._series.open(each)
        else:
            self.open(scan, beside=others)

    def open_case(self, case: int) -> None:
        """Open a case of the list, to be looked at as it was the last time; a blinded read that is begun goes on."""
        if self._is_blinded(case):
            self.alone_wanted.emit(case, self._session.reader)
            return
        self._begin()
        self._session.open_case(case, then=lambda _found: self._restore_look())

    def open_sample(self) -> None:
        """Open the sample, and let the model that knows what it shows draw it."""
        try:
            path = sample.sample_scan()
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
            return
        self._begin()
        self._session.open(path, then=self._show_sample)

    def close(self) -> None:
        """Take the scan off the screen."""
        self.keep_look()
        self._session.close_scan()

    def opened(self, path: Path, beside: Sequence[Path] = ()) -> None:
        """A scan is open: remember it, and look at it as the last time."""
        if not sample.is_sample(path):  # it has a command of its own, and its folder is no reader's
            self._remembered.opened(path)
        self._restore_look()
        for each in beside:
            self._series.open(each)

    def keep_look(self) -> None:
        """Remember how the scan is looked at."""
        if self._session.scan is not None:
            self._remembered.keep_look(self._session, self._picture)

    def _begin(self) -> None:
        self.keep_look()
        self.begun.emit()

    def _restore_look(self) -> None:
        self._remembered.restore_look(self._session, self._picture)

    def _opened_here(self, path: Path, beside: Sequence[Path]) -> None:
        """What was opened is remembered as what was chosen, not as the folder in which it lies."""
        scan = self._session.scan
        self.opened(scan.path if scan is not None else path, beside)

    def _show_sample(self) -> None:
        session = self._session
        assert session.scan is not None
        session.choose_model(sample.MODEL)
        if session.model.partition("@")[0] == sample.MODEL:
            session.predict()
        else:
            lacks = f"The starter model {sample.MODEL} is not in this library."
            session.said.emit(Message(lacks, "Import it, or predict with another.", "error"))

    # What was open before

    def resume(self) -> None:
        """Open what was open when the window was closed; after a crash, offer the work that it cut off."""
        left = [each for each in self._session.left_open() if exists(each.scan)]
        path = self._remembered.open
        if left:
            self._offer(left[0])
        elif path is not None and exists(path):
            self._open_again(path)

    def _open_again(self, path: Path) -> None:
        """What lies in the library is a case of it."""
        case = self._case_at(path)
        self.open_case(case) if case else self.open(path)

    def _is_blinded(self, case: int) -> bool:
        try:
            return self._session.studio.reviews.blinded_read(case, self._session.reader) is not None
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
            return False

    def _case_at(self, path: Path) -> int:
        try:
            return self._session.studio.worklist.case_at(path)
        except SegStudioError as error:
            self._session.said.emit(Message.of(error))
            return 0

    def _offer(self, left: LeftOpen) -> None:
        again = Action("Go on", lambda: self._go_on(left))
        later = Action("Not now", lambda: self._session.set_aside(left))
        case = self._case_at(left.scan)
        work = f"{left.alone}'s read of" if left.alone else "the work on"
        text = f"SegStudio ended in the middle of {work} {f'case {case}' if case else left.scan.name}."
        kept = "Every change of its mask is kept."
        self._session.said.emit(Message(text, kept, actions=(again, later), stays=True))

    def _go_on(self, left: LeftOpen) -> None:
        """With work that was cut off, as it was done: what was not shown then is not shown now."""
        case = self._case_at(left.scan)
        if left.alone and case:
            self.alone_wanted.emit(case, left.alone)
        else:
            self._open_again(left.scan)

    def list_recent(self, menu: QMenu) -> None:
        """Fill a menu with the scans that were open, the last one first."""
        menu.clear()
        for path in self._remembered.recent:
            action = menu.addAction(chosen(path).path.name)
            action.setToolTip(str(path))
            action.triggered.connect(partial(self._open_recent, path))
        if not menu.actions():
            menu.addAction("None yet").setEnabled(False)

    def _open_recent(self, path: Path, _checked: bool = False) -> None:
        if not exists(path):
            self._remembered.forget(path)
        self.open(path)
