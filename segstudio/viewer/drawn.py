"""What a model drew on the open scan, and what of it goes into the mask."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing import Edit
from segstudio.imaging import Box, around, whole
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
