"""What can be done, as data: menus, toolbar, keys and the sheet of keys are all made from this one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from segstudio.viewer.operations import OPERATIONS, Operation
from segstudio.viewer.windows import CT, OTHER


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
        As Qt writes them, several with "; " between them; "" for none. A person can change them.
    kind
        A "tool" stays lit until another is taken, a "plane" until another is shown, a "switch" until it is taken again.
    where
        Its keys work: in the whole "window", or only in the "picture", since fields elsewhere need them themselves.
    idle
        Whether it can be done while nothing is open.
    review
        Whether it belongs to a review, and its keys count only there.
    """

    name: str
    text: str
    tip: str
    keys: str = ""
    icon: str = ""
    kind: Literal["", "tool", "plane", "switch"] = ""
    where: Literal["window", "picture"] = "window"
    idle: bool = False
    review: bool = False


def _tool(name: str, text: str, tip: str, keys: str, icon: str = "") -> Command:
    return Command(name, text, tip, keys, icon or name, "tool")


def _plane(name: str, text: str, tip: str, keys: str) -> Command:
    return Command(name, text, tip, keys, name, "plane")


def _walk(name: str, text: str, tip: str, keys: str) -> Command:
    return Command(name, text, tip, keys, where="picture")


def _review(name: str, text: str, tip: str, keys: str, icon: str) -> Command:
    return Command(name, text, tip, keys, icon, idle=True, review=True)


def _operation(operation: Operation) -> Command:
    more = "…" if asks(operation) else ""
    keys = _OPERATION_KEYS.get(operation.name, "")
    return Command(operation.name, operation.text + more, operation.tip, keys, operation.icon)


def asks(operation: Operation) -> bool:
    """Whether something has to be set before an operation is done; the others are done at once."""
    return any(each.kind != "choice" for each in operation.options)


_OPERATION_KEYS = {
    "interpolate": "Ctrl+I", "copy_next": "Shift+Up", "copy_previous": "Shift+Down", "threshold": "Ctrl+T",
    "grow": "Ctrl+G", "smooth": "Ctrl+M", "resize": "Ctrl+R", "fill_holes": "Ctrl+H", "keep_largest": "Ctrl+L",
    "islands": "Ctrl+Shift+L",
}  # fmt: skip

PRESETS = len(CT)
"""Windows that have a key of their own."""

CLASS_KEYS = 9
"""Classes that have a key of their own."""

_MODELS = (
    ("jobs", "Queue", "What runs, what waits, and when a model learns", "Ctrl+J", "learn"),
    ("compare", "Candidate and current", "What a candidate does better and worse; promote, roll back", "", "compare"),
    ("lineage", "Where versions come from", "Cases, readers and figures of each version; withdraw a case", "", ""),
    ("watch", "Monitoring", "How right the model was before correction, case by case", "", ""),
    ("classes", "Classes of the model", "Add a class to learn; take a mask with other classes over", "", ""),
)
"""Pages about a model."""

TABLE: dict[str, tuple[Command | None, ...]] = {
    "File": (
        Command("open", "Open…", "Open a scan", "Ctrl+O", "open", idle=True),
        Command(
            "open_series", "Open DICOM folder…", "Open a folder that holds one DICOM series", "Ctrl+Shift+O", idle=True
        ),
        Command(
            "open_archive",
            "Open from archive…",
            "Look into a hospital's archive, and fetch a study",
            "",
            "search",
            idle=True,
        ),
        Command(
            "open_beside",
            "Open beside…",
            "Another series of the study, beside the scan at the same place",
            "",
            "series",
        ),
        Command(
            "open_series_beside", "Open DICOM folder beside…", "One DICOM series, beside the scan at the same place"
        ),
        Command("open_sample", "Open the sample", "A T1 MRI that comes with SegStudio", idle=True),
        None,
        Command("save_mask", "Save mask as…", "Write the mask to a file, on the scan's own grid", "Ctrl+S", "save"),
        Command("export", "Export…", "Write the mask for other systems: DICOM, NRRD, surfaces", "Ctrl+E", "export"),
        Command("load_mask", "Load mask…", "Take the mask from a file on the same grid; can be undone", "", "load"),
        Command("store_mask", "Store mask in archive…", "Send the mask to the archive that has the scan"),
        Command("close_scan", "Close scan", "Take the scan off the screen; its mask is kept", "Ctrl+W"),
        None,
        Command(
            "settings", "Settings…", "Your name, the look, the device, training time", "Ctrl+,", "settings", idle=True
        ),
        Command("quit", "Quit", "Close the window; training goes on next time", "Ctrl+Q", idle=True),
    ),
    "Edit": (
        Command("undo", "Undo", "Take the last change of the mask back", "Ctrl+Z", "undo"),
        Command("redo", "Redo", "Do again what was undone", "Ctrl+Y; Ctrl+Shift+Z", "redo"),
        None,
        Command("clear", "Clear mask", "Empty the mask; can be undone", "Ctrl+Backspace"),
        None,
        Command("smaller", "Smaller brush", "A smaller brush", "["),
        Command("larger", "Larger brush", "A larger brush", "]"),
        None,
        Command("next_class", "Next class", "Paint with the next class of the list", "X"),
        Command("previous_class", "Previous class", "Paint with the class before it", "Shift+X"),
    ),
    "Edit/Class": tuple(
        Command(f"class_{at}", f"Class {at}", f"Paint with class {at} of the list (number pad)", f"Num+{at}")
        for at in range(1, CLASS_KEYS + 1)
    ),
    "Tools": (
        _tool("move", "Move", "Click to jump there, drag to move the picture", "Q"),
        _tool("brush", "Brush", "Paint the chosen class", "B"),
        _tool("eraser", "Eraser", "Take the mask away", "E"),
        _tool("smart", "Smart brush", "A brush that stops at edges of the picture", "S"),
        _tool("lasso", "Lasso", "Draw round an area to fill it; with Ctrl to cut it out", "L"),
        _tool(
            "polygon", "Polygon", "Click round an area to fill it; double-click closes it, with Ctrl it is cut out", "G"
        ),
        _tool("fill", "Fill", "Give a connected area to the chosen class", "F"),
        _tool("pick", "Pick class", "Choose the class that is under the pointer", "K"),
        None,
        _tool("seeds", "Seeds", "Scribble where classes are, then let them grow", "D"),
        _tool("cut", "Cut", "Draw a line; the class is parted along the plane through it", "C"),
        _tool("box", "Box", "Drag a box to predict or to work only there", "R"),
        _tool("measure", "Measure", "Drag a line to measure it in mm", "U"),
    ),
    "Mask": tuple(_operation(each) for each in OPERATIONS),
    "View": (
        _plane("four", "Four panes", "Axial, coronal, sagittal and 3D", "0"),
        _plane("axial", "Axial", "Cut across the body", "7"),
        _plane("coronal", "Coronal", "Cut along the body, seen from the front", "8"),
        _plane("sagittal", "Sagittal", "Cut along the body, seen from the side", "9"),
        _plane("surfaces", "3D", "The mask as surfaces", "T"),
        Command("maximise", "Enlarge pane", "Only the pane under the pointer, or all four again", "Z"),
        None,
        Command(
            "reset",
            "Reset view",
            "Window, zoom and place as when the scan was opened",
            "Space",
            "reset",
            where="picture",
        ),
        Command("fit", "Fit", "The whole slice on the screen", "Ctrl+0", "fit"),
        Command("invert", "Invert", "Bright for dark", "I", "invert", "switch"),
        Command("flip_h", "Flip left and right", "Mirror the picture; the letters follow", "H", "flip-h", "switch"),
        Command("flip_v", "Flip top and bottom", "Turn the picture over; the letters follow", "V", "flip-v", "switch"),
        None,
        Command("mask", "Mask", "Show the mask, or hide it", "M", "mask", "switch"),
        Command("outline", "Mask as outline", "Draw the mask as an outline, or filled", "O", "outline", "switch"),
        Command(
            "only", "Only the chosen class", "Hide every other class, or show all again", "Shift+M", "only", "switch"
        ),
        Command("fainter", "Fainter mask", "Show more of the picture through the mask", "-"),
        Command("stronger", "Stronger mask", "Show less of the picture through the mask", "="),
        None,
        Command(
            "columns",
            "Columns",
            "Fold the columns away, or bring them back",
            "Tab",
            "columns",
            "switch",
            "picture",
            True,
        ),
        Command("worklist", "Worklist", "The list of cases, on the left", "Ctrl+B", "worklist", "switch", idle=True),
    ),
    "View/Window": tuple(
        Command(f"window_{at}", f"{ct.name} (MRI: {other.name.lower()})", "Show this range of intensities", str(at))
        for at, (ct, other) in enumerate(zip(CT, OTHER, strict=True), start=1)
    ),
    "View/Compare": (
        Command(
            "compare_model", "With the model's mask", "Colour what was corrected since the model drew", "", "compare"
        ),
        Command("compare_file", "With a mask file…", "Colour where the mask differs from one of a file"),
        Command("compare_end", "Compare no more", "Take the coloured differences away"),
    ),
    "View/Go": (
        _walk("next_slice", "Next slice", "One slice on", "Up"),
        _walk("previous_slice", "Previous slice", "One slice back", "Down"),
        _walk("next_ten", "Ten slices on", "Ten slices on", "PgUp"),
        _walk("previous_ten", "Ten slices back", "Ten slices back", "PgDown"),
        _walk("first_slice", "First slice", "To the first slice", "Home"),
        _walk("last_slice", "Last slice", "To the last slice", "End"),
        None,
        Command("to_class", "To the chosen class", "To the middle of the chosen class", "J", "jump"),
        Command("next_difference", "Next difference", "To the next place where the masks differ", "N"),
        Command("previous_difference", "Previous difference", "To the place before it", "P"),
    ),
    "Model": (
        Command("predict", "Predict", "Let the model draw the mask", "Ctrl+P", "predict"),
        Command("cancel", "Cancel", "Stop what is being waited for; the mask stays as it is", "Escape"),
        None,
        Command(
            "submit", "Submit correction", "Hand the mask over, for the model to learn from", "Ctrl+Return", "submit"
        ),
        None,
        *(Command(f"models_{name}", text, tip, keys, icon, idle=True) for name, text, tip, keys, icon in _MODELS),
    ),
    "Review": (
        Command("begin_review", "Review these cases", "Go through the list: accept, fix or reject", "", idle=True),
        Command("begin_second", "Second read, blinded", "Read what others have read, without seeing it", idle=True),
        Command("decide", "Reads that differ…", "Both masks on the scan, and which of them counts", idle=True),
        Command("export_ledger", "Export ledger…", "Every read with times and volumes, as a table (CSV)", idle=True),
        None,
        _review("accept", "Accept", "The mask is right as it is; on to the next case", "A", "accept"),
        _review("fix", "Fix", "Take up the brush; accept when it is right", "F", "brush"),
        _review("reject", "Reject", "The case is not to be used, with a reason", "R", "reject"),
        _review("flag", "Flag", "Put the case aside, to be talked about", "G", "flag"),
        None,
        _review("next_case", "Next case", "On to the next case, without a verdict", "Right", "next"),
        _review("previous_case", "Previous case", "Back to the case before", "Left", "previous"),
        None,
        _review("next_doubt", "Next unsure place", "To the next place where the model was unsure", "U", "jump"),
        _review(
            "confirm_slice", "Confirm slice", "Learn from this slice, and from confirmed ones only", "C", "confirm"
        ),
        _review("end_review", "End review", "Back to the worklist; what is read stays read", "", "close"),
    ),
    "Help": (
        Command("guide", "Guide", "A page of pictures: from opening a scan to saving the mask", "Shift+F1", idle=True),
        Command("keys", "Keys…", "All keys at a glance, to look up and to change", "F1", "help", idle=True),
        Command(
            "about", "About SegStudio", "Version, licence, and what it must not be used for", "", "about", idle=True
        ),
    ),
}
"""Commands by menu, in the menu's order; None is a line between them; "View/Go" is a menu within a menu."""

SUBMENU = "/"
"""Between the names of a menu and of the one within it."""

MOUSE = (
    ("Wheel", "One slice a notch"),
    ("Ctrl + wheel", "Zoom at the pointer"),
    ("Right drag", "Window: across for width, up and down for level"),
    ("Middle drag", "Move the picture"),
    ("Click with Move", "Jump there in every pane"),
    ("Double-click", "Only this pane, or all four again"),
)
"""What the mouse does on a pane whatever the tool."""


def commands() -> Iterator[Command]:
    """Every command, in the order of the menus."""
    return (command for menu in TABLE.values() for command in menu if command is not None)


def tools() -> tuple[str, ...]:
    """Names of the tools, in the order of use."""
    return tuple(each.name for each in commands() if each.kind == "tool")
