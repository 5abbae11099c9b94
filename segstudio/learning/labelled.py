"""A scan with its mask, as training sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Box, LabelMap, Volume, within


@dataclass(frozen=True, eq=False)
class Labelled:
    """A scan and the mask that a person stands for.

    Parameters
    ----------
    predicted
        What a model had drawn before the person corrected it, on the same grid; None where no model came first.
    box
        Only inside it is the mask meant: outside nothing was looked at, so nothing is learned. None is everywhere.
    confirmed
        Where there are any, only inside these boxes the reader stands for the mask; the rest of the scan is seen, but
        nothing is learned from it.
    """

    volume: Volume
    labels: LabelMap
    predicted: NDArray[np.uint8] | NDArray[np.uint16] | None = None
    box: Box | None = None
    confirmed: tuple[Box, ...] = ()

    def cut(self) -> Labelled:
        """The part that is meant: scan, mask and prediction cropped to the box."""
        if self.box is None:
            return self
        labels = LabelMap(self.labels.labels[self.box], self.labels.geometry.cropped(self.box), self.labels.classes)
        predicted = None if self.predicted is None else self.predicted[self.box]
        nothing = (slice(0, 0), slice(0, 0), slice(0, 0))
        confirmed = tuple(within(each, self.box) or nothing for each in self.confirmed)
        return Labelled(self.volume.cropped(self.box), labels, predicted, confirmed=confirmed)

    def unconfirmed(self) -> NDArray[np.bool_] | None:
        """Where the reader does not stand for the mask, shape (z, y, x); None where they do everywhere."""
        if not self.confirmed:
            return None
        left = np.ones(self.labels.geometry.shape, bool)
        for each in self.confirmed:
            left[each] = False
        return left


@dataclass(frozen=True)
class Example:
    """A labelled scan that is loaded when it is needed.

    Parameters
    ----------
    key
        Names it in reports and says nothing of the patient.
    patient
        Equal for scans of one patient, and a pseudonym; "" for a patient with this scan alone.
    """

    key: str
    load: Callable[[], Labelled]
    patient: str = ""


@dataclass(frozen=True)
class Point:
    """A point of the curve that training draws: the loss, averaged over the steps since the last point."""

    step: int
    seconds: float
    loss: float


@dataclass(frozen=True)
class DicePoint:
    """A point of the curves that training draws: mean Dice of one class on patients kept apart, after so many steps."""

    step: int
    seconds: float
    value: int
    name: str
    dice: float
