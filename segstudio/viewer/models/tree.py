"""Versions and where they come from, as a drawn tree."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from segstudio.library import Ancestor
from segstudio.viewer import look
from segstudio.viewer.messages import named
from segstudio.viewer.models.words import cases_in_words, figure, mean
from segstudio.viewer.sections.model import STATES

_BOX = QSize(196, 92)
_GAP_X, _GAP_Y = 56, 16
_EDGE = 8
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Tree(QWidget):
    """A box for each version, from the oldest at the left; a click chooses one.

    Attributes
    ----------
    chosen
        NAME@VERSION, or "".
    """

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.chosen = ""
        self._versions: tuple[Ancestor, ...] = ()
        self._places: dict[str, tuple[int, int]] = {}
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_versions(self, versions: Sequence[Ancestor], chosen: str) -> None:
        """Draw these, oldest first."""
        self._versions, self.chosen = tuple(versions), chosen
        self._places = places(versions)
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName("; ".join(in_words(each) for each in versions))
        self.update()

    def sizeHint(self) -> QSize:
        """As large as the tree."""
        across = 1 + max((column for column, _ in self._places.values()), default=0)
        down = 1 + max((lane for _, lane in self._places.values()), default=0)
        width = across * (_BOX.width() + _GAP_X) - _GAP_X
        return QSize(width + 2 * _EDGE, down * (_BOX.height() + _GAP_Y) - _GAP_Y + 2 * _EDGE)

    def box(self, label: str) -> QRectF:
        """Where a version is drawn."""
        column, lane = self._places[label]
        left, top = _EDGE + column * (_BOX.width() + _GAP_X), _EDGE + lane * (_BOX.height() + _GAP_Y)
        return QRectF(left, top, _BOX.width(), _BOX.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a box."""
        for each in self._versions:
            if self.box(each.label).contains(event.position()):
                self.picked.emit(each.label)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Qt asks for the picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for each in self._versions:
            if each.parent in self._places:
                self._draw_line(painter, self.box(each.parent), self.box(each.label))
        for each in self._versions:
            self._draw_box(painter, self.box(each.label), each)

    def _draw_line(self, painter: QPainter, parent: QRectF, child: QRectF) -> None:
        start = QPointF(parent.right(), parent.center().y())
        end = QPointF(child.left(), child.center().y())
        path = QPainterPath(start)
        middle = (start.x() + end.x()) / 2 if child.top() == parent.top() else end.x() - _GAP_X / 2
        path.cubicTo(QPointF(middle, start.y()), QPointF(middle, end.y()), end)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(look.QUIET), 1.5))
        painter.drawPath(path)

    def _draw_box(self, painter: QPainter, box: QRectF, each: Ancestor) -> None:
        in_use, chosen = each.state == "current", each.label == self.chosen
        edge = look.ACCENT if in_use or chosen else look.LINE
        painter.setPen(QPen(QColor(edge), 2.5 if chosen else 1.5))
        painter.setBrush(QColor(look.CHOSEN if chosen else look.RAISED))
        painter.drawRoundedRect(box, 6, 6)
        learned = cases_in_words(len(each.cases)) if each.cases else "made elsewhere"
        dice = mean(each.dice)
        rows = (
            (named(each.label), look.TEXT, True),
            (f"{STATES[each.state]} · {each.created[:10]}", look.ACCENT if in_use else look.QUIET, False),
            (f"{learned}, {len(each.readers)} readers" if len(each.readers) > 1 else learned, look.QUIET, False),
            (f"Dice {figure(dice, 2)}" if dice is not None else "not measured", look.QUIET, False),
        )
        for at, (text, color, strong) in enumerate(rows):
            font = self.font()
            font.setBold(strong)
            painter.setFont(font)
            painter.setPen(QColor(color))
            line = QRectF(box.left() + 10, box.top() + 6 + 20 * at, box.width() - 20, 20)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(line.width()))
            painter.drawText(line, _LEFT, shown)


def places(versions: Sequence[Ancestor]) -> dict[str, tuple[int, int]]:
    """Column and lane of each version: a child stands right of its parent; a second child opens a lane of its own."""
    found: dict[str, tuple[int, int]] = {}
    taken: set[tuple[int, int]] = set()
    for each in versions:
        column, lane = found.get(each.parent, (-1, 0))
        column += 1
        while (column, lane) in taken:
            lane += 1
        found[each.label] = (column, lane)
        taken.add((column, lane))
    return found


def in_words(each: Ancestor) -> str:
    """A version in a sentence."""
    parent = f" from {named(each.parent)}" if each.parent else ""
    return f"{named(each.label)}{parent}, {STATES[each.state]}, learned from {cases_in_words(len(each.cases))}"
