"""What a model drew on the open scan, and what of it goes into the mask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing import Edit
from segstudio.imaging import Box
from segstudio.inference import Prediction
from segstudio.viewer.scan import Scan


@dataclass(frozen=True, eq=False)
class Drawn:
    """All that one model version has drawn so far, on the scan's own grid.

    Parameters
    ----------
    model
        NAME@VERSION, or "" where none has drawn.
    labels
        What it drew, shape (z, y, x); None after the case was taken up again.
    box
        Where it looked; None is nowhere, or everywhere where `model` is given.
    """

    model: str = ""
    labels: NDArray[Any] | None = None
    box: Box | None = None

    def with_(self, model: str, prediction: Prediction) -> Drawn:
        """After another prediction; what another version drew does not count any more."""
        new = prediction.labels.labels
        box = prediction.box or whole(new.shape)
        before = self if self.model == model else Drawn()
        labels = np.zeros_like(new) if before.labels is None else before.labels.copy()
        labels[box] = new[box]
        return Drawn(model, labels, around(before.box, box))


def edit_of(scan: Scan, found: Prediction, only: Collection[int]) -> Edit | None:
    """What a prediction makes of the mask: all classes, or only some."""
    labels = scan.mask.labels
    box = scan.display.to_shown(found.box or whole(found.labels.labels.shape))
    after = chosen_only(labels[box], scan.display.turn.apply(found.labels.labels)[box], only)
    return Edit.between("predict", labels, box, after)


def chosen_only(now: NDArray[Any], predicted: NDArray[Any], only: Collection[int]) -> NDArray[Any]:
    """The mask with the chosen classes as the model drew them; every other class stays where it is."""
    if not only:
        return predicted
    wanted = sorted(only)
    free = (now == 0) | np.isin(now, wanted)
    return np.where(free, np.where(np.isin(predicted, wanted), predicted, 0), now).astype(predicted.dtype)


def around(one: Box | None, other: Box | None) -> Box | None:
    """The smallest box round both."""
    if one is None or other is None:
        return one or other
    z, y, x = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return z, y, x


def whole(shape: tuple[int, ...]) -> Box:
    """All of a grid."""
    z, y, x = (slice(0, side) for side in shape)
    return z, y, x


def bounds(changed: NDArray[Any]) -> Box | None:
    """The smallest box that holds every true voxel."""
    sides = []
    for axis in range(3):
        hit = np.flatnonzero(changed.any(axis=tuple({0, 1, 2} - {axis})))
        if not len(hit):
            return None
        sides.append(slice(int(hit[0]), int(hit[-1]) + 1))
    return sides[0], sides[1], sides[2]
