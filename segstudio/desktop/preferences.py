"""The small window of settings: each takes hold when it is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from segstudio import paths, settings
from segstudio.desktop.archives.setting_up import Archives
from segstudio.errors import SegStudioError
from segstudio.viewer.messages import Message, MessageBar
from segstudio.viewer.page import close_row
from segstudio.viewer.sections.section import Elided, button, label, row

_LOOKS = {"dark": "Dark, for a reading room", "light": "Light", "contrast": "High contrast"}
_DEVICES = {
    "auto": "The fastest there is",
    "cpu": "Processor",
    "cuda": "Graphics card (NVIDIA)",
    "mps": "Apple silicon",
}
_LATER = "Device and library change with the next start."


class Preferences(QDialog):
    """What a person has set, and can change."""

    changed = Signal(str)
    """The name of a setting that was changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(480)
        now, _notes = settings.load()
        self.bar = MessageBar()
        self.reader = QLineEdit(now.reader, placeholderText="Your name")
        self.reader.editingFinished.connect(lambda: self._set("reader", self.reader.text().strip()))
        self.theme = self._choice(_LOOKS, now.theme, "theme")
        self.device = self._choice({now.device: f"Device {now.device}"} | _DEVICES, now.device, "device")
        self.minutes = QDoubleSpinBox(minimum=0.5, maximum=600, decimals=1, value=now.minutes, suffix=" min")
        self.minutes.editingFinished.connect(lambda: self._set("minutes", self.minutes.value()))
        self.library = Elided()
        self.library.setText(now.library or str(paths.library_folder()))
        other = button("Other…", "Keep cases, corrections and models in another folder")
        other.clicked.connect(self._choose_library)
        self._lay_out(other)

    def _lay_out(self, other: QWidget) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(16)
        form.addRow(label("Corrections are signed by"), self.reader)
        form.addRow(label("Look"), self.theme)
        form.addRow(label("Models run on"), self.device)
        form.addRow(label("A model learns for"), self.minutes)
        form.addRow(label("Library"), row(self.library, other, stretch=0))
        self.archives = button("Set up…", "The network is off until an archive is set up")
        self.archives.clicked.connect(self._set_archives_up)
        form.addRow(label("Hospital archives"), row(self.archives, QWidget(), stretch=1))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.bar)
        column.addLayout(form)
        column.addWidget(label(_LATER, "quiet"))
        column.addLayout(close_row(self))

    def _choice(self, told: dict[str, str], now: str, name: str) -> QComboBox:
        made = QComboBox()
        for value, text in told.items():
            made.addItem(text, value)
        made.setCurrentIndex(made.findData(now))
        made.activated.connect(lambda _index: self._set(name, made.currentData()))
        return made

    def _choose_library(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Folder of the library", self.library.toolTip())
        if chosen and self._set("library", str(Path(chosen))):
            self.library.setText(chosen)

    def _set_archives_up(self) -> None:
        dialog = Archives(self)
        dialog.changed.connect(lambda: self.changed.emit("archives"))
        dialog.show()

    def _set(self, name: str, value: Any) -> bool:
        try:
            settings.change(**{name: value})
        except SegStudioError as error:
            self.bar.say(Message.of(error))
            return False
        self.changed.emit(name)
        return True
