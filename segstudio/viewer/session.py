"""What the reader has open and is doing; where the window's parts and the studio meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from segstudio.errors import SegStudioError
from segstudio.imaging import LabelClass, LabelMap, Volume
from segstudio.imaging.dicom import chosen
from segstudio.imaging.masklike import looks_like_mask
from segstudio.studio import Change, OpenCase, Studio, Submission
from segstudio.viewer.ahead import Ahead, Ready
from segstudio.viewer.drawn import Drawn
from segstudio.viewer.handing import Handed, stored_in_words
from segstudio.viewer.keeping import LeftOpen, Note, left_open, put_away, set_aside, taken_up
from segstudio.viewer.masks import is_dicom_mask, is_mask_of, offer_mask, open_mask
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.picking.rows import Choosing, Reading, choosing_after
from segstudio.viewer.predicting import Predicting
from segstudio.viewer.scan import Scan
from segstudio.viewer.starting import where_to_look


class Session(Predicting):
    """One reader at one picture.

    Signals say that something is worth reading again; the attributes and the library are the truth.

    Attributes
    ----------
    ahead
        Cases that are read before they are asked for.
    case
        Number of the library's case that is open; 0 for a scan that was opened from a file.
    reader
        Who works here, as the submit section says.
    shows_beside
        Whether there is a place for other series beside the scan.
    """

    library_changed = Signal(str)
    submitted = Signal(object)
    mask_opened = Signal(object)
    """A file was opened as a scan, with no scan open that it could be a mask of, and looks like a mask."""

    choice_wanted = Signal(object)
    """What was to be opened holds several scans: a `Choosing` for a person."""

    beside_wanted = Signal(object, object)
    """A scan was chosen to be shown beside the one that is open: its path, and how it is read."""

    compare_wanted = Signal(object, str)
    """What somebody else drew of the open case, a `LabelMap`, is to be compared with its mask; and who that was."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(studio, parent)
        self.ahead = Ahead(studio.worklist)
        self.case = 0
        self.reader = ""
        self.shows_beside = False
        self._stop_hearing: Callable[[], None] = lambda: None
        self._stop_listening = studio.listen(lambda change: self.desk.bring(lambda: self._heard(change)))
        self.choose_model()

    def close(self) -> None:
        """Wait for what is being stored, and stop listening."""
        self._stop_listening()
        self.cancel()
        self.close_scan()
        self.ahead.close()
        self.desk.close()
        for timer in self.findChildren(QTimer):  # a session may be collected in a thread, where none can be stopped
            timer.stop()

    def _heard(self, change: Change) -> None:
        if change.kind == "models":
            name = self.model.partition("@")[0]
            self.choose_model(name if change.id.startswith(f"{name}@") else self.model)
        self.library_changed.emit(change.kind)

    # Opening

    def open(
        self,
        path: Path,
        *,
        frame: int = 0,
        as_scan: bool = False,
        read: Reading | None = None,
        then: Callable[[], object] | None = None,
    ) -> None:
        """Open a scan in place of the one that is shown.

        A file that looks like a mask of the scan that is shown is asked about instead, unless it is meant `as_scan`;
        so is a place that holds several scans. `read` is how it is read, where that is known better.
        """
        if self._busy():
            return
        if not as_scan and is_dicom_mask(path):
            open_mask(self, path)
            return
        self.waiting.begin("open", f"Opening {chosen(path).path.name}")
        stopped = threading.Event()
        self.waiting.can_be_cancelled(stopped.set)
        shown = self.scan
        read_known = read or (lambda told, stop: self.studio.open_scan(path, frame=frame, progress=told, stop=stop))

        def read_it() -> tuple[Volume, bool, bool]:
            volume = read_known(self._told_of_opening, stopped.is_set)
            asks = not as_scan and is_mask_of(shown, volume, path)
            return volume, asks, not as_scan and looks_like_mask(volume, path.name)

        def done(found: tuple[Volume, bool, bool]) -> None:
            volume, asks, mask_like = found
            if asks:
                self.waiting.end()
                again = partial(self.open, path, frame=frame, as_scan=True, read=read, then=then)
                offer_mask(self, path, Action("Open it as a scan", again))
            else:
                self._take_up(path, volume, mask_like, then)

        def failed(error: SegStudioError) -> None:
            choosing = choosing_after(error, lambda one, how: self.open(one, frame=frame, read=how, then=then))
            self._failed(error) if choosing is None else self._ask_which(choosing)

        self.desk.do(read_it, done, failed)

    def _told_of_opening(self, part: float, what: str) -> None:
        self.desk.bring(lambda: self.waiting.went_on("open", part, what))

    def _ask_which(self, choosing: Choosing) -> None:
        self.waiting.end()
        self.choice_wanted.emit(choosing)

    def open_case(
        self,
        case: int,
        *,
        blinded: bool = False,
        start: LabelMap | None = None,
        then: Callable[[OpenCase], object] | None = None,
    ) -> None:
        """Open a case of the library with its latest mask: what a reader made of it, else what the model drew.

        Parameters
        ----------
        blinded
            With the model's mask, whatever others made of it.
        start
            With this mask instead, where somebody decides between several.
        """
        if self._busy():
            return
        self.waiting.begin("open", f"Opening case {case}")
        if self.case == case:
            self.close_scan()  # its journal can be kept by one mask at a time
        classes, alone = self._first_classes, self.reader if blinded or start else ""

        def read() -> tuple[OpenCase, Scan, Note | None]:
            found = self.studio.worklist.open(case, blinded=blinded)
            ready = self.ahead.take(case, start or found.labels, blinded=blinded)
            return found, *self._scan_of(found, start or found.labels, ready, classes, alone)

        def done(taken: tuple[OpenCase, Scan, Note | None]) -> None:
            found, scan, note = taken
            self.waiting.end()
            self.close_scan()
            self.case = case
            if (mask := start or found.labels) is not None:
                self.set_classes(mask.classes)
            if found.predicted is not None:
                self.drawn = Drawn(found.predicted.model, found.predicted.labels.labels)
            self._show(scan, note)
            if then is not None:
                then(found)

        self.desk.do(read, done, self._failed)

    def _scan_of(
        self, found: OpenCase, mask: LabelMap | None, ready: Ready | None, classes: Sequence[LabelClass], alone: str
    ) -> tuple[Scan, Note | None]:
        """A case that was read as the scan that is to be shown, with a mask or what was made ready of it."""
        case, volume = found.case, found.volume
        scan, note = taken_up(
            self.studio.library.folder, case.image, volume, classes, self._trouble, start=mask, ready=ready, alone=alone
        )
        if not volume.modality and case.modality in ("CT", "MR"):
            scan = scan.made_by(case.modality)
        look = ready.look if ready and scan.mask is ready.mask else where_to_look(scan.mask.labels)
        return replace(scan, title=f"case {case.id} · {case.pseudonym}", start=look), note

    def _take_up(self, path: Path, volume: Volume, mask_like: bool, then: Callable[[], object] | None) -> None:
        """Show a scan that was read, with the mask that was kept of it."""
        if self.scan is not None and self.scan.path.resolve() == path.resolve():
            self.close_scan()  # its journal can be kept by one mask at a time

        def done(taken: tuple[Scan, Note | None]) -> None:
            self.waiting.end()
            self.close_scan()
            self._show(*taken)
            if then is not None:
                then()
            if mask_like:
                self.mask_opened.emit(path)

        folder, classes = self.studio.library.folder, self._first_classes
        self.desk.do(lambda: taken_up(folder, path, volume, classes, self._trouble), done, self._failed)

    def _show(self, scan: Scan, note: Note | None) -> None:
        self._stop_hearing = scan.mask.listen(self._written)
        self.scan = scan
        self._settled = [] if note is not None and note.unsubmitted else [scan.mask.state]
        self.view.begin(scan.display, scan.windows, scan.start)
        self.region.start(scan.display)
        if note is not None:
            scan.mask.locked = note.locked
            known = any(each.label == note.model for each in self.entries())
            self.drawn = Drawn(note.model, None, note.box) if known else Drawn()
            self.set_classes(note.classes or self._with_the_models(()))
        else:
            self._choose_suited(scan)
        self.scan_changed.emit()
        if note is not None:
            again = Action("Start afresh", self.clear_mask)
            self.said.emit(Message("The mask of this scan is back as you left it.", actions=(again,)))

    def close_scan(self) -> None:
        """Take the scan off the screen; a mask that is not submitted is kept."""
        scan = self.scan
        if scan is None:
            return
        self.tools.active.key_escape()
        self._note(closed=True)
        self._stop_hearing()
        self._stop_hearing = lambda: None  # it knows the mask, which may be large
        journal, keep = scan.mask.journal, self.unsubmitted or not self.handed_over
        if journal is not None:
            self.desk.do(lambda: put_away(journal, keep=keep), lambda _done: None, self._trouble)
        self.scan, self.case, self.drawn = None, 0, Drawn()
        self._settled, self._handed, self._crossings = [], None, []
        self.region.end()
        self.view.end()
        self.set_classes(self._first_classes)
        self.scan_changed.emit()

    def left_open(self) -> list[LeftOpen]:
        """Work that a crash has cut off, the latest first; to be opened, or set aside."""
        return left_open(self.studio.library.folder)

    def take_up(self, left: LeftOpen) -> None:
        """Go on with work that a crash has cut off."""
        self.open(left.scan)

    def set_aside(self, left: LeftOpen) -> None:
        """Do not offer it again; it is there when its scan is opened."""
        self.desk.do(lambda: set_aside(left), lambda _done: None, self._trouble)

    def show_frame(self, frame: int) -> None:
        """Show another time point; the mask stays."""
        if self.scan is not None and frame != self.scan.volume.frame:
            self.scan = self.scan.at(frame)
            self.picture_changed.emit()

    def say_modality(self, modality: str) -> None:
        """Say what made the scan, "CT" or "MR", where its file does not; "" takes it back."""
        if self.scan is not None and self.scan.is_unnamed and modality != self.scan.said:
            self.scan = self.scan.made_by(modality)
            self.picture_changed.emit()

    def show_channels(self, scan: Scan) -> None:
        """Go on with the scan that is open after it was given more channels; the mask stays."""
        if self.scan is not None and scan.mask is self.scan.mask:
            self.view.add_channels(scan.windows[len(self.scan.windows) :])
            self.scan = scan
            self.picture_changed.emit()

    # Submitting

    def submit(self, *, patient: str, reader: str, minutes: float | None = None) -> None:
        """Freeze the mask as it is now and hand it over to learn from."""
        scan = self.scan
        if scan is None or self._busy():
            return
        drawn, model = self.drawn, self.drawn.model or self.model
        if not model or not scan.mask.counts[1:].any():
            lacks = "The mask is empty." if model else "There is no model that could learn from it."
            self.said.emit(Message(lacks, "Predict or paint first.", "error"))
            return
        handed = Handed(scan, scan.mask.labels.copy(order="K"), self.classes, drawn, self.region.box)
        self.waiting.begin("submit", "Storing the correction")
        state = scan.mask.state
        self.desk.do(
            lambda: handed.store(self.studio, model=model, patient=patient, reader=reader, minutes=minutes),
            lambda submission: self._stored(submission, state),
            self._failed,
        )

    def _stored(self, submission: Submission, state: object) -> None:
        self.waiting.end()
        self.mark_handed_over(state)
        self.said.emit(stored_in_words(submission))
        self.submitted.emit(submission)
