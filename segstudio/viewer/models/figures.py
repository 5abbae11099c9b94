"""Two versions beside each other, class by class, as a drawn table with bars for what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from segstudio.learning import ClassVerdict
from segstudio.learning.verdict import Interval
from segstudio.viewer import look
from segstudio.viewer.models.words import change_in_words, figure, sure

_HEAD, _ROW = 44, 40
_SHARES = (0.24, 0.065, 0.065, 0.25, 0.25, 0.065, 0.065)
_HEADINGS = ("Class", "Dice", "HD95", "Dice, change", "HD95 in mm, change", "Dice", "HD95")
_BAR = 8
_SIDE = 0.34
"""Share of the width for what a side is called."""

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_MIDDLE = Qt.AlignmentFlag.AlignCenter


@dataclass(frozen=True)
class _Change:
    """A mean change, its interval, and which way is better: 1 up, −1 down."""

    value: float | None
    interval: Interval | None
    better: int
    digits: int

    @property
    def reach(self) -> float:
        low, high = self.interval or (0.0, 0.0)
        return max(abs(low), abs(high), abs(self.value or 0.0))

    @property
    def color(self) -> str:
        """Green and red only where chance does not explain it."""
        if self.value is None or not sure(self.interval):
            return look.QUIET
        return look.GOOD if self.value * self.better > 0 else look.BAD


class ClassFigures(QWidget):
    """In use at the left, the candidate at the right, and between them a bar with its 95 % interval for each measure.

    A bar to the right is an improvement. It is green, or red, only where the interval excludes zero.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ClassVerdict, ...] = ()
        self._sides = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def show_rows(self, rows: Sequence[ClassVerdict], left: str, right: str) -> None:
        """Draw these classes; the sides are named as they are called in a heading."""
        self._rows, self._sides = tuple(rows), (left, right)
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleName("; ".join(in_words(each) for each in rows))
        self.update()

    def sizeHint(self) -> QSize:
        """A row for each class."""
        return QSize(760, _HEAD + _ROW * len(self._rows))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A row is told in full, with its name."""
        at = int((event.position().y() - _HEAD) // _ROW)
        self.setToolTip(in_words(self._rows[at]) if 0 <= at < len(self._rows) else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks for the picture."""
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_heading(painter)
        changes = [(dice_change(each), distance_change(each)) for each in self._rows]
        reaches = [max((pair[side].reach for pair in changes), default=0.0) or 1.0 for side in (0, 1)]
        for at, (each, pair) in enumerate(zip(self._rows, changes, strict=True)):
            self._draw_row(painter, _HEAD + at * _ROW, each)
            for side in (0, 1):
                _draw_bar(painter, self._cell(3 + side, _HEAD + at * _ROW), pair[side], reaches[side])

    def _cell(self, column: int, top: float, height: float = _ROW) -> QRectF:
        left = sum(_SHARES[:column]) * self.width()
        return QRectF(left + 4, top, _SHARES[column] * self.width() - 8, height)

    def _draw_heading(self, painter: QPainter) -> None:
        painter.setPen(QColor(look.TEXT))
        for last, text in zip((2, 6), self._sides, strict=True):
            right = self._cell(last, 0).right()
            room = int(_SIDE * self.width())
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QRectF(right - room, 0, room, 20), _RIGHT, shown)
        painter.setPen(QColor(look.QUIET))
        for column, text in enumerate(_HEADINGS):
            aligned = _LEFT if column == 0 else _MIDDLE if column in (3, 4) else _RIGHT
            painter.drawText(self._cell(column, 20, 20), aligned, text)

    def _draw_row(self, painter: QPainter, top: float, each: ClassVerdict) -> None:
        painter.setPen(QPen(QColor(look.LINE), 1))
        painter.drawLine(QPointF(0, top), QPointF(self.width(), top))
        painter.setPen(QColor(look.TEXT))
        cell = self._cell(0, top)
        name = painter.fontMetrics().elidedText(each.name, Qt.TextElideMode.ElideMiddle, int(cell.width()))
        painter.drawText(cell, _LEFT, name)
        values = ((1, each.dice_before, 2), (2, each.hd95_before, 1), (5, each.dice_after, 2), (6, each.hd95_after, 1))
        for column, value, digits in values:
            painter.drawText(self._cell(column, top), _RIGHT, figure(value, digits))


def dice_change(each: ClassVerdict) -> _Change:
    """Of Dice; from the means where a comparison of long ago kept nothing else."""
    return _Change(_or_means(each.dice_change, each.dice_before, each.dice_after), each.dice_interval, 1, 2)


def distance_change(each: ClassVerdict) -> _Change:
    """Of HD95, where less is better."""
    return _Change(_or_means(each.hd95_change, each.hd95_before, each.hd95_after), each.hd95_interval, -1, 1)


def in_words(each: ClassVerdict) -> str:
    """A row for who cannot see it: name, figures, and what chance has to do with them."""
    change = change_in_words(dice_change(each).value, each.dice_interval, 2)
    chance = "" if sure(each.dice_interval) or not change else ", within chance"
    return f"{each.name}: Dice {figure(each.dice_before, 2)} to {figure(each.dice_after, 2)} {change}{chance}".rstrip()


def _or_means(change: float | None, before: float | None, after: float | None) -> float | None:
    return after - before if change is None and before is not None and after is not None else change


def _draw_bar(painter: QPainter, cell: QRectF, change: _Change, reach: float) -> None:
    """From the middle, to the right where it is better; its interval as a thin line, the figures beneath."""
    middle, half = cell.center().x(), cell.width() / 2
    top = cell.top() + 8

    def x(value: float) -> float:
        return middle + change.better * value / reach * half

    painter.setPen(QPen(QColor(look.OFF), 1))
    painter.drawLine(QPointF(middle, top - 3), QPointF(middle, top + _BAR + 3))
    color = QColor(change.color)
    if change.value is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        faint = QColor(color)
        faint.setAlphaF(0.6)
        painter.setBrush(faint)
        painter.drawRect(QRectF(QPointF(middle, top), QPointF(x(change.value), top + _BAR)).normalized())
    if change.interval is not None:
        low, high = (x(end) for end in change.interval)
        painter.setPen(QPen(color, 1.5))
        painter.drawLine(QPointF(low, top + _BAR / 2), QPointF(high, top + _BAR / 2))
        for end in (low, high):
            painter.drawLine(QPointF(end, top), QPointF(end, top + _BAR))
    painter.setPen(color)
    under = QRectF(cell.left(), top + _BAR + 2, cell.width(), 18)
    painter.drawText(under, _MIDDLE, change_in_words(change.value, change.interval, change.digits))
