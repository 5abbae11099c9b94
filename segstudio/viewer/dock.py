"""The column on the right, and SegStudio inside an ordinary napari."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QObject, QSize, Qt
from qtpy.QtGui import QCloseEvent, QResizeEvent
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from segstudio import paths, settings
from segstudio.errors import SegStudioError
from segstudio.studio import Studio
from segstudio.viewer import look
from segstudio.viewer.actions import Actions, keys_of
from segstudio.viewer.canvas import CanvasHand
from segstudio.viewer.doing import Lights, runs_of
from segstudio.viewer.keysheet import KeySheet
from segstudio.viewer.messages import Message, MessageBar
from segstudio.viewer.models.window import model_runs
from segstudio.viewer.panes.beside import BesidePanes
from segstudio.viewer.panes.content import Content
from segstudio.viewer.panes.four import FourPanes
from segstudio.viewer.sections.classes import ClassSection
from segstudio.viewer.sections.compare import CompareSection
from segstudio.viewer.sections.learning import LearningSection
from segstudio.viewer.sections.model import ModelSection
from segstudio.viewer.sections.operations import OperationSection
from segstudio.viewer.sections.predict import PredictSection
from segstudio.viewer.sections.scan import ScanSection, ask_for_scan
from segstudio.viewer.sections.section import WIDTH, Section, button, label, row
from segstudio.viewer.sections.submit import SubmitSection
from segstudio.viewer.sections.tool import ToolSection
from segstudio.viewer.sections.versions import VersionSection
from segstudio.viewer.series import Series
from segstudio.viewer.session import Session
from segstudio.viewer.toolrow import ToolRow

if TYPE_CHECKING:
    import napari

NOTICE = "Research use only. Not for diagnosis or treatment."

_LEAST = (360, 280)
_LOW = 160
"""Pixels that the planes take at least, and how high at least where they are wide: at the bottom of a napari more would
make that too high for small screens."""

_ASKED = QSize(640, 360)
"""What the planes ask for: napari gives a dock no more than that."""

_SCROLL_BAR = 8
"""Pixels, as in the style sheet."""


class Column(QWidget):
    """The sections of a session, one under the other; what ends a case stays in sight below them.

    Parameters
    ----------
    opening
        Whether scans are opened here; a window has a toolbar for that.
    """

    def __init__(self, session: Session, *, opening: bool = True) -> None:
        super().__init__()
        self.scan = ScanSection(session, opening=opening)
        self.classes = ClassSection(session)
        self.tool = ToolSection(session)
        self.operations = OperationSection(session)
        self.model = ModelSection(session)
        self.predict = PredictSection(session)
        self.compare = CompareSection(session)
        self.submit = SubmitSection(session)
        self.learning = LearningSection(session)
        self.versions = VersionSection(session)
        inner = QWidget()
        inner.setObjectName("column")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in self.sections[:-1]:
            column.addWidget(section)
        column.addStretch(1)
        self.setObjectName("studio")
        self.area = QScrollArea()
        self.area.setWidget(inner)
        inner.setFixedWidth(WIDTH - _SCROLL_BAR)  # so that nothing moves when the bar comes
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.area, 1)
        outer.addWidget(self.submit)
        self.submit.setContentsMargins(0, 0, _SCROLL_BAR, 0)  # its fields end where those above it do
        self.setFixedWidth(WIDTH)
        self._leave_focus()

    def _leave_focus(self) -> None:
        """A click on a button or a row does not take the keyboard away from the picture; Tab still goes there."""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for kind in (QAbstractButton, QAbstractItemView, QComboBox, QAbstractSlider):
            for widget in self.findChildren(kind):
                widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @property
    def sections(self) -> tuple[Section, ...]:
        """Top to bottom, in the order of the work; the last one is always in sight."""
        work = (self.scan, self.model, self.predict, self.classes, self.tool, self.operations, self.compare)
        return *work, self.learning, self.versions, self.submit


class StudioDock(QWidget):
    """The column as a napari plugin: it opens the person's library itself and speaks in a bar of its own.

    The viewer shows the scan and its mask; brush, eraser, fill, pick and move work there, and all tools on the panes of
    `PlanesDock`, which shares the session.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self.setObjectName("studio")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)  # or napari fills up below it
        _dress(self)
        self.session: Session | None = None
        self.bar = MessageBar(narrow=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        try:
            self._open(Studio.open(), napari_viewer, column)
        except SegStudioError as error:
            self.bar.say(Message.of(error))
        column.addWidget(label(NOTICE, "quiet"))

    def _open(self, studio: Studio, viewer: napari.viewer.Viewer, column: QVBoxLayout) -> None:
        session = self.session = Session(studio, self)
        _sessions[_key(viewer)] = session
        session.said.connect(self.bar.say)
        self._shown = InViewer(session, viewer)
        sections = self._sections = Column(session)
        self.keys = keys_of(paths.data_folder() / "keys.ini", self)
        runs = runs_of(session) | {"predict": sections.predict.predict, "submit": sections.submit.submit}
        runs |= model_runs(session) | {"keys": self._show_keys}
        self.made = Actions(runs, self.keys, self, self)
        self._lights = Lights(session, self.made)
        column.addWidget(ToolRow(self.made))
        column.addWidget(sections)
        app = QApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.end)
        session.command(studio.start)

    def _show_keys(self) -> None:
        KeySheet(self.keys, set(self.made.by_name), self).show()

    def end(self) -> None:
        """End the session: what is not submitted is kept, the worker stops in order, the library is closed."""
        session, self.session = self.session, None
        if session is not None:
            session.command(session.keep_draft)
            self._sections.compare.comparison.close()
            self._shown.close()
            session.close()
            session.studio.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The dock goes, and the session with it."""
        self.end()
        super().closeEvent(event)


class InViewer(QObject):
    """The scan of a session in napari's own viewer, which turns slices together with the panes."""

    def __init__(self, session: Session, viewer: ViewerModel) -> None:
        super().__init__(session)
        self._session, self._viewer = session, viewer
        self.content = Content(session, viewer)
        self.hand = CanvasHand(session, viewer)
        self._shut: Labels | None = None
        self._following = False
        view = session.view
        for signal in (session.scan_changed, session.picture_changed, session.classes_changed, view.look_changed):
            signal.connect(self._follow)
        for signal in (view.point_changed, view.window_changed, view.preview_changed, view.compared_changed):
            signal.connect(self._follow)
        session.mask_written.connect(self.content.touched)
        viewer.dims.events.point.connect(self._turned)

    def close(self) -> None:
        """Take the scan out of the viewer and follow it no more."""
        self._viewer.dims.events.point.disconnect(self._turned)
        self.hand.close()
        if self._shut is not None:
            self._shut.events.editable.disconnect(self._keep_shut)
        self.content.clear()

    def _follow(self) -> None:
        if self._following:  # napari turns to another slice by itself while the scan is laid into it
            return
        self._following = True
        try:
            before = self.content.scan
            while self.content.approach():
                pass
            self.content.follow()
            if (scan := self.content.scan) is not None and (before is None or before.mask is not scan.mask):
                self._viewer.reset_view()
            self._shut_off(self.content.mask)
            if self._session.scan is not None and self._session.view.voxel != self._voxel():
                self._viewer.dims.set_point(range(3), self._session.view.point)
        finally:
            self._following = False

    def _shut_off(self, mask: Labels | None) -> None:
        if mask is not self._shut and mask is not None:
            self._shut = mask
            mask.events.editable.connect(self._keep_shut)
            self._keep_shut()

    def _keep_shut(self, _event: object = None) -> None:
        """napari's own tools would write past locks, undo and journal: it never gets to."""
        if self._shut is not None and self._shut.editable:
            self._shut.editable = False

    def _turned(self, _event: object) -> None:
        if self.content.picture is not None and not self._following:
            self._session.view.voxel = self._voxel()

    def _voxel(self) -> tuple[int, int, int]:
        scan = self._session.scan
        assert scan is not None
        return scan.display.voxel_at(self._viewer.dims.point[-3:])


_sessions: WeakValueDictionary[int, Session] = WeakValueDictionary()
"""Sessions by the viewer in which their column is."""


def _key(viewer: ViewerModel) -> int:
    """The same for a viewer and for each proxy of it: napari gives every widget one of its own."""
    return id(getattr(viewer, "__wrapped__", viewer))


class PlanesDock(QWidget):
    """The panes as a napari plugin, on the session whose column is open in the same viewer, and other series beside."""

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self.setObjectName("studio")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        _dress(self)
        self.panes: FourPanes | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        session = _sessions.get(_key(napari_viewer))
        if session is None:
            column.addWidget(_told("Open the SegStudio column first, then these panes again."))
            return
        self.panes = FourPanes(session)
        self.panes.setMinimumSize(_LEAST[0], _LOW)
        self.series = Series(session)
        self._beside = BesidePanes(session, self.series, self.panes)
        self.open_beside = button("Open beside…", "Another series of the study, beside the scan at the same place")
        self.open_beside.clicked.connect(self._ask)
        head = row(self.open_beside)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self.panes, 1)

    def sizeHint(self) -> QSize:
        """Room for four panes."""
        return _ASKED

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place above or below the column they are higher."""
        super().resizeEvent(event)
        if self.panes is not None:
            self.panes.setMinimumHeight(_LEAST[1] if self.width() < 2 * _LEAST[0] else _LOW)

    def _ask(self) -> None:
        path = ask_for_scan(self)
        if path is not None:
            self.series.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The panes go, and the series beside; the session stays."""
        if self.panes is not None:
            self._beside.close_canvas()
            self.series.close_all()
            self.series.deleteLater()
            self.panes.close_canvas()
        super().closeEvent(event)


def _dress(dock: QWidget) -> None:
    """Give a dock the look that a person has chosen, on a ground of its own: napari's may be the darker or brighter."""
    with suppress(SegStudioError):  # settings that cannot be read are no reason to show nothing
        look.use(settings.load()[0].theme)
    dock.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    dock.setStyleSheet(look.WITHIN)


def _told(text: str) -> QLabel:
    made = label(text, "quiet", wrap=True)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made
