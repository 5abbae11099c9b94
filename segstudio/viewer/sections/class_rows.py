"""The rows of the class table: what they say, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFontMetrics, QPainter
from qtpy.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from segstudio.imaging import Color, LabelClass, nameless, unnamed_values
from segstudio.viewer import look
from segstudio.viewer.outcome import in_ml

COLOR, NUMBER, NAME, EYE, LOCK, VOLUME = range(6)
"""Columns."""

WIDTHS = {COLOR: 22, NUMBER: 28, EYE: 22, LOCK: 22, VOLUME: 48}
HEIGHT = 26

_SIDES = ("left", "right")

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Row:
    """One class as the table shows it.

    Parameters
    ----------
    named
        The class, or None for a value in the mask that nobody has named.
    ml
        Its volume; None while no scan is open.
    stranger
        The model that does not know this class, in words; "" where it does.
    """

    value: int
    named: LabelClass | None
    shown: bool = True
    locked: bool = False
    ml: float | None = None
    stranger: str = ""

    @property
    def name(self) -> str:
        """As the table says it."""
        return (self.named or nameless(self.value)).name

    @property
    def color(self) -> Color:
        """As the panes draw it."""
        return (self.named or nameless(self.value)).color

    @property
    def volume(self) -> str:
        """Millilitres as the table says them: a dash for nothing."""
        return "" if self.ml is None else in_ml(self.ml).removesuffix(" ml") if self.ml else "–"

    @property
    def tip(self) -> str:
        """What there is to know of the class."""
        code = self.named.code if self.named else None
        lines = [
            f"{self.value}  {self.name}",
            f"{code.scheme} {code.value}: {code.meaning}" if code else "",
            f"{self.stranger} does not know this class and cannot learn from it." if self.stranger else "",
            "Click to paint it, double-click to rename it." if self.named else "Double-click to name it.",
        ]
        return "\n".join(line for line in lines if line)


class ClassRows(QAbstractTableModel):
    """Rows whose name is edited in place; `renamed` tells value and text."""

    renamed = Signal(int, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self.chosen = 0

    def show_rows(self, rows: tuple[Row, ...], chosen: int) -> bool:
        """Take other rows; whether their number or order changed."""
        same = [row.value for row in rows] == [row.value for row in self.rows]
        if same:
            self.rows, self.chosen = rows, chosen
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, VOLUME))
        else:
            self.beginResetModel()
            self.rows, self.chosen = rows, chosen
            self.endResetModel()
        return not same

    def place_of(self, value: int, column: int = NAME) -> QModelIndex:
        """Where a class's cell is; an invalid index if it is not listed."""
        at = next((at for at, row in enumerate(self.rows) if row.value == value), -1)
        return self.index(at, column)

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt asks."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, _parent: Index | None = None) -> int:
        """Qt asks."""
        return VOLUME + 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Only names are edited."""
        flags = Qt.ItemFlag.ItemIsEnabled
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Words for the table, for screen readers and for tips."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _words(row, index.column())
        if role == Qt.ItemDataRole.EditRole and index.column() == NAME:
            return row.named.name if row.named else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(row, index.column())
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A name was typed."""
        if role != Qt.ItemDataRole.EditRole:
            return False
        self.renamed.emit(self.rows[index.row()].value, str(value))
        return True


def _words(row: Row, column: int) -> str:
    return {
        NUMBER: str(row.value),
        NAME: row.name,
        EYE: "shown" if row.shown else "hidden",
        LOCK: "locked" if row.locked else "open",
        VOLUME: row.volume,
    }.get(column, "")


def _tip(row: Row, column: int) -> str:
    return {
        COLOR: f"{row.name}: click to change its colour",
        EYE: f"{'Hide' if row.shown else 'Show'} {row.name}; with Ctrl show only this",
        LOCK: f"Unlock {row.name}" if row.locked else f"Lock {row.name}: nothing changes it then",
        VOLUME: f"{in_ml(row.ml)}; double-click to go there" if row.ml else f"{row.name} is not in the mask",
    }.get(column, row.tip)


def rows_of(
    classes: tuple[LabelClass, ...], counts: NDArray[np.int64] | None, voxel_ml: float = 0.0
) -> tuple[Row, ...]:
    """Rows of all classes, and after them those of values in the mask that have no name.

    Parameters
    ----------
    counts
        Voxels by value; None while no scan is open.
    voxel_ml
        Volume of one voxel.
    """
    found = np.zeros(1, np.int64) if counts is None else counts
    named: dict[int, LabelClass | None] = {each.value: each for each in classes}
    every = {**named, **dict.fromkeys(unnamed_values(classes, found))}
    ml = {value: float(found[value]) * voxel_ml if value < len(found) else 0.0 for value in every}
    return tuple(Row(value, each, ml=None if counts is None else ml[value]) for value, each in every.items())


class Cells(QStyledItemDelegate):
    """Paints a row's cells: quiet, but for the chosen class and what is hidden or locked."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are alike."""
        return QSize(WIDTHS.get(index.column(), 80), HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt asks for a cell."""
        model = index.model()
        assert isinstance(model, ClassRows)
        row, rect, column = model.rows[index.row()], option.rect, index.column()
        if row.value == model.chosen:
            painter.fillRect(rect, QColor(look.CHOSEN))
        if column == COLOR:
            _paint_swatch(painter, rect, row)
        elif column == EYE:
            name, color = ("eye", look.QUIET) if row.shown else ("eye-off", look.OFF)
            _paint_icon(painter, rect, name, color)
        elif column == LOCK:
            name, color = ("lock", look.WARNING) if row.locked else ("unlock", look.OFF)
            _paint_icon(painter, rect, name, color)
        else:
            _paint_words(painter, option, row, column)


def _paint_swatch(painter: QPainter, rect: QRect, row: Row) -> None:
    square = QRectF(rect.x() + 4, rect.center().y() - 6.5, 14, 14)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = QColor(*row.color)
    painter.setPen(color if not row.shown else Qt.PenStyle.NoPen)
    painter.setBrush(color if row.shown else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(square, 3, 3)
    painter.restore()


def _paint_icon(painter: QPainter, rect: QRect, name: str, color: str) -> None:
    side = 15
    place = QRect(rect.center().x() - side // 2 + 1, rect.center().y() - side // 2 + 1, side, side)
    look.icon(name, color).paint(painter, place)


def shortened(words: str, metrics: QFontMetrics, width: int) -> str:
    """Words that fit into so many pixels; what ends in a side keeps it: "cerebellar wh… left"."""
    name, _, last = words.rpartition(" ")
    if last.casefold() not in _SIDES or metrics.horizontalAdvance(words) <= width:
        return metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, width)
    room = width - metrics.horizontalAdvance(f" {last}")
    return f"{metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)} {last}"


def _paint_words(painter: QPainter, option: QStyleOptionViewItem, row: Row, column: int) -> None:
    quiet = column == NUMBER or row.named is None or not row.shown or (column == VOLUME and not row.ml)
    painter.setPen(QColor(look.QUIET if quiet else look.TEXT))
    rect = option.rect.adjusted(3, 0, -3, 0)
    side = Qt.AlignmentFlag.AlignLeft if column == NAME else Qt.AlignmentFlag.AlignRight
    words = shortened(_words(row, column), option.fontMetrics, rect.width())
    painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, words)
