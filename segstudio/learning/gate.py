"""The gate: a candidate beside the version in use, on patients that neither learned from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import LabelClass
from segstudio.inference.predict import predict
from segstudio.learning.labelled import Example, Labelled
from segstudio.learning.verdict import ClassVerdict, Verdict
from segstudio.measure import Scores, compare
from segstudio.networks.weights import LoadedModel
from segstudio.progress import Progress, Stop, check, never, silent

TOLERATED = 0.01
"""A class may lose this much mean Dice; more refuses the candidate unless chance explains it."""

_DRAWS = 2000

_Scored = dict[int, Scores]


def judge(
    current: LoadedModel | None,
    candidate: LoadedModel,
    holdout: Sequence[Example],
    *,
    corrections: Sequence[Example] = (),
    device: str = "auto",
    progress: Progress = silent,
    stop: Stop = never,
) -> Verdict:
    """Compare two versions class by class and say whether the candidate should serve.

    Parameters
    ----------
    current
        The version in use; None if there is none, and then the candidate serves.
    holdout
        The frozen holdout's latest corrections.
    corrections
        Shown instead where the holdout is empty; they decide nothing.

    Raises
    ------
    Stopped
        Between two predictions.
    """
    examples, basis = (holdout, "holdout") if holdout else (corrections, "corrections")
    before: list[_Scored] = []
    after: list[_Scored] = []
    for done, example in enumerate(examples):
        case = example.load().cut()
        if current is not None:
            before.append(_scores(current, case, device, stop))
        after.append(_scores(candidate, case, device, stop))
        progress((done + 1) / len(examples), f"comparing on case {done + 1} of {len(examples)}")
    owners = [example.patient or f"case {example.key}" for example in examples]
    rows = [_Row.of(each, owners, before, after) for each in candidate.spec.classes]
    patients = len(set(owners))
    promote, reason = _decide(rows, patients, basis, first=current is None)
    return Verdict(promote, reason, patients, tuple(row.verdict for row in rows), basis if examples else "nothing")


@dataclass(frozen=True, eq=False)
class _Row:
    verdict: ClassVerdict
    change: NDArray[np.float64]
    """Dice after minus before of each patient who has the class."""

    @classmethod
    def of(cls, label: LabelClass, owners: list[str], before: list[_Scored], after: list[_Scored]) -> _Row:
        dice, hd95 = (
            [_by_patient(owners, [getattr(scored[label.value], what) for scored in side]) for side in (before, after)]
            for what in ("dice", "hd95_mm")
        )
        change = [dice[1][owner] - dice[0][owner] for owner in dice[0] if owner in dice[1]]
        means = (_mean(each.values()) for each in (*dice, *hd95))
        return cls(ClassVerdict(label.value, label.name, *means), np.array(change, float))

    @property
    def worse_beyond_chance(self) -> bool:
        """Lost more than is tolerated, and the 95 % interval over patients excludes no change."""
        if not len(self.change) or self.change.mean() > -TOLERATED:
            return False
        return bool(interval(self.change)[1] < 0)


def interval(change: NDArray[np.float64]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over patients; the same patients give the same interval."""
    rng = np.random.default_rng(0)
    means = change[rng.integers(len(change), size=(_DRAWS, len(change)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _scores(model: LoadedModel, case: Labelled, device: str, stop: Stop) -> _Scored:
    check(stop)
    drawn = predict(case.volume, model, device=device, stop=stop).labels
    values = [each.value for each in model.spec.classes]
    return compare(drawn.labels, case.labels.labels, case.volume.geometry, values)


def _decide(rows: Sequence[_Row], patients: int, basis: str, *, first: bool) -> tuple[bool, str]:
    if first:
        on = (
            f"; mean Dice {_total(rows):.3f} on {_patients(patients)} of the holdout"
            if patients and basis == "holdout"
            else ""
        )
        return True, f"First version of this model{on}."
    if basis != "holdout" or not patients:
        return False, "No patient of the holdout has been submitted yet, so nothing shows that this version is better."
    change = np.concatenate([row.change for row in rows])
    gain = float(np.mean([row.change.mean() for row in rows if len(row.change)])) if len(change) else 0.0
    on = f"on {_patients(patients)} of the holdout"
    worse = [row for row in rows if row.worse_beyond_chance]
    if worse:
        told = ", ".join(f"{row.verdict.name} by {-row.change.mean():.3f}" for row in worse)
        return False, f"Worse than the version in use {on}: {told} Dice, more than chance explains."
    if gain <= 0:
        return False, f"Not better than the version in use {on}: mean Dice changed by {gain:+.3f}."
    better = sum(len(row.change) > 0 and row.change.mean() > 0 for row in rows)
    return True, f"Better in {better} of {len(rows)} classes {on}: mean Dice {gain:+.3f}, no class worse beyond chance."


def _by_patient(owners: list[str], values: list[float | None]) -> dict[str, float]:
    """The mean over each patient's scans; patients of whom nothing was measured are left out."""
    found: dict[str, list[float | None]] = {}
    for owner, value in zip(owners if values else [], values, strict=True):
        found.setdefault(owner, []).append(value)
    means = {owner: _mean(each) for owner, each in found.items()}
    return {owner: mean for owner, mean in means.items() if mean is not None}


def _total(rows: Sequence[_Row]) -> float:
    return _mean(row.verdict.dice_after for row in rows) or 0.0


def _patients(count: int) -> str:
    return "1 patient" if count == 1 else f"{count} patients"


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None and np.isfinite(value)]
    return float(np.mean(known)) if known else None
