"""Patients as dots: how right the version in use was, and how right a candidate is."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from segstudio.learning import CaseVerdict
from segstudio.viewer import look
from segstudio.viewer.models.words import signed

_ROW, _HEAD, _DOT = 22, 20, 4.0
_NAME, _MARK, _CHANGE = 84, 96, 64
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NOTABLE = 0.005
"""What is rounded away is neither better nor worse."""


class PatientDots(QWidget):
    """A row for each case, the one that lost most first: a ring before, a dot after; a click opens the case."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._cases: tuple[CaseVerdict, ...] = ()
        self._pinned: frozenset[int] = frozenset()
        self._at = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Open this case with both masks")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def cases(self) -> tuple[CaseVerdict, ...]:
        """As they are listed."""
        return self._cases

    def show_cases(self, cases: Sequence[CaseVerdict], pinned: Sequence[int]) -> None:
        """Draw these; those of the regression set are marked."""
        measured = [each for each in cases if each.change is not None]
        self._cases = tuple(sorted(measured, key=lambda each: each.change or 0.0))
        self._pinned = frozenset(pinned)
        self._at = min(self._at, len(self._cases) - 1)
        self.setFixedHeight(self.sizeHint().height())
        told = (f"{each.patient} {signed(each.change or 0, 2)}" for each in self._cases)
        self.setAccessibleName("Change of Dice by patient: " + ", ".join(told))
        self.update()

    def sizeHint(self) -> QSize:
        """A row for each case."""
        return QSize(480, _HEAD + _ROW * len(self._cases))

    def row_centre(self, index: int) -> QPointF:
        """Where a row is."""
        return QPointF(self.width() / 2, _HEAD + (index + 0.5) * _ROW)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The row under the pointer is lit."""
        self._light(int((event.position().y() - _HEAD) // _ROW))

    def leaveEvent(self, event: QEvent) -> None:
        """None is under the pointer."""
        self._light(-1)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the case of a row."""
        self._light(int((event.position().y() - _HEAD) // _ROW))
        self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, down, and Return."""
        steps = {int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_Down): 1}
        if event.key() in steps:
            self._light(max(0, self._at + steps[event.key()]))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        else:
            super().keyPressEvent(event)

    def _light(self, at: int) -> None:
        self._at = at if 0 <= at < len(self._cases) else -1
        self.update()

    def _choose(self) -> None:
        if self._at >= 0:
            self.chosen.emit(self._cases[self._at].case)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks for the picture."""
        if not self._cases:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sides = [_sides(each) for each in self._cases]
        low, high = min(min(pair) for pair in sides), max(max(pair) for pair in sides)
        left, across = _NAME + 8, self.width() - _NAME - _MARK - _CHANGE - 24
        painter.setPen(QColor(look.QUIET))
        painter.drawText(QRectF(left, 0, across, _HEAD), _LEFT, f"{low:.2f}")
        painter.drawText(QRectF(left, 0, across, _HEAD), _RIGHT, f"{high:.2f}")
        painter.drawText(QRectF(left, 0, across, _HEAD), Qt.AlignmentFlag.AlignCenter, "Dice, mean of the classes")
        for at, (each, pair) in enumerate(zip(self._cases, sides, strict=True)):
            top = _HEAD + at * _ROW
            if at == self._at:
                painter.fillRect(QRectF(0, top, self.width(), _ROW), QColor(look.RAISED))
            before, after = (QPointF(left + across * (x - low) / ((high - low) or 1), top + _ROW / 2) for x in pair)
            self._draw(painter, top, each, before, after)

    def _draw(self, painter: QPainter, top: float, each: CaseVerdict, before: QPointF, after: QPointF) -> None:
        change = each.change or 0.0
        color = QColor(look.QUIET if abs(change) < _NOTABLE else look.GOOD if change > 0 else look.BAD)
        painter.setPen(QColor(look.TEXT))
        painter.drawText(QRectF(4, top, _NAME, _ROW), _LEFT, each.patient)
        painter.setPen(QColor(look.QUIET))
        right = self.width()
        if each.case in self._pinned:
            painter.drawText(QRectF(right - _MARK - _CHANGE, top, _MARK, _ROW), _LEFT, "regression set")
        painter.setPen(color)
        painter.drawText(QRectF(right - _CHANGE - 4, top, _CHANGE, _ROW), _RIGHT, signed(change, 2))
        painter.setPen(QPen(color, 1.5))
        painter.drawLine(before, after)
        painter.setBrush(QColor(look.BACKGROUND))
        painter.drawEllipse(before, _DOT, _DOT)
        painter.setBrush(color)
        painter.drawEllipse(after, _DOT, _DOT)


def _sides(each: CaseVerdict) -> tuple[float, float]:
    """Means over the classes that both versions were measured on."""
    both = [value for value in each.before if value in each.after]
    before = sum(each.before[value] for value in both) / len(both)
    return before, before + (each.change or 0.0)
