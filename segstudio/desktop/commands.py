"""What can be done in the window, as data: menus, toolbar and keys are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qtpy.QtCore import QObject
from qtpy.QtGui import QAction, QKeySequence

from segstudio.viewer import look


@dataclass(frozen=True)
class Command:
    """One command.

    Parameters
    ----------
    name
        What it is called by the rest of the program.
    text
        In the menu; three dots where it asks for something first.
    tip
        One line: what it does.
    keys
        As Qt writes them; "" for none.
    mode
        For a tool that stays lit until another is taken: napari's name of it.
    """

    name: str
    text: str
    tip: str
    keys: str = ""
    icon: str = ""
    mode: str = ""


COMMANDS = (
    Command("open", "Open…", "Open a scan", "Ctrl+O", "open"),
    Command("open_series", "Open DICOM folder…", "Open a folder that holds one DICOM series", "Ctrl+Shift+O"),
    Command("open_sample", "Open the sample", "A T1 MRI that comes with SegStudio, with a box round one hippocampus"),
    Command("quit", "Quit", "Close the window; training goes on next time", "Ctrl+Q"),
    Command("undo", "Undo", "Take the last stroke or prediction back", "Ctrl+Z", "undo"),
    Command("redo", "Redo", "Do again what was undone", "Ctrl+Shift+Z", "redo"),
    Command("clear", "Clear mask", "Empty the mask; can be undone"),
    Command("predict", "Predict", "Let the model draw the mask", "Ctrl+P", "predict"),
    Command("cancel", "Cancel prediction", "Stop; the mask stays as it is", "Escape"),
    Command("submit", "Submit correction", "Hand the mask over, for the model to learn from", "Ctrl+Return", "submit"),
    Command(
        "move", "Move", "Drag to move the picture; the wheel turns slices, with Ctrl it zooms", "V", "move", "pan_zoom"
    ),
    Command("brush", "Brush", "Paint the chosen class", "B", "brush", "paint"),
    Command("eraser", "Eraser", "Take the mask away", "E", "eraser", "erase"),
    Command("lasso", "Lasso", "Click round an area to fill it; double-click closes it", "L", "lasso", "polygon"),
    Command("fill", "Fill", "Give a connected area to the chosen class", "F", "fill", "fill"),
    Command("pick", "Pick class", "Choose the class that is under the pointer", "K", "pick", "pick"),
    Command("smaller", "Smaller brush", "A smaller brush", "["),
    Command("larger", "Larger brush", "A larger brush", "]"),
    Command("axial", "Axial", "Cut across the body", "1"),
    Command("coronal", "Coronal", "Cut along the body, seen from the front", "2"),
    Command("sagittal", "Sagittal", "Cut along the body, seen from the side", "3"),
    Command("fit", "Fit", "The whole slice on the screen", "0", "fit"),
    Command("next_slice", "Next slice", "One slice on", "Up"),
    Command("previous_slice", "Previous slice", "One slice back", "Down"),
    Command("outline", "Mask as outline", "Draw the mask as an outline, or filled", "O"),
    Command("hide_mask", "Hide mask", "Hide the mask, or show it again", "H"),
    Command("column", "Right column", "Fold the right column away, or bring it back", "Tab"),
    Command("keys", "Keys", "All keys at a glance", "F1", "help"),
    Command("about", "About SegStudio", "Version, licence, and what it must not be used for", "", "about"),
)

MENUS = {
    "File": ("open", "open_series", "open_sample", "-recent", "-", "quit"),
    "Edit": ("undo", "redo", "-", "clear", "-", "smaller", "larger"),
    "View": (
        "axial",
        "coronal",
        "sagittal",
        "fit",
        "-",
        "next_slice",
        "previous_slice",
        "-",
        "outline",
        "hide_mask",
        "column",
    ),
    "Model": ("predict", "cancel", "-", "submit"),
    "Help": ("keys", "about"),
}

TOOLS = ("move", "brush", "eraser", "lasso", "fill", "pick")


def make_action(command: Command, run: Callable[[], object], parent: QObject) -> QAction:
    """A Qt action, whose tooltip says name, key, and what it does."""
    action = QAction(command.text, parent)
    keys = QKeySequence(command.keys)
    shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
    action.setShortcut(keys)
    action.setToolTip(f"{command.text}{f'  ({shown})' if shown else ''}\n{command.tip}")
    action.setCheckable(bool(command.mode))
    if command.icon:
        action.setIcon(look.icon(command.icon))
    action.triggered.connect(lambda _checked=False: run())
    return action
