"""Whether a model has become less right over time, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RECENT = 10
"""The latest cases, which are compared with those before."""

_BEFORE = 10
"""Fewer cases than this before say nothing."""

_NOTABLE = 0.02
"""A smaller change of the mean Dice is of no use to anybody, however sure it is."""

_CHANCE = 0.01


def drift(seen: Sequence[tuple[str, str, float]]) -> list[str]:
    """Sentences on every class, and on every scanner, whose latest cases differ from those before; worst first.

    Parameters
    ----------
    seen
        Class, scanner ("" where unknown) and Dice before correction, oldest first. The latest ten of each are compared
        with the rest (Mann-Whitney test, p below 0.01).
    """
    found: list[tuple[float, str]] = []
    names = list(dict.fromkeys(name for name, _, _ in seen))
    scanners = [each for each in dict.fromkeys(scanner for _, scanner, _ in seen) if each]
    for name in names:
        found += _told([dice for each, _, dice in seen if each == name], name)
        for scanner in scanners if len(scanners) > 1 else ():
            values = [dice for each, place, dice in seen if (each, place) == (name, scanner)]
            found += _told(values, f"{name} on {scanner}")
    return [sentence for _, sentence in sorted(found, key=lambda each: each[0])]


def _told(values: Sequence[float], what: str) -> list[tuple[float, str]]:
    """By how much the mean Dice has changed, and a sentence; nothing where that may be chance."""
    before, now = values[:-RECENT], values[-RECENT:]
    if len(before) < _BEFORE:
        return []
    from scipy import stats  # a third of a second that no start of the window should wait for

    then, latest = float(np.mean(before)), float(np.mean(now))
    chance = float(stats.mannwhitneyu(before, now).pvalue)
    if abs(latest - then) < _NOTABLE or chance >= _CHANCE:
        return []
    verb = "fell" if latest < then else "rose"
    words = f"Dice of {what} before correction {verb} from {then:.2f} to {latest:.2f} in the last {RECENT} cases"
    return [(latest - then, f"{words}, more than chance explains.")]
