"""What an operation would do to the mask, before it is done: as labels that panes draw over it, and in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing import Edit
from segstudio.errors import EditError, Stopped
from segstudio.progress import Stop, silent
from segstudio.viewer.messages import capital, sentence
from segstudio.viewer.operations import Operation, Piece, Values
from segstudio.viewer.outcome import in_ml

_PATIENCE_S = 4.0
"""What takes longer is not shown beforehand: the next command waits behind it."""

_STRIPE = 2
"""Voxels; a power of two."""


@dataclass(frozen=True, eq=False)
class Foreseen:
    """What would become of the mask.

    Parameters
    ----------
    drawn
        On the display grid: the class that a voxel would get, in stripes one of two values (`removed_in`) where it
        would lose the one it has, 0 where it stays as it is. None where nothing would change.
    words
        One or two sentences.
    """

    drawn: NDArray[Any] | None
    words: str


def foresee(
    operation: Operation,
    piece: Piece,
    values: Values,
    allowed: Callable[[Edit], Edit | None],
    voxel_ml: float,
    stop: Stop,
) -> Foreseen:
    """Work out what an operation would do.

    Parameters
    ----------
    allowed
        What the locks let through of an edit.
    voxel_ml
        Volume of a voxel in millilitres.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    until = time.monotonic() + _PATIENCE_S
    try:
        edit = operation.run(replace(piece, progress=silent), values, lambda: stop() or time.monotonic() > until)
    except Stopped:
        if stop():
            raise
        return Foreseen(None, "It takes too long to be shown beforehand.")
    except EditError as error:
        return Foreseen(None, " ".join((sentence(error.message), error.hint)).strip())
    real = allowed(edit) if edit is not None else None
    if real is None:
        return Foreseen(None, "Nothing would change." if edit is None else "What would change is locked.")
    most = max((each.value for each in piece.classes), default=0)
    return Foreseen(_drawn(real, piece.labels.shape, most), _words(real, operation.words(piece, values), voxel_ml))


def removed_in(drawn: NDArray[Any]) -> tuple[int, int]:
    """What stands in such labels for a voxel that would lose its class: on a stripe, and between two."""
    most = int(np.iinfo(drawn.dtype).max)
    return most, most - 1


def _drawn(edit: Edit, shape: tuple[int, ...], most: int) -> NDArray[Any]:
    """Labels in which no class, up to the value `most`, is taken for a voxel that loses its own."""
    wide = max(most, int(edit.after.max())) >= np.iinfo(np.uint8).max - 1
    drawn = np.zeros(shape, np.uint16 if wide else np.uint8)
    part = drawn[edit.box]
    changing = edit.after != edit.before
    np.copyto(part, edit.after, where=changing, casting="unsafe")
    changing &= edit.after == 0
    if changing.any():
        striped = np.where(_stripes(edit), *(drawn.dtype.type(each) for each in removed_in(drawn)))
        np.copyto(part, striped, where=changing)
    return drawn


def _stripes(edit: Edit) -> NDArray[np.bool_]:
    """Stripes that run askew on every plane and stay where they are when the edit is another."""
    z, y, x = (np.arange(side.start, side.stop).astype(np.uint8) for side in edit.box)
    return ((z[:, None, None] + y[:, None] + x) & _STRIPE).astype(bool)


def _words(edit: Edit, where: str, voxel_ml: float) -> str:
    changed = edit.after != edit.before
    gone, new = changed & (edit.after == 0), changed & (edit.before == 0)
    counts = {
        "adds": int(new.sum()),
        "removes": int(gone.sum()),
        "gives another class to": int(changed.sum() - new.sum() - gone.sum()),
    }
    told = ", ".join(f"{verb} {in_ml(count * voxel_ml)}" for verb, count in counts.items() if count)
    return f"{capital(told)}{' ' if where else ''}{where}."
