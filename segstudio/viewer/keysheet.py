"""The sheet of keys: everything that has one or could, to look up, to print and to change."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QKeySequenceEdit,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.errors import SegStudioError
from segstudio.viewer.commands import MOUSE, SUBMENU, TABLE, Command
from segstudio.viewer.keys import Keys
from segstudio.viewer.messages import Action, Message, MessageBar
from segstudio.viewer.page import close_row
from segstudio.viewer.sections.section import button, label

_COLUMNS = 3
_KEY_WIDTH = 138
_SIZE = (1080, 720)


class KeySheet(QDialog):
    """Commands by menu with their keys; a click on a key changes it, a line on top searches."""

    def __init__(self, keys: Keys, names: set[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._keys = keys
        self.search = QLineEdit(placeholderText="Search", clearButtonEnabled=True)
        self.search.textChanged.connect(self._filter)
        self.back = button("Usual keys", "Give every command the keys that it came with")
        self.back.clicked.connect(self._reset)
        self.bar = MessageBar()
        self.rows: dict[str, KeyRow] = {}
        self._groups: list[tuple[QWidget, list[KeyRow]]] = []
        sheet = QWidget()
        sheet.setObjectName("sheet")
        self._lay_out(sheet, names)
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # To give hundreds of widgets their look takes longer than to make them: it has a turn of its own.
        self._put_in = QTimer(self, singleShot=True, interval=0)
        self._put_in.timeout.connect(lambda: area.setWidget(sheet))
        self._put_in.start()
        head = QHBoxLayout()
        head.addWidget(self.search, 1)
        head.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        foot = close_row(self)
        foot.insertWidget(0, label("Click a key to change it, Backspace takes it away.", "quiet"))
        for part in (head, self.bar, area, foot):
            column.addLayout(part) if isinstance(part, QHBoxLayout) else column.addWidget(part)
        keys.changed.connect(self.redraw)
        self.resize(*_SIZE)
        self.search.setFocus()

    def redraw(self) -> None:
        """Show the keys as they are now."""
        for row in self.rows.values():
            row.redraw()

    def _lay_out(self, sheet: QWidget, names: set[str]) -> None:
        """Groups fill the columns one after the other, each to about the same height."""
        groups = [(title.rpartition(SUBMENU)[2], _listed(menu, names)) for title, menu in TABLE.items()]
        groups = [(title, menu) for title, menu in groups if menu]
        total = sum(len(menu) + 2 for _, menu in groups) + len(MOUSE) + 2
        columns = QHBoxLayout(sheet)
        columns.setSpacing(24)
        made = [QVBoxLayout() for _ in range(_COLUMNS)]
        made[0].addWidget(self._mouse())
        filled = len(MOUSE) + 2
        for title, menu in groups:
            at = min(_COLUMNS - 1, int((filled + len(menu) / 2) * _COLUMNS / total))
            made[at].addWidget(self._group(title, menu))
            filled += len(menu) + 2
        for each in made:
            each.addStretch(1)
            columns.addLayout(each, 1)

    def _group(self, title: str, menu: list[Command]) -> QWidget:
        group, column = _titled(title)
        rows = [KeyRow(command, self._keys) for command in menu]
        for row in rows:
            column.addWidget(row)
            row.wanted.connect(partial(self._change, row.command.name))
            self.rows[row.command.name] = row
        self._groups.append((group, rows))
        return group

    def _mouse(self) -> QWidget:
        group, column = _titled("Mouse")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        for at, (what, does) in enumerate(MOUSE):
            grid.addWidget(label(what, "strong"), at, 0)
            grid.addWidget(label(does, "quiet", wrap=True), at, 1)
        column.addLayout(grid)
        return group

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for group, rows in self._groups:
            for row in rows:
                row.setVisible(all(word in row.said.lower() for word in words))
            group.setVisible(not words or any(not row.isHidden() for row in rows))

    def _change(self, name: str, key: QKeySequence, *, take: bool = False) -> None:
        """Give a command one key, or none; one that is taken is asked about in the bar."""
        wanted = [] if key.isEmpty() else [key]
        self.bar.dismiss()
        try:
            self._keys.change(name, wanted, take=take)
        except SegStudioError as error:
            user = "" if key.isEmpty() else self._keys.user_of(key, but=name)
            again = Action("Take it", partial(self._change, name, key, take=True))
            text = f"{error.message} by “{self.rows[user].command.text}”" if user in self.rows else error.message
            self.bar.say(Message.of(SegStudioError(text, hint=error.hint), *((again,) if user else ())))
        self.redraw()

    def _reset(self) -> None:
        try:
            self._keys.reset()
        except SegStudioError as error:
            self.bar.say(Message.of(error))


class KeyRow(QWidget):
    """A key, or the field in which another is pressed, and what it does.

    Attributes
    ----------
    field
        Made when it is first asked for: of a hundred rows hardly one is.
    """

    wanted = Signal(object)

    def __init__(self, command: Command, keys: Keys) -> None:
        super().__init__()
        self.command = command
        self._keys = keys
        self.key = QToolButton()
        self.key.setObjectName("key")
        self.key.setFixedWidth(_KEY_WIDTH)
        self.key.clicked.connect(self._listen)
        self.field: QKeySequenceEdit | None = None
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 1, 0, 1)
        self._line.addWidget(self.key)
        self._line.addWidget(label(command.text.rstrip("…")), 1)
        self.setToolTip(command.tip)
        self.redraw()

    @property
    def said(self) -> str:
        """All that a search may find."""
        return f"{self._keys.text(self.command.name)} {self.command.text} {self.command.tip}"

    def redraw(self) -> None:
        """Show the key as it is now; one that a person has chosen stands out."""
        self.key.setText(self._keys.text(self.command.name) or "–")
        self.key.setAccessibleName(f"Change the key of {self.command.text}")
        changed = self._keys.is_changed(self.command.name)
        if changed != bool(self.key.property("changed")):
            self.key.setProperty("changed", changed)
            self.key.style().unpolish(self.key)
            self.key.style().polish(self.key)

    def _listen(self) -> None:
        if self.field is None:
            self.field = QKeySequenceEdit(maximumSequenceLength=1)
            self.field.setFixedWidth(_KEY_WIDTH)
            self.field.editingFinished.connect(self._take)
            self._line.insertWidget(0, self.field)
        self.field.clear()
        self.key.hide()
        self.field.show()
        self.field.setFocus()

    def _take(self) -> None:
        if self.field is None or self.field.isHidden():
            return
        pressed = self.field.keySequence()
        self.field.hide()
        self.key.show()
        if not pressed.isEmpty():
            erased = pressed in (QKeySequence(Qt.Key.Key_Backspace), QKeySequence(Qt.Key.Key_Delete))
            self.wanted.emit(QKeySequence() if erased else pressed)


def _listed(menu: tuple[Command | None, ...], names: set[str]) -> list[Command]:
    return [each for each in menu if each is not None and each.name in names]


def _titled(title: str) -> tuple[QWidget, QVBoxLayout]:
    group = QWidget()
    column = QVBoxLayout(group)
    column.setContentsMargins(0, 4, 0, 8)
    column.setSpacing(1)
    column.addWidget(label(title.upper(), "group"))
    return group, column
