"""Qt's side of the commands: actions with their keys, for menus, toolbar and tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from qtpy.QtCore import QObject, Qt
from qtpy.QtGui import QAction, QKeySequence
from qtpy.QtWidgets import QMenu, QWidget

from segstudio.viewer import look
from segstudio.viewer.commands import SUBMENU, TABLE, Command, commands
from segstudio.viewer.keys import Keys

Mode = Literal["", "reading", "fixing"]
"""No review; cases are looked at one after the other; one of them is corrected."""


def keys_of(file: Path, parent: QObject | None = None) -> Keys:
    """The keys of the table, as a person has changed them; those of a review count only there."""
    usual = {each.name: each.keys for each in commands()}
    return Keys(usual, file, parent, apart=frozenset(each.name for each in commands() if each.review))


class Actions(QObject):
    """Qt's actions for those commands that can be run here.

    Parameters
    ----------
    runs
        What each command does, by name; a command without one is left out.
    window, picture
        Where the keys work.

    Attributes
    ----------
    by_name
        The actions.
    """

    def __init__(self, runs: Mapping[str, Callable[[], object]], keys: Keys, window: QWidget, picture: QWidget) -> None:
        super().__init__(window)
        self._keys = keys
        self._mode: Mode = ""
        self.by_name: dict[str, QAction] = {}
        for command in commands():
            if command.name in runs:
                self._make(command, runs[command.name], picture if command.where == "picture" else window)
        keys.changed.connect(self._set_keys)
        self._set_keys()

    def _make(self, command: Command, run: Callable[[], object], place: QWidget) -> None:
        action = QAction(command.text, self)
        action.setCheckable(command.kind != "")
        if command.icon:
            look.set_icon(action, command.icon)
        if command.where == "picture":
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _checked=False: run())
        place.addAction(action)
        self.by_name[command.name] = action

    def review(self, mode: Mode) -> None:
        """Whose keys count: those of a review where cases are read, those of the tools where one is fixed."""
        if mode != self._mode:
            self._mode = mode
            self._set_keys()

    def _set_keys(self) -> None:
        for command in commands():
            if command.name in self.by_name:
                action = self.by_name[command.name]
                action.setShortcuts(self._keys_of(command))
                shown = self._keys.text(command.name)
                action.setToolTip(f"{command.text.rstrip('…')}{f'  ({shown})' if shown else ''}\n{command.tip}")

    def _keys_of(self, command: Command) -> list[QKeySequence]:
        keys = self._keys.of(command.name)
        if not self._mode:
            return [] if command.review else keys
        review_first = self._mode == "reading"
        if command.review is review_first:
            return keys
        taken = [key for each in commands() if each.review is review_first for key in self._keys.of(each.name)]
        return [key for key in keys if key not in taken]

    def enable(self, scan: bool) -> None:
        """Let those commands rest that need an open scan."""
        for command in commands():
            if command.name in self.by_name:
                self.by_name[command.name].setEnabled(scan or command.idle)

    def rest(self, name: str, resting: bool) -> None:
        """Let one command rest, or have it ready."""
        if name in self.by_name:
            self.by_name[name].setEnabled(not resting)

    def name(self, name: str, text: str) -> None:
        """Say in the menus what a command would do now; "" takes it out of them."""
        if name in self.by_name:
            self.by_name[name].setText(text)
            self.by_name[name].setVisible(bool(text))

    def light(self, name: str, on: bool = True) -> None:
        """Show a tool or plane as the one that is taken, or a switch as on; says nothing of commands left out."""
        if name in self.by_name:
            self.by_name[name].setChecked(on)

    def fill(self, menu: QMenu, name: str) -> None:
        """Put a menu's commands and the menus within it into a Qt menu."""
        for command in TABLE[name]:
            if command is None:
                menu.addSeparator()
            elif command.name in self.by_name:
                menu.addAction(self.by_name[command.name])
        for inner in TABLE:
            outer, _, title = inner.partition(SUBMENU)
            if outer == name and title and any(each and each.name in self.by_name for each in TABLE[inner]):
                self.fill(menu.addMenu(title), inner)
