"""What can be done to the mask other than by hand: a list, of which the chosen one unfolds its options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QCoreApplication, QEvent, QSize, Qt
from qtpy.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.viewer import look
from segstudio.viewer.operations import OPERATIONS, Operation, Option
from segstudio.viewer.sections.section import Number, Section, button, label, row, still, tool
from segstudio.viewer.session import Session

_FAR = 1e7


class OperationSection(Section):
    """A button for each operation; under them the options of the one that was pressed, and what does it."""

    def __init__(self, session: Session) -> None:
        super().__init__("Correct")
        self._session = session
        self.buttons: dict[str, QToolButton] = {}
        grid = QGridLayout()
        grid.setSpacing(2)
        for at, each in enumerate(OPERATIONS):
            self.buttons[each.name] = made = self._button(each)
            grid.addWidget(made, at // 2, at % 2)
        self.body.addLayout(grid)
        self.panel: QFrame | None = None
        self._unfolded: Operation | None = None
        self.fields: dict[str, QWidget] = {}
        self._texts: dict[str, tuple[str, ...]] = {}
        session.bench.changed.connect(self.redraw)
        session.bench.foreseen_changed.connect(self._tell)
        session.classes_changed.connect(self._unfold)
        for signal in (session.scan_changed, session.work_changed):
            signal.connect(self._enable)
        for signal in (session.view.hovered, session.view.layout_changed):
            signal.connect(self._name_plane)
        self.redraw()

    def redraw(self) -> None:
        """Light the operation that is laid out, and unfold its options."""
        chosen = self._session.bench.chosen
        for name, each in self.buttons.items():
            each.setChecked(chosen is not None and chosen.name == name)
        before, self._unfolded = self._unfolded, chosen
        self._unfold()
        if chosen is not before:
            self._bring_into_sight()

    def _button(self, operation: Operation) -> QToolButton:
        made = QToolButton()
        made.setText(f" {operation.text}")
        look.set_icon(made, operation.icon)
        made.setIconSize(QSize(16, 16))
        made.setToolTip(f"{operation.text}\n{operation.tip}")
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setCheckable(True)
        made.setFixedWidth(142)
        made.clicked.connect(lambda on: self._session.bench.choose(operation.name if on else ""))
        return made

    def _unfold(self) -> None:
        if self.panel is not None:
            self.panel.hide()
            self.body.removeWidget(self.panel)
            self.panel.deleteLater()
            self.panel, self.fields, self._texts = None, {}, {}
        chosen = self._session.bench.chosen
        if chosen is not None:
            self.panel = self._panel(chosen)
            self.body.addWidget(self.panel)
            self.panel.show()  # now, not when Qt comes round to it: it has to be laid out to be scrolled to
            self._name_plane()
        self._enable()

    def _bring_into_sight(self) -> None:
        """Have the column scroll to the options, where they lie below its edge."""
        column = self.parentWidget()
        while column is not None and not isinstance(column, QScrollArea):
            column = column.parentWidget()
        if column is not None and self.panel is not None:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # lay the column out first
            column.ensureWidgetVisible(self.panel)

    def _panel(self, operation: Operation) -> QFrame:
        panel = QFrame()
        panel.setObjectName("card")
        column = QVBoxLayout(panel)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(label(operation.tip, "quiet", wrap=True))
        values = self._session.bench.values(operation)
        for option in operation.options:
            self.fields[option.name] = field = self._field(option, values[option.name])
            field.setToolTip(option.tip)
            line = QHBoxLayout()
            line.addWidget(label(option.text, "quiet"))
            line.addStretch(1)
            line.addWidget(field)
            column.addLayout(line)
        self.foreseen = label(kind="quiet", wrap=True)
        self.foreseen.setMinimumHeight(2 * self.foreseen.fontMetrics().lineSpacing())  # nothing moves when it speaks
        self.foreseen.setVisible(operation.live)
        column.addWidget(self.foreseen)
        self.go = button(operation.text, operation.tip, operation.icon, kind="primary")
        self.go.clicked.connect(lambda: self._session.bench.run())
        away = tool("close", "Put these options away")
        away.clicked.connect(lambda: self._session.bench.choose(""))
        column.addLayout(row(self.go, away, stretch=0))
        return panel

    def _tell(self) -> None:
        if self.panel is not None:
            self.foreseen.setText(self._session.bench.foreseen)

    def _enable(self) -> None:
        session = self._session
        ready = session.scan is not None and session.work is None
        for each in self.buttons.values():
            each.setEnabled(session.scan is not None)
        if self.panel is not None:
            self.go.setEnabled(ready)

    def _name_plane(self) -> None:
        """Say of which plane the slices are that are worked on; it changes with the hand, until that comes here."""
        if self._session.view.hover is None:
            for name, texts in self._texts.items():
                field = self.fields[name]
                assert isinstance(field, QComboBox)
                for at, text in enumerate(texts):
                    field.setItemText(at, text.replace("slice", f"{self._session.bench.plane} slice"))

    # Fields

    def _field(self, option: Option, value: Any) -> QWidget:
        tell = lambda new: self._session.bench.set(option.name, new)  # noqa: E731
        if option.kind == "number":
            return _number(option, float(value), tell)
        if option.kind == "window":
            scan = self._session.scan
            return _window(value, 0 if scan is None else scan.decimals(self._session.view.channel), tell)
        choices = list(option.choices)
        if any("slice" in text for text, _ in choices):
            self._texts[option.name] = tuple(text for text, _ in choices)
        if option.kind == "class":
            chosen = self._session.view.chosen
            choices = [(each.name, each.value) for each in self._session.classes if each.value != chosen] + choices
        return _choice(choices, value, tell)


def _number(option: Option, value: float, tell: Callable[[Any], object]) -> Number:
    field = still(Number())
    field.setDecimals(2 if option.step < 0.1 else 1)
    field.setRange(option.low, option.high)
    field.setSingleStep(option.step)
    field.setSuffix(f" {option.unit}")
    field.setValue(value)
    field.setFixedWidth(96)
    field.valueChanged.connect(tell)
    return field


def _choice(choices: list[tuple[str, Any]], value: Any, tell: Callable[[Any], object]) -> QComboBox:
    field = still(QComboBox())
    field.addItems([text for text, _ in choices])
    field.setCurrentIndex(next((at for at, (_, each) in enumerate(choices) if each == value), 0))
    field.setMinimumWidth(120)
    field.setMaximumWidth(180)
    field.activated.connect(lambda at: tell(choices[at][1]))
    return field


def _window(value: tuple[float, float], decimals: int, tell: Callable[[Any], object]) -> QWidget:
    made = QWidget()
    fields = [still(Number()) for _ in value]
    for field, intensity in zip(fields, value, strict=True):
        field.setRange(-_FAR, _FAR)
        field.setDecimals(decimals)
        field.setSingleStep(max(round(abs(value[1] - value[0]) / 50, decimals), 10.0**-decimals))
        field.setValue(intensity)
        field.setFixedWidth(76)
        field.valueChanged.connect(lambda _value: tell(tuple(sorted(each.value() for each in fields))))
    line = row(fields[0], label("to", "quiet"), fields[1])
    line.setContentsMargins(0, 0, 0, 0)
    made.setLayout(line)
    return made
