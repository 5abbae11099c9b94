"""What the reader has open and is doing; where the dock, the picture and the studio meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging import Box, LabelClass, LabelMap, Volume
from segstudio.inference import Prediction
from segstudio.library import ModelEntry
from segstudio.studio import Change, Studio, Submission
from segstudio.viewer import drafts
from segstudio.viewer.desk import Desk
from segstudio.viewer.drafts import Draft
from segstudio.viewer.history import MaskHistory, bounds
from segstudio.viewer.layers import Display, add_mask, add_scan, colormap_of, mask_of, pictures
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.region import Region

Kind = Literal["open", "predict", "submit"]


@dataclass(frozen=True)
class Work:
    """Something that takes a while: what, how far, since when (in seconds of `time.monotonic`)."""

    kind: Kind
    what: str
    done: float = 0.0
    since: float = 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds left, once enough is done to tell."""
        gone = time.monotonic() - self.since
        return gone * (1 - self.done) / self.done if self.done > 0.05 and gone > 2 else None


@dataclass(frozen=True, eq=False)
class Scan:
    """The scan that is open and its layers."""

    path: Path
    volume: Volume
    display: Display
    pictures: tuple[Image, ...]
    mask: Labels
    history: MaskHistory


class Session(QObject):
    """One reader at one picture.

    Signals say that something is worth reading again; the attributes and the library are the truth.

    Attributes
    ----------
    scan
        What is open, or None.
    model
        NAME@VERSION that predicts, or "".
    hidden
        Values of classes that are not drawn.
    work
        What is being waited for, or None.
    unsubmitted
        Whether the mask was changed by hand since it was last handed over.
    reader
        Who works here, as the submit section says.
    """

    scan_changed = Signal()
    mask_changed = Signal()
    classes_changed = Signal()
    model_changed = Signal()
    work_changed = Signal()
    library_changed = Signal(str)
    submitted = Signal(object)
    hand_moved = Signal()
    said = Signal(object)

    def __init__(self, viewer: ViewerModel, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.studio = studio
        self.desk = Desk(self)
        self.region = Region(viewer, self)
        self.scan: Scan | None = None
        self.model = ""
        self.classes: tuple[LabelClass, ...] = ()
        self.hidden: frozenset[int] = frozenset()
        self.work: Work | None = None
        self.unsubmitted = False
        self.reader = ""
        self._predicted: NDArray[Any] | None = None
        self._looked: Box | None = None
        self._started_from = ""
        self._cancel: Callable[[], None] | None = None
        viewer.layers.events.removed.connect(self._layer_removed)
        viewer.cursor.events.position.connect(self._hand_moved)
        self._stop_listening = studio.listen(lambda change: self.desk.bring(lambda: self._heard(change)))
        self.choose_model()

    def close(self) -> None:
        """Wait for what is being stored, and stop listening."""
        self._stop_listening()
        self.cancel()
        self.viewer.layers.events.removed.disconnect(self._layer_removed)
        self.viewer.cursor.events.position.disconnect(self._hand_moved)
        self.region.close()
        self.desk.close()

    # Opening

    def open(self, path: Path, *, frame: int = 0, then: Callable[[], object] | None = None) -> None:
        """Open a scan in place of the one that is shown."""
        if self._busy():
            return
        self._begin("open", f"Opening {path.name}")

        def read() -> tuple[Volume, Draft | None]:
            volume = self.studio.open_scan(path, frame=frame)
            return volume, drafts.take(self.studio.library.folder, path, volume.geometry, self.classes)

        def done(read: tuple[Volume, Draft | None]) -> None:
            self._end()
            self._show(path, *read)
            if then is not None:
                then()

        self.desk.do(read, done, self._failed)

    def _show(self, path: Path, volume: Volume, draft: Draft | None) -> None:
        self.close_scan()
        empty = LabelMap(np.zeros(volume.geometry.shape, np.uint8), volume.geometry, self.classes)
        labels = draft.labels if draft else empty
        shown = add_scan(self.viewer, volume)
        display = Display.of(volume.geometry)
        self.region.start(display)
        mask = add_mask(self.viewer, labels)
        self.scan = Scan(path, volume, display, tuple(shown), mask, MaskHistory(mask, self._mask_touched))
        self.viewer.layers.selection.active = mask
        self.unsubmitted = draft is not None
        if draft is not None and any(each.label == draft.model for each in self.entries()):
            self._started_from, self._looked = draft.model, draft.box
        self.scan_changed.emit()
        if draft is not None:
            again = Action("Start afresh", self.clear_mask)
            self.said.emit(Message("The mask of this scan that was not submitted is back.", actions=(again,)))

    def close_scan(self) -> None:
        """Take the scan off the screen; a mask that is not submitted is kept as a draft."""
        if self.scan is None:
            return
        self.command(self.keep_draft)
        scan, self.scan, self.unsubmitted = self.scan, None, False
        self._predicted, self._looked, self._started_from = None, None, ""
        ours = [self.region.outline, scan.mask, *scan.pictures]
        self.region.end()
        for layer in [each for each in self.viewer.layers if each in ours]:
            self.viewer.layers.remove(layer)
        self.scan_changed.emit()

    def _layer_removed(self, event: Any) -> None:
        """In napari a reader can take any layer away; without its mask a scan is closed."""
        if self.scan is not None and event.value is self.scan.mask:
            self.close_scan()

    def show_frame(self, frame: int) -> None:
        """Show another time point; the mask stays."""
        scan = self.scan
        if scan is None or frame == scan.volume.frame:
            return
        volume = scan.volume.at(frame)
        for layer, (_, picture) in zip(scan.pictures, pictures(volume), strict=True):
            layer.data = picture
        self.scan = Scan(scan.path, volume, scan.display, scan.pictures, scan.mask, scan.history)

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
        if chosen and not (self.unsubmitted and self.classes):
            self.classes = chosen.spec.classes
            self.show_classes()
        self.model_changed.emit()

    def show_classes(self, hidden: frozenset[int] | None = None) -> None:
        """Draw the classes in their colours, hidden ones not at all."""
        self.hidden = self.hidden if hidden is None else hidden
        if self.scan is not None:
            self.scan.mask.colormap = colormap_of(self.classes, self.hidden)
        self.classes_changed.emit()

    # Predicting

    def predict(self, *, then: Callable[[Prediction], object] | None = None) -> None:
        """Let the model draw, in the box if there is one; the rest of the mask stays as it is."""
        scan = self.scan
        if scan is None or self._busy():
            return
        if not self.model:
            self.said.emit(Message("There is no model to predict with.", "Import or train one first.", "error"))
            return
        self._begin("predict", "Starting the model")
        model = self.model

        def done(prediction: Prediction) -> None:
            self._end()
            if self.scan is not None and self.scan.mask is scan.mask:
                self._take(model, prediction)
                if then is not None:
                    then(prediction)

        try:
            self._cancel = self.studio.predict(
                scan.volume,
                model,
                box=self.region.box,
                progress=lambda part, what: self.desk.bring(lambda: self._went_on("predict", part, what)),
                done=lambda prediction: self.desk.bring(lambda: done(prediction)),
                failed=lambda error: self.desk.bring(lambda: self._failed(error)),
            )
        except SegStudioError as error:
            self._failed(error)

    def cancel(self) -> None:
        """Stop the prediction that is running."""
        if self._cancel is not None:
            self._cancel()

    def _take(self, model: str, prediction: Prediction) -> None:
        scan = self.scan
        assert scan is not None
        labels = prediction.labels.labels
        box: Box = prediction.box or tuple(slice(0, side) for side in labels.shape)  # type: ignore[assignment]
        if self._started_from != model:
            self._predicted, self._looked = None, None
        if self._predicted is None:
            self._predicted = np.zeros_like(labels)
        self._predicted[box] = labels[box]
        self._looked = around(self._looked, box)
        self._started_from = model
        painted = self.unsubmitted
        shown = scan.display.to_shown(box)
        wrote = scan.history.write(shown, scan.display.turn.apply(labels)[shown])
        self.unsubmitted = painted  # what a model drew can be drawn again
        undo = (Action("Undo", self.undo),) if wrote else ()
        what = "Nothing was found" if not labels.any() else "Predicted"
        text = f"{what} in {prediction.seconds:.1f} s on {prediction.device}."
        self.said.emit(Message(" ".join((text, *prediction.notes)), tone="done", actions=undo))

    # The mask

    def undo(self) -> None:
        """Take the last stroke or prediction back."""
        if self.scan is not None:
            self.scan.history.undo()

    def redo(self) -> None:
        """Do again what was undone."""
        if self.scan is not None:
            self.scan.history.redo()

    def clear_mask(self) -> None:
        """Empty the mask; can be undone."""
        if self.scan is not None:
            shape = self.scan.mask.data.shape
            whole: Box = tuple(slice(0, side) for side in shape)  # type: ignore[assignment]
            self.scan.history.write(whole, np.zeros(shape, np.uint8))

    def _hand_moved(self, _event: object) -> None:
        self.hand_moved.emit()

    def _mask_touched(self) -> None:
        self.unsubmitted = True
        self.mask_changed.emit()

    # Submitting

    def submit(self, *, patient: str, reader: str, minutes: float | None = None) -> None:
        """Freeze the mask as it is now and hand it over to learn from."""
        scan = self.scan
        if scan is None or self._busy():
            return
        model = self._started_from or self.model
        if not model or not scan.mask.data.any():
            lacks = "The mask is empty." if model else "There is no model that could learn from it."
            self.said.emit(Message(lacks, "Predict or paint first.", "error"))
            return
        labels = mask_of(scan.mask, self.classes)
        looked = self._looked if self._started_from else self.region.box
        looked = around(looked, bounds(labels.labels > 0)) if looked is not None else None
        predicted = None if self._predicted is None else self._predicted.copy()
        self._begin("submit", "Storing the correction")

        def store() -> Submission:
            return self.studio.submit(
                scan.volume, labels, model=model, patient=patient, reader=reader,
                predicted=predicted, box=looked, minutes=minutes,
            )  # fmt: skip

        self.unsubmitted = False
        self.desk.do(store, self._stored, self._not_stored)

    def _stored(self, submission: Submission) -> None:
        self._end()
        if self.scan is not None and not self.unsubmitted:
            drafts.forget(self.studio.library.folder, self.scan.path)
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
        if self.scan is not None and self.unsubmitted:
            draft = Draft(mask_of(self.scan.mask, self.classes), self._started_from, self._looked)
            drafts.keep(self.studio.library.folder, self.scan.path, draft)

    # Work that is waited for

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

    def _begin(self, kind: Kind, what: str) -> None:
        self.work = Work(kind, what, since=time.monotonic())
        self.work_changed.emit()

    def _went_on(self, kind: Kind, done: float, what: str) -> None:
        if self.work is not None and self.work.kind == kind:
            self.work = Work(kind, what, done, self.work.since)
            self.work_changed.emit()

    def _end(self) -> None:
        self.work = self._cancel = None
        self.work_changed.emit()

    def _failed(self, error: SegStudioError) -> None:
        self._end()
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


def around(one: Box | None, other: Box | None) -> Box | None:
    """The smallest box round both."""
    if one is None or other is None:
        return one or other
    z, y, x = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return z, y, x
