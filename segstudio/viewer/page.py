"""Small windows that tell something, and those of them that hold a page of words and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QSize, Qt, QUrl
from qtpy.QtGui import QImage, QTextDocument
from qtpy.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from segstudio.viewer.sections.section import button, row

_SIZE = QSize(1080, 820)
_PICTURE_WIDTH = 980


def page_of(parent: QWidget, title: str, told: Path | str) -> QDialog:
    """A window that shows Markdown: a file with the pictures beside it, or words."""
    dialog, column = small_window(parent, title)
    page = Page()
    page.setOpenExternalLinks(True)
    if isinstance(told, Path):
        page.setSource(QUrl.fromLocalFile(str(told)), QTextDocument.ResourceType.MarkdownResource)
    else:
        page.setMarkdown(told)
    column.insertWidget(0, page)
    dialog.resize(_SIZE.boundedTo(parent.screen().availableSize() * 0.92))
    return dialog


class Page(QTextBrowser):
    """A page whose pictures are as wide as it is."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A picture, made smaller where it has to be; everything else as it is."""
        found = super().loadResource(kind, name)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return found
        picture = QImage(self.source().resolved(QUrl(name)).toLocalFile())
        width = round(_PICTURE_WIDTH * self.devicePixelRatioF())
        smooth = Qt.TransformationMode.SmoothTransformation
        return picture if picture.width() <= width else picture.scaledToWidth(width, smooth)


def small_window(parent: QWidget, title: str) -> tuple[QDialog, QVBoxLayout]:
    """A window with a button that closes it, and its column, at whose end that button is."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setMinimumWidth(420)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(20, 20, 20, 16)
    column.setSpacing(12)
    column.addLayout(close_row(dialog))
    return dialog, column


def close_row(dialog: QDialog) -> QHBoxLayout:
    """The button at the foot of a small window."""
    close = button("Close", "Close this window")
    close.clicked.connect(dialog.reject)
    return row(QWidget(), close, stretch=0)
