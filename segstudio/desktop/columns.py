"""The columns beside the picture: which case on the left, what is done to it on the right; both fold away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

from segstudio.desktop.remembered import Remembered
from segstudio.viewer.actions import Actions, Mode
from segstudio.viewer.dock import Column
from segstudio.viewer.worklist.panel import WorklistPanel


class Columns(QObject):
    """Both columns of a window.

    Attributes
    ----------
    left, right
        The docks, which are shown or hidden as one and cannot be torn off.
    """

    def __init__(self, window: QMainWindow, worklist: WorklistPanel, column: Column) -> None:
        super().__init__(window)
        self._window = window
        self._worklist, self._column = worklist, column
        self._mode: Mode = ""
        self._folded = (False, False)
        self.left = _docked(window, "Worklist", worklist, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.right = _docked(window, "Column", column, Qt.DockWidgetArea.RightDockWidgetArea)

    def light_in(self, actions: Actions) -> None:
        """Keep the actions that fold them lit as they are."""

        def light() -> None:
            actions.light("columns", not self.right.isHidden())
            actions.light("worklist", not self.left.isHidden())

        for dock in (self.left, self.right):
            dock.visibilityChanged.connect(lambda _seen: light())
        light()

    def fold(self) -> None:
        """Both away where one is shown, else both back."""
        shown = self.right.isHidden() and self.left.isHidden()
        with self._drawn_once():
            self.left.setVisible(shown)
            self.right.setVisible(shown)

    def fold_list(self) -> None:
        """The list away, or back."""
        with self._drawn_once():
            self.left.setVisible(self.left.isHidden())

    def show_mode(self, mode: Mode) -> None:
        """Leave the window to the picture while cases are read; what fixes one is there where one is fixed."""
        if not self._mode and mode:
            self._folded = (self.left.isHidden(), self.right.isHidden())
        self._mode = mode
        with self._drawn_once():
            self.left.setVisible(not mode and not self._folded[0])
            self.right.setVisible(mode == "fixing" or (not mode and not self._folded[1]))

    @contextmanager
    def _drawn_once(self) -> Iterator[None]:
        """Lay the picture out right after the block, and then draw it: Qt would draw each canvas that it resizes."""
        middle, layout = self._window.centralWidget(), self._window.layout()
        assert middle is not None
        assert layout is not None
        middle.setUpdatesEnabled(False)
        try:
            yield
            layout.activate()
        finally:
            middle.setUpdatesEnabled(True)

    def restore(self, remembered: Remembered) -> None:
        """Fold what was folded when the window was closed."""
        self.right.setHidden(remembered.flag("folded"))
        self.left.setHidden(remembered.flag("list folded"))
        for section in self._column.sections:
            section.fold(section.heading in remembered.folded)

    def remember(self, remembered: Remembered) -> None:
        """Keep what is folded; a review folds for itself alone."""
        left, right = self._folded if self._mode else (self.left.isHidden(), self.right.isHidden())
        remembered.keep_flag("folded", right)
        remembered.keep_flag("list folded", left)
        remembered.folded = [each.heading for each in self._column.sections if each.folded]


def _docked(window: QMainWindow, name: str, part: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(name, window)
    dock.setObjectName(f"{name.lower()}-dock")
    dock.setTitleBarWidget(QWidget())
    dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    dock.setWidget(part)
    window.addDockWidget(area, dock)
    return dock
