"""Which way the patient lies in the surfaces' pane."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget

from segstudio.viewer import look
from segstudio.viewer.panes.pose import Pose

_SIDE = 92
_ARM = 30.0
_ENDS = (("L", (1, 0, 0)), ("R", (-1, 0, 0)), ("P", (0, 1, 0)), ("A", (0, -1, 0)), ("S", (0, 0, 1)), ("I", (0, 0, -1)))


class Compass(QWidget):
    """Three small axes with the letters of the patient's sides at their ends; far ones are dimmed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pose = Pose()
        self.setFixedSize(_SIDE, _SIDE)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def places(self) -> dict[str, tuple[float, float, float]]:
        """Where each letter is: pixels to the right and down from the middle, and how near, from −1 to 1."""
        right, top, near = self.pose.axes
        ends = {letter: np.array(end, float) for letter, end in _ENDS}
        return {
            letter: (float(end @ right) * _ARM, -float(end @ top) * _ARM, float(end @ near))
            for letter, end in ends.items()
        }

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Far ends first."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(12)
        font.setBold(True)
        painter.setFont(font)
        middle = QPointF(_SIDE / 2, _SIDE / 2)
        for letter, (across, down, near) in sorted(self.places().items(), key=lambda item: item[1][2]):
            color = QColor(look.THEMES["dark"].text)
            color.setAlphaF(0.62 + 0.38 * near)
            painter.setPen(QPen(color, 1.2))
            painter.drawLine(middle, middle + QPointF(across, down) * 0.72)
            if np.hypot(across, down) > 9:  # an axis along the line of sight has no room for letters
                box = QRectF(0, 0, 16, 16)
                box.moveCenter(middle + QPointF(across, down) * 1.12)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter)
        painter.end()
