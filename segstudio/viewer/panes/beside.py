"""A series beside the scan, as a pane of its own with a name over it."""

from __future__ import annotations

from napari.components import ViewerModel
from qtpy.QtCore import QTimer, Signal
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from segstudio.viewer.layers import PLANES
from segstudio.viewer.panes.four import FourPanes
from segstudio.viewer.panes.pane import Pane, viewer_for
from segstudio.viewer.panes.readout import describe_point
from segstudio.viewer.sections.section import Elided, tool
from segstudio.viewer.series import Beside, Series
from segstudio.viewer.session import Session

_LATER_MS = 30
"""How long a series waits for the scan's own panes to be drawn first."""


class BesidePane(QWidget):
    """One plane of a series, with its name and the choice of plane over it."""

    closed = Signal()
    pointed = Signal(str)
    """What is under the pointer, in words; "" for nothing."""

    def __init__(self, beside: Beside, plane: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._beside, self._view = beside, beside.view
        self.plane = plane
        self.panes: dict[str, Pane] = {}
        self._viewers: dict[str, ViewerModel] = {}
        self._fitted: set[str] = set()
        self._stack = QStackedWidget()
        self._buttons = {each: tool(each, f"{each.capitalize()} plane of this series") for each in PLANES}
        self._lay_out()
        self._soon = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._soon.timeout.connect(self.follow)
        for signal in (self._view.point_changed, self._view.window_changed, self._view.look_changed):
            signal.connect(self._soon.start)
        self._view.hovered.connect(self._tell_pointer)
        self.show_plane(plane)

    def close_canvas(self) -> None:
        """Let napari's parts go, and the series at once: what napari leaves behind is cleared away later or never."""
        self._soon.stop()
        self.hide()
        self._beside.scan = None
        for pane in self.panes.values():
            pane.follow()
            pane.close_canvas()

    def show_plane(self, plane: str) -> None:
        """Cut the series along another plane, through the same point."""
        self.plane = plane
        self._buttons[plane].setChecked(True)
        if plane in self.panes:
            self._stack.setCurrentIndex(self._stack.indexOf(self.panes[plane]))
        self._soon.start()

    def follow(self) -> None:
        """Show the series as it is looked at now; a pane that is new is made part by part first."""
        if self._make_part():
            self._soon.start()
            return
        pane = self.panes[self.plane]
        pane.follow()
        if self.plane not in self._fitted and pane.isVisible():  # by now it has the size that it was given
            self._fitted.add(self.plane)
            pane.fit()

    def _make_part(self) -> bool:
        """Make one of the parts that the pane lacks, or show it; whether there was anything to do."""
        plane, pane = self.plane, self.panes.get(self.plane)
        if pane is not None and self._stack.currentWidget() is pane:
            return pane.content.approach()
        if pane is not None:
            self._stack.setCurrentIndex(self._stack.addWidget(pane))
        elif plane in self._viewers:
            self.panes[plane] = Pane(self._beside, plane, self._viewers.pop(plane), self._stack)
        else:
            self._viewers[plane] = viewer_for(plane)
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """Drawn once it has its place."""
        super().showEvent(event)
        self._soon.start()

    def _lay_out(self) -> None:
        name = Elided()
        name.setText(self._beside.opened.name)
        head = QWidget(self)
        head.setObjectName("card")
        row = QHBoxLayout(head)
        row.setContentsMargins(8, 2, 2, 2)
        row.setSpacing(2)
        row.addWidget(name, 1)
        group = QButtonGroup(self)
        for plane, button in self._buttons.items():
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, plane=plane: self.show_plane(plane))
            group.addButton(button)
            row.addWidget(button)
        fit = tool("fit", "The whole slice of this series")
        fit.clicked.connect(self._fit)
        close = tool("close", "Take this series away")
        close.clicked.connect(self.closed)
        for button in (fit, close):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self._stack, 1)

    def _fit(self) -> None:
        if self.plane in self.panes:
            self.panes[self.plane].fit()

    def _tell_pointer(self) -> None:
        beside, hand = self._beside, self._view.hover
        words = describe_point(beside.opened, self._view.channel, hand.voxel, ()) if hand is not None else ""
        self.pointed.emit(f"{beside.opened.name}: {words}" if words else "")


class BesidePanes(QWidget):
    """Keeps a pane for each series beside the scan, at its place in the picture; itself it is never seen."""

    def __init__(self, session: Session, series: Series, picture: FourPanes) -> None:
        super().__init__(picture)
        self.hide()
        self._view, self._series, self._picture = session.view, series, picture
        self.panes: dict[Beside, BesidePane] = {}
        series.changed.connect(self._redraw)
        session.view.layout_changed.connect(self._follow_layout)

    def close_canvas(self) -> None:
        """Let napari's parts go, before the window does; series that go later find nothing here."""
        self._series.changed.disconnect(self._redraw)
        for pane in self.panes.values():
            pane.close_canvas()
        self.panes = {}

    def _redraw(self) -> None:
        for beside in [each for each in self.panes if each not in self._series.beside]:
            pane = self.panes.pop(beside)
            pane.close_canvas()
            pane.deleteLater()
        for beside in self._series.beside:
            if beside not in self.panes:
                self.panes[beside] = self._make(beside)
        self._picture.put_beside(list(self.panes.values()))

    def _make(self, beside: Beside) -> BesidePane:
        layout = self._view.layout
        pane = BesidePane(beside, layout if layout in PLANES else beside.opened.display.plane, self._picture)
        pane.closed.connect(lambda: self._series.close(beside))
        pane.pointed.connect(self._picture.pointed)
        pane.show()
        return pane

    def _follow_layout(self) -> None:
        """One plane of the scan beside the same plane of the series."""
        if self._view.layout in PLANES:
            for pane in self.panes.values():
                pane.show_plane(self._view.layout)
