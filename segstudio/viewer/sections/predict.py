"""Let the model draw."""

from __future__ import annotations

from qtpy.QtWidgets import QCheckBox, QSpinBox, QWidget

from segstudio.viewer.layers import PLANES
from segstudio.viewer.sections.progress import Progress
from segstudio.viewer.sections.section import Section, button, label, millimetres, row, still, tool
from segstudio.viewer.session import Session


class PredictSection(Section):
    """The button, where and what the model is to draw, and how far it is."""

    def __init__(self, session: Session) -> None:
        super().__init__("Predict")
        self._session = session
        self.go = button("Predict", "Let the model draw the first mask (Ctrl+P)", "predict", kind="primary")
        self.progress = Progress(session, ("predict", "edit", "submit"), "Stop; the mask stays as it is (Esc)")
        self.where = label(kind="quiet", wrap=True)
        self.draw = button("Draw a box", "Drag a rectangle on a pane; the model looks only there", "box")
        self.slices = button("Slices…", "Let the model look only in some slices")
        self.slices.setCheckable(True)
        self.whole = tool("close", "Look in the whole scan")
        self.only = QCheckBox()
        self.only.setToolTip("Other classes stay where they are")
        self.first, self.last = still(QSpinBox()), still(QSpinBox())
        self._plane = "axial"
        self.range = _together(label("from", "quiet"), self.first, label("to", "quiet"), self.last)
        self._lay_out()
        self._connect()
        self.redraw()

    @property
    def values(self) -> frozenset[int]:
        """Classes that the model is to draw; none means all."""
        return frozenset({self._session.view.chosen}) if self.only.isChecked() else frozenset()

    def predict(self) -> None:
        """Predict where and what is chosen here."""
        self._session.predict(only=self.values)

    def redraw(self) -> None:
        """Show what can be done, and how far it is."""
        session = self._session
        work = session.work
        open_ = session.scan is not None
        self.go.setEnabled(open_ and work is None and bool(session.model))
        for widget in (self.draw, self.slices, self.only):
            widget.setEnabled(open_ and work is None)
        size = session.region.size_mm
        self.where.setText(
            f"In a box of {millimetres([round(side) for side in size])}" if size else "In the whole scan"
        )
        self.whole.setVisible(size is not None)
        self.range.setVisible(open_ and self.slices.isChecked())
        names = {each.value: each.name for each in session.classes}
        self.only.setText(f"Only {names.get(session.view.chosen, 'the chosen class')}")
        self.only.setVisible(len(session.classes) > 1)

    def _lay_out(self) -> None:
        self.body.addLayout(row(self.where, self.whole, stretch=0))
        self.body.addLayout(row(self.draw, self.slices))
        for widget in (self.range, self.only):
            self.body.addWidget(widget)
        self.body.addWidget(self.go)
        self.body.addWidget(self.progress)

    def _connect(self) -> None:
        session = self._session
        self.go.clicked.connect(self.predict)
        self.draw.clicked.connect(lambda: session.tools.take("box"))
        self.slices.toggled.connect(self._choose_slices)
        self.whole.clicked.connect(lambda: session.region.set(None))
        for side in (self.first, self.last):
            side.valueChanged.connect(self._take_slices)
        session.scan_changed.connect(lambda: self.slices.setChecked(False))
        signals = (session.scan_changed, session.work_changed, session.model_changed, session.region.changed)
        for signal in (*signals, session.classes_changed, session.view.chosen_changed):
            signal.connect(self.redraw)

    def _choose_slices(self, on: bool) -> None:
        """Begin with a few slices round the crosshair, of the plane on which the hand last worked."""
        session = self._session
        if on and session.scan is not None:
            self._plane = session.bench.plane
            across = PLANES[self._plane][0]
            count, at = session.scan.display.shown.shape[across], session.view.voxel[across]
            for side, value in ((self.first, max(0, at - 2)), (self.last, min(count - 1, at + 2))):
                side.blockSignals(True)
                side.setRange(1, count)
                side.setValue(value + 1)
                side.setToolTip(f"{self._plane.capitalize()} slice, as counted on the pane")
                side.blockSignals(False)
            self._take_slices()
        elif not on:
            session.region.set(None)
        self.redraw()

    def _take_slices(self) -> None:
        self._session.region.slices(self._plane, self.first.value() - 1, self.last.value() - 1)


def _together(*widgets: QWidget) -> QWidget:
    held = QWidget()
    held.setLayout(row(*widgets))
    layout = held.layout()
    assert layout is not None
    layout.setContentsMargins(0, 0, 0, 0)
    return held
