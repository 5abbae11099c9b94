"""Which slices a reader has corrected, as the steps tell that can be undone."""

from __future__ import annotations

from collections.abc import Iterable

from segstudio.editing.history import Step

_ON_A_SLICE = frozenset({"fill", "cut", "copy slice", "threshold"})
"""Steps that a hand makes on the slice that is seen, where they lie on one."""

_DRAWN_ANEW = frozenset({"predict", "load mask", "clear mask"})
"""Steps after which nothing of an earlier correction is left where they wrote."""


def corrected_slices(steps: Iterable[Step], axis: int) -> dict[int, tuple[int, ...]]:
    """Slices across an axis on which a hand changed each class, by class, ascending.

    A stroke counts on the slice that was looked at, also that of a ball, which reaches into others. What a model draws,
    or a file brings, takes the place of the corrections before it.
    """
    found: dict[int, set[int]] = {}
    for step in steps:
        for value in step.values.tolist():
            if value and step.name in _DRAWN_ANEW:
                found.get(value, set()).difference_update(range(step.box[axis].start, step.box[axis].stop))
            elif value and (index := _seen_on(step, axis)) is not None:
                found.setdefault(value, set()).add(index)
    return {value: tuple(sorted(slices)) for value, slices in found.items() if slices}


def _seen_on(step: Step, axis: int) -> int | None:
    """The slice across an axis on which a step was made; None where it was made in 3D, or on another plane."""
    if step.on is not None:
        return step.on[1] if step.on[0] == axis else None
    side = step.box[axis]
    return side.start if step.name in _ON_A_SLICE and side.stop - side.start == 1 else None
