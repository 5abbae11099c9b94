"""The column on the right: everything a reader does with a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QCloseEvent, QKeySequence, QShortcut
from qtpy.QtWidgets import QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

from segstudio.errors import SegStudioError
from segstudio.studio import Studio
from segstudio.viewer import look
from segstudio.viewer.messages import Message, MessageBar
from segstudio.viewer.sections.classes import ClassSection
from segstudio.viewer.sections.learning import LearningSection
from segstudio.viewer.sections.model import ModelSection
from segstudio.viewer.sections.predict import PredictSection
from segstudio.viewer.sections.scan import ScanSection
from segstudio.viewer.sections.section import WIDTH, label
from segstudio.viewer.sections.submit import SubmitSection
from segstudio.viewer.sections.versions import VersionSection
from segstudio.viewer.session import Session

if TYPE_CHECKING:
    import napari

NOTICE = "Research use only. Not for diagnosis or treatment."

_SCROLL_BAR = 8
"""Pixels, as in the style sheet."""


class Column(QScrollArea):
    """The sections of a session, one under the other.

    Parameters
    ----------
    opening
        Whether scans are opened here; a window has a toolbar for that.
    """

    def __init__(self, session: Session, *, opening: bool = True) -> None:
        super().__init__()
        self.scan = ScanSection(session, opening=opening)
        self.model = ModelSection(session)
        self.predict = PredictSection(session)
        self.classes = ClassSection(session)
        self.submit = SubmitSection(session)
        self.learning = LearningSection(session)
        self.versions = VersionSection(session)
        inner = QWidget()
        inner.setObjectName("column")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in self.sections:
            column.addWidget(section)
        column.addStretch(1)
        self.setObjectName("studio")
        self.setWidget(inner)
        inner.setFixedWidth(WIDTH - _SCROLL_BAR)  # so that nothing moves when the bar comes
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDTH)

    @property
    def sections(self) -> tuple[QWidget, ...]:
        """Top to bottom."""
        return self.scan, self.model, self.predict, self.classes, self.submit, self.learning, self.versions


class StudioDock(QWidget):
    """The column as a napari plugin: it opens the person's library itself and speaks in a bar of its own."""

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self.setObjectName("studio")
        self.setStyleSheet(look.STYLE)
        self.session: Session | None = None
        self.bar = MessageBar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        try:
            self._open(Studio.open(), napari_viewer)
        except SegStudioError as error:
            self.bar.say(Message.of(error))
        column.addWidget(label(NOTICE, "quiet"))

    def _open(self, studio: Studio, viewer: napari.viewer.Viewer) -> None:
        session = self.session = Session(viewer, studio, self)
        session.said.connect(self.bar.say)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(Column(session))
        QShortcut(QKeySequence("Escape"), self, session.cancel)
        app = QApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.end)
        session.command(studio.start)

    def end(self) -> None:
        """End the session: what is not submitted is kept, the worker stops in order, the library is closed."""
        session, self.session = self.session, None
        if session is not None:
            session.command(session.keep_draft)
            session.close()
            session.studio.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The dock goes, and the session with it."""
        self.end()
        super().closeEvent(event)
