"""The page that is shown while nothing is open, the small window that says what this is, and the guide."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

import segstudio
from segstudio import paths
from segstudio.viewer import look
from segstudio.viewer.dock import NOTICE
from segstudio.viewer.page import page_of, small_window
from segstudio.viewer.sections.section import button, label, row

_STEPS = (
    ("1", "Open", "a CT or MRI scan."),
    ("2", "Predict", "and let the model draw the first mask."),
    ("3", "Correct", "it with brush and eraser."),
    ("4", "Submit", "the correction; the model learns from it."),
)


class Welcome(QWidget):
    """What to do first."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.open = button("Open a scan…", "NIfTI, NRRD, MetaImage, PNG, TIFF or JPEG", "open", kind="primary")
        self.sample = button("Open the sample", "A T1 MRI of a head, in which a model draws 30 structures")
        title = label("Drop a scan here, or open the sample", "title")
        steps = QGridLayout()
        steps.setHorizontalSpacing(12)
        steps.setVerticalSpacing(8)
        steps.setColumnStretch(2, 1)
        for at, (number, verb, rest) in enumerate(_STEPS):
            steps.addWidget(label(number, "digit"), at, 0)
            steps.addWidget(label(verb, "strong"), at, 1)
            steps.addWidget(label(rest), at, 2)
        inner = QVBoxLayout()
        inner.setSpacing(20)
        inner.addWidget(title)
        inner.addLayout(steps)
        buttons = row(self.open, self.sample)
        buttons.addStretch(1)
        inner.addLayout(buttons)
        inner.addWidget(label(NOTICE, "quiet"))
        column = QVBoxLayout(self)
        column.addStretch(1)
        middle = row()
        middle.addStretch(1)
        middle.addLayout(inner)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addStretch(1)


def about(parent: QWidget, library: Path) -> QDialog:
    """Version, licence, and what the program must not be used for."""
    dialog, column = small_window(parent, "About SegStudio")
    icon = label()
    icon.setPixmap(look.logo(64))
    words = QVBoxLayout()
    name = label(f"SegStudio {segstudio.__version__}", "strong")
    name.setStyleSheet("font-size: 16px; font-weight: 600;")
    words.addWidget(name)
    words.addWidget(label("A model draws, you correct, it learns.", "quiet"))
    head = row(icon)
    head.addSpacing(8)
    head.addLayout(words, 1)
    column.insertLayout(0, head)
    column.insertWidget(
        1, label(f"{NOTICE} It is no medical device; every mask has to be checked by a person.", wrap=True)
    )
    column.insertWidget(2, label("Built on napari (BSD), Qt for Python (LGPL), PyTorch (BSD).", "quiet", wrap=True))
    column.insertWidget(3, label(f"Library: {library}", "quiet", wrap=True))
    return dialog


def guide(parent: QWidget) -> QDialog:
    """The page of pictures: from opening a scan to saving the mask."""
    return page_of(parent, "Guide", paths.resources() / "guide" / "guide.md")
