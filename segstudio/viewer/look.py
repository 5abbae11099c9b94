"""Colours, icons and the style sheet."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from qtpy.QtCore import QByteArray, QSize, Qt
from qtpy.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from qtpy.QtSvg import QSvgRenderer
from qtpy.QtWidgets import QAbstractButton, QWidget

from segstudio import paths


@dataclass(frozen=True)
class Palette:
    """The colours of a look; the background of pictures stays pure black in all of them."""

    background: str
    panel: str
    raised: str
    line: str
    text: str
    quiet: str
    off: str
    accent: str
    accent_lit: str
    ink: str
    chosen: str
    warning: str
    bad: str
    good: str
    note_bar: str
    error_bar: str
    done_bar: str
    warning_bar: str


THEMES = {
    "dark": Palette(
        background="#16181c", panel="#1e2126", raised="#292d34", line="#343942",
        text="#d7dae0", quiet="#a4abb6", off="#666c76",
        accent="#4ea1ff", accent_lit="#74b6ff", ink="#0b1220", chosen="#22405f",
        warning="#e6b450", bad="#ff7b72", good="#5ecb8b",
        note_bar="#22303f", error_bar="#43282a", done_bar="#203a2e", warning_bar="#40351c",
    ),
    "light": Palette(
        background="#ffffff", panel="#f3f4f6", raised="#e6e8ec", line="#c3c8d0",
        text="#1b1f24", quiet="#545c66", off="#9aa1ac",
        accent="#0b63c4", accent_lit="#0a56aa", ink="#ffffff", chosen="#cfe2f9",
        warning="#8a5a00", bad="#b3261e", good="#117040",
        note_bar="#dbe9f9", error_bar="#f9dedc", done_bar="#d8f0e2", warning_bar="#faeabf",
    ),
    "contrast": Palette(
        background="#000000", panel="#000000", raised="#1c1c1c", line="#ffffff",
        text="#ffffff", quiet="#e8e8e8", off="#9a9a9a",
        accent="#ffd60a", accent_lit="#ffe866", ink="#000000", chosen="#4a4000",
        warning="#ffd60a", bad="#ff8a80", good="#69f0ae",
        note_bar="#10243a", error_bar="#4a0d0d", done_bar="#0d3a20", warning_bar="#453800",
    ),
}  # fmt: skip
"""Dark for a dark room, light for a bright one, and white on black for eyes that need it."""

BACKGROUND = PANEL = RAISED = LINE = TEXT = QUIET = OFF = ACCENT = ACCENT_LIT = INK = CHOSEN = WARNING = BAD = GOOD = ""
NOTE_BAR = ERROR_BAR = DONE_BAR = WARNING_BAR = ""
STYLE = WITHIN = ""
"""The style sheet of every window; and for what stands in a window of napari, which has a ground of its own."""

_WEARS = "wears"
"""The property of an action or a button that names its icon and the tint."""


def use(theme: str) -> None:
    """Take a theme of `THEMES`, or dark where there is none of that name; `dress` has a window show it."""
    palette = THEMES.get(theme, THEMES["dark"])
    colors = {name.upper(): color for name, color in asdict(palette).items()}
    black = THEMES["dark"] if theme == "light" else palette
    on_black = {f"{name.upper()}_ON_BLACK": getattr(black, name) for name in ("text", "quiet", "accent")}
    arrows = {name: (paths.resources() / "icons" / f"{name}.svg").as_posix() for name in ("arrow", "arrow-up")}
    named = {**colors, **on_black, "ARROW": arrows["arrow"], "ARROW_UP": arrows["arrow-up"]}
    style = _STYLE % named
    globals().update(colors, STYLE=style, WITHIN=f"QWidget {{ background: transparent; }}\n{style}")


def icon(name: str, color: str = "") -> QIcon:
    """A line icon of `resources/icons` in a colour, by default that of text; a disabled button shows it dimmed."""
    return _icon(name, color or TEXT, OFF)


def set_icon(taker: QAction | QAbstractButton, name: str, tint: str = "text") -> None:
    """Give a line icon to an action or a button, in the colour of that name in the palette, whatever the theme."""
    taker.setProperty(_WEARS, (name, tint))
    taker.setIcon(icon(name, globals()[tint.upper()]))


def dress(window: QWidget) -> None:
    """Show the theme in a window and all that is in it: style sheet, icons, and what paints itself."""
    window.setStyleSheet(STYLE)
    takers: list[Any] = [*window.findChildren(QAction), *window.findChildren(QAbstractButton)]
    for taker in takers:
        if wears := taker.property(_WEARS):
            set_icon(taker, *wears)


@lru_cache(maxsize=256)
def _icon(name: str, color: str, off: str) -> QIcon:
    drawn = QIcon()
    for tint, mode in ((color, QIcon.Mode.Normal), (off, QIcon.Mode.Disabled)):
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


_STYLE = """
QWidget { color: %(TEXT)s; font-size: 13px; }
QMainWindow, QDialog { background: %(BACKGROUND)s; }
#studio, #studio QScrollArea, #column { background: %(PANEL)s; border: none; }
#section { background: %(PANEL)s; border: none; border-bottom: 1px solid %(LINE)s; }
#studio > #section { border-top: 1px solid %(LINE)s; border-bottom: none; }
#heading { color: %(QUIET)s; font-size: 11px; font-weight: 600; letter-spacing: 1px; }
QToolButton#heading { border: none; padding: 2px 0; margin: 0; }
QToolButton#heading:hover { background: transparent; color: %(TEXT)s; }
#group { color: %(QUIET)s; border-bottom: 1px solid %(LINE)s; padding-bottom: 3px;
    font-size: 11px; font-weight: 600; letter-spacing: 1px; }
#welcome { background: black; }
#welcome QLabel { color: %(TEXT_ON_BLACK)s; }
#welcome #title { font-size: 20px; font-weight: 600; }
#welcome #digit { color: %(ACCENT_ON_BLACK)s; font-weight: 600; }
#welcome #quiet, QLabel#onblack { color: %(QUIET_ON_BLACK)s; font-size: 12px; }
#quiet { color: %(QUIET)s; font-size: 12px; }
#strong { font-weight: 600; }
#badge {
    color: %(BACKGROUND)s; background: %(WARNING)s; border-radius: 3px; padding: 1px 6px;
    font-size: 11px; font-weight: 600; }
#caution { background: %(WARNING_BAR)s; border-left: 3px solid %(WARNING)s; padding: 5px 8px; font-size: 12px; }
#card { background: %(RAISED)s; border: none; border-radius: 6px; }
#card QLabel { background: transparent; }
QLabel { background: transparent; }
QPushButton {
    background: %(RAISED)s; border: 1px solid %(LINE)s; border-radius: 4px; padding: 4px 10px; min-height: 20px; }
QPushButton:hover { border-color: %(ACCENT)s; }
QPushButton:pressed { background: %(LINE)s; }
QPushButton:disabled { color: %(OFF)s; background: %(PANEL)s; }
QPushButton#primary { background: %(ACCENT)s; color: %(INK)s; border-color: %(ACCENT)s; font-weight: 600; }
QPushButton#primary:hover { background: %(ACCENT_LIT)s; }
QPushButton#primary:disabled { background: %(RAISED)s; color: %(OFF)s; border-color: %(LINE)s; }
QPushButton#link { background: transparent; border: none; color: %(ACCENT)s; padding: 2px 4px; }
QPushButton#link:hover { color: %(ACCENT_LIT)s; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 3px; }
QToolButton:hover { background: %(RAISED)s; }
QToolButton:checked { background: %(CHOSEN)s; border-color: %(ACCENT)s; }
QToolButton:disabled { color: %(OFF)s; }
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QTimeEdit {
    background: %(BACKGROUND)s; border: 1px solid %(LINE)s; border-radius: 4px; padding: 3px 6px; min-height: 20px;
    selection-background-color: %(ACCENT)s; selection-color: %(INK)s; }
QLineEdit { placeholder-text-color: %(QUIET)s; }
QAbstractSpinBox QLineEdit { border: none; padding: 0 4px; min-height: 0; background: transparent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 18px; border: none; }
QAbstractSpinBox::up-arrow { image: url("%(ARROW_UP)s"); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url("%(ARROW)s"); width: 10px; height: 10px; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QTimeEdit:focus { border-color: %(ACCENT)s; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: url("%(ARROW)s"); width: 12px; height: 12px; }
QComboBox { selection-background-color: %(CHOSEN)s; selection-color: %(TEXT)s; }
QComboBoxPrivateContainer { background: %(RAISED)s; border: 1px solid %(LINE)s; }
QComboBox QAbstractItemView { background: %(RAISED)s; border: none; outline: none; }
QCheckBox, QRadioButton { background: transparent; spacing: 6px; }
QCheckBox::indicator, QRadioButton::indicator, QListWidget::indicator {
    background: %(BACKGROUND)s; border: 1px solid %(QUIET)s; border-radius: 3px; width: 13px; height: 13px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: %(ACCENT)s; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked, QListWidget::indicator:checked {
    background: %(ACCENT)s; border-color: %(ACCENT)s; }
QCheckBox:disabled, QRadioButton:disabled { color: %(OFF)s; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: %(OFF)s; }
QProgressBar { background: %(BACKGROUND)s; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: %(ACCENT)s; border-radius: 2px; }
QListView { background: %(RAISED)s; selection-background-color: %(CHOSEN)s; selection-color: %(TEXT)s; }
QListWidget { background: %(BACKGROUND)s; border: 1px solid %(LINE)s; border-radius: 4px; outline: none; }
QListView#cases { background: %(PANEL)s; border: none; outline: none; }
QListWidget::item { padding: 3px 4px; }
QListWidget::item:hover { background: %(RAISED)s; }
QTableWidget { background: %(PANEL)s; border: none; gridline-color: transparent; outline: none; }
QTableWidget::item { padding: 2px 4px; border: none; }
QTableWidget::item:selected { background: %(CHOSEN)s; color: %(TEXT)s; }
QHeaderView { background: %(PANEL)s; }
QHeaderView::section {
    background: %(PANEL)s; color: %(QUIET)s; border: none; padding: 2px 4px; font-size: 11px; font-weight: 400; }
QToolBar { background: %(PANEL)s; border: none; border-bottom: 1px solid %(LINE)s; spacing: 2px; padding: 3px 6px; }
QToolBar::separator { background: %(LINE)s; width: 1px; margin: 5px 6px; }
QMenuBar { background: %(PANEL)s; }
QMenuBar::item { background: transparent; padding: 4px 8px; }
QMenuBar::item:selected { background: %(RAISED)s; border-radius: 4px; }
QMenu { background: %(RAISED)s; border: 1px solid %(LINE)s; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 12px; border-radius: 3px; }
QMenu::item:selected { background: %(CHOSEN)s; }
QMenu::item:disabled { color: %(OFF)s; }
QMenu::separator { height: 1px; background: %(LINE)s; margin: 4px 6px; }
QStatusBar { background: %(PANEL)s; border-top: 1px solid %(LINE)s; }
QStatusBar QLabel { color: %(QUIET)s; font-size: 12px; padding: 0 6px; }
QStatusBar::item { border: none; }
QDockWidget { border: none; }
QMainWindow::separator { background: %(LINE)s; width: 1px; height: 1px; }
QToolTip { background: %(RAISED)s; color: %(TEXT)s; border: 1px solid %(LINE)s; padding: 4px; }
QSlider::groove:horizontal { background: %(LINE)s; height: 3px; border-radius: 1px; }
QSlider::handle:horizontal { background: %(TEXT)s; width: 10px; height: 10px; margin: -4px 0; border-radius: 5px; }
QSlider::handle:horizontal:hover { background: %(ACCENT)s; }
QScrollBar:vertical { background: transparent; width: 8px; margin: 0; }
QScrollBar::handle:vertical { background: %(LINE)s; border-radius: 4px; min-height: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
#message { background: %(NOTE_BAR)s; border: none; border-bottom: 1px solid %(LINE)s; }
#message[tone="error"] { background: %(ERROR_BAR)s; }
#message[tone="done"] { background: %(DONE_BAR)s; }
#message[tone="warning"] { background: %(WARNING_BAR)s; }
#message[tone=""] { background: %(PANEL)s; }
#message QLabel[quiet="true"] { color: %(QUIET)s; }
#message QLabel[small="true"] { font-size: 11px; }
#reviewbar { background: %(PANEL)s; border-bottom: 1px solid %(LINE)s; }
#sheet { background: %(BACKGROUND)s; }
QToolButton#key {
    background: %(RAISED)s; border: 1px solid %(LINE)s; border-radius: 4px; padding: 1px 6px; font-size: 12px; }
QToolButton#key:hover { border-color: %(ACCENT)s; }
QToolButton#key[changed="true"] { color: %(ACCENT)s; }
QToolButton::menu-indicator { image: none; }
QScrollArea { background: transparent; border: none; }
"""
"""The style sheet of every window, with the palette's colours by name."""


def logo(side: int = 64) -> QPixmap:
    """The program's own picture."""
    return _rendered("segstudio", TEXT, side)


use("dark")
