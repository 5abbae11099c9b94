"""Which model the pages are about, and who acts."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget

from segstudio.errors import SegStudioError
from segstudio.library import Job, ModelEntry
from segstudio.viewer.messages import Message
from segstudio.viewer.models.words import ACTIVE, learns
from segstudio.viewer.session import Session


class Subject(QObject):
    """One model, NAME, and the person whose name stands under what is done to it.

    Attributes
    ----------
    name
        NAME, or "" where the library has no model.
    """

    changed = Signal()
    person_wanted = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.name = self._first()

    def _first(self) -> str:
        """The model that asks for its owner: it has a candidate that waits, or learns; else the one that predicts."""
        chosen = self.session.model.partition("@")[0]
        names = sorted(self.names(), key=lambda name: name != chosen)
        learning = {job.model.partition("@")[0] for job in self._jobs() if learns(job) and job.state in ACTIVE}
        asking = [name for name in names if candidate_of(self.versions(name)) or name in learning]
        return next(iter([*asking, *names]), "")

    def _jobs(self) -> list[Job]:
        found: list[Job] = []
        self.read(lambda: found.extend(self.session.studio.jobs()))
        return found

    def names(self) -> list[str]:
        """Every model."""
        return list(dict.fromkeys(each.name for each in self.session.entries()))

    def choose(self, name: str) -> None:
        """Look at another model."""
        if name != self.name:
            self.name = name
            self.changed.emit()

    def versions(self, name: str = "") -> list[ModelEntry]:
        """Of this model, or of another, newest first."""
        return [each for each in self.session.entries() if each.name == (name or self.name)]

    @property
    def in_use(self) -> ModelEntry | None:
        """The version that serves."""
        return next((each for each in self.versions() if each.state == "current"), None)

    def act(self, deed: Callable[[str], object]) -> bool:
        """Do something that a person stands for, once it is known who; what goes wrong is said in the bar."""
        person = self.session.reader
        if not person:
            self.session.said.emit(Message("It is not known who you are.", "Write your name at the top.", "error"))
            self.person_wanted.emit()
            return False
        return self.session.command(lambda: deed(person))

    def read(self, ask: Callable[[], object]) -> bool:
        """Read from the library; False where it does not answer now, which the next change makes up for."""
        try:
            ask()
        except SegStudioError as error:
            self.session.said.emit(Message.of(error))
            return False
        return True


def candidate_of(versions: list[ModelEntry]) -> ModelEntry | None:
    """The newest candidate, if it is newer than the version in use."""
    newest = next((each for each in versions if each.state == "candidate"), None)
    current = next((each for each in versions if each.state == "current"), None)
    return newest if newest and (current is None or newest.spec.version > current.spec.version) else None


class Page(QWidget):
    """A page about a model."""

    def redraw(self) -> None:
        """Read the library again and show what is there now."""
        raise NotImplementedError


def scrolled(inner: QWidget, *, fills: bool = True) -> QScrollArea:
    """Something that may be larger than its place; `fills` makes it as wide as that, and scrolls down alone."""
    area = QScrollArea(widgetResizable=fills)
    area.setFrameShape(QFrame.Shape.NoFrame)
    if fills:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    for each in (inner, area.viewport()):  # Qt would paint them in a colour of its own
        each.setAutoFillBackground(False)
    return area
