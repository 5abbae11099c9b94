"""Let the model draw."""

from __future__ import annotations

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QProgressBar, QWidget

from segstudio.viewer.sections.section import Section, button, label, millimetres, minutes_left, row, tool
from segstudio.viewer.session import Session


class PredictSection(Section):
    """The button, the box, and how far it is."""

    def __init__(self, session: Session) -> None:
        super().__init__("Predict")
        self._session = session
        self.go = button("Predict", "Let the model draw the first mask (Ctrl+P)", "predict", kind="primary")
        self.stop = button("Cancel", "Stop; the mask stays as it is (Esc)", "close")
        self.bar = QProgressBar(textVisible=False, maximum=1000)
        self.said = label(kind="quiet", wrap=True)
        self.where = label(kind="quiet", wrap=True)
        self.view = button("This view", "Look only in the part that is on the screen, as deep as it is wide", "fit")
        self.draw = button("Draw a box", "Drag a rectangle on the picture to look only there", "box")
        self.whole = tool("close", "Look in the whole scan")
        self.go.clicked.connect(lambda: session.predict())
        self.stop.clicked.connect(session.cancel)
        self.view.clicked.connect(self._take_view)
        self.draw.clicked.connect(session.region.draw)
        self.whole.clicked.connect(lambda: session.region.set(None))
        self.body.addLayout(row(self.where, self.whole, stretch=0))
        self.body.addLayout(row(self.view, self.draw))
        self.body.addLayout(row(self.go, self.stop, stretch=0))
        self.body.addWidget(self.bar)
        self.body.addWidget(self.said)
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self.redraw)
        for signal in (session.scan_changed, session.work_changed, session.model_changed, session.region.changed):
            signal.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """Show what can be done, and how far it is."""
        session = self._session
        work = session.work
        open_ = session.scan is not None
        self.go.setEnabled(open_ and work is None and bool(session.model))
        self.stop.setVisible(work is not None and work.kind == "predict")
        _enable(open_ and work is None, self.view, self.draw)
        size = session.region.size_mm
        self.draw.setText("Drag on the picture" if session.region.drawing else "Draw a box")
        self.where.setText(
            f"In a box of {millimetres([round(side) for side in size])}" if size else "In the whole scan"
        )
        self.whole.setVisible(size is not None)
        self.bar.setVisible(work is not None)
        self.said.setVisible(work is not None)
        self._timer.start() if work is not None else self._timer.stop()
        if work is not None:
            self.bar.setMaximum(1000 if work.done else 0)
            self.bar.setValue(round(1000 * work.done))
            left = minutes_left(work.left_s)
            self.said.setText(f"{work.what[:1].upper()}{work.what[1:]}{' · ' + left if left else ' …'}")

    def _take_view(self) -> None:
        if self._session.scan is not None:
            self._session.region.take_view(self._session.scan.pictures[0])


def _enable(on: bool, *widgets: QWidget) -> None:
    for widget in widgets:
        widget.setEnabled(on)
