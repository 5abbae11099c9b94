"""Which case to read next: where a model is unsure, class by class, and unlike what was read before.

Uncertainty alone chooses look-alikes; so cases are chosen one after the other, each by its uncertainty times its
distance to those chosen before (a k-center choice as of Sener and Savarese 2018, weighted).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CHOSEN = 300
"""So many are chosen one by one; nobody reads further before the order is drawn anew."""


@dataclass(frozen=True)
class Seen:
    """What is known of a predicted case.

    Parameters
    ----------
    doubts
        By class value, from 0 (sure) to 1.
    figures
        By which cases are like or unlike each other; any scale, the same number for every case of one model.
    """

    doubts: Mapping[int, float]
    figures: tuple[float, ...]


def benefits(cases: Mapping[int, Seen], read: Sequence[Seen] = ()) -> dict[int, float]:
    """How much reading each case is expected to teach, from 1 for the first to read down to 0.

    Each class takes its turn, so that a class that is always unsure does not push the others out: in its turn the case
    is chosen in which this class is most unsure among those unlike the chosen ones.

    Parameters
    ----------
    cases
        By number: those that may be chosen.
    read
        Those that were read before.
    """
    numbers = sorted(cases)
    if not numbers:
        return {}
    classes = sorted({value for each in cases.values() for value in each.doubts})
    doubt = np.array([[cases[number].doubts.get(value, 0.0) for value in classes] for number in numbers])
    figures = _scaled([*(cases[number].figures for number in numbers), *(each.figures for each in read)])
    mine, theirs = figures[: len(numbers)], figures[len(numbers) :]
    away = np.full(len(numbers), np.inf) if not len(theirs) else _nearest(mine, theirs)
    order: list[int] = []
    left = np.ones(len(numbers), bool)
    for turn in range(min(_CHOSEN, len(numbers))):
        unsure = doubt[:, turn % len(classes)] if classes else np.zeros(len(numbers))
        far = np.ones(len(numbers)) if np.isinf(away[0]) else away / max(float(away[left].max()), 1e-9)
        score = np.where(left, (unsure + 1e-3) * (0.1 + far), -1.0)
        best = int(score.argmax())
        order.append(best)
        left[best] = False
        away = np.minimum(away, np.linalg.norm(mine - mine[best], axis=1))
    rest = [int(at) for at in np.flatnonzero(left)]
    ranked = [*order, *sorted(rest, key=lambda at: -float(doubt[at].max(initial=0.0)))]
    return {numbers[at]: round(1 - place / len(ranked), 6) for place, at in enumerate(ranked)}


def _scaled(rows: Sequence[tuple[float, ...]]) -> NDArray[np.float64]:
    """Every figure with mean 0 and spread 1; a case without figures lies in the middle."""
    width = max((len(row) for row in rows), default=0)
    table = np.array([row if len(row) == width else (np.nan,) * width for row in rows], float)
    if not width:
        return np.zeros((len(rows), 1))
    known = table[~np.isnan(table).any(1)]
    scaled: NDArray[np.float64] = np.nan_to_num((table - known.mean(0)) / np.maximum(known.std(0), 1e-9))
    return scaled


def _nearest(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.full(len(points), np.inf)
    for other in others:
        found = np.minimum(found, np.linalg.norm(points - other, axis=1))
    return found
