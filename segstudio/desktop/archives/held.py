"""Pictures that may show the patient's name: a person looks at each before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QIcon, QImage, QPixmap
from qtpy.QtWidgets import QDialog, QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from segstudio.imaging.deidentify import SetAside
from segstudio.viewer.sections.section import button, label, row

_SIDE = 340
"""Pixels: large enough to read words in a picture."""
_WHY = "These pictures may show the patient's name. Tick those that show none; the others are left out."


class Held(QDialog):
    """The pictures that are held, to be ticked one by one; nothing is ticked at first.

    Parameters
    ----------
    answer
        Called once, with the files that are released.
    """

    def __init__(self, held: Sequence[SetAside], answer: Callable[[list[Path]], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Look at these first")
        self.resize(1160, 800)
        self._answer: Callable[[list[Path]], None] | None = answer
        self.pictures = QListWidget()
        self.pictures.setViewMode(QListView.ViewMode.IconMode)
        self.pictures.setIconSize(QSize(_SIDE, _SIDE))
        self.pictures.setGridSize(QSize(_SIDE + 20, _SIDE + 56))
        self.pictures.setResizeMode(QListView.ResizeMode.Adjust)
        self.pictures.setMovement(QListView.Movement.Static)
        self.pictures.setWordWrap(True)
        self.pictures.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        for each in held:
            self.pictures.addItem(_item(each))
        release = button("Keep the ticked ones", "De-identify the ticked pictures and keep them", kind="primary")
        release.clicked.connect(self.accept)
        none = button("Leave all out", "Keep none of these pictures")
        none.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(_WHY, wrap=True))
        column.addWidget(self.pictures, 1)
        column.addLayout(row(QWidget(), none, release, stretch=0))

    def done(self, result: int) -> None:
        """Answer with what is ticked, or with nothing."""
        items = [self.pictures.item(at) for at in range(self.pictures.count())]
        ticked = [item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked]
        answer, self._answer = self._answer, None
        super().done(result)
        if answer is not None:
            answer(ticked if result == QDialog.DialogCode.Accepted else [])


def _item(each: SetAside) -> QListWidgetItem:
    item = QListWidgetItem(_preview(each.path), each.reason)
    item.setToolTip(each.reason)
    item.setData(Qt.ItemDataRole.UserRole, each.path)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Unchecked)
    return item


def _preview(path: Path) -> QIcon:
    """The first frame, as bright as it goes; an empty icon where it cannot be shown, and then it is not to be kept."""
    import pydicom

    try:
        pixels = np.asarray(pydicom.dcmread(path).pixel_array)
        grey = _grey(pixels)
    except Exception:  # pydicom and its decoders raise nearly anything
        return QIcon()
    height, width = grey.shape
    image = QImage(grey.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
    smooth = Qt.TransformationMode.SmoothTransformation
    return QIcon(QPixmap.fromImage(image).scaled(_SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio, smooth))


def _grey(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """One frame of any kind as 0 to 255, shape (y, x)."""
    plain = pixels.astype(np.float32)
    if plain.ndim > 2 and plain.shape[-1] in (3, 4):
        plain = plain[..., :3].mean(-1)
    while plain.ndim > 2:
        plain = plain[0]
    low, high = float(plain.min()), float(plain.max())
    return ((plain - low) * (255 / ((high - low) or 1))).astype(np.uint8)
