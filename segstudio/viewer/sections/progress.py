"""How far the work is that a section has begun."""

from __future__ import annotations

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from segstudio.viewer.correcting import Correcting
from segstudio.viewer.messages import capital
from segstudio.viewer.sections.section import button, label, minutes_left, row
from segstudio.viewer.work import Kind

_TICK_MS = 1000


class Progress(QWidget):
    """A bar, what is done and how long still, and a button that stops it; nothing while nothing is waited for.

    Parameters
    ----------
    kinds
        Of the work that is told here.
    tip
        What stopping it means.
    """

    def __init__(self, session: Correcting, kinds: tuple[Kind, ...], tip: str) -> None:
        super().__init__()
        self._session, self._kinds = session, kinds
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.said = label(kind="quiet", wrap=True)
        self.stop = button("Cancel", tip, "close")
        self.stop.clicked.connect(session.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row(self.bar, self.stop, stretch=0))
        column.addWidget(self.said)
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self.redraw)
        session.work_changed.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """Show how far it is now."""
        work = self._session.work
        shown = work is not None and work.kind in self._kinds
        self.setVisible(shown)
        self._timer.start() if shown else self._timer.stop()
        if work is not None and shown:
            self.bar.setMaximum(1000 if work.done else 0)
            self.bar.setValue(round(1000 * work.done))
            self.stop.setVisible(self._session.waiting.stoppable)
            left = minutes_left(work.left_s)
            self.said.setText(f"{capital(work.what)}{' · ' + left if left else ' …'}")
