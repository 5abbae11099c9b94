"""What an edit came to, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segstudio.editing import Edit
from segstudio.imaging import LabelClass
from segstudio.inference import Prediction


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of an edit.

    Parameters
    ----------
    what
        As a reader would call it.
    wanted
        Whether it would have changed anything, were no class locked.
    wrote
        What it changed; None is nothing.
    gained
        Voxels that each class value gained; negative where it lost.
    """

    what: str
    wanted: bool
    wrote: Edit | None
    gained: NDArray[np.int64]


def outcome_in_words(outcome: Outcome, classes: Sequence[LabelClass], voxel_ml: float) -> str:
    """One sentence: "Fill holes: liver gained 1.2 ml."."""
    if outcome.wrote is None:
        why = "what it would change is locked" if outcome.wanted else "there is nothing to change"
        return f"{outcome.what}: {why}."
    names = {each.value: each.name for each in classes}
    gained = {int(value): int(outcome.gained[value]) for value in np.flatnonzero(outcome.gained) if value}
    changed = sorted(gained, key=lambda value: -abs(gained[value]))
    if not changed:
        return f"{outcome.what}: done; no class changed its volume."
    told = [
        f"{names.get(value, f'class {value}')} {'gained' if gained[value] > 0 else 'lost'} "
        f"{in_ml(abs(gained[value]) * voxel_ml)}"
        for value in changed[:3]
    ]
    more = f" and {len(changed) - 3} more classes changed" if len(changed) > 3 else ""
    return f"{outcome.what}: {', '.join(told)}{more}."


def prediction_in_words(found: Prediction) -> str:
    """How long it took, on what, and what the person should know."""
    what = "Predicted" if found.labels.labels.any() or not found.kept else "Nothing was found"
    device = found.device.partition(" (")[0]  # without its number type
    stays = () if found.kept else ("The mask is as it was.",)
    return " ".join((f"{what} in {found.seconds:.1f} s on {device}.", *found.notes, *stays))


def in_ml(volume: float) -> str:
    """Millilitres with as many digits as tell something: "1043 ml", "12.4 ml", "0.31 ml", "0.002 ml"."""
    digits = 0 if volume >= 1000 else 1 if volume >= 10 else 2 if volume >= 0.05 else 3
    return f"{volume:.{digits}f} ml"
