"""What every section of the column is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from qtpy.QtCore import QEvent, QObject, QPointF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent, QValidator
from qtpy.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.viewer import look

WIDTH = 320
"""Of the column, in pixels."""

MINUS = "−"

Field = TypeVar("Field", bound=QWidget)


class Section(QFrame):
    """A heading and what belongs under it; a click on the heading folds it away.

    Attributes
    ----------
    heading
        In words.
    head, body
        Where a section puts what stands beside the heading, and under it.
    """

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.setObjectName("section")
        self.heading = heading
        self._fold = QToolButton()
        self._fold.setObjectName("heading")
        self._fold.setText(heading.upper())
        self._fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.setIconSize(QSize(10, 10))
        self._fold.clicked.connect(lambda: self.fold(not self.folded))
        self.head = QHBoxLayout()
        self.head.setSpacing(4)
        self.head.addWidget(self._fold)
        self.head.addStretch(1)
        self._inner = QWidget()
        self.body = QVBoxLayout(self._inner)
        self.body.setContentsMargins(0, 4, 0, 4)
        self.body.setSpacing(6)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 8)
        outer.setSpacing(0)
        outer.addLayout(self.head)
        outer.addWidget(self._inner)
        self.fold(False)

    @property
    def folded(self) -> bool:
        """Whether only the heading is seen."""
        return self._inner.isHidden()

    def fold(self, folded: bool) -> None:
        """Fold it away, or open it again."""
        self._inner.setVisible(not folded)
        look.set_icon(self._fold, "next" if folded else "down", "quiet")
        self._fold.setToolTip(f"Open {self.heading.lower()}" if folded else f"Fold {self.heading.lower()} away")


def label(text: str = "", kind: str = "", *, wrap: bool = False) -> QLabel:
    """Plain text; `kind` is "heading", "quiet", "strong", "badge" or "caution"."""
    made = QLabel(text)
    made.setObjectName(kind)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    return made


class Elided(QLabel):
    """A name on one line, shortened where there is no room, in the middle or at its end; its tooltip says all of it."""

    def __init__(self, kind: str = "", *, at_end: bool = False) -> None:
        super().__init__()
        self.setObjectName(kind)
        self._where = Qt.TextElideMode.ElideRight if at_end else Qt.TextElideMode.ElideMiddle

    def setText(self, text: str) -> None:
        """Show a name."""
        self._whole = text
        self.setToolTip(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, other letters left out."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())

    def _fit(self) -> None:
        room = self.fontMetrics().elidedText(getattr(self, "_whole", ""), self._where, self.width())
        super().setText(room)


class Number(QDoubleSpinBox):
    """A field for a number, with the minus that stands everywhere in the window; a hyphen may be typed."""

    def textFromValue(self, value: float) -> str:
        """As it is shown."""
        return super().textFromValue(value).replace("-", MINUS)

    def valueFromText(self, text: str) -> float:
        """As it was typed."""
        return super().valueFromText(text.replace(MINUS, "-"))

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """Whether it may be typed, or go on to be."""
        state, *_ = super().validate(text.replace(MINUS, "-"), at)
        return state, text.replace("-", MINUS), at


def button(text: str, tip: str, icon: str = "", *, kind: str = "") -> QPushButton:
    """A button with words; `kind` is "primary" or "link"."""
    made = QPushButton(text)
    made.setObjectName(kind)
    made.setToolTip(tip)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard to the picture
    if icon:
        look.set_icon(made, icon, "ink" if kind == "primary" else "text")
    return made


def table(heads: Sequence[str], *, chosen: QAbstractItemView.SelectionMode) -> QTableWidget:
    """A table that is only read, without lines between its cells; what is `chosen` are whole rows."""
    made = QTableWidget(0, len(heads))
    made.setHorizontalHeaderLabels(list(heads))
    made.verticalHeader().hide()
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setSelectionMode(chosen)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setShowGrid(False)
    return made


def tool(icon: str, tip: str) -> QToolButton:
    """A small button with only an icon."""
    made = QToolButton()
    look.set_icon(made, icon)
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    return made


def row(*widgets: QWidget, stretch: int = -1) -> QHBoxLayout:
    """Widgets side by side; the one at `stretch` takes the room that is left."""
    made = QHBoxLayout()
    made.setSpacing(6)
    for index, widget in enumerate(widgets):
        made.addWidget(widget, int(index == stretch))
    return made


def still(field: Field) -> Field:
    """A list or a number that the wheel passes over on its way down the column; a number heeds it once clicked."""
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.installEventFilter(_Passing(field))
    return field


class _Passing(QObject):
    """Leaves the wheel to the column."""

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        """Qt asks before the field hears of an event."""
        if event.type() != QEvent.Type.Wheel or (isinstance(field, QAbstractSpinBox) and field.hasFocus()):
            return False
        event.ignore()
        return True


class Sparkline(QWidget):
    """A curve without axes: how the loss falls."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(28)
        self._values: tuple[float, ...] = ()

    def show_values(self, values: Sequence[float]) -> None:
        """Draw these, first to last from left to right."""
        self._values = tuple(values)
        self.setVisible(len(values) > 1)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks for the curve."""
        if len(self._values) < 2:
            return
        low, high = min(self._values), max(self._values)
        across, down = self.width() - 4, self.height() - 6
        points = [
            QPointF(2 + across * index / (len(self._values) - 1), 3 + down * (high - value) / ((high - low) or 1))
            for index, value in enumerate(self._values)
        ]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(look.ACCENT), 1.5))
        painter.drawPolyline(points)


def minutes_left(seconds: float | None) -> str:
    """How long still, as people say it."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"{round(seconds / 10) * 10} s left"
    return f"{round(seconds / 60)} min left"


def millimetres(sides: Sequence[float]) -> str:
    """Sides as "1 × 0.5 × 0.5 mm"."""
    return " × ".join(f"{side:.2f}".rstrip("0").rstrip(".") for side in sides) + " mm"
