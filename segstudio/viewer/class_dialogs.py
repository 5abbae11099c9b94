"""What classes are asked about: their colour, what they become, which of a known list are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor, QStandardItem, QStandardItemModel
from qtpy.QtWidgets import (
    QColorDialog,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)  # fmt: skip

from segstudio.imaging import Color, LabelClass, color_of
from segstudio.imaging.presets import Preset, joined
from segstudio.viewer import class_edits as edits
from segstudio.viewer import look
from segstudio.viewer.class_table import ROW, Choice, ClassTable
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.outcome import in_ml
from segstudio.viewer.sections.section import button, label, row
from segstudio.viewer.session import Session

_SWATCHES = 28
_ACROSS = 7
_FEW = 12
"""Classes of a list that are all chosen to begin with."""


class ColorMenu(QMenu):
    """A palette that opens where the hand is; `picked` tells red, green and blue."""

    picked = Signal(tuple)

    def __init__(self, now: Color, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        palette = QWidget(self)
        grid = QGridLayout(palette)
        grid.setContentsMargins(6, 6, 6, 6)
        grid.setSpacing(2)
        for index in range(_SWATCHES):
            grid.addWidget(self._swatch(color_of(index), now), index // _ACROSS, index % _ACROSS)
        action = QWidgetAction(self)
        action.setDefaultWidget(palette)
        self.addAction(action)
        self.addAction("Another colour…", partial(self._ask, now))

    def _swatch(self, color: Color, now: Color) -> QToolButton:
        made = QToolButton()
        made.setCheckable(True)
        made.setChecked(color == now)
        made.setIcon(look.swatch(color, 20))
        made.setIconSize(QSize(20, 20))
        made.setToolTip("red {}, green {}, blue {}".format(*color))
        made.clicked.connect(partial(self._pick, color))
        return made

    def _pick(self, color: Color, _checked: bool = False) -> None:
        self.picked.emit(color)
        self.close()

    def _ask(self, now: Color) -> None:
        dialog = QColorDialog(QColor(*now), self.parentWidget())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda color: self.picked.emit((color.red(), color.green(), color.blue())))
        dialog.open()


class MergeDialog(QDialog):
    """What each class of the mask becomes, with its voxels and millilitres, before anything changes.

    Parameters
    ----------
    first
        The class that is listed first; 0 for the order of the list.
    """

    def __init__(self, session: Session, first: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Merge classes")
        self._session = session
        self._values = self._listed(first)
        self._targets = self._targets_of()
        self.choices = {value: self._choice(value) for value in self._values}
        self.table = ClassTable("Class", list(self.choices.values()))
        self.said = label(kind="quiet", wrap=True)
        self.apply = button("Merge", "Change the mask as shown; one step, which undo takes back", kind="primary")
        cancel = button("Cancel", "Leave the mask as it is")
        cancel.clicked.connect(self.close)
        self.apply.clicked.connect(self._merge)
        session.mask_changed.connect(self.redraw)
        session.scan_changed.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(label("What each class becomes. Nothing changes before you press Merge.", wrap=True))
        column.addWidget(self.table)
        column.addWidget(self.said)
        column.addLayout(_buttons(cancel, self.apply))
        self._fill()
        self.redraw()
        self.resize(720, min(640, 190 + ROW * len(self._values)))

    @property
    def mapping(self) -> dict[int, int]:
        """Classes that would change, and what they would become."""
        chosen = {value: int(choice.currentData()) for value, choice in self.choices.items()}
        return {old: new for old, new in chosen.items() if old != new}

    def _listed(self, first: int) -> list[int]:
        session = self._session
        values = [*(each.value for each in session.classes), *session.nameless]
        there = [value for value in values if self._counts().get(value)]
        return sorted(there, key=lambda value: value != first)

    def _counts(self) -> dict[int, int]:
        scan = self._session.scan
        return {} if scan is None else {value: int(count) for value, count in enumerate(scan.mask.counts) if count}

    def _targets_of(self) -> QStandardItemModel:
        """One list for all choices: 120 classes have 120 choices of 121."""
        scan = self._session.scan
        locked = scan.mask.locked if scan else frozenset()
        targets = QStandardItemModel(self)
        for value in (0, *(each.value for each in self._session.classes), *self._session.nameless):
            item = QStandardItem(edits.name_of(self._session, value) if value else "nothing (cleared)")
            item.setData(value, Qt.ItemDataRole.UserRole)
            if value:
                item.setIcon(look.swatch(edits.color_in(self._session, value)))
            item.setEnabled(value not in locked)
            targets.appendRow(item)
        return targets

    def _choice(self, value: int) -> Choice:
        choice = Choice()
        choice.setModel(self._targets)
        choice.setCurrentIndex(choice.findData(value))
        locked = self._session.scan is not None and value in self._session.scan.mask.locked
        choice.setEnabled(not locked)
        choice.setToolTip("Locked: unlock the class to change it" if locked else "What the class becomes")
        choice.currentIndexChanged.connect(self.redraw)
        return choice

    def _fill(self) -> None:
        for at, value in enumerate(self._values):
            icon = look.swatch(edits.color_in(self._session, value))
            self.table.name(at, edits.name_of(self._session, value), icon=icon)

    def redraw(self) -> None:
        """Count anew, and say what would come of it."""
        scan, counts = self._session.scan, self._counts()
        if scan is None:
            return
        for at, value in enumerate(self._values):
            self.table.count(at, counts.get(value, 0), scan.voxel_ml)
        told = {value: edits.name_of(self._session, value) for value in (*counts, *self.mapping.values())}
        self.said.setText(merged_in_words(counts, self.mapping, told, scan.voxel_ml))
        self.apply.setEnabled(bool(self.mapping))

    def _merge(self) -> None:
        edits.merge_classes(self._session, self.mapping)
        self.close()


def merged_in_words(
    counts: Mapping[int, int], mapping: Mapping[int, int], names: Mapping[int, str], voxel_ml: float
) -> str:
    """What a merge would come to: "liver 3.10 → 5.20 ml; spleen goes (2.10 ml)."."""
    after: Counter[int] = Counter()
    for value, count in counts.items():
        after[mapping.get(value, value)] += count
    told = []
    for value in sorted({*mapping, *mapping.values()} - {0}):
        before, now = counts.get(value, 0) * voxel_ml, after[value] * voxel_ml
        if not now:
            told.append(f"{names[value]} goes ({in_ml(before)})")
        else:
            told.append(f"{names[value]} {in_ml(before).removesuffix(' ml') if before else 0} → {in_ml(now)}")
    return f"{'; '.join(told)}." if told else "Every class stays as it is."


class PresetDialog(QDialog):
    """Which classes of a known list are wanted, and whether beside those that are there or in their place."""

    def __init__(self, session: Session, preset: Preset, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(preset.name)
        self._session, self._preset = session, preset
        self.filter = QLineEdit(placeholderText="Filter", clearButtonEnabled=True)
        self.list = QListWidget()
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.beside = QRadioButton("Beside the classes that are there")
        self.instead = QRadioButton("In place of them; the mask stays as it is")
        self.said = label(kind="quiet", wrap=True)
        self.every = button("All", "Choose all that are listed now", kind="link")
        self.none = button("None", "Choose none of those that are listed now", kind="link")
        self.apply = button("Add", "Put them on the list of classes", kind="primary")
        self._lay_out()
        self._fill()
        self.filter.textChanged.connect(self._sift)
        self.list.itemClicked.connect(_toggle)
        self.list.itemChanged.connect(self._tell)
        self.instead.toggled.connect(self._turn)
        self.every.clicked.connect(lambda _checked=False: self._check(Qt.CheckState.Checked))
        self.none.clicked.connect(lambda _checked=False: self._check(Qt.CheckState.Unchecked))
        self.apply.clicked.connect(self._take)
        self._tell()
        self.resize(420, 560)

    def _lay_out(self) -> None:
        cancel = button("Cancel", "Leave the list as it is")
        cancel.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(label(f"{self._preset.about}.", wrap=True))
        column.addLayout(row(self.filter, self.every, self.none, stretch=0))
        column.addWidget(self.list)
        column.addWidget(self.beside)
        column.addWidget(self.instead)
        column.addWidget(self.said)
        column.addLayout(_buttons(cancel, self.apply))
        self.beside.setChecked(True)

    def _fill(self) -> None:
        there = set(self._session.nameless)
        few = len(self._preset.classes) <= _FEW and not there
        for each in self._preset.classes:
            item = QListWidgetItem(look.swatch(each.color), f"{each.value}  {each.name}", self.list)
            item.setToolTip(f"{each.code.scheme} {each.code.value}: {each.code.meaning}" if each.code else "")
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)  # a click anywhere on it ticks it, not only one on the box
            wanted = few or each.value in there
            item.setCheckState(Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)

    @property
    def chosen(self) -> tuple[LabelClass, ...]:
        """Those that are ticked."""
        ticked = [item.checkState() == Qt.CheckState.Checked for item in self._items()]
        return tuple(each for each, wanted in zip(self._preset.classes, ticked, strict=True) if wanted)

    @property
    def result_classes(self) -> tuple[LabelClass, ...]:
        """The list of classes as it would be."""
        if self.instead.isChecked():
            return self.chosen
        return joined(self._session.classes, self.chosen, self._session.nameless)

    def _items(self) -> list[QListWidgetItem]:
        return [item for at in range(self.list.count()) if (item := self.list.item(at)) is not None]

    def _sift(self, text: str) -> None:
        words = text.casefold().split()
        for item in self._items():
            item.setHidden(not all(word in item.text().casefold() for word in words))

    def _check(self, state: Qt.CheckState, which: Sequence[bool] | None = None) -> None:
        """Tick or untick some; by default those that are listed now."""
        items = self._items()
        self.list.blockSignals(True)  # 117 ticks are told once
        for item, wanted in zip(items, which or [not item.isHidden() for item in items], strict=True):
            if wanted:
                item.setCheckState(state)
        self.list.blockSignals(False)
        self.list.viewport().update()
        self._tell()

    def _turn(self, instead: bool) -> None:
        """In place of others, the list is to name all that it can of what is drawn."""
        drawn = self._drawn() if instead else ()
        self._check(Qt.CheckState.Checked, [each.value in drawn for each in self._preset.classes])

    def _tell(self) -> None:
        chosen, now = self.chosen, self.result_classes
        self.apply.setText(f"{'Use' if self.instead.isChecked() else 'Add'} {len(chosen)}")
        self.apply.setEnabled(bool(chosen))
        self.said.setText(self._in_words(chosen, now))

    def _in_words(self, chosen: tuple[LabelClass, ...], now: tuple[LabelClass, ...]) -> str:
        session = self._session
        if self.instead.isChecked():
            drawn = set(self._drawn()) - {each.value for each in now}
            return f"{len(drawn)} classes that are in the mask would have no name." if drawn and chosen else ""
        there = {each.name for each in session.classes}
        known = sum(each.name in there for each in chosen)
        numbers = {each.name: each.value for each in now}
        moved = sum(numbers[each.name] != each.value for each in chosen if each.name not in there)
        already = f"{known} are there already." if known else ""
        others = f"{moved} get another number, because theirs is taken." if moved else ""
        return " ".join(part for part in (already, others) if part)

    def _drawn(self) -> tuple[int, ...]:
        scan = self._session.scan
        return () if scan is None else tuple(int(value) for value in scan.mask.counts.nonzero()[0] if value)

    def _take(self) -> None:
        session, before = self._session, self._session.classes
        session.set_classes(self.result_classes)
        undo = Action("Undo", lambda: session.set_classes(before))
        session.said.emit(Message(f"{len(session.classes)} classes are on the list.", tone="done", actions=(undo,)))
        self.close()


def _toggle(item: QListWidgetItem) -> None:
    ticked = item.checkState() == Qt.CheckState.Checked
    item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)


def _buttons(*widgets: QWidget) -> QHBoxLayout:
    made = row(*widgets)
    made.insertStretch(0, 1)
    return made
