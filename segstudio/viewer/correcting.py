"""A mask and all that changes it; the part of a session that needs no library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from segstudio.editing import Edit, Mask
from segstudio.errors import EditError, SegStudioError, Stopped
from segstudio.imaging import Box, LabelClass, unnamed_values, whole
from segstudio.progress import Stop
from segstudio.viewer.bench import Bench
from segstudio.viewer.desk import Desk
from segstudio.viewer.drawn import Drawn
from segstudio.viewer.keeping import Note
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


@dataclass
class Crossing:
    """A step that other classes came with: undo and redo change the list of classes when they cross it.

    Parameters
    ----------
    before, after
        The states of the mask on either side.
    others
        The classes of the side on which the mask is not.
    """

    before: object
    after: object
    others: tuple[LabelClass, ...]
    undone: bool = False


class Correcting(QObject):
    """A mask in the hands of a reader: tools, operations, undo, and what is being waited for.

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
        The box in which a model is to look and operations work.
    classes
        Of the mask, by ascending value.
    drawn
        What the model drew on the open scan.
    model
        NAME@VERSION that predicts, or "".
    model_classes
        What that model calls them.
    """

    scan_changed = Signal()
    picture_changed = Signal()
    """Another time point is shown, or the mask has other numbers."""
    mask_written = Signal(object)
    """After every write, with the box of the display grid that changed."""
    mask_changed = Signal()
    """Some writes ago; ten times a second at most, and not while a stroke is under way."""
    classes_changed = Signal()
    work_changed = Signal()
    said = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = Desk(self)
        self.waiting = Waiting(self)
        self.waiting.changed.connect(self.work_changed)
        self.view = View(self)
        self.region = Region(self)
        self.scan: Scan | None = None
        self.classes: tuple[LabelClass, ...] = ()
        self.drawn = Drawn()
        self.model = ""
        self.model_classes: tuple[LabelClass, ...] = ()
        self._settled: list[object] = []
        self._handed: object = None
        self._noted = False
        self._unnamed: tuple[int, ...] = ()
        self._crossings: list[Crossing] = []
        self.tools = tools_of(self)
        self.bench = Bench(self)
        self._own_thread = threading.get_ident()
        self._changed_soon = QTimer(self, singleShot=True, interval=_CHANGED_MS)
        self._changed_soon.timeout.connect(self._tell_changed)

    @property
    def work(self) -> Work | None:
        """What is being waited for, or None."""
        return self.waiting.work

    # What was handed over

    @property
    def unsubmitted(self) -> bool:
        """Whether a hand has made the mask other than it was opened, drawn by a model or handed over."""
        state = None if self.scan is None else self.scan.mask.state
        return state is not None and not any(state is each for each in self._settled)

    @property
    def handed_over(self) -> bool:
        """Whether the mask is in the library as it is on the screen."""
        return self.scan is not None and self.scan.mask.state is self._handed

    def mark_handed_over(self, state: object) -> None:
        """The mask is in the library as it was in this state."""
        self._settled.append(state)
        self._handed = state
        self._note()

    def _settle(self) -> None:
        """Nothing of the mask as it is now needs to be handed over."""
        if self.scan is not None:
            self._settled.append(self.scan.mask.state)
            self._note()

    # Changing the mask

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
        if then is not None:
            then(outcome)  # it may name a class that the words below speak of
        if not (quiet and outcome.wrote):
            undo = (Action("Undo", self.undo),) if outcome.wrote else ()
            text = outcome_in_words(outcome, self.classes, self.scan.voxel_ml)
            self.said.emit(Message(text, tone="done" if outcome.wrote else "note", actions=undo))

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
        if self.unsubmitted != self._noted:
            self._note()
        self._cross()
        self.mask_written.emit(box)
        if not self._changed_soon.isActive():
            self._changed_soon.start()

    def _tell_changed(self) -> None:
        """Whoever counts and lists waits until the hand is done: all that is drawn anew meanwhile slows the stroke."""
        if self.tools.active.busy:
            self._changed_soon.start()
            return
        self.mask_changed.emit()
        if self.nameless != self._unnamed:
            self._unnamed = self.nameless
            self.classes_changed.emit()

    # Its classes

    def set_classes(self, classes: Sequence[LabelClass]) -> None:
        """Name the classes of the mask; the mask itself stays as it is.

        Where none is as it was, the first is chosen: the number that was stands for something else now.
        """
        before = {(each.value, each.name) for each in self.classes}
        self.classes = tuple(sorted(classes, key=lambda each: each.value))
        values = [each.value for each in self.classes]
        others = before.isdisjoint((each.value, each.name) for each in self.classes)
        if values and (others or self.view.chosen not in (*values, *self.nameless)):
            self.view.chosen = values[0]
        if values and self.scan is not None and values[-1] >= len(self.scan.mask.counts):
            self._widen(self.scan)
        self._note()
        self.classes_changed.emit()

    def change_classes_with(self, crossing: Crossing, classes: Sequence[LabelClass]) -> None:
        """Name the classes of a mask that has just come in one step; undo takes the names back with it."""
        self._crossings.append(crossing)
        self.set_classes(classes)

    def _cross(self) -> None:
        """After undo or redo: the names that go with the mask as it is now."""
        state = None if self.scan is None else self.scan.mask.state
        for each in self._crossings:
            if state is (each.after if each.undone else each.before):
                here, each.undone = each.others, not each.undone
                each.others = self.classes
                self.set_classes(here)

    @property
    def nameless(self) -> tuple[int, ...]:
        """Values in the mask that no class names."""
        return () if self.scan is None else unnamed_values(self.classes, self.scan.mask.counts)

    def lock(self, values: Collection[int]) -> None:
        """Lock these classes and no others: nothing changes their voxels."""
        if self.scan is not None and frozenset(values) != self.scan.mask.locked:
            self.scan.mask.locked = frozenset(values)
            self._note()
            self.classes_changed.emit()

    def _widen(self, scan: Scan) -> None:
        """Make room in the mask for class values above 255."""
        if self._busy():
            return
        self.waiting.begin("edit", "Making room for the new class")

        def done(mask: Mask) -> None:
            self.waiting.end()
            if self.scan is not None and self.scan.mask is scan.mask:
                self.scan = replace(self.scan, mask=mask)
                self.picture_changed.emit()

        self.desk.do(scan.mask.widened, done, self._failed)

    # Its journal

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
            self._settle()

    def _note(self, *, closed: bool = False) -> None:
        """Have the journal know how things stand."""
        scan, self._noted = self.scan, self.unsubmitted
        if scan is not None and scan.mask.journal is not None:
            note = Note(
                scan.path, scan.volume.geometry, self.classes,
                self.drawn.model, self.drawn.box, self.unsubmitted, closed, scan.mask.locked, scan.alone,
            )  # fmt: skip
            scan.mask.journal.note(note.plain())

    def _trouble(self, error: SegStudioError) -> None:
        """The journal has trouble; from any thread."""
        self.desk.bring(lambda: self.said.emit(Message.of(error)))

    # What is waited for, and words

    def went_on(self, done: float, what: str) -> None:
        """An edit tells how far it is; from any thread."""
        self.desk.bring(lambda: self.waiting.went_on("edit", done, what))

    def cancel(self) -> None:
        """Stop what is being waited for."""
        self.waiting.cancel()

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
        opening = self.work is not None and self.work.kind == "open"
        self.waiting.end()
        if isinstance(error, Stopped) and opening:
            self.said.emit(Message("Stopped; what was open stays." if self.scan is not None else "Stopped."))
        elif isinstance(error, Stopped):
            self.said.emit(Message("Stopped; the mask is as it was."))
        else:
            self.said.emit(Message.of(error))
