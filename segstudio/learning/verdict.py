"""What the gate found, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ClassVerdict:
    """One class: means over patients, before (the version in use) and after (the candidate).

    None where nothing was in use before, or where the measure has no value (a class that nobody has).
    """

    value: int
    name: str
    dice_before: float | None
    dice_after: float | None
    hd95_before: float | None
    hd95_after: float | None


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
    """

    promote: bool
    reason: str
    patients: int
    classes: tuple[ClassVerdict, ...]
    basis: str = "holdout"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Verdict:
        """From `to_json`'s data."""
        return cls(**{**plain, "classes": tuple(ClassVerdict(**each) for each in plain["classes"])})
