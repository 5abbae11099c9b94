"""The model that is chosen, and what it draws on the scan that is open."""

from __future__ import annotations

from collections.abc import Callable, Collection

from qtpy.QtCore import QObject, Signal

from segstudio.editing import Edit
from segstudio.errors import SegStudioError
from segstudio.imaging import LabelClass, unnamed_values
from segstudio.inference import Prediction
from segstudio.inference.fit import fits
from segstudio.library import ModelEntry
from segstudio.progress import Stop
from segstudio.studio import Studio
from segstudio.viewer.correcting import Correcting
from segstudio.viewer.drawn import edit_of
from segstudio.viewer.messages import Action, Message, Tone
from segstudio.viewer.outcome import Outcome, prediction_in_words
from segstudio.viewer.scan import Scan


class Predicting(Correcting):
    """A mask that a model may draw, before a reader corrects it and after.

    Attributes
    ----------
    studio
        Where the models are, and who runs them.
    """

    model_changed = Signal()

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.studio = studio

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
        before, self.model = self.model, chosen.label if chosen else ""
        self.model_classes = chosen.spec.classes if chosen else ()
        if chosen is not None and (self.model != before or not self.classes):
            same = chosen.name == before.partition("@")[0]
            painted = self.scan is not None and bool(self.scan.mask.counts[1:].any())
            self.set_classes(self._with_the_models(self.classes if same or painted else ()))
        self.model_changed.emit()

    def _with_the_models(self, kept: tuple[LabelClass, ...]) -> tuple[LabelClass, ...]:
        """Classes with those of the model; it gives no name to what is drawn already."""
        drawn = () if self.scan is None else unnamed_values(kept, self.scan.mask.counts)
        taken = {*drawn, *(each.value for each in kept)}
        return (*kept, *(each for each in self.model_classes if each.value not in taken))

    @property
    def _first_classes(self) -> tuple[LabelClass, ...]:
        """Those that a scan begins with: the model's. Without a model those that are listed, for many scans alike."""
        return self.model_classes or self.classes

    def _choose_suited(self, scan: Scan) -> None:
        """Choose a version in use that was made for such a scan, where the one that is chosen was not."""
        entries = [each for each in self.entries() if each.state == "current" or each.label == self.model]
        fitting = [each.label for each in entries if fits(scan.volume, each.spec)]
        if fitting and self.model not in fitting:
            self.choose_model(fitting[0])

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
        if not found.kept:
            self.said.emit(Message(prediction_in_words(found), tone="warning"))
            return
        painted, before = self.unsubmitted, self.drawn

        def draw(_stop: Stop) -> Edit | None:
            self.drawn = before.with_(model, found)
            return edit_of(scan, found, only)

        def done(outcome: Outcome) -> None:
            if outcome.wrote is not None and not only and found.box is None:  # all that is there is the model's
                free = set(self.nameless)
                self.set_classes((*self.classes, *(each for each in found.labels.classes if each.value in free)))
            if not painted:
                self._settle()  # what a model drew can be drawn again
            self._note()
            undo = (Action("Undo", self.undo),) if outcome.wrote else ()
            tone: Tone = "warning" if found.notes else "done"
            self.said.emit(Message(prediction_in_words(found), tone=tone, actions=undo))
            if then is not None:
                then(found)

        self._apply(scan, "Drawing the prediction", draw, done)
