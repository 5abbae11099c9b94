"""The one question that is asked before the window closes on a mask that nobody has handed over."""

from __future__ import annotations

from typing import Literal

from qtpy.QtWidgets import QCheckBox, QMessageBox, QWidget

from segstudio.errors import SegStudioError

Answer = Literal["keep", "discard", "stay"]


def ask(parent: QWidget, scan: str) -> tuple[Answer, bool]:
    """What is to become of the mask, and whether to ask again; keeping it, which loses nothing, is the default."""
    box = QMessageBox(parent)
    box.setWindowTitle("SegStudio")
    box.setText(f"The mask of {scan} has not been submitted.")
    box.setInformativeText("Kept, it is there again when you open the scan next time.")
    keep = box.addButton("Keep for next time", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Throw it away", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("Do not close", QMessageBox.ButtonRole.RejectRole)
    keep.setObjectName("primary")
    box.setDefaultButton(keep)
    box.setEscapeButton(stay)
    again = QCheckBox("Always keep it, without asking")
    box.setCheckBox(again)
    box.exec()
    answer: Answer = "discard" if box.clickedButton() is discard else "keep" if box.clickedButton() is keep else "stay"
    return answer, not (again.isChecked() and answer == "keep")


def may_lose(parent: QWidget, error: SegStudioError) -> bool:
    """Whether to close although the mask cannot be kept."""
    box = QMessageBox(parent)
    box.setWindowTitle("SegStudio")
    box.setText(f"The mask is not submitted and cannot be kept: {error.message}.")
    box.setInformativeText(f"Closed now, it is lost. {error.hint}".strip())
    lose = box.addButton("Close and lose it", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("Do not close", QMessageBox.ButtonRole.RejectRole)
    stay.setObjectName("primary")
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.exec()
    return box.clickedButton() is lose
