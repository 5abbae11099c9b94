"""Handing a correction over: what of the window goes into the library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Box, LabelClass, LabelMap, around, bounds
from segstudio.studio import Studio, Submission
from segstudio.viewer.drawn import Drawn
from segstudio.viewer.messages import Message
from segstudio.viewer.scan import Scan


@dataclass(frozen=True, eq=False)
class Handed:
    """A mask as it is when the reader hands it over; later strokes do not reach it.

    Parameters
    ----------
    labels
        On the display grid, a copy.
    box
        Where the reader wanted to work, on the scan's own grid; counts where no model has drawn.
    """

    scan: Scan
    labels: NDArray[Any]
    classes: tuple[LabelClass, ...]
    drawn: Drawn
    box: Box | None

    def store(self, studio: Studio, *, model: str, patient: str, reader: str, minutes: float | None) -> Submission:
        """Freeze it in the library and queue what learns from it.

        Raises
        ------
        SegStudioError
            What `Studio.submit` refuses.
        """
        volume = self.scan.volume
        voxels = np.ascontiguousarray(self.scan.display.turn.undo(self.labels))
        looked = self.drawn.box if self.drawn.model else self.box
        return studio.submit(
            volume,
            LabelMap(voxels, volume.geometry, self.classes),
            model=model,
            patient=patient,
            reader=reader,
            predicted=self.drawn.labels,
            box=around(looked, bounds(voxels > 0)) if looked is not None else None,
            minutes=minutes,
        )


def stored_in_words(submission: Submission) -> Message:
    """What becomes of a correction that is stored."""
    name = submission.job.model
    use = f"{name} learns from it in the background"
    if submission.case.split == "holdout":
        use = f"this patient is kept apart, to judge new versions of {name} on"
    return Message(f"Correction {submission.correction.id} is stored; {use}.", "Go on with the next scan.", "done")
