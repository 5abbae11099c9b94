"""What the gate found, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Interval = tuple[float, float]
"""Low and high end of a 95 % interval over patients."""


@dataclass(frozen=True)
class ClassVerdict:
    """One class: means over patients, before (the version in use) and after (the candidate).

    None where nothing was in use before, or where the measure has no value (a class that nobody has).

    Parameters
    ----------
    dice_change, hd95_change
        Mean over the patients of whom both versions have the measure, after minus before.
    dice_interval, hd95_interval
        Of that mean, bootstrapped over patients; None for a single patient, of whom nothing can be told.
    """

    value: int
    name: str
    dice_before: float | None
    dice_after: float | None
    hd95_before: float | None
    hd95_after: float | None
    dice_change: float | None = None
    dice_interval: Interval | None = None
    hd95_change: float | None = None
    hd95_interval: Interval | None = None


@dataclass(frozen=True)
class CaseVerdict:
    """One case: Dice by class value, before and after; classes that nobody drew there are left out.

    Parameters
    ----------
    case
        Its number.
    patient
        Pseudonym.
    split
        "holdout", "corrections" (see `Verdict.basis`), or "pinned": of the regression set alone.
    """

    case: int
    patient: str
    split: Literal["holdout", "corrections", "pinned"]
    before: Mapping[int, float]
    after: Mapping[int, float]

    @property
    def change(self) -> float | None:
        """Mean over the classes that both versions were measured on."""
        both = [self.after[value] - self.before[value] for value in self.before if value in self.after]
        return sum(both) / len(both) if both else None


@dataclass(frozen=True)
class Verdict:
    """Whether the gate would promote, and why, in one sentence.

    Parameters
    ----------
    patients
        On whom both versions were compared.
    basis
        "holdout": patients that no version learned from. "corrections": there are none yet, so the figures are of
        the corrected cases themselves, which the candidate has seen; they prove nothing, and `promote` is false.
        "nothing": no figures.
    cases
        Every case that was looked at.
    """

    promote: bool
    reason: str
    patients: int
    classes: tuple[ClassVerdict, ...]
    basis: str = "holdout"
    cases: tuple[CaseVerdict, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Verdict:
        """From `to_json`'s data."""
        classes = tuple(ClassVerdict(**_tuples(each)) for each in plain["classes"])
        cases = tuple(CaseVerdict(**_by_value(each)) for each in plain.get("cases", ()))
        return cls(**{**plain, "classes": classes, "cases": cases})


def _tuples(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}


def _by_value(plain: Mapping[str, Any]) -> dict[str, Any]:
    sides = {side: {int(value): dice for value, dice in plain[side].items()} for side in ("before", "after")}
    return {**plain, **sides}
