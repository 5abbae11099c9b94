"""The window of the queue and the models: one model at a time, a page for each question about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from weakref import WeakValueDictionary

from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QLineEdit,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.viewer.messages import MessageBar, named
from segstudio.viewer.models.comparing import ComparePage
from segstudio.viewer.models.descent import DescentPage
from segstudio.viewer.models.jobs import JobsPage
from segstudio.viewer.models.schema import ClassesPage
from segstudio.viewer.models.subject import Page, Subject
from segstudio.viewer.models.watching import WatchPage
from segstudio.viewer.sections.section import label, row
from segstudio.viewer.session import Session

_SIZE = QSize(1120, 720)
_SOON_MS = 200


PAGES: dict[str, tuple[str, str, Callable[[Subject], Page]]] = {
    "jobs": ("Queue", "What runs, what waits, and when a model learns", JobsPage),
    "compare": ("Candidate and current", "What a candidate does better and worse", ComparePage),
    "lineage": ("Where versions come from", "Cases, readers and figures of each version", DescentPage),
    "watch": ("Monitoring", "How right the model was before correction, case by case", WatchPage),
    "classes": ("Classes", "Add a class to learn; masks that hold other classes", ClassesPage),
}
"""By name: what the page is called, what it shows, and how it is made."""


class ModelsWindow(QDialog):
    """Which model, which version of it serves, who acts, and the pages."""

    def __init__(self, session: Session, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.subject = Subject(session, self)
        self.choice = QComboBox()
        self.choice.setToolTip("The model that the pages are about")
        self.serving = label(kind="strong")
        self.person = QLineEdit(session.reader, placeholderText="Your name")
        self.person.setToolTip("Who promotes, rolls back and withdraws; it is written down with each of them")
        self.person.setFixedWidth(180)
        self.bar = MessageBar()
        self.stack = QStackedWidget()
        self.pages: dict[str, Page] = {}
        self._tabs: dict[str, QToolButton] = {}
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.redraw)
        self._lay_out()
        self._connect(session)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() * 0.92))

    def _lay_out(self) -> None:
        tabs, group = row(), QButtonGroup(self)
        for name, (title, tip, make) in PAGES.items():
            tab = self._tabs[name] = QToolButton()
            tab.setText(title)
            tab.setToolTip(tip)
            tab.setCheckable(True)
            tab.clicked.connect(partial(self.show_page, name))
            group.addButton(tab)
            tabs.addWidget(tab)
            page = self.pages[name] = make(self.subject)
            self.stack.addWidget(page)
        tabs.addStretch(1)
        head = row(self.choice, self.serving, QWidget(), label("Signed by", "quiet"), self.person, stretch=2)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(tabs)
        column.addWidget(self.bar)
        column.addWidget(self.stack, 1)

    def _connect(self, session: Session) -> None:
        session.said.connect(self.bar.say)
        session.library_changed.connect(self._library_changed)
        self.subject.changed.connect(self.redraw)
        self.subject.person_wanted.connect(self.person.setFocus)
        self.choice.activated.connect(lambda _at: self.subject.choose(str(self.choice.currentData())))
        self.person.textChanged.connect(lambda text: setattr(session, "reader", text.strip()))

    def _library_changed(self, _kind: str) -> None:
        self._soon.start()  # by a method, which Qt forgets with the window: a lambda would go on being called

    def show_page(self, name: str, _checked: bool = False) -> None:
        """Turn to a page."""
        self._tabs[name].setChecked(True)
        self.stack.setCurrentWidget(self.pages[name])
        self.redraw()

    def redraw(self) -> None:
        """Read what is shown again."""
        names, current = self.subject.names(), self.subject.in_use
        if names != [self.choice.itemData(at) for at in range(self.choice.count())]:
            self.choice.clear()
            for name in names:
                self.choice.addItem(name, name)
        self.choice.setCurrentIndex(self.choice.findData(self.subject.name))
        self.choice.setVisible(bool(names))
        self.serving.setText(f"{named(current.label)} is in use" if current else "No version is in use")
        next(page for page in self.pages.values() if page is self.stack.currentWidget()).redraw()


def model_runs(session: Session) -> dict[str, Callable[[], object]]:
    """What each command of the models does, by name."""
    return {f"models_{name}": partial(show_models, session, name) for name in PAGES}


_open: WeakValueDictionary[int, ModelsWindow] = WeakValueDictionary()
"""One window for each session."""


def show_models(session: Session, page: str = "jobs", *, of: str = "") -> ModelsWindow:
    """Show a page, in the window that is open or in a new one beside that of the session; `of` names a model."""
    key = id(session)
    window = _open.get(key)
    if window is None:
        parent = session.parent()
        window = _open[key] = ModelsWindow(session, parent if isinstance(parent, QWidget) else None)
        window.destroyed.connect(lambda _gone=None: _open.pop(key, None))
    if of:
        window.subject.choose(of)
    window.show()
    window.show_page(page)
    window.raise_()
    window.activateWindow()
    return window
