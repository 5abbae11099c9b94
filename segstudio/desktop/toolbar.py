"""The toolbar: what is done, in the order in which it is done."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from segstudio.viewer import look
from segstudio.viewer.actions import Actions
from segstudio.viewer.commands import PRESETS, tools
from segstudio.viewer.doing import LAYOUT_OF
from segstudio.viewer.session import Session
from segstudio.viewer.windows import CT, OTHER, presets_of

_ICON = 18
_MORE = "▾"
_LONGEST = "65535 / −32768"
"""Width and level of a window, as long as they usually are; longer ones are shortened in the middle."""

_SPOKEN = ("open", "predict")
"""Buttons with words beside the icon."""


class Toolbar(QToolBar):
    """Open and predict, undo and redo, the tools, the window, the layout, the keys."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__("Tools")
        self._session, self._actions = session, actions
        self.setObjectName("tools")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(_ICON, _ICON))
        for names in (("open", "predict", "undo", "redo"), tools()):
            self.addActions([actions.by_name[name] for name in names if name in actions.by_name])
            self.addSeparator()
        self.windows = self._menu(
            "contrast", "Window", "Range of intensity that is shown; or drag with the right button"
        )
        self.windows_menu = self._fill(self.windows, [f"window_{at + 1}" for at in range(PRESETS)])
        self.windows_menu.addAction("As first shown", session.view.reset_window)
        self.windows.setFixedWidth(self._widest(self.windows, [_LONGEST, *(each.name for each in (*CT, *OTHER))]))
        self.layouts = self._menu("four", "Layout", "Which panes are shown")
        self._fill(self.layouts, list(LAYOUT_OF))
        told = [actions.by_name[name].text() for name in LAYOUT_OF if name in actions.by_name]
        self.layouts.setFixedWidth(self._widest(self.layouts, told))
        room = QWidget()
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(room)
        self.addAction(actions.by_name["keys"])
        for name in _SPOKEN:
            shown = self.widgetForAction(actions.by_name[name])
            assert isinstance(shown, QToolButton)
            shown.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for signal in (session.scan_changed, session.picture_changed, session.view.window_changed):
            signal.connect(self.redraw)
        session.view.layout_changed.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """Name the window and the layout that are shown."""
        scan, view = self._session.scan, self._session.view
        for shown in (self.windows, self.layouts):
            shown.setEnabled(scan is not None)
        self.windows.setText(f"{self._window()} {_MORE}")
        name = next(name for name, layout in LAYOUT_OF.items() if layout == view.layout)
        if name in self._actions.by_name:
            look.set_icon(self.layouts, name)
            self.layouts.setText(f"{self._actions.by_name[name].text()} {_MORE}")

    def _window(self) -> str:
        scan, view = self._session.scan, self._session.view
        if scan is None or scan.is_color:
            return "Window"
        low, high = view.window
        for preset in presets_of(scan):
            if preset.width and (low, high) == (preset.level - preset.width / 2, preset.level + preset.width / 2):
                return preset.name
        return " / ".join(scan.in_words(each, view.channel) for each in (high - low, (low + high) / 2))

    def _menu(self, icon: str, text: str, tip: str) -> QToolButton:
        made = QToolButton()
        look.set_icon(made, icon)
        made.setText(text)
        made.setToolTip(tip)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.addWidget(made)
        return made

    def _widest(self, shown: QToolButton, texts: Sequence[str]) -> int:
        """As wide as the longest of some texts makes it, so that nothing beside it moves when the text changes."""
        shown.ensurePolished()
        widths = []
        for text in texts:
            shown.setText(f"{text} {_MORE}")
            widths.append(shown.sizeHint().width())
        return max(widths)

    def _fill(self, button: QToolButton, names: list[str]) -> QMenu:
        menu = QMenu(button)
        menu.addActions([self._actions.by_name[name] for name in names if name in self._actions.by_name])
        menu.aboutToShow.connect(lambda: menu.setMinimumWidth(button.width()))
        button.setMenu(menu)
        return menu
