"""Undo over brush strokes and predictions alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from segstudio.imaging import Box

LIMIT = 100
"""Steps that can be undone; napari remembers as many strokes."""


@dataclass(frozen=True, eq=False)
class _Patch:
    """What a write into a box replaced, and by what."""

    box: Box
    before: NDArray[Any]
    after: NDArray[Any]


class MaskHistory:
    """One line of undo and redo for a mask layer.

    napari remembers its own strokes, but nothing of what a model writes into the voxels; undoing a stroke from before
    such a write would bring stale voxels back. Here both stand in one line and are undone in turn. Ctrl+Z on the
    picture comes here too.

    Parameters
    ----------
    layer
        The mask.
    heard
        Called after every change of voxels: a finished stroke, a write, an undo, a redo.
    """

    def __init__(self, layer: Labels, heard: Callable[[], None]) -> None:
        self._layer = layer
        self._heard = heard
        self._done: deque[_Patch | None] = deque(maxlen=LIMIT)  # None is a stroke, which napari remembers
        self._undone: list[_Patch | None] = []
        layer.events.paint.connect(self._on_stroke)
        layer.bind_key("Control-Z", lambda _layer: self.undo(), overwrite=True)
        layer.bind_key("Control-Shift-Z", lambda _layer: self.redo(), overwrite=True)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether an undone step can be done again."""
        return bool(self._undone)

    def write(self, box: Box, values: NDArray[Any]) -> bool:
        """Put values into a box of the layer as one step; False if they were there already.

        Parameters
        ----------
        box
            On the display grid.
        values
            Shape of the box.
        """
        before = self._layer.data[box]
        tight = bounds(before != values)
        if tight is None:
            return False
        first = [side.start for side in box]
        inside = tuple(slice(at + side.start, at + side.stop) for at, side in zip(first, tight, strict=True))
        patch = _Patch((inside[0], inside[1], inside[2]), before[tight].copy(), values[tight].astype(before.dtype))
        self._add(patch)
        self._put(patch.box, patch.after)
        return True

    def undo(self) -> None:
        """Take the last step back."""
        if not self._done:
            return
        step = self._done.pop()
        self._undone.append(step)
        if step is None:
            self._layer.undo()
            self._heard()
        else:
            self._put(step.box, step.before)

    def redo(self) -> None:
        """Do the last undone step again."""
        if not self._undone:
            return
        step = self._undone.pop()
        self._done.append(step)
        if step is None:
            self._layer.redo()
            self._heard()
        else:
            self._put(step.box, step.after)

    def _on_stroke(self, _event: object) -> None:
        self._add(None)
        self._heard()

    def _add(self, step: _Patch | None) -> None:
        self._undone.clear()
        self._done.append(step)

    def _put(self, box: Box, values: NDArray[Any]) -> None:
        self._layer.data[box] = values
        self._layer.refresh(extent=False, thumbnail=False)
        self._heard()


def bounds(changed: NDArray[Any]) -> Box | None:
    """The smallest box that holds every true voxel."""
    sides = []
    for axis in range(3):
        hit = np.flatnonzero(changed.any(axis=tuple({0, 1, 2} - {axis})))
        if not len(hit):
            return None
        sides.append(slice(int(hit[0]), int(hit[-1]) + 1))
    return sides[0], sides[1], sides[2]
