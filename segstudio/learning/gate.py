"""The gate: a candidate beside the version in use, on patients that neither learned from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import LabelClass, LabelMap
from segstudio.inference.predict import predict
from segstudio.learning.labelled import Example, Labelled
from segstudio.learning.verdict import CaseVerdict, ClassVerdict, Interval, Verdict
from segstudio.measure import Scores, compare
from segstudio.networks.weights import LoadedModel
from segstudio.progress import Progress, Stop, check, never, silent

TOLERATED = 0.01
"""A class may lose this much mean Dice; more refuses the candidate unless chance explains it."""

PINNED_TOLERATED = 0.02
"""A case of the regression set may lose this much mean Dice."""

_DRAWS = 2000

_Scored = dict[int, Scores]

Keep = Callable[[Example, str, LabelMap], None]
"""Called with each mask that was drawn to be compared, and which side drew it: "current" or "candidate"."""


def judge(
    current: LoadedModel | None,
    candidate: LoadedModel,
    holdout: Sequence[Example],
    *,
    corrections: Sequence[Example] = (),
    pinned: Sequence[Example] = (),
    known: Collection[str] = (),
    device: str = "auto",
    keep: Keep = lambda _example, _side, _labels: None,
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
    pinned
        The regression set: cases that must not get worse, whichever split they are of.
    known
        Keys of examples of the holdout that the version in use was judged on as they are. The others were corrected by
        the hands that the candidate learned from: what went wrong there looks right on them, so they cannot outvote
        the known ones.

    Raises
    ------
    Stopped
        Between two predictions.
    """
    examples, basis = (holdout, "holdout") if holdout else (corrections, "corrections")
    also = [each for each in pinned if each.key not in {example.key for example in examples}]
    seen: list[_Seen] = []
    for done, example in enumerate([*examples, *also]):
        split = "pinned" if done >= len(examples) else basis
        seen.append(_Seen.of(example, split, current, candidate, device, keep, stop))
        progress((done + 1) / (len(examples) + len(also)), f"comparing on case {done + 1}")
    counted = seen[: len(examples)]
    rows = [_Row.of(each, counted) for each in candidate.spec.classes]
    patients = len({each.owner for each in counted})
    keys = {each.key for each in pinned}
    lost = [each for each in seen if each.example.key in keys and (each.verdict.change or 0) < -PINNED_TOLERATED]
    promote, reason = _decide(rows, patients, basis, lost, first=current is None)
    if promote and (said := _worse_on_known(candidate.spec.classes, counted, known)):
        promote, reason = False, said
    cases = tuple(each.verdict for each in seen)
    classes = tuple(row.verdict for row in rows)
    return Verdict(promote, reason, patients, classes, basis if examples else "nothing", cases)


@dataclass(frozen=True, eq=False)
class _Seen:
    """A case with the scores of both versions."""

    example: Example
    before: _Scored
    after: _Scored
    verdict: CaseVerdict

    @classmethod
    def of(
        cls,
        example: Example,
        split: str,
        current: LoadedModel | None,
        candidate: LoadedModel,
        device: str,
        keep: Keep,
        stop: Stop,
    ) -> _Seen:
        whole = example.load()
        case = whole.cut()

        def scored(model: LoadedModel | None, side: str) -> _Scored:
            if model is None:
                return {}
            drawn, scores = score(model, case, device, stop)
            keep(example, side, _uncut(drawn, whole))
            return scores

        before, after = scored(current, "current"), scored(candidate, "candidate")
        dice = ({value: each.dice for value, each in side.items() if each.dice is not None} for side in (before, after))
        number = int(example.key) if example.key.isdigit() else 0
        return cls(example, before, after, CaseVerdict(number, example.patient, split, *dice))  # type: ignore[arg-type]

    @property
    def owner(self) -> str:
        """Equal for the cases of one patient."""
        return self.example.patient or f"case {self.example.key}"


@dataclass(frozen=True, eq=False)
class _Row:
    verdict: ClassVerdict
    change: NDArray[np.float64]
    """Dice after minus before of each patient who has the class."""

    @classmethod
    def of(cls, label: LabelClass, seen: Sequence[_Seen]) -> _Row:
        dice, hd95 = (
            [_by_patient(seen, side, label.value, what) for side in ("before", "after")] for what in ("dice", "hd95_mm")
        )
        change, apart = (
            np.array([two[owner] - one[owner] for owner in one if owner in two], float) for one, two in (dice, hd95)
        )
        means = [_mean(each.values()) for each in (*dice, *hd95)]
        changes = _mean(change), _interval(change), _mean(apart), _interval(apart)
        verdict = ClassVerdict(label.value, label.name, means[0], means[1], means[2], means[3], *changes)
        return cls(verdict, change)

    @property
    def mean(self) -> float:
        """Mean change of Dice; 0 where nothing could be compared."""
        return float(self.change.mean()) if len(self.change) else 0.0

    @property
    def worse_beyond_chance(self) -> bool:
        """Lost more than is tolerated, and the 95 % interval over patients excludes no change."""
        if not len(self.change) or self.mean > -TOLERATED:
            return False
        return bool(interval(self.change)[1] < 0)


def interval(change: NDArray[np.float64]) -> Interval:
    """95 % bootstrap interval of the mean over patients, shape (patient,); the same ones give the same interval."""
    rng = np.random.default_rng(0)
    means = change[rng.integers(len(change), size=(_DRAWS, len(change)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _interval(change: NDArray[np.float64]) -> Interval | None:
    return interval(change) if len(change) > 1 else None


def score(model: LoadedModel, case: Labelled, device: str, stop: Stop = never) -> tuple[LabelMap, dict[int, Scores]]:
    """What a model draws of a case, and how right that is, by class value."""
    check(stop)
    drawn = predict(case.volume, model, device=device, measured=True, stop=stop).labels
    return drawn, _scores(drawn, case)


def _scores(drawn: LabelMap, case: Labelled) -> _Scored:
    """Scores of the classes that the reader knew, where they stand for the mask."""
    known = {each.value for each in case.labels.classes}
    values = [each.value for each in drawn.classes if each.value in known or not known]
    mine, theirs = drawn.labels, case.labels.labels
    left = case.unconfirmed()
    if left is not None:
        mine, theirs = mine.copy(), theirs.copy()
        mine[left] = theirs[left] = 0
    return compare(mine, theirs, case.volume.geometry, values)


def _uncut(drawn: LabelMap, whole: Labelled) -> LabelMap:
    """A mask of the box that was looked at, on the whole scan's grid."""
    if whole.box is None:
        return drawn
    labels = np.zeros(whole.labels.geometry.shape, drawn.labels.dtype)
    labels[whole.box] = drawn.labels
    return LabelMap(labels, whole.labels.geometry, drawn.classes)


def _decide(rows: Sequence[_Row], patients: int, basis: str, lost: Sequence[_Seen], *, first: bool) -> tuple[bool, str]:
    on = f"on {_patients(patients)}"
    if first:
        told = f"; mean Dice {_total(rows):.3f} {on}" if patients and basis == "holdout" else ""
        return True, f"First version of this model{told}."
    if basis != "holdout" or not patients:
        return False, "No patient of the holdout has been submitted yet, so nothing shows that this version is better."
    worse = [row for row in rows if row.worse_beyond_chance]
    if worse:
        told = ", ".join(f"{row.verdict.name} by {-row.mean:.3f}" for row in worse)
        return False, f"Worse than the version in use {on}: {told} Dice, more than chance explains."
    if lost:
        told = ", ".join(f"case {each.example.key} by {-(each.verdict.change or 0):.3f}" for each in lost[:3])
        return False, f"Worse on {len(lost)} of the cases that must not get worse: {told} Dice."
    gain = float(np.mean([row.mean for row in rows if len(row.change)])) if any(len(row.change) for row in rows) else 0
    if gain <= 0:
        return False, f"Not better than the version in use {on}: {_changed(gain)}."
    better = sum(row.mean > 0 for row in rows)
    return True, f"Better in {better} of {_classes(len(rows))} {on}: {_changed(gain)}; {_but(rows)}."


def _changed(gain: float) -> str:
    """The change of the mean Dice; "+0.000" would not say which way it went."""
    shows = abs(gain) >= 0.0005 or gain == 0
    return f"mean Dice {gain:+.3f}" if shows else f"mean Dice {gain:+.5f}, no change that shows"


def _worse_on_known(classes: Sequence[LabelClass], counted: Sequence[_Seen], known: Collection[str]) -> str:
    """Why a candidate that is better as a whole should not serve: it is so on new patients alone; else "".

    The known may lose nothing: where corrections are all wrong in one way, new patients gain so much that it hides it.
    """
    before = [each for each in counted if each.example.key in known]
    if not before or len(before) == len(counted):
        return ""
    rows = [_Row.of(each, before) for each in classes]
    lost = -(_mean(row.mean for row in rows if len(row.change)) or 0.0)
    worse = ", ".join(f"{row.verdict.name} by {-row.mean:.3f}" for row in rows if row.worse_beyond_chance)
    if not worse and lost <= 0:
        return ""
    on = _patients(len({each.owner for each in before}))
    told = f"{worse} Dice" if worse else _changed(-lost)
    return f"Worse on {on} on whom the version in use was judged: {told}; better only on those corrected since."


def _but(rows: Sequence[_Row]) -> str:
    """What a version that is better as a whole has lost."""
    worse = [f"{row.verdict.name} worse by {-row.mean:.3f} (within chance)" for row in rows if row.mean <= -0.0005]
    return ", ".join(worse) or "no class worse"


def _by_patient(seen: Sequence[_Seen], side: str, value: int, what: str) -> dict[str, float]:
    """The mean over each patient's scans; patients of whom nothing was measured are left out."""
    found: dict[str, list[float | None]] = {}
    for each in seen:
        scores: _Scored = getattr(each, side)
        if value in scores:
            found.setdefault(each.owner, []).append(getattr(scores[value], what))
    means = {owner: _mean(each) for owner, each in found.items()}
    return {owner: mean for owner, mean in means.items() if mean is not None}


def _total(rows: Sequence[_Row]) -> float:
    return _mean(row.verdict.dice_after for row in rows) or 0.0


def _patients(count: int) -> str:
    return "1 patient" if count == 1 else f"{count} patients"


def _classes(count: int) -> str:
    return "1 class" if count == 1 else f"{count} classes"


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None and np.isfinite(value)]
    return float(np.mean(known)) if known else None
