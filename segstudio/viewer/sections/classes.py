"""The classes: which one is painted, which are seen and locked, how large each is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from qtpy.QtCore import QModelIndex, QPoint, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QMenu, QTableView

from segstudio.imaging import LabelClass
from segstudio.imaging.presets import Preset, presets
from segstudio.viewer import class_edits as edits
from segstudio.viewer.class_dialogs import ColorMenu, MergeDialog, PresetDialog
from segstudio.viewer.messages import named
from segstudio.viewer.sections.class_rows import (
    COLOR,
    EYE,
    HEIGHT,
    LOCK,
    NAME,
    VOLUME,
    WIDTHS,
    Cells,
    ClassRows,
    Row,
    rows_of,
)  # fmt: skip
from segstudio.viewer.sections.section import Section, button, label, row, tool
from segstudio.viewer.session import Session

_SEEN = 12
"""Rows without scrolling."""

_MANY = 15
"""Classes from which a filter is worth its place."""


class ClassSection(Section):
    """One row a class: colour, number, name, eye, lock, millilitres; the chosen row is what tools paint."""

    def __init__(self, session: Session) -> None:
        super().__init__("Classes")
        self._session = session
        self._known: dict[str, frozenset[int]] = {"": frozenset()}
        self._gone: dict[int, LabelClass] = {}
        self._before = session.classes
        self.table = _table()
        self.rows = ClassRows(self.table)
        self.table.setModel(self.rows)
        self.filter = QLineEdit(placeholderText="Filter", clearButtonEnabled=True)
        self.drawn = tool("mask", "Only classes that are in the mask")
        self.drawn.setCheckable(True)
        self.empty = label("The classes of the chosen model are listed here.", "quiet", wrap=True)
        self.nameless = label(kind="quiet", wrap=True)
        self.name_them = button("Name", "Name them by hand, or by a list of classes", kind="link")
        self.strangers = label(kind="quiet", wrap=True)
        self.add = button("Add class", "Another class, with a free number and colour", "plus", kind="link")
        self.presets = button("Presets", "Names that people know: TotalSegmentator, FreeSurfer, BraTS", kind="link")
        self.unit = label("ml", "quiet")
        self.more = tool("more", "What can be done with the chosen class")
        self.jump = tool("jump", "Go to the middle of the chosen class")
        self._lay_out()
        self._connect()
        self.redraw()

    def _lay_out(self) -> None:
        _lay_out_columns(self.table)
        self.presets.setMenu(QMenu(self.presets))
        self.name_them.setMenu(QMenu(self.name_them))
        self.head.insertWidget(1, self.jump)
        self.head.insertWidget(2, self.more)
        self.head.addWidget(self.unit)
        self.body.addLayout(row(self.filter, self.drawn, stretch=0))
        for widget in (self.table, self.empty):
            self.body.addWidget(widget)
        self.body.addLayout(row(self.nameless, self.name_them, stretch=0))
        self.body.addWidget(self.strangers)
        foot = row(self.add, self.presets)
        foot.addStretch(1)
        self.body.addLayout(foot)

    def _connect(self) -> None:
        session = self._session
        session.classes_changed.connect(self._classes_changed)
        session.model_changed.connect(self.redraw)
        session.scan_changed.connect(self._scan_changed)
        session.mask_changed.connect(self._mask_changed)
        session.view.look_changed.connect(self.redraw)
        session.view.chosen_changed.connect(self._chosen_changed)
        self.table.clicked.connect(self._clicked)
        self.table.doubleClicked.connect(self._double_clicked)
        self.table.customContextMenuRequested.connect(self._ask)
        self.rows.renamed.connect(lambda value, name: edits.rename_class(session, value, name))
        self.filter.textChanged.connect(self.redraw)
        self.drawn.toggled.connect(self.redraw)
        self.add.clicked.connect(self.add_class)
        self.jump.clicked.connect(lambda: edits.jump_to_class(session, session.view.chosen))
        self.more.clicked.connect(lambda: self._open_menu(session.view.chosen, self.more.mapToGlobal(QPoint(0, 24))))
        for asked, fill in ((self.presets, self._fill_presets), (self.name_them, self._fill_names)):
            menu = asked.menu()
            assert menu is not None
            menu.aboutToShow.connect(fill)

    # What is shown

    def redraw(self) -> None:
        """List the classes that there are now."""
        session, scan = self._session, self._session.scan
        found = rows_of(session.classes, scan.mask.counts, scan.voxel_ml) if scan else rows_of(session.classes, None)
        known, locked = self._known_values(), scan.mask.locked if scan else frozenset()
        model = named(session.drawn.model or session.model)
        every = [
            replace(
                each,
                shown=session.view.shows(each.value),
                locked=each.value in locked,
                stranger=model if known and each.named and each.value not in known else "",
            )
            for each in found
        ]
        shown = self._sifted(every)
        if self.rows.show_rows(shown, session.view.chosen):
            self.table.setFixedHeight(HEIGHT * min(_SEEN, len(shown)))
        for widget in (self.filter, self.drawn):
            widget.setVisible(len(every) >= _MANY)
        self.table.setVisible(bool(shown))
        self.empty.setVisible(not every)
        self._tell(every)

    def _sifted(self, rows: list[Row]) -> tuple[Row, ...]:
        """Of many classes those that the filter asks for; beside those in the mask always the one that is painted."""
        if len(rows) < _MANY:
            return tuple(rows)
        words, chosen = self.filter.text().casefold().split(), self._session.view.chosen
        return tuple(
            each
            for each in rows
            if all(word in f"{each.value} {each.name}".casefold() for word in words)
            and (each.ml or each.value == chosen or not self.drawn.isChecked())
        )

    def _tell(self, rows: list[Row]) -> None:
        nameless = [each for each in rows if each.named is None]
        self.nameless.setText(_nameless(len(nameless)))
        for widget in (self.nameless, self.name_them):
            widget.setVisible(bool(nameless))
        strangers = [each for each in rows if each.stranger and each.ml]
        self.strangers.setVisible(bool(strangers))
        if strangers:
            names = strangers[0].name if len(strangers) == 1 else f"{strangers[0].name} and {len(strangers) - 1} more"
            self.strangers.setText(f"{strangers[0].stranger} does not know {names}: it cannot learn from this mask.")
        self.unit.setVisible(self._session.scan is not None and bool(rows))
        for each in (self.jump, self.more):
            each.setEnabled(self._session.scan is not None and bool(rows))

    def _known_values(self) -> frozenset[int]:
        """Values that the model knows to which a correction would go; empty without one."""
        session = self._session
        asked = session.drawn.model or session.model
        if asked not in self._known:
            entry = next((each for each in session.entries() if each.label == asked), None)
            self._known[asked] = frozenset(each.value for each in entry.spec.classes) if entry else frozenset()
        return self._known[asked]

    def _classes_changed(self) -> None:
        """Remember classes that went while they had no voxels: undo may bring these back, and their name with them."""
        session = self._session
        counts = session.scan.mask.counts if session.scan else np.zeros(1, np.int64)
        left = {each.value for each in session.classes}
        for each in self._before:
            if each.value not in left and each.value < len(counts) and not counts[each.value]:
                self._gone[each.value] = each
        self._before = session.classes
        self.redraw()

    def _mask_changed(self) -> None:
        names = {each.name for each in self._session.classes}
        back = [self._gone.pop(value) for value in self._session.nameless if value in self._gone]
        if back:
            self._session.set_classes((*self._session.classes, *(each for each in back if each.name not in names)))
        self.redraw()

    def _scan_changed(self) -> None:
        self._gone.clear()
        self.redraw()

    def _chosen_changed(self) -> None:
        self.redraw()
        place = self.rows.place_of(self._session.view.chosen)
        if place.isValid():
            self.table.scrollTo(place)

    # What the hand does

    def _clicked(self, index: QModelIndex) -> None:
        session, value = self._session, self.rows.rows[index.row()].value
        if index.column() == EYE:
            alone = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier)
            if alone:
                edits.show_only(session, None if session.view.only == value else value)
            else:
                edits.toggle_hidden(session, value)
        elif index.column() == LOCK:
            edits.toggle_lock(session, value)
        else:
            session.view.chosen = value
            if index.column() == COLOR and self.rows.rows[index.row()].named is not None:
                self._choose_color(value)

    def _double_clicked(self, index: QModelIndex) -> None:
        if index.column() == VOLUME:
            edits.jump_to_class(self._session, self.rows.rows[index.row()].value)

    def add_class(self) -> None:
        """Add a class and let its name be typed at once."""
        self.filter.clear()
        self.rename(edits.add_class(self._session).value)

    def rename(self, value: int) -> None:
        """Let a class's name be typed in its row."""
        self.filter.clear()
        place = self.rows.place_of(value)
        if place.isValid():
            self.table.scrollTo(place)
            self.table.edit(place)

    def merge(self, value: int = 0) -> None:
        """Open the dialog that shows what would become of each class."""
        if self._session.scan is not None:
            MergeDialog(self._session, value, self.window()).show()

    def _choose_color(self, value: int) -> None:
        where = self.table.visualRect(self.rows.place_of(value, COLOR)).bottomLeft()
        now = next(each.color for each in self._session.classes if each.value == value)
        menu = ColorMenu(now, self)
        menu.picked.connect(lambda color: edits.recolor_class(self._session, value, color))
        menu.popup(self.table.viewport().mapToGlobal(where))

    # Menus

    def _ask(self, where: QPoint) -> None:
        index = self.table.indexAt(where)
        if index.isValid():
            value = self.rows.rows[index.row()].value
            self._session.view.chosen = value
            self._open_menu(value, self.table.viewport().mapToGlobal(where))

    def _open_menu(self, value: int, where: QPoint) -> None:
        menu = self.menu_of(value)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def menu_of(self, value: int) -> QMenu:
        """What can be done with a class."""
        session, view = self._session, self._session.view
        menu = QMenu(self)
        place = self.rows.place_of(value)
        row_ = self.rows.rows[place.row()] if place.isValid() else Row(value, None)
        menu.addAction("Go to its middle", lambda: edits.jump_to_class(session, value)).setEnabled(bool(row_.ml))
        menu.addSeparator()
        alone = view.only == value
        said, shown = ("Show all", None) if alone else ("Show only this", value)
        menu.addAction(said, lambda: edits.show_only(session, shown))
        menu.addAction("Hide" if row_.shown else "Show", lambda: edits.toggle_hidden(session, value))
        menu.addSeparator()
        menu.addAction("Unlock" if row_.locked else "Lock", lambda: edits.toggle_lock(session, value))
        menu.addAction("Lock the others", lambda: edits.lock_others(session, value))
        menu.addAction("Unlock all", lambda: session.lock(()))
        menu.addSeparator()
        menu.addAction("Rename" if row_.named else "Name", lambda: self.rename(value))
        if row_.named is not None:
            menu.addAction("Colour…", lambda: self._choose_color(value))
        if row_.named is not None and row_.named.code is not None:
            code = row_.named.code
            menu.addAction(f"Copy code {code.scheme} {code.value}", lambda: _copy(f"{code.scheme} {code.value}"))
        menu.addSeparator()
        menu.addAction("Merge into…", lambda: self.merge(value)).setEnabled(bool(row_.ml))
        menu.addAction("Clear", lambda: edits.clear_class(session, value)).setEnabled(bool(row_.ml))
        menu.addAction("Delete", lambda: edits.delete_class(session, value))
        return menu

    def _fill_presets(self) -> None:
        menu = self.presets.menu()
        assert menu is not None
        menu.clear()
        for preset in self._presets():
            menu.addAction(f"{preset.name}…", partial(self._open_preset, preset)).setToolTip(preset.about)

    def _fill_names(self) -> None:
        menu = self.name_them.menu()
        assert menu is not None
        menu.clear()
        nameless = set(self._session.nameless)
        if nameless:
            menu.addAction("By hand", lambda: self.rename(min(nameless)))
        knowing = [(len(nameless & {each.value for each in preset.classes}), preset) for preset in self._presets()]
        for known, preset in sorted(knowing, key=lambda pair: -pair[0]):
            if known:
                text = f"By {preset.name} ({known} of {len(nameless)})…"
                menu.addAction(text, partial(self._open_preset, preset))

    def _presets(self) -> list[Preset]:
        session = self._session
        found: list[Preset] = []
        session.command(lambda: found.extend(presets()))
        entry = next((entry for entry in session.entries() if entry.label == session.model), None)
        if entry is not None:
            found.insert(0, Preset(named(entry.label), "The classes of the chosen model", entry.spec.classes))
        return found

    def _open_preset(self, preset: Preset) -> None:
        PresetDialog(self._session, preset, self.window()).show()


def _table() -> QTableView:
    table = QTableView()
    table.setAccessibleName("Classes")
    table.setItemDelegate(Cells(table))
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # arrows turn slices, wherever the hand has clicked
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    table.setFrameShape(QTableView.Shape.NoFrame)
    table.viewport().setAutoFillBackground(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return table


def _lay_out_columns(table: QTableView) -> None:
    rows, columns = table.verticalHeader(), table.horizontalHeader()
    rows.hide()
    columns.hide()
    rows.setMinimumSectionSize(HEIGHT)
    rows.setDefaultSectionSize(HEIGHT)
    columns.setMinimumSectionSize(1)
    columns.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
    for column, width in WIDTHS.items():
        columns.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        table.setColumnWidth(column, width)


def _nameless(count: int) -> str:
    return "One number in the mask has no name." if count == 1 else f"{count} numbers in the mask have no name."


def _copy(text: str) -> None:
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
