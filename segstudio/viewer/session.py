"""What the reader has open and is doing; where the window's parts and the studio meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from segstudio.editing import Edit
from segstudio.errors import EditError, SegStudioError, Stopped
from segstudio.imaging import Box, LabelClass
from segstudio.inference import Prediction
from segstudio.library import ModelEntry
from segstudio.progress import Stop
from segstudio.studio import Change, Studio, Submission
from segstudio.viewer.bench import Bench
from segstudio.viewer.desk import Desk
from segstudio.viewer.drawn import Drawn, around, bounds, chosen_only, whole
from segstudio.viewer.keeping import LeftOpen, Note, left_open, put_away, set_aside, taken_up
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.outcome import Outcome, outcome_in_words
from segstudio.viewer.region import Region
from segstudio.viewer.scan import Scan
from segstudio.viewer.tools import tools_of
from segstudio.viewer.view import View
from segstudio.viewer.work import Waiting, Work

_CHANGED_MS = 100
"""How often, at most, it is told that the mask has changed."""

_FLUSH_S = 3.0
"""How long the disk may take before it is said that it takes nothing."""

_STILL_MS = 30
"""How often a stroke is asked whether it has ended, by work that waits for it."""


class Session(QObject):
    """One reader at one picture.

    Signals say that something is worth reading again; the attributes and the library are the truth.

    Attributes
    ----------
    scan
        What is open, or None.
    view
        How it is looked at.
    tools
        What the left button does.
    bench
        Operations other than by hand.
    region
        The box in which a model is to look.
    classes
        Of the mask, by ascending value.
    model
        NAME@VERSION that predicts, or "".
    drawn
        What the model drew on the open scan.
    unsubmitted
        Whether the mask was changed by hand since it was last handed over.
    reader
        Who works here, as the submit section says.
    """

    scan_changed = Signal()
    picture_changed = Signal()
    """Another time point is shown."""
    mask_written = Signal(object)
    """After every write, with the box of the display grid that changed."""
    mask_changed = Signal()
    """Some writes ago; ten times a second at most."""
    classes_changed = Signal()
    model_changed = Signal()
    work_changed = Signal()
    library_changed = Signal(str)
    submitted = Signal(object)
    said = Signal(object)

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.desk = Desk(self)
        self.waiting = Waiting(self)
        self.waiting.changed.connect(self.work_changed)
        self.view = View(self)
        self.region = Region(self)
        self.scan: Scan | None = None
        self.model = ""
        self.classes: tuple[LabelClass, ...] = ()
        self.drawn = Drawn()
        self.unsubmitted = False
        self._handed_over = False
        self.reader = ""
        self.tools = tools_of(self)
        self.bench = Bench(self)
        self._own_thread = threading.get_ident()
        self._stop_hearing: Callable[[], None] = lambda: None
        self._changed_soon = QTimer(self, singleShot=True, interval=_CHANGED_MS)
        self._changed_soon.timeout.connect(self.mask_changed)
        self._stop_listening = studio.listen(lambda change: self.desk.bring(lambda: self._heard(change)))
        self.choose_model()

    def close(self) -> None:
        """Wait for what is being stored, and stop listening."""
        self._stop_listening()
        self.cancel()
        self.close_scan()
        self.desk.close()
        for timer in self.findChildren(QTimer):  # a session may be collected in a thread, where none can be stopped
            timer.stop()

    @property
    def work(self) -> Work | None:
        """What is being waited for, or None."""
        return self.waiting.work

    # Opening

    def open(self, path: Path, *, frame: int = 0, then: Callable[[], object] | None = None) -> None:
        """Open a scan in place of the one that is shown."""
        if self._busy():
            return
        self.waiting.begin("open", f"Opening {path.name}")
        if self.scan is not None and self.scan.path.resolve() == path.resolve():
            self.close_scan()  # its journal can be kept by one mask at a time

        def read() -> tuple[Scan, Note | None]:
            volume = self.studio.open_scan(path, frame=frame)
            return taken_up(self.studio.library.folder, path, volume, self.classes, self._trouble)

        def done(read: tuple[Scan, Note | None]) -> None:
            self.waiting.end()
            self.close_scan()
            self._show(*read)
            if then is not None:
                then()

        self.desk.do(read, done, self._failed)

    def _show(self, scan: Scan, note: Note | None) -> None:
        self._stop_hearing = scan.mask.listen(self._written)
        self.scan = scan
        if note is not None:
            self.unsubmitted = note.unsubmitted
            known = any(each.label == note.model for each in self.entries())
            self.drawn = Drawn(note.model, None, note.box) if known else Drawn()
            self.set_classes(note.classes or self.classes)
        self.view.begin(scan.display, scan.windows)
        self.region.start(scan.display)
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
        journal, keep = scan.mask.journal, self.unsubmitted or not self._handed_over
        if journal is not None:
            self.desk.do(lambda: put_away(journal, keep=keep), lambda _done: None, self._trouble)
        self.scan, self.unsubmitted, self._handed_over, self.drawn = None, False, False, Drawn()
        self.region.end()
        self.view.end()
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

    def _trouble(self, error: SegStudioError) -> None:
        """The journal has trouble; from any thread."""
        self.desk.bring(lambda: self.said.emit(Message.of(error)))

    def _note(self, *, closed: bool = False) -> None:
        """Have the journal know how things stand."""
        scan = self.scan
        if scan is not None and scan.mask.journal is not None:
            note = Note(
                scan.path, scan.volume.geometry, self.classes,
                self.drawn.model, self.drawn.box, self.unsubmitted, closed,
            )  # fmt: skip
            scan.mask.journal.note(note.plain())

    def show_frame(self, frame: int) -> None:
        """Show another time point; the mask stays."""
        if self.scan is not None and frame != self.scan.volume.frame:
            self.scan = self.scan.at(frame)
            self.picture_changed.emit()

    def show_channels(self, scan: Scan) -> None:
        """Go on with the scan that is open after it was given more channels; the mask stays."""
        if self.scan is not None and scan.mask is self.scan.mask:
            self.view.add_channels(scan.windows[len(self.scan.windows) :])
            self.scan = scan
            self.picture_changed.emit()

    # Models and classes

    def entries(self) -> list[ModelEntry]:
        """Every model version, by name, newest first; none where the library does not answer."""
        try:
            return self.studio.models()
        except SegStudioError as error:
            self.said.emit(Message.of(error))
            return []

    def choose_model(self, label: str = "") -> None:
        """Choose the model that predicts: NAME@VERSION, or the first that is in use."""
        entries = self.entries()
        in_use = [each for each in entries if each.state == "current"]
        wanted = [each for each in entries if each.label == label] or [each for each in in_use if each.name == label]
        chosen = next(iter(wanted or in_use), None)
        self.model = chosen.label if chosen else ""
        if chosen is not None:
            kept = self.classes if self.unsubmitted else ()
            named = {each.value for each in kept}
            self.set_classes((*kept, *(each for each in chosen.spec.classes if each.value not in named)))
        self.model_changed.emit()

    def set_classes(self, classes: Sequence[LabelClass]) -> None:
        """Name the classes of the mask; the mask itself stays as it is."""
        self.classes = tuple(sorted(classes, key=lambda each: each.value))
        values = [each.value for each in self.classes]
        if values and self.view.chosen not in values:
            self.view.chosen = values[0]
        self._note()
        self.classes_changed.emit()

    # The mask

    def can_paint(self) -> bool:
        """Whether a hand may change the mask now; if not, the bar says why."""
        work = self.work
        if self.scan is None:
            return False
        if work is not None and work.kind in ("edit", "open"):
            self.said.emit(Message(f"{work.what} is not finished yet.", "Wait for it, or cancel it."))
            return False
        return True

    def edit(
        self,
        what: str,
        operation: Callable[[Stop], Edit | None],
        then: Callable[[Outcome], object] | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """Run an operation beside the window, put its result into the mask as one step, and say what it did.

        Parameters
        ----------
        what
            As a reader would call it: "Fill holes".
        operation
            Runs in the desk's thread; may raise `SegStudioError`.
        then
            Called afterwards in the window's thread.
        quiet
            Speak only if nothing came of it.
        """
        if self.scan is not None and not self._busy():
            self._apply(self.scan, what, operation, lambda outcome: self._edited(outcome, then, quiet=quiet))

    def _apply(
        self, scan: Scan, what: str, operation: Callable[[Stop], Edit | None], done: Callable[[Outcome], object]
    ) -> None:
        """Have an operation change the mask in the desk's thread, after the stroke that may be under way."""
        if self.tools.active.busy:
            QTimer.singleShot(_STILL_MS, lambda: self._apply(scan, what, operation, done))
            return
        stopped = threading.Event()
        self.waiting.begin("edit", what)
        self.waiting.can_be_cancelled(stopped.set)

        def run() -> Outcome:
            before = scan.mask.counts.copy()
            edit = operation(stopped.is_set)
            wrote = scan.mask.apply(edit) if edit is not None else None
            return Outcome(what, edit is not None, wrote, scan.mask.counts - before)

        def ended(outcome: Outcome) -> None:
            self.waiting.end()
            if self.scan is not None and self.scan.mask is scan.mask:
                done(outcome)

        self.desk.do(run, ended, self._failed)

    def _edited(self, outcome: Outcome, then: Callable[[Outcome], object] | None, *, quiet: bool) -> None:
        assert self.scan is not None
        undo = (Action("Undo", self.undo),) if outcome.wrote else ()
        if not (quiet and outcome.wrote):
            text = outcome_in_words(outcome, self.classes, self.scan.voxel_ml)
            self.said.emit(Message(text, tone="done" if outcome.wrote else "note", actions=undo))
        if then is not None:
            then(outcome)

    def undo(self) -> None:
        """Take the last step back."""
        if self.scan is not None and self.can_paint() and not self.tools.active.busy:
            self.scan.mask.undo()

    def redo(self) -> None:
        """Do again what was undone."""
        if self.scan is not None and self.can_paint() and not self.tools.active.busy:
            self.scan.mask.redo()

    def clear_mask(self) -> None:
        """Empty the mask; can be undone."""
        if self.scan is not None:
            labels = self.scan.mask.labels
            box, nothing = whole(labels.shape), np.zeros((1, 1, 1), labels.dtype)
            self.edit(
                "Clear mask",
                lambda _stop: Edit.between("clear mask", labels, box, np.broadcast_to(nothing, labels.shape)),
            )

    def _written(self, box: Box) -> None:
        """The mask was written to; in whichever thread that was."""
        if threading.get_ident() == self._own_thread:
            self._tell_written(box)
        else:
            self.desk.bring(lambda: self._tell_written(box))

    def _tell_written(self, box: Box) -> None:
        if not self.unsubmitted:
            self.unsubmitted = True
            self._note()
        self.mask_written.emit(box)
        if not self._changed_soon.isActive():
            self._changed_soon.start()

    # Predicting

    def predict(self, *, only: Collection[int] = (), then: Callable[[Prediction], object] | None = None) -> None:
        """Let the model draw, in the box if there is one; the rest of the mask stays as it is.

        Parameters
        ----------
        only
            Values of the classes to draw; none means all. Other classes stay where they are.
        """
        scan, model = self.scan, self.model
        if scan is None or self._busy():
            return
        if not model:
            self.said.emit(Message("There is no model to predict with.", "Import or train one first.", "error"))
            return
        self.waiting.begin("predict", "Starting the model")
        wanted = frozenset(only)
        try:
            cancel = self.studio.predict(
                scan.volume,
                model,
                box=self.region.box,
                progress=lambda part, what: self.desk.bring(lambda: self.waiting.went_on("predict", part, what)),
                done=lambda found: self.desk.bring(lambda: self._predicted(scan, model, found, wanted, then)),
                failed=lambda error: self.desk.bring(lambda: self._failed(error)),
            )
        except SegStudioError as error:
            self._failed(error)
        else:
            self.waiting.can_be_cancelled(cancel)

    def went_on(self, done: float, what: str) -> None:
        """An edit tells how far it is; from any thread."""
        self.desk.bring(lambda: self.waiting.went_on("edit", done, what))

    def cancel(self) -> None:
        """Stop what is being waited for."""
        self.waiting.cancel()

    def _predicted(
        self,
        scan: Scan,
        model: str,
        found: Prediction,
        only: frozenset[int],
        then: Callable[[Prediction], object] | None,
    ) -> None:
        self.waiting.end()
        if self.scan is None or self.scan.mask is not scan.mask:
            return
        painted, before = self.unsubmitted, self.drawn

        def draw(_stop: Stop) -> Edit | None:
            self.drawn = before.with_(model, found)
            labels = scan.mask.labels
            box = scan.display.to_shown(found.box or whole(found.labels.labels.shape))
            after = chosen_only(labels[box], scan.display.turn.apply(found.labels.labels)[box], only)
            return Edit.between("predict", labels, box, after)

        def done(outcome: Outcome) -> None:
            self.unsubmitted = painted  # what a model drew can be drawn again
            self._handed_over &= outcome.wrote is None
            self._note()
            undo = (Action("Undo", self.undo),) if outcome.wrote else ()
            what = "Predicted" if found.labels.labels.any() else "Nothing was found"
            text = f"{what} in {found.seconds:.1f} s on {found.device}."
            self.said.emit(Message(" ".join((text, *found.notes)), tone="done", actions=undo))
            if then is not None:
                then(found)

        self._apply(scan, "Drawing the prediction", draw, done)

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
        labels = scan.labels(self.classes)
        looked = drawn.box if drawn.model else self.region.box
        looked = around(looked, bounds(labels.labels > 0)) if looked is not None else None
        self.waiting.begin("submit", "Storing the correction")

        def store() -> Submission:
            return self.studio.submit(
                scan.volume, labels, model=model, patient=patient, reader=reader,
                predicted=drawn.labels, box=looked, minutes=minutes,
            )  # fmt: skip

        self.unsubmitted = False
        self.desk.do(store, self._stored, self._not_stored)

    def _stored(self, submission: Submission) -> None:
        self.waiting.end()
        self._handed_over = not self.unsubmitted
        self._note()
        name = submission.job.model
        use = f"{name} learns from it in the background"
        if submission.case.split == "holdout":
            use = f"this patient is kept apart, to judge new versions of {name} on"
        text = f"Correction {submission.correction.id} is stored; {use}."
        self.said.emit(Message(text, "Go on with the next scan.", "done"))
        self.submitted.emit(submission)

    def _not_stored(self, error: SegStudioError) -> None:
        self.unsubmitted = True
        self._failed(error)

    def keep_draft(self) -> None:
        """Keep a mask that is not submitted until its scan is opened again.

        Raises
        ------
        SegStudioError
            There is no room for it, or the library cannot be written to.
        """
        journal = self.scan.mask.journal if self.scan is not None else None
        if journal is not None and not journal.flush(_FLUSH_S):
            raise EditError("the disk does not take the correction", hint="Submit it, or free some room.")

    def throw_away(self) -> None:
        """Forget what was not submitted of the mask; it will not come back."""
        if self.scan is not None:
            journal, self.scan.mask.journal = self.scan.mask.journal, None
            if journal is not None:
                journal.forget()
            self.unsubmitted = False

    # Words

    def command(self, run: Callable[[], object]) -> bool:
        """Run a command of the studio; what goes wrong is said in the bar."""
        try:
            run()
        except SegStudioError as error:
            self.said.emit(Message.of(error))
            return False
        return True

    def _busy(self) -> bool:
        if self.work is None:
            return False
        self.said.emit(Message(f"{self.work.what} is not finished yet.", "Wait for it, or cancel it."))
        return True

    def _failed(self, error: SegStudioError) -> None:
        self.waiting.end()
        if isinstance(error, Stopped):
            self.said.emit(Message("Stopped; the mask is as it was."))
        else:
            self.said.emit(Message.of(error))

    def _heard(self, change: Change) -> None:
        if change.kind == "models":
            self.choose_model(self.model.partition("@")[0] if change.id.startswith(f"{self._name}@") else self.model)
        self.library_changed.emit(change.kind)

    @property
    def _name(self) -> str:
        return self.model.partition("@")[0]
