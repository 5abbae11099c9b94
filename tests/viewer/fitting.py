"""What a reader would find cut off, covered or nameless in a window."""

from __future__ import annotations

from collections.abc import Iterator

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QToolButton,
    QWidget,
)

from segstudio.viewer.sections.section import Elided

_EDGES = 8
"""Pixels between a tool button's words and its edges, both together."""

_ARROW = 30
"""Pixels of a list that are not for its words."""

_SLACK = 1


def complaints(top: QWidget) -> list[str]:
    """A line for each widget on the screen that does not fit, or does not say what it is."""
    seen = [each for each in top.findChildren(QWidget) if each.isVisible() and each.window() is top.window()]
    own = [each for each in seen if not each.objectName().startswith("qt_") and not _is_part(each)]
    return [f"{said}: {_named(each)}" for each in own for said in (*_outside(each), *_cut(each), *_nameless(each))]


def _outside(widget: QWidget) -> Iterator[str]:
    parent = widget.parentWidget()
    assert parent is not None
    inside = parent.rect().adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK).contains(widget.geometry())
    if not inside and not _scrolls(widget):
        yield "beyond the edge of what it stands in"


def _cut(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel) and not isinstance(widget, Elided) and widget.text():
        lines = widget.wordWrap() and widget.heightForWidth(widget.width()) > widget.height() + _SLACK
        if lines or (not widget.wordWrap() and widget.sizeHint().width() > widget.width() + _SLACK):
            yield "text cut"
    if isinstance(widget, QPushButton | QCheckBox | QRadioButton | QToolButton | QComboBox):
        if _needs(widget) > widget.width() + _SLACK:
            yield "text cut"
        if widget.sizeHint().height() > widget.height() + 2 * _SLACK:
            yield "squeezed"


def _needs(widget: QAbstractButton | QComboBox) -> int:
    """Pixels across that its words take."""
    text = widget.fontMetrics().horizontalAdvance(
        widget.currentText() if isinstance(widget, QComboBox) else widget.text()
    )
    if isinstance(widget, QComboBox):
        return text + _ARROW
    if not isinstance(widget, QToolButton):
        return widget.sizeHint().width() if widget.text() else 0
    if widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly or not widget.text():
        return 0
    return text + _EDGES + (0 if widget.icon().isNull() else widget.iconSize().width())


def _nameless(widget: QWidget) -> Iterator[str]:
    told = widget.toolTip() or widget.accessibleName()
    if isinstance(widget, QAbstractButton) and not widget.text() and not told:
        yield "nothing says what it does"
    if isinstance(widget, QLineEdit | QComboBox | QAbstractSpinBox) and not told and not _labelled(widget):
        yield "nothing says what it holds"


def _labelled(field: QWidget) -> bool:
    """Whether a word stands in it or beside it."""
    if isinstance(field, QLineEdit) and field.placeholderText():
        return True
    top = field.window()
    at = field.mapTo(top, QPoint(0, field.height() // 2)).y()
    words = [each for each in top.findChildren(QLabel) if each.isVisible() and each.text()]
    return any(abs(each.mapTo(top, QPoint(0, each.height() // 2)).y() - at) < field.height() // 2 for each in words)


def _is_part(widget: QWidget) -> bool:
    """Whether Qt made it as a part of a list, a field or a scroll bar, or napari as a part of a picture."""
    parent = widget.parentWidget()
    parts = isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit)
    return parts or any(type(each).__module__.partition(".")[0] in ("napari", "vispy") for each in (widget, parent))


def _scrolls(widget: QWidget) -> bool:
    """Whether it can be scrolled to."""
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _named(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton | QLineEdit) else ""
    words = text or (widget.currentText() if isinstance(widget, QComboBox) else "") or widget.toolTip()
    return f"{type(widget).__name__} “{words}” {widget.width()}×{widget.height()}"
