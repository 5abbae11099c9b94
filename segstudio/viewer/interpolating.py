"""Between which slices a class is drawn, and what there is to say about that."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from segstudio.editing import Edit
from segstudio.editing.between import interpolate, redraw
from segstudio.errors import EditError
from segstudio.progress import Stop
from segstudio.viewer.layers import PLANES

if TYPE_CHECKING:
    from segstudio.viewer.operations import Piece, Values

_TOO_MANY = 5
"""More slices than this are not named one by one."""


def interpolated(piece: Piece, values: Values, stop: Stop) -> Edit | None:
    """Fill what is missing between painted slices, or draw what lies between corrected ones anew.

    Raises
    ------
    EditError
        There is nothing between such slices, or there are not two of them.
    """
    labels, over, progress = piece.labels, values["over"], piece.progress
    if values["between"] != "gaps":
        axis, found = _between(piece, values)
        return redraw(labels, found, axis, piece.spacing, over=over, stop=stop, progress=progress)
    edit = interpolate(labels, piece.which(values), piece.spacing, over=over, stop=stop, progress=progress)
    if edit is None:
        raise EditError(
            "there are no empty slices to interpolate between painted ones",
            hint="Correct two slices with others between them, and those are drawn anew.",
        )
    return edit


def _between(piece: Piece, values: Values) -> tuple[int, dict[int, Sequence[int]]]:
    """The axis, and for each class the corrected slices between which it is drawn anew: all, or those round the point.

    The plane that is looked at goes first, then the one with most corrected slices.
    """
    classes = piece.which(values)
    axes = sorted(range(3), key=lambda axis: (axis != piece.axis, -_count(piece, classes, axis)))
    for axis in axes:
        pairs = {value: _apart(piece.corrected[axis].get(value, ())) for value in classes}
        if values["between"] == "here":
            at = piece.at[axis]
            pairs = {value: [each for each in own if each[0] <= at <= each[1]] for value, own in pairs.items()}
        if any(pairs.values()):
            return axis, {value: sorted({*chain(*own)}) for value, own in pairs.items() if own}
    raise _too_few(piece, values, axes[0] if _count(piece, classes, axes[0]) else axes[1])


def _count(piece: Piece, classes: Sequence[int], axis: int) -> int:
    return max((len(piece.corrected[axis].get(value, ())) for value in classes), default=0)


def _apart(slices: Sequence[int]) -> list[tuple[int, int]]:
    """Successive slices that have others between them."""
    return [(low, high) for low, high in pairwise(slices) if high - low > 1]


def _too_few(piece: Piece, values: Values, axis: int) -> EditError:
    """Why nothing can be drawn anew between corrected slices."""
    classes = piece.which(values)
    if any(_apart(piece.corrected[axis].get(value, ())) for value in classes):
        return EditError(
            f"{plane_across(axis)} slice {piece.at[axis] + 1} does not lie between two that you corrected",
            hint="Go there, or take all corrected ones.",
        )
    count = _count(piece, classes, axis)
    if count > 1:
        return EditError(
            f"the {plane_across(axis)} slices that you corrected have none between them",
            hint="Correct one farther away.",
        )
    had = f"only one {plane_across(axis)} slice" if count else "no slice"
    return EditError(
        f"you have corrected {had} of this class so far",
        hint="Correct two with others between them; then those are drawn anew.",
    )


def between_words(piece: Piece, values: Values) -> str:
    """Between which slices: "between axial slices 10 and 16"; "" for what is missing, or where there are too few."""
    if values["between"] == "gaps":
        return ""
    try:
        axis, found = _between(piece, values)
    except EditError:
        return ""
    each = {tuple(slices) for slices in found.values()}
    if len(each) > 1:
        return f"between corrected {plane_across(axis)} slices"
    return f"between {plane_across(axis)} slices {_listed(each.pop())}"


def plane_across(axis: int) -> str:
    """The plane across an axis of the display grid."""
    return next(name for name, (across, _, _) in PLANES.items() if across == axis)


def _listed(slices: Sequence[int]) -> str:
    """Slices as panes number them: "10, 16 and 22", "10, 16 … 90 (7 slices)"."""
    numbers = [str(index + 1) for index in slices]
    if len(numbers) > _TOO_MANY:
        return f"{numbers[0]}, {numbers[1]} … {numbers[-1]} ({len(numbers)} slices)"
    return f"{', '.join(numbers[:-1])} and {numbers[-1]}"


def usual_between(piece: Piece) -> str:
    """Where a hand has corrected slices with others between them, those are meant; else gaps."""
    return "here" if any(_apart(each.get(piece.value, ())) for each in piece.corrected) else "gaps"
