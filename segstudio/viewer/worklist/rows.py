"""The rows of the worklist: read page by page from the library, painted one like the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from qtpy.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from segstudio.library import Query, Status, WorklistRow
from segstudio.studio import Worklist
from segstudio.viewer import look

HEIGHT = 56
_PICTURE, _SMALL_PICTURE = 44, 34
_GAP = 8
_NARROW = 160
"""Where a row is narrower, its picture is small and its status whole."""

_PAGE = 100
_PAGES_KEPT = 20

_TINTS: dict[Status, str] = {
    "new": "QUIET",
    "predicted": "ACCENT",
    "in review": "WARNING",
    "corrected": "GOOD",
    "approved": "GOOD",
    "rejected": "BAD",
    "flagged": "WARNING",
}

Index = QModelIndex | QPersistentModelIndex


class CaseRows(QAbstractListModel):
    """Cases in the order of a query; only pages that are looked at are read, so that 5,000 cost what 50 cost."""

    def __init__(self, worklist: Worklist, parent: QObject) -> None:
        super().__init__(parent)
        self._worklist = worklist
        self._query = Query()
        self._count = 0
        self._pages: dict[int, list[WorklistRow]] = {}
        self._pictures: dict[int, QPixmap] = {}

    def show_cases(self, query: Query) -> None:
        """List the cases of a query, as the library has them now."""
        count = self._worklist.count(query)
        same = query == self._query and count == self._count
        if not same:
            self.beginResetModel()
        self._query, self._count = query, count
        self._pages.clear()
        if same and count:
            self.dataChanged.emit(self.index(0), self.index(count - 1))
        if not same:
            self.endResetModel()

    def case(self, place: int) -> WorklistRow | None:
        """The row at a place; None where the list has become shorter meanwhile."""
        page = self._page(place // _PAGE)
        return page[place % _PAGE] if place % _PAGE < len(page) else None

    def picture(self, case: int) -> QPixmap | None:
        """A small picture of a scan, if there is one; read with the others of its page."""
        return self._pictures.get(case)

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt asks."""
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Words for screen readers and tips."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        row = self.case(index.row())
        if row is None:
            return None
        return in_words(row) if role == Qt.ItemDataRole.ToolTipRole else f"{row.pseudonym} {row.modality}, {row.status}"

    def _page(self, number: int) -> list[WorklistRow]:
        if number not in self._pages:
            if len(self._pages) >= _PAGES_KEPT:
                self._pages.pop(next(iter(self._pages)))
            rows = self._pages[number] = self._worklist.page(self._query, number * _PAGE, _PAGE)
            self._take_pictures([row.id for row in rows if row.id not in self._pictures])
        return self._pages[number]

    def _take_pictures(self, cases: list[int]) -> None:
        if len(self._pictures) > _PAGES_KEPT * _PAGE:
            self._pictures.clear()
        for case, png in self._worklist.thumbnails(cases).items() if cases else ():
            pixmap = QPixmap()
            if pixmap.loadFromData(png):
                self._pictures[case] = pixmap


class CasePainter(QStyledItemDelegate):
    """Paints a row: a small picture, who and what, how far it is.

    Parameters
    ----------
    shown
        Tells the number of the case on the screen, or 0.
    """

    def __init__(self, rows: CaseRows, shown: Callable[[], int], parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self._shown = shown

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Qt asks."""
        return QSize(120, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt asks."""
        row = self._rows.case(index.row())
        if row is None:
            return
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        font: QFont = option.font
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(look.CHOSEN))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(look.RAISED))
        if row.id == self._shown():
            painter.fillRect(rect.x(), rect.y(), 3, rect.height(), QColor(look.ACCENT))
        side, gap = (_PICTURE, _GAP) if rect.width() > _NARROW else (_SMALL_PICTURE, _GAP // 2)
        self._paint_picture(painter, QRect(rect.x() + gap, rect.y() + (HEIGHT - side) // 2, side, side), row.id)
        words = rect.adjusted(gap + side + gap, 9, -gap, -9)
        _paint_words(painter, font, words, row)

    def _paint_picture(self, painter: QPainter, at: QRect, case: int) -> None:
        painter.fillRect(at, QColor("black"))
        picture = self._rows.picture(case)
        if picture is not None:
            size = picture.size().scaled(at.size(), Qt.AspectRatioMode.KeepAspectRatio)
            inside = QRect(at.topLeft(), size)
            inside.moveCenter(at.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(inside, picture)


def in_words(row: WorklistRow) -> str:
    """All there is to know of a case at a glance."""
    lines = [
        f"{row.pseudonym}  {row.modality}  case {row.id}",
        f"{row.status}: {row.reason}" if row.reason else row.status,
        f"drawn by {row.model}" if row.model else "",
        f"Dice of the model {row.dice:.2f}" if row.dice is not None else "",
        f"expected benefit {100 * row.benefit:.0f} %" if row.benefit is not None else "",
        f"read by {row.reader}, {_minutes(row.seconds)}" if row.reader else "",
        row.changed[:16].replace("T", " "),
    ]
    return "\n".join(line for line in lines if line)


def _paint_words(painter: QPainter, font: QFont, inside: QRect, row: WorklistRow) -> None:
    """Upper line: who, and of what kind; lower line: how far, and how good the model was."""
    half = inside.height() // 2
    upper, lower = QRect(inside), QRect(inside)
    upper.setHeight(half)
    lower.setTop(inside.top() + half)
    strong, small = QFont(font), QFont(font)
    strong.setWeight(QFont.Weight.DemiBold)
    small.setPixelSize(12)
    _paint_pair(painter, upper, (strong, row.pseudonym, look.TEXT), (small, row.modality, look.QUIET))
    right = f"Dice {row.dice:.2f}" if row.dice is not None else row.model
    tint = getattr(look, _TINTS[row.status])
    _paint_pair(painter, lower, (small, row.status, tint), (small, right, look.QUIET))


def _paint_pair(painter: QPainter, inside: QRect, left: tuple[QFont, str, str], right: tuple[QFont, str, str]) -> None:
    """One text to the left, which is never cut, and one to the right of it as far as there is room."""
    font, text, color = left
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
    room = inside.width() - QFontMetrics(font).horizontalAdvance(text) - _GAP
    font, text, color = right
    cut = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, cut)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
