"""The rows of the worklist: read page by page from the library, painted one like the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qtpy.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from qtpy.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from segstudio.library import LONGEST_LABEL, Query, Status, WorklistRow
from segstudio.studio import Worklist
from segstudio.viewer import look
from segstudio.viewer.messages import named

HEIGHT = 56
_PICTURE, _SMALL_PICTURE = 44, 34
_GAP = 8
_SAYS = 6
"""Letters; fewer say nothing, and are left out."""

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
        self._under_way: Mapping[int, str] = {}

    def show_under_way(self, told: Mapping[int, str]) -> None:
        """Say of these cases what is being done with them."""
        if told != self._under_way:
            self._under_way = told
            if self._count:
                self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def stands(self, row: WorklistRow) -> str:
        """How far a case is: what is being done with it now, else its status."""
        return self._under_way.get(row.id, row.status)

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
        """Words for screen readers and tips; and the label, to be changed."""
        if role == Qt.ItemDataRole.EditRole:
            row = self.case(index.row())
            return row.label if row is not None else ""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        row = self.case(index.row())
        if row is None:
            return None
        words = f"case {row.id}, {row.name} {row.modality}, {self.stands(row)}"
        return in_words(row) if role == Qt.ItemDataRole.ToolTipRole else words

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Qt asks: the label can be changed in its place."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

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
    name
        Gives a case, by its number, a label.
    """

    def __init__(
        self, rows: CaseRows, shown: Callable[[], int], name: Callable[[int, str], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._rows = rows
        self._shown = shown
        self._name = name

    def createEditor(self, parent: QWidget | None, _option: QStyleOptionViewItem, _index: Index) -> QLineEdit:
        """Qt asks for a field to type a label into."""
        field = QLineEdit(parent)
        field.setMaxLength(LONGEST_LABEL)
        field.setPlaceholderText("Label")
        return field

    def updateEditorGeometry(self, editor: QWidget | None, option: QStyleOptionViewItem, _index: Index) -> None:
        """Qt asks where: over the name."""
        if editor is not None:
            words = _words_in(option.rect)
            editor.setGeometry(words.x() - 4, option.rect.y() + 3, words.width() + 8, editor.sizeHint().height())

    def setModelData(self, editor: QWidget | None, _model: QAbstractItemModel | None, index: Index) -> None:
        """Qt asks to keep what was typed."""
        row = self._rows.case(index.row())
        if isinstance(editor, QLineEdit) and row is not None and editor.text().strip() != row.label:
            self._name(row.id, editor.text())

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
        side, gap = _picture_in(rect)
        self._paint_picture(painter, QRect(rect.x() + gap, rect.y() + (HEIGHT - side) // 2, side, side), row.id)
        _paint_words(painter, font, _words_in(rect), row, self._rows.stands(row))

    def _paint_picture(self, painter: QPainter, at: QRect, case: int) -> None:
        painter.fillRect(at, QColor("black"))
        picture = self._rows.picture(case)
        if picture is not None:
            size = picture.size().scaled(at.size(), Qt.AspectRatioMode.KeepAspectRatio)
            inside = QRect(at.topLeft(), size)
            inside.moveCenter(at.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(inside, picture)


def _picture_in(rect: QRect) -> tuple[int, int]:
    """Side of the picture, and the gap beside it."""
    return (_PICTURE, _GAP) if rect.width() > _NARROW else (_SMALL_PICTURE, _GAP // 2)


def _words_in(rect: QRect) -> QRect:
    side, gap = _picture_in(rect)
    return rect.adjusted(gap + side + gap, 9, -gap, -9)


def in_words(row: WorklistRow) -> str:
    """All there is to know of a case at a glance."""
    lines = [
        f"case {row.id}  {row.label}".rstrip(),
        f"patient {row.pseudonym}  {row.modality}".rstrip(),
        f"{row.status}: {row.reason}" if row.reason else row.status,
        f"drawn by {named(row.model)}" if row.model else "",
        f"Dice of the model {row.dice:.2f}" if row.dice is not None else "",
        f"expected benefit {100 * row.benefit:.0f} %" if row.benefit is not None else "",
        f"read by {row.reader}, {_minutes(row.seconds)}" if row.reader else "",
        row.changed[:16].replace("T", " "),
    ]
    return "\n".join(line for line in lines if line)


def _paint_words(painter: QPainter, font: QFont, inside: QRect, row: WorklistRow, stands: str) -> None:
    """Upper line: which case, and of what kind; lower line: how far, and how good the model was."""
    half = inside.height() // 2
    upper, lower = QRect(inside), QRect(inside)
    upper.setHeight(half)
    lower.setTop(inside.top() + half)
    strong, small = QFont(font), QFont(font)
    strong.setWeight(QFont.Weight.DemiBold)
    small.setPixelSize(12)
    _paint_pair(painter, upper, (strong, f"{row.id}  {row.name}", look.TEXT), (small, row.modality, look.QUIET))
    right = f"Dice {row.dice:.2f}" if row.dice is not None else named(row.model)
    tint = look.ACCENT if stands != row.status else getattr(look, _TINTS[row.status])
    _paint_pair(painter, lower, (small, stands, tint), (small, right, look.QUIET))


def _paint_pair(painter: QPainter, inside: QRect, left: tuple[QFont, str, str], right: tuple[QFont, str, str]) -> None:
    """One text to the left, shortened in the middle where it must be, and one to the right as far as there is room."""
    font, text, color = left
    text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, inside.width())
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
    room = inside.width() - QFontMetrics(font).horizontalAdvance(text) - _GAP
    font, text, color = right
    measure = QFontMetrics(font)
    says = room >= _SAYS * measure.averageCharWidth()
    cut = measure.elidedText(text, Qt.TextElideMode.ElideRight, room) if says else ""
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, cut)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
