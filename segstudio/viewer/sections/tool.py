"""The tool in the hand: its options, and only those."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QHBoxLayout, QRadioButton, QWidget

from segstudio.viewer.commands import commands
from segstudio.viewer.sections.section import Number, Section, button, label, row, still
from segstudio.viewer.session import Session
from segstudio.viewer.tools.line import Measure
from segstudio.viewer.tools.scribble import Scribble
from segstudio.viewer.tools.tool import Tool
from segstudio.viewer.tools.tools import LARGEST_MM, SMALLEST_MM

_TO_SPEAK_OF = 1e9

_SHORT = 8
"""Letters of a class that are read at least."""


class ToolSection(Section):
    """What the tool in the hand does, and how it is set."""

    def __init__(self, session: Session) -> None:
        super().__init__("Tool")
        self._session = session
        self.name = label(kind="strong")
        self.said = label(kind="quiet", wrap=True)
        self.head.insertWidget(1, self.name)
        self.body.addWidget(self.said)
        self.rows: dict[str, QWidget] = {
            "size_mm": self._size(),
            "ball": self._two("ball", "Shape", ("2D disc", False), ("3D ball", True)),
            "deep": self._two("deep", "In", ("this slice", False), ("3D", True)),
            "cut": self._two("cut", "What is inside", ("fill", False), ("cut out", True)),
            "window": self._window(),
            "over": self._over(),
            "into": self._into(),
            "through": self._two("through", "Through", ("all slices", True), ("this slice", False)),
            "seeds": self._seeds(),
        }
        for widget in self.rows.values():
            self.body.addWidget(widget)
        self.measured = label(kind="strong")
        self.body.addWidget(self.measured)
        self.body.addStretch(1)
        for signal in (
            session.tools.changed,
            session.classes_changed,
            session.scan_changed,
            session.view.window_changed,
        ):
            signal.connect(self.redraw)
        self.redraw()

    def redraw(self) -> None:
        """Show the tool in the hand."""
        tools = self._session.tools
        self._lay_out(tools.active)
        measure = tools.of(Measure)
        self.measured.setVisible(tools.active is measure and measure.measured_mm is not None)
        self.measured.setText(f"{measure.measured_mm or 0:.1f} mm")
        self._redraw_options()

    def _lay_out(self, tool: Tool) -> None:
        name, said = tool_in_words(tool)
        self.name.setText(name)
        self.said.setText(said)
        for name, widget in self.rows.items():
            widget.setVisible(name in tool.uses)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Whichever tool is in the hand, the section is as high as the one with most options: nothing below moves."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            heights = [self._height_of(each) for each in self._session.tools.all]
            self._lay_out(self._session.tools.active)
            self._inner.setMinimumHeight(max(heights))

    def _height_of(self, tool: Tool) -> int:
        outer = self.layout()
        assert outer is not None
        self._lay_out(tool)
        self.body.invalidate()
        return self.body.totalHeightForWidth(self.width() - 2 * outer.contentsMargins().left())

    def _redraw_options(self) -> None:
        options, scan = self._session.tools.options, self._session.scan
        _quietly(self.diameter, lambda: self.diameter.setValue(options.size_mm))
        for name, group in self._groups.items():
            wanted = next(each for each in group.buttons() if each.property("value") == getattr(options, name))
            _quietly(group, lambda wanted=wanted: wanted.setChecked(True))  # type: ignore[misc]
        low, high = options.window or self._session.view.window
        _quietly(self.inside, lambda: self.inside.setChecked(options.window is not None))
        for field, value in ((self.low, low), (self.high, high)):
            field.setEnabled(options.window is not None)
            field.setDecimals(0 if scan is None else scan.decimals(self._session.view.channel))
            _quietly(field, lambda field=field, value=value: field.setValue(value))  # type: ignore[misc]
        self._list_classes(self.over, [("any class", None), ("what has no class", 0)], options.over)
        self._list_classes(self.into, [("nothing", 0)], frozenset({options.into}))

    def _list_classes(self, box: QComboBox, first: list[tuple[str, int | None]], chosen: frozenset[int] | None) -> None:
        box.blockSignals(True)
        box.clear()
        for text, value in [*first, *((each.name, each.value) for each in self._session.classes)]:
            box.addItem(text, value)
        box.setCurrentIndex(max(0, box.findData(next(iter(chosen), None) if chosen else None)))
        box.blockSignals(False)

    # Rows

    def _size(self) -> QWidget:
        self.diameter = _number("Diameter of brush and eraser  ([ and ])", SMALLEST_MM, LARGEST_MM, " mm")
        self.diameter.valueChanged.connect(lambda mm: self._session.tools.change(size_mm=mm))
        return _row("Size", self.diameter)

    _groups: dict[str, QButtonGroup]

    def _two(self, name: str, text: str, *choices: tuple[str, bool]) -> QWidget:
        group = QButtonGroup(self)
        self._groups = {**getattr(self, "_groups", {}), name: group}
        buttons = []
        for words, value in choices:
            each = QRadioButton(words)
            each.setProperty("value", value)
            each.clicked.connect(lambda _on=False, value=value: self._session.tools.change(**{name: value}))
            group.addButton(each)
            buttons.append(each)
        return _row(text, *buttons)

    def _window(self) -> QWidget:
        self.inside = QCheckBox("Only inside")
        self.inside.setToolTip("Paint only where the intensity lies between these")
        self.low, self.high = (_number("", -_TO_SPEAK_OF, _TO_SPEAK_OF, decimals=0) for _ in range(2))
        self.inside.toggled.connect(lambda _on: self._set_window())
        for field in (self.low, self.high):
            field.editingFinished.connect(self._set_window)
        made = QWidget()
        made.setLayout(row(self.inside, self.low, label("to", "quiet"), self.high))
        return _flat(made)

    def _set_window(self) -> None:
        low, high = sorted((self.low.value(), self.high.value()))
        self._session.tools.change(window=(low, high) if self.inside.isChecked() else None)

    def _over(self) -> QWidget:
        self.over = _classes()
        self.over.setToolTip("What may be painted over; locked classes never are")
        self.over.activated.connect(self._set_over)
        return _row("Over", self.over)

    def _set_over(self) -> None:
        value = self.over.currentData()
        self._session.tools.change(over=None if value is None else frozenset({int(value)}))

    def _into(self) -> QWidget:
        self.into = _classes()
        self.into.setToolTip("What the part becomes that is cut off")
        self.into.activated.connect(lambda: self._session.tools.change(into=int(self.into.currentData())))
        return _row("Cut-off part becomes", self.into)

    def _seeds(self) -> QWidget:
        bench = self._session.bench
        self.grow = button("Grow", "Let the scribbled classes grow until they meet at edges", "grow")
        self.walk = button("Random walk", "Slower and smoother than growing")
        self.clear = button("Clear", "Rub all scribbles out")
        self.grow.clicked.connect(lambda: bench.run("grow"))
        self.walk.clicked.connect(lambda: bench.run("walker"))
        self.clear.clicked.connect(lambda: self._session.tools.of(Scribble).clear())
        made = QWidget()
        made.setLayout(row(self.grow, self.walk, self.clear))
        return _flat(made)


def tool_in_words(tool: Tool) -> tuple[str, str]:
    """What a tool is called, and what it does with which keys held."""
    known = next(each for each in commands() if each.name == tool.name)
    return known.text, f"{known.tip}. {tool.held}".strip()


def _number(tip: str, low: float, high: float, unit: str = "", decimals: int = 1) -> Number:
    field = still(Number())
    field.setRange(low, high)
    field.setDecimals(decimals)
    field.setSuffix(unit)
    field.setToolTip(tip)
    field.setMinimumWidth(64)
    field.setKeyboardTracking(False)
    return field


def _classes() -> QComboBox:
    """A list of classes that takes the room that is left, however long their names are."""
    made = still(QComboBox())
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(_SHORT)
    return made


def _row(text: str, *widgets: QWidget) -> QWidget:
    """A word and what it is set by."""
    made = QWidget()
    line = QHBoxLayout(made)
    line.setSpacing(8)
    line.addWidget(label(text, "quiet"))
    if not any(isinstance(widget, QComboBox) for widget in widgets):
        line.addStretch(1)
    for widget in widgets:
        line.addWidget(widget, int(isinstance(widget, QComboBox)))
    return _flat(made)


def _flat(widget: QWidget) -> QWidget:
    layout = widget.layout()
    assert layout is not None
    layout.setContentsMargins(0, 0, 0, 0)
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return widget


def _quietly(widget: QWidget | QButtonGroup, change: Callable[[], object]) -> None:
    """Change a field without its signals."""
    widget.blockSignals(True)
    change()
    widget.blockSignals(False)
