"""Colours, icons and the style sheet."""

from __future__ import annotations

from functools import lru_cache

from qtpy.QtCore import QByteArray, QSize, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtSvg import QSvgRenderer

from segstudio import paths

BACKGROUND = "#16181c"
PANEL = "#1e2126"
RAISED = "#292d34"
LINE = "#343942"
TEXT = "#d7dae0"
QUIET = "#9aa1ac"
ACCENT = "#4ea1ff"
WARNING = "#e6b450"
BAD = "#ff7b72"
GOOD = "#5ecb8b"


@lru_cache(maxsize=128)
def icon(name: str, color: str = TEXT) -> QIcon:
    """A line icon of `resources/icons`, tinted; a disabled button shows it dimmed."""
    drawn = QIcon()
    for tint, mode in ((color, QIcon.Mode.Normal), ("#5a606a", QIcon.Mode.Disabled)):
        for side in (18, 36):
            drawn.addPixmap(_rendered(name, tint, side), mode)
    return drawn


def _rendered(name: str, color: str, side: int) -> QPixmap:
    text = (paths.resources() / "icons" / f"{name}.svg").read_text().replace("currentColor", color)
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(text.encode())).render(painter)
    painter.end()
    return pixmap


def swatch(color: tuple[int, int, int], side: int = 14) -> QIcon:
    """A small square of a class's colour."""
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(*color))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(pixmap.rect(), 3, 3)
    painter.end()
    drawn = QIcon(pixmap)
    drawn.addPixmap(pixmap, QIcon.Mode.Selected)  # Qt would tint it where its row is chosen
    return drawn


STYLE = f"""
QWidget {{ color: {TEXT}; font-size: 13px; }}
QMainWindow, QDialog {{ background: {BACKGROUND}; }}
#studio, #studio QScrollArea, #column {{ background: {PANEL}; border: none; }}
#section {{ background: {PANEL}; border: none; border-bottom: 1px solid {LINE}; }}
#heading {{ color: {QUIET}; font-size: 11px; font-weight: 600; letter-spacing: 1px; }}
#quiet {{ color: {QUIET}; font-size: 12px; }}
#strong {{ font-weight: 600; }}
#badge {{
    color: {BACKGROUND}; background: {WARNING}; border-radius: 3px; padding: 1px 6px;
    font-size: 11px; font-weight: 600; }}
#card {{ background: {RAISED}; border: none; border-radius: 6px; }}
#card QLabel {{ background: transparent; }}
QLabel {{ background: transparent; }}
QPushButton {{
    background: {RAISED}; border: 1px solid {LINE}; border-radius: 4px; padding: 4px 10px; min-height: 20px; }}
QPushButton:hover {{ border-color: {ACCENT}; }}
QPushButton:pressed {{ background: {LINE}; }}
QPushButton:disabled {{ color: #666c76; background: {PANEL}; }}
QPushButton#primary {{ background: {ACCENT}; color: #0b1220; border-color: {ACCENT}; font-weight: 600; }}
QPushButton#primary:hover {{ background: #74b6ff; }}
QPushButton#primary:disabled {{ background: {RAISED}; color: #666c76; border-color: {LINE}; }}
QPushButton#link {{ background: transparent; border: none; color: {ACCENT}; padding: 2px 4px; }}
QPushButton#link:hover {{ color: #9accff; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 3px; }}
QToolButton:hover {{ background: {RAISED}; }}
QToolButton:checked {{ background: #22405f; border-color: {ACCENT}; }}
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox {{
    background: {BACKGROUND}; border: 1px solid {LINE}; border-radius: 4px; padding: 3px 6px; min-height: 20px;
    selection-background-color: {ACCENT}; selection-color: #0b1220; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; min-height: 0; background: transparent; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {ACCENT}; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox QAbstractItemView {{ background: {RAISED}; border: 1px solid {LINE}; selection-background-color: #22405f; }}
QCheckBox {{ background: transparent; spacing: 6px; }}
QProgressBar {{ background: {BACKGROUND}; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 2px; }}
QTableWidget {{ background: {PANEL}; border: none; gridline-color: transparent; outline: none; }}
QTableWidget::item {{ padding: 2px 4px; border: none; }}
QTableWidget::item:selected {{ background: #22405f; color: {TEXT}; }}
QHeaderView {{ background: {PANEL}; }}
QHeaderView::section {{
    background: {PANEL}; color: {QUIET}; border: none; padding: 2px 4px; font-size: 11px; font-weight: 400; }}
QToolBar {{ background: {PANEL}; border: none; border-bottom: 1px solid {LINE}; spacing: 2px; padding: 3px 6px; }}
QToolBar::separator {{ background: {LINE}; width: 1px; margin: 5px 6px; }}
QMenuBar {{ background: {PANEL}; }}
QMenuBar::item {{ background: transparent; padding: 4px 8px; }}
QMenuBar::item:selected {{ background: {RAISED}; border-radius: 4px; }}
QMenu {{ background: {RAISED}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 12px; border-radius: 3px; }}
QMenu::item:selected {{ background: #22405f; }}
QMenu::item:disabled {{ color: #666c76; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 4px 6px; }}
QStatusBar {{ background: {PANEL}; border-top: 1px solid {LINE}; }}
QStatusBar QLabel {{ color: {QUIET}; font-size: 12px; padding: 0 6px; }}
QStatusBar::item {{ border: none; }}
QDockWidget {{ border: none; }}
QMainWindow::separator {{ background: {LINE}; width: 1px; height: 1px; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px; }}
QSlider::groove:horizontal {{ background: {LINE}; height: 3px; border-radius: 1px; }}
QSlider::handle:horizontal {{ background: {TEXT}; width: 10px; height: 10px; margin: -4px 0; border-radius: 5px; }}
QSlider::handle:horizontal:hover {{ background: {ACCENT}; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 4px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
#message {{ background: #22303f; border: none; border-bottom: 1px solid {LINE}; }}
#message[tone="error"] {{ background: #43282a; }}
#message[tone="done"] {{ background: #203a2e; }}
"""
"""The whole dark look; the background of pictures stays pure black."""


def logo(side: int = 64) -> QPixmap:
    """The program's own picture."""
    return _rendered("segstudio", TEXT, side)
