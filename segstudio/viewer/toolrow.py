"""Undo, redo and the tools as rows of small buttons, for where there is no toolbar."""

from __future__ import annotations

from qtpy.QtCore import QSize
from qtpy.QtGui import QActionGroup
from qtpy.QtWidgets import QGridLayout, QToolButton, QWidget

from segstudio.viewer.actions import Actions
from segstudio.viewer.commands import tools

_PER_ROW = 9
_ICON = 18


class ToolRow(QWidget):
    """A button for each command that changes the mask by hand, the tool in the hand lit."""

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 6, 8, 6)
        grid.setSpacing(2)
        grid.setColumnStretch(_PER_ROW, 1)
        group = QActionGroup(self)
        names = [name for name in ("undo", "redo", *tools(), "keys") if name in actions.by_name]
        for at, name in enumerate(names):
            action = actions.by_name[name]
            if action.isCheckable():
                group.addAction(action)
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(_ICON, _ICON))
            button.setAccessibleName(action.text())
            grid.addWidget(button, at // _PER_ROW, at % _PER_ROW)
