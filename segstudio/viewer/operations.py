"""What can be done to the mask other than by hand, as data: list, menu and option rows are all made from this table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from segstudio.editing import Edit
from segstudio.editing.between import copy_slice
from segstudio.editing.combine import logic
from segstudio.editing.cut import mirror, split_sides
from segstudio.editing.edges import snap
from segstudio.editing.grow import grow
from segstudio.editing.islands import fill_holes, keep_largest, remove_islands, split_parts
from segstudio.editing.margin import hollow, resize
from segstudio.editing.seeds import Seeds
from segstudio.editing.smooth import smooth
from segstudio.editing.threshold import threshold
from segstudio.editing.walker import random_walk
from segstudio.imaging import Box, LabelClass
from segstudio.progress import Progress, Stop
from segstudio.viewer.interpolating import between_words, interpolated, usual_between

Values = Mapping[str, Any]
"""What is set for an operation, by the names of its options."""

NEW = -1
"""In place of a class: one that is made for what comes out."""


@dataclass(frozen=True, eq=False)
class Piece:
    """What an operation works on.

    Parameters
    ----------
    labels, image
        The mask and the channel that is shown, shape (z, y, x), on the display grid; only read.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    classes
        Of the mask.
    value
        The chosen class.
    axis
        Across the plane that is looked at.
    at
        The voxel (z, y, x) at the crosshair, through which go the slices that are seen.
    box
        On the display grid, or None for all of it.
    seeds
        What was scribbled.
    corrected
        Slices across z, y and x on which a hand changed each class; by class, ascending.
    progress
        To be told how far it is.
    """

    labels: NDArray[Any]
    image: NDArray[Any]
    spacing: tuple[float, float, float]
    classes: tuple[LabelClass, ...]
    value: int
    axis: int
    at: tuple[int, int, int]
    box: Box | None
    seeds: Seeds
    corrected: Sequence[Mapping[int, Sequence[int]]]
    progress: Progress

    @property
    def index(self) -> int:
        """The slice that is seen of the plane."""
        return self.at[self.axis]

    def which(self, values: Values) -> list[int]:
        """The chosen class, or all of them."""
        return [each.value for each in self.classes] if values.get("which") == "all" else [self.value]

    def across(self, values: Values) -> int | None:
        """The axis across which slices are worked on one by one; None for 3D."""
        return self.axis if values.get("flat") else None

    def slices(self, values: Values) -> Box | None:
        """Where it is wanted: in this slice, in the box, or everywhere."""
        if values.get("where") == "slice":
            sides = [slice(0, side) for side in self.labels.shape]
            sides[self.axis] = slice(self.index, self.index + 1)
            return sides[0], sides[1], sides[2]
        return self.box


Run = Callable[[Piece, Values, Stop], Edit | None]

_SLICE_WISE, _ON_SLICE = ("flat", True), ("where", "slice")
"""Options that, set so, have an operation heed the plane that is looked at, and the slice."""


@dataclass(frozen=True)
class Option:
    """One thing to set before an operation is done.

    Parameters
    ----------
    kind
        A "number" with a unit, a "choice" of words, a "class" (`NEW` for one that is made), or a "window" of
        intensities, which begins as that of the picture.
    start
        As it is set at first; or what makes that of a piece.
    choices
        Words and what they stand for; for a class, what there is to choose besides the classes.
    """

    name: str
    text: str
    kind: Literal["number", "choice", "class", "window"]
    start: Any = None
    unit: str = ""
    low: float = 0.0
    high: float = 100.0
    step: float = 1.0
    tip: str = ""
    choices: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Operation:
    """One operation.

    Parameters
    ----------
    name
        What the rest of the program calls it.
    text, tip
        On its button, and one line: what it does.
    live
        Whether what it would do is shown while its options are set.
    words
        What makes words of where it works, of a piece and how it is set; "" where there is nothing to say.
    """

    name: str
    text: str
    tip: str
    icon: str
    run: Run
    options: tuple[Option, ...] = ()
    live: bool = True
    words: Callable[[Piece, Values], str] = lambda _piece, _values: ""

    def place(self, piece: Piece, values: Values) -> tuple[int | None, int | None, str]:
        """Axis and slice that are looked at, None where it does the same on another one, and where it works."""
        on_slice = _ON_SLICE in values.items()
        axis = piece.axis if on_slice or _SLICE_WISE in values.items() else None
        return axis, piece.index if on_slice else None, self.words(piece, values)


_WHICH = Option("which", "Of", "choice", "one", choices=(("chosen class", "one"), ("all classes", "all")))
_FLAT = Option("flat", "In", "choice", False, choices=(("3D", False), ("each slice", True)))
_OVER = Option("over", "Over", "choice", (0,), choices=(("what has no class", (0,)), ("any class", None)))


def _mm(name: str, text: str, start: float, low: float, high: float) -> Option:
    return Option(name, text, "number", start, "mm", low, high, 0.5)


def _ml(name: str, text: str, start: float) -> Option:
    return Option(name, text, "number", start, "ml", 0.001, 1000.0, 0.05)


def _done(run: Callable[..., Edit | None], piece: Piece, stop: Stop, *args: Any, **named: Any) -> Edit | None:
    return run(piece.labels, *args, stop=stop, progress=piece.progress, **named)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "interpolate", "Interpolate", "Draw what lies between painted or corrected slices", "interpolate",
        interpolated,
        (
            Option("between", "Between", "choice", usual_between, choices=(
                ("painted, where empty", "gaps"), ("corrected, round here", "here"), ("all corrected", "all"),
            ), tip="Fills empty slices between painted ones, or draws anew what lies between those that you corrected"),
            _WHICH, _OVER,
        ),
        words=between_words,
    ),
    Operation(
        "copy_next", "Copy to next", "Copy the chosen class to the next slice and go there", "next",
        lambda piece, values, _stop: copy_slice(
            piece.labels, piece.which(values), piece.axis, piece.index, piece.index + 1, over=values["over"]
        ),
        (_WHICH, _OVER),
        live=False,
    ),
    Operation(
        "copy_previous", "Copy to previous", "Copy the chosen class to the slice before and go there", "previous",
        lambda piece, values, _stop: copy_slice(
            piece.labels, piece.which(values), piece.axis, piece.index, piece.index - 1, over=values["over"]
        ),
        (_WHICH, _OVER),
        live=False,
    ),
    Operation(
        "threshold", "Threshold", "Give all voxels of some intensities to the chosen class", "threshold",
        lambda piece, values, stop: _done(
            threshold, piece, stop, piece.image, values["window"], piece.value,
            box=piece.slices(values), over=values["over"],
        ),
        (
            Option("window", "From", "window"),
            Option("where", "In", "choice", "slice", choices=(("this slice", "slice"), ("the box, or all", "all"))),
            _OVER,
        ),
    ),
    Operation(
        "grow", "Grow seeds", "Let scribbled classes grow until they meet at edges", "grow",
        lambda piece, values, stop: _done(
            grow, piece, stop, piece.image, piece.seeds, piece.spacing, box=piece.box, over=values["over"]
        ),
        (_OVER,),
    ),
    Operation(
        "walker", "Random walker", "Part scribbled classes by a random walk; slower and smoother", "seeds",
        lambda piece, values, stop: _done(
            random_walk, piece, stop, piece.image, piece.seeds, piece.spacing, box=piece.box, over=values["over"]
        ),
        (_OVER,),
    ),
    Operation(
        "snap", "Snap to edges", "Move the border of the chosen class to the nearest edge of the picture", "contrast",
        lambda piece, values, stop: _done(
            snap, piece, stop, piece.image, piece.value, piece.spacing, reach_mm=values["mm"], box=piece.box
        ),
        (_mm("mm", "By at most", 3.0, 0.5, 20.0),),
    ),
    Operation(
        "smooth", "Smooth", "Round off borders; volumes stay about the same", "smooth",
        lambda piece, values, stop: _done(
            smooth, piece, stop, piece.which(values), piece.spacing, mm=values["mm"], axis=piece.across(values)
        ),
        (_mm("mm", "Details below", 1.5, 0.1, 20.0), _WHICH, _FLAT),
    ),
    Operation(
        "resize", "Grow or shrink", "Move the border out, or in by a negative distance", "plus",
        lambda piece, values, stop: _done(
            resize, piece, stop, piece.value, piece.spacing,
            mm=values["mm"], axis=piece.across(values), over=values["over"],
        ),
        (_mm("mm", "By", 1.0, -50.0, 50.0), _FLAT, _OVER),
    ),
    Operation(
        "hollow", "Hollow", "Keep a wall of the chosen class and empty it inside", "outline",
        lambda piece, values, stop: _done(
            hollow, piece, stop, piece.value, piece.spacing,
            wall_mm=values["mm"], axis=piece.across(values), into=values["into"],
        ),
        (_mm("mm", "Wall", 2.0, 0.5, 50.0), _FLAT, Option("into", "Inside", "class", 0, choices=(("nothing", 0),))),
    ),
    Operation(
        "fill_holes", "Fill holes", "Fill what the chosen class encloses", "holes",
        lambda piece, values, stop: _done(
            fill_holes, piece, stop, piece.value, piece.spacing, axis=piece.across(values), over=values["over"]
        ),
        (_FLAT, _OVER),
    ),
    Operation(
        "keep_largest", "Keep largest", "Remove all but the largest connected part", "largest",
        lambda piece, values, stop: _done(keep_largest, piece, stop, piece.which(values)),
        (_WHICH,),
    ),
    Operation(
        "islands", "Remove islands", "Remove connected parts below a volume", "islands",
        lambda piece, values, stop: _done(
            remove_islands, piece, stop, piece.which(values), piece.spacing, below_ml=values["ml"]
        ),
        (_ml("ml", "Below", 0.1), _WHICH),
    ),
    Operation(
        "logic", "Combine", "Change the chosen class by the shape of another", "logic",
        lambda piece, values, stop: _done(
            logic, piece, stop, piece.value, values["how"], [values["other"]], piece.spacing, margin_mm=values["mm"]
        ),
        (
            Option("how", "Do", "choice", "subtract", choices=(
                ("take away", "subtract"), ("add", "add"), ("keep only inside", "intersect"),
            )),
            Option("other", "The shape of", "class"),
            _mm("mm", "Margin", 0.0, 0.0, 50.0),
        ),
    ),
    Operation(
        "split_sides", "Split left/right", "Give one half of the chosen class to another one", "split",
        lambda piece, values, stop: _done(
            split_sides, piece, stop, piece.value, values["into"], upper=values["upper"]
        ),
        (
            Option("upper", "Give the", "choice", True, choices=(("left half", True), ("right half", False))),
            Option("into", "To", "class", NEW, choices=(("a new class", NEW),)),
        ),
    ),
    Operation(
        "split_parts", "Split parts", "Give the second largest connected part to another class", "merge",
        lambda piece, values, stop: _done(split_parts, piece, stop, piece.value, [values["into"]]),
        (Option("into", "To", "class", NEW, choices=(("a new class", NEW),)),),
    ),
    Operation(
        "mirror", "Mirror", "Copy the chosen class to the other side of the scan", "mirror",
        lambda piece, values, stop: _done(
            mirror, piece, stop, {piece.value: values["into"]}, over=values["over"]
        ),
        (Option("into", "As", "class", NEW, choices=(("a new class", NEW),)), _OVER),
    ),
)  # fmt: skip


BY_NAME = {each.name: each for each in OPERATIONS}
