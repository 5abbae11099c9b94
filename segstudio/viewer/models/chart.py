"""Curves and dots with axes, drawn by hand: a picture of a few numbers needs no library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from segstudio.viewer import look

Point = tuple[float, float]

_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 26, 24
_ROW = 18
_LEGEND = 190
_DOT = 3.0
_CROWD = 6
"""More curves than this are drawn without their dots, until one is lit."""

_FAINT = 0.18
_DARKER = 150
"""Per cent by which a class's colour is darkened on a light background."""


@dataclass(frozen=True)
class Series:
    """One curve: its name, its colour (red, green, blue, or None for the accent), and points from left to right.

    `dots` are drawn under the curve, without a line.
    """

    name: str
    points: tuple[Point, ...]
    color: tuple[int, int, int] | None = None
    dots: tuple[Point, ...] = ()


class Chart(QWidget):
    """Curves on common axes; a click on a name lights that curve alone, another brings all back.

    Parameters
    ----------
    title
        What is drawn, above the axes.
    across
        What runs from left to right.
    low, high
        Ends of the upright axis where they are fixed; None is as the values want it.
    empty
        What is said while there is nothing to draw.
    """

    def __init__(
        self, title: str, across: str, *, low: float | None = None, high: float | None = None, empty: str = ""
    ) -> None:
        super().__init__()
        self._title, self._across, self._ends, self._empty = title, across, (low, high), empty
        self._series: tuple[Series, ...] = ()
        self.lit = ""
        self.setMinimumHeight(170)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def series(self) -> tuple[Series, ...]:
        """What is drawn."""
        return self._series

    def show_series(self, series: Sequence[Series]) -> None:
        """Draw these."""
        self._series = tuple(series)
        if self.lit not in [each.name for each in series]:
            self.lit = ""
        self.setAccessibleName(f"{self._title}: {', '.join(map(_last, series)) or self._empty}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as the names need."""
        return QSize(480, max(190, _TOP + _BOTTOM + _ROW * len(self._series)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a name."""
        if name := self._name_at(event):
            self.lit = "" if self.lit == name else name
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A name that is too long is told in full."""
        self.setToolTip(self._name_at(event))

    def _name_at(self, event: QMouseEvent) -> str:
        at = int((event.position().y() - _TOP) // self._row)
        beside = self._named and event.position().x() > self.width() - _LEGEND
        return self._series[at].name if beside and 0 <= at < len(self._series) else ""

    @property
    def _row(self) -> float:
        """Height of a name; many of them stand closer."""
        return min(_ROW, (self.height() - _TOP) / max(1, len(self._series)))

    @property
    def _named(self) -> bool:
        return len(self._series) > 1 or any(each.color for each in self._series)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks for the picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(look.TEXT))
        painter.drawText(QRectF(0, 0, self.width(), 18), Qt.AlignmentFlag.AlignLeft, self._title)
        if len(self._series) > _CROWD:
            painter.setPen(QColor(look.QUIET))
            hint = "all again: click its name" if self.lit else "one alone: click its name"
            painter.drawText(QRectF(0, 0, self.width() - _RIGHT, 18), Qt.AlignmentFlag.AlignRight, hint)
        points = [point for each in self._series for point in (*each.points, *each.dots)]
        if not points:
            painter.setPen(QColor(look.QUIET))
            wrapped = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(0, _TOP, self.width(), 60), wrapped, self._empty)
            return
        area = self.rect().toRectF().adjusted(_LEFT, _TOP, -_RIGHT - (_LEGEND if self._named else 0), -_BOTTOM)
        scale = _Scale.of(points, area, self._ends)
        self._draw_axes(painter, scale)
        for each in self._series:
            self._draw(painter, scale, each)
        if self._named:
            self._draw_names(painter)

    def _draw_axes(self, painter: QPainter, scale: _Scale) -> None:
        area = scale.area
        for value in scale.ticks():
            y = scale.at((scale.x0, value)).y()
            painter.setPen(QPen(QColor(look.LINE), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(look.QUIET))
            beside = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 9, _LEFT - 6, 18), beside, _short(value, scale.y1 - scale.y0))
        under = QRectF(area.left(), area.bottom() + 4, area.width(), 18)
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft, _whole(scale.x0))
        painter.drawText(under, Qt.AlignmentFlag.AlignRight, _whole(scale.x1))
        painter.drawText(under, Qt.AlignmentFlag.AlignHCenter, self._across)

    def _draw(self, painter: QPainter, scale: _Scale, each: Series) -> None:
        color = self._color(each)
        dots = QColor(color)
        dots.setAlphaF(color.alphaF() * 0.55)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(dots)
        alone = len(self._series) <= _CROWD or self.lit == each.name
        for point in each.dots if alone else ():
            painter.drawEllipse(scale.at(point), _DOT, _DOT)
        painter.setBrush(color)
        if len(each.points) == 1:
            painter.drawEllipse(scale.at(each.points[0]), _DOT, _DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 2.5 if self.lit == each.name else 1.6))
        painter.drawPolyline([scale.at(point) for point in each.points])

    def _draw_names(self, painter: QPainter) -> None:
        left = self.width() - _LEGEND
        for at, each in enumerate(self._series):
            y = _TOP + at * self._row
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._color(each))
            painter.drawRoundedRect(QRectF(left, y + self._row / 2 - 5, 10, 10), 2, 2)
            painter.setPen(QColor(look.TEXT if self.lit in ("", each.name) else look.OFF))
            points = each.points or each.dots
            value = f"{points[-1][1]:.2f}" if points else ""
            beside = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(left + 16, y, _LEGEND - 24, self._row), beside | Qt.AlignmentFlag.AlignRight, value)
            room = _LEGEND - 66
            name = painter.fontMetrics().elidedText(each.name, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QRectF(left + 16, y, room, self._row), beside, name)

    def _color(self, each: Series) -> QColor:
        color = on_background(each.color)
        if self.lit not in ("", each.name):
            color.setAlphaF(_FAINT)
        return color


@dataclass(frozen=True)
class _Scale:
    """From values to places in the picture."""

    area: QRectF
    x0: float
    x1: float
    y0: float
    y1: float
    step: float

    @classmethod
    def of(cls, points: Sequence[Point], area: QRectF, ends: tuple[float | None, float | None]) -> _Scale:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        low = min(ys) if ends[0] is None else ends[0]
        high = max(ys) if ends[1] is None else ends[1]
        step = _step(high - low)
        y0 = math.floor(low / step + 1e-9) * step if ends[0] is None else low
        y1 = math.ceil(high / step - 1e-9) * step if ends[1] is None else high
        return cls(area, min(xs), max(xs), y0, y1 if y1 > y0 else y0 + step, step)

    def at(self, point: Point) -> QPointF:
        across = (point[0] - self.x0) / ((self.x1 - self.x0) or 1)
        up = (point[1] - self.y0) / ((self.y1 - self.y0) or 1)
        return QPointF(self.area.left() + across * self.area.width(), self.area.bottom() - up * self.area.height())

    def ticks(self) -> list[float]:
        return [self.y0 + self.step * at for at in range(round((self.y1 - self.y0) / self.step) + 1)]


def on_background(color: tuple[int, int, int] | None) -> QColor:
    """A class's colour as it can be told from the background of the theme; without one the accent."""
    if color is None:
        return QColor(look.ACCENT)
    light = QColor(look.BACKGROUND).lightness() > 128
    return QColor(*color).darker(_DARKER) if light else QColor(*color)


def _step(span: float) -> float:
    """Between lines that are easy to read: 1, 2 or 5 times a power of ten, at most six of them."""
    power = 10.0 ** math.floor(math.log10(max(span, 1e-3)))
    return next(power * factor / 10 for factor in (2, 5, 10, 20) if power * factor / 10 * 5 >= span)


def _last(each: Series) -> str:
    points = each.points or each.dots
    return f"{each.name} {points[-1][1]:.2f}" if points else each.name


def _short(value: float, span: float) -> str:
    return f"{value:.0f}" if span >= 10 else f"{value:.1f}" if span >= 2 else f"{value:.2f}"


def _whole(value: float) -> str:
    return f"{value:.0f}"
