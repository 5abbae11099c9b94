"""What the classes of a mask would become in a model, with voxel counts, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from segstudio.editing import Edit
from segstudio.imaging import LabelClass, LabelMap, whole
from segstudio.progress import Stop
from segstudio.review import Match
from segstudio.review.schema import apply
from segstudio.viewer import look
from segstudio.viewer.class_table import ROW, Choice, ClassTable, spaced
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.outcome import Outcome
from segstudio.viewer.sections.section import button, label
from segstudio.viewer.session import Session

_HOW = {
    "same": "same name and number",
    "renumbered": "same name, another number",
    "unknown": "no such class in the model",
}
_UNSET = -1
_SIZE = (720, 640)


class MappingDialog(QDialog):
    """A row for each class of the mask, with what it would become; nothing happens before Apply.

    Parameters
    ----------
    labels
        The mask, on the grid of the scan that is open.
    matches
        Its classes beside those of the model.
    classes
        Of the model.
    """

    def __init__(
        self,
        session: Session,
        labels: LabelMap,
        matches: Sequence[Match],
        classes: Sequence[LabelClass],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Classes of the mask and of the model")
        self._session, self._labels, self._classes = session, labels, tuple(classes)
        self.rows = tuple(each for each in matches if each.how != "missing")
        self.choices = {each.value: self._choice(each) for each in self.rows}
        self.table = ClassTable("Class of the mask", list(self.choices.values()))
        self.said = label(wrap=True)
        missing = ", ".join(each.name for each in matches if each.how == "missing")
        self.missing = label(f"Not in this mask: {missing}." if missing else "", "quiet", wrap=True)
        tip = "Make it the mask of the open scan; one step, which undo takes back"
        self.apply = button("Apply", tip, kind="primary")
        cancel = button("Cancel", "Leave the mask as it is")
        cancel.clicked.connect(self.reject)
        self.apply.clicked.connect(self._apply)
        feet = QHBoxLayout()
        feet.addWidget(self.said, 1)
        feet.addWidget(cancel)
        feet.addWidget(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        words = "What each class of the mask becomes. Nothing changes before you press Apply."
        column.addWidget(label(words, wrap=True))
        column.addWidget(self.table, 1)
        column.addWidget(self.missing)
        column.addLayout(feet)
        self._fill()
        self._tell()
        self.resize(_SIZE[0], min(_SIZE[1], 210 + ROW * len(self.rows)))

    @property
    def targets(self) -> dict[int, int]:
        """What each value becomes, 0 for nothing; those that nobody has decided are left out."""
        chosen = {value: int(choice.currentData()) for value, choice in self.choices.items()}
        return {value: target for value, target in chosen.items() if target != _UNSET}

    def _choice(self, match: Match) -> Choice:
        choice = Choice()
        if match.target is None:
            choice.addItem("Choose…", _UNSET)
        for each in self._classes:
            choice.addItem(look.swatch(each.color), f"{each.value}  {each.name}", each.value)
        choice.addItem("Nothing: leave it out", 0)
        choice.setCurrentIndex(choice.findData(_UNSET if match.target is None else match.target))
        choice.currentIndexChanged.connect(self._tell)
        return choice

    def _fill(self) -> None:
        for at, each in enumerate(self.rows):
            self.table.name(at, f"{each.value}  {each.name}", tip=_HOW[each.how])
            self.table.count(at, each.voxels, self._labels.geometry.voxel_ml)

    def _tell(self) -> None:
        self.said.setText(mapping_in_words(self.rows, self.targets))
        self.apply.setEnabled(all(each.value in self.targets for each in self.rows if each.voxels))

    def _apply(self) -> None:
        session, scan = self._session, self._session.scan
        if scan is None:
            return
        targets = {each.value: 0 for each in self.rows} | self.targets

        def draw(_stop: Stop) -> Edit | None:
            mask = scan.mask.labels
            found = scan.display.turn.apply(apply(self._labels, targets, self._classes).labels)
            return Edit.between("map classes", mask, whole(mask.shape), found.astype(mask.dtype, copy=False))

        def done(outcome: Outcome) -> None:
            undo = (Action("Undo", session.undo),) if outcome.wrote is not None else ()
            session.said.emit(Message("The mask has the model's classes now.", tone="done", actions=undo))

        session.set_classes(self._classes)
        session.edit("Map classes", draw, done, quiet=True)
        self.accept()


def open_mask_of(session: Session) -> LabelMap | None:
    """The mask of the open scan as it is now, on the scan's own grid; None while nothing is open."""
    scan = session.scan
    if scan is None:
        return None
    voxels = np.ascontiguousarray(scan.display.turn.undo(scan.mask.labels.copy(order="K")))
    return LabelMap(voxels, scan.volume.geometry, session.classes)


def mapping_in_words(rows: Sequence[Match], targets: Mapping[int, int]) -> str:
    """What would become of the voxels: "2 classes keep their number, 1 gets another, 120 voxels are left out."."""
    open_ones = [each.name for each in rows if each.voxels and each.value not in targets]
    if open_ones:
        return f"Choose what becomes of {', '.join(open_ones[:3])}{' and others' if len(open_ones) > 3 else ''}."
    there = [each for each in rows if each.voxels]
    same = sum(targets[each.value] == each.value for each in there)
    lost = sum(each.voxels for each in there if targets[each.value] == 0)
    moved = sum(targets[each.value] not in (0, each.value) for each in there)
    told = [f"{same} keep their number", f"{moved} get another"]
    return f"{', '.join(told)}; {f'{spaced(lost)} voxels are left out' if lost else 'no voxel is lost'}."
