"""What a review tells, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from segstudio.imaging import Box, LabelMap

FindingKind = Literal["empty", "islands", "swap", "outside", "holes", "unknown", "partly"]

How = Literal["same", "renumbered", "unknown", "missing"]


@dataclass(frozen=True)
class LedgerRow:
    """One class of one correction.

    Parameters
    ----------
    added_ml, removed_ml
        What the reader gave to the class and took from it.
    slices
        On how many slices the class was changed, along the axis with the widest voxels.
    ml
        Of the class in the correction.
    dice
        Of the model's mask against the correction; None where no model came first.
    """

    value: int
    name: str
    added_ml: float
    removed_ml: float
    slices: int
    ml: float
    dice: float | None


@dataclass(frozen=True)
class Finding:
    """A doubt about a mask.

    Parameters
    ----------
    value, name
        The class; 0 and "" where it is about none.
    words
        One sentence.
    box, voxel
        Where, on the mask's own grid (z, y, x).
    ml
        How much of it there is.
    """

    kind: FindingKind
    value: int
    name: str
    words: str
    box: Box
    voxel: tuple[int, int, int]
    ml: float


@dataclass(frozen=True)
class Overruled:
    """A doubt that a reader has looked at, and why it does not hold."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class ClassAgreement:
    """How far two masks agree on a class; a measure is None where it has no value (a mask without the class)."""

    value: int
    name: str
    dice: float | None
    hd95_mm: float | None
    assd_mm: float | None
    first_ml: float
    second_ml: float


@dataclass(frozen=True, eq=False)
class Agreement:
    """Two masks of one case, and how far they agree, class by class."""

    first: LabelMap
    second: LabelMap
    classes: tuple[ClassAgreement, ...]


@dataclass(frozen=True)
class Match:
    """One class of a mask, and the one of a model that it would become; or one of a model that the mask lacks.

    Parameters
    ----------
    value, name
        In the mask; of the model where `how` is "missing".
    voxels
        How many there are in the mask.
    target
        The model's value, or None where it has no class of this name.
    """

    value: int
    name: str
    voxels: int
    target: int | None
    how: How


def mean_dice(rows: Iterable[LedgerRow]) -> float | None:
    """Mean over the classes; None where no model came first."""
    known = [row.dice for row in rows if row.dice is not None]
    return sum(known) / len(known) if known else None
