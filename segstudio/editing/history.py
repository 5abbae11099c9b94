"""Steps that can be undone, small enough to keep a hundred of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import lz4.block
import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Box, Reorientation

SLAB = 1 << 19
"""Bytes packed at a time: small enough to stay in a processor's cache between unpacking and writing."""


@dataclass(frozen=True, eq=False)
class Step:
    """A change of a mask, as the packed exclusive-or of what was there and what is: it undoes and redoes alike.

    Parameters
    ----------
    name
        As a reader would call it: "brush", "fill holes", "predict".
    box
        Where, on the grid of the mask.
    turn
        Brings the box into the order in which the packed voxels follow each other.
    dtype
        Of the packed voxels, "uint8" or "uint16".
    thick
        Planes of the turned box that are packed together.
    slabs
        So many packed planes each, the last one maybe fewer; empty where nothing changed.
    values, gains
        Which classes gained how many voxels when the step was made.
    on
        Axis and slice across it on which a hand made it, which may reach beyond that slice; None where nobody looked
        at a single one.
    """

    name: str
    box: Box
    turn: Reorientation
    dtype: str
    thick: int
    slabs: tuple[bytes, ...]
    values: NDArray[np.int64]
    gains: NDArray[np.int64]
    on: tuple[int, int] | None = None

    @classmethod
    def between(
        cls,
        name: str,
        box: Box,
        before: NDArray[Any],
        after: NDArray[Any],
        turn: Reorientation,
        on: tuple[int, int] | None = None,
    ) -> Step:
        """The step from one state of a box to another.

        Parameters
        ----------
        before, after
            Shape of the box, one number type.
        """
        old, new = turn.apply(before), turn.apply(after)
        gains = np.zeros(np.iinfo(before.dtype).max + 1, np.int64)
        packed = []
        thick = max(1, SLAB // (old[0].size * old.itemsize))
        for planes in _slabs(len(old), thick):
            changed = np.bitwise_xor(old[planes], new[planes], order="C")
            some = bool(changed.any())
            packed.append(lz4.block.compress(changed, store_size=False) if some else b"")
            if some:
                add_counts(gains, new[planes], 1)
                add_counts(gains, old[planes], -1)
        values = np.flatnonzero(gains)
        return cls(name, box, turn, str(before.dtype), thick, tuple(packed), values, gains[values], on)

    def toggle(self, labels: NDArray[Any]) -> None:
        """Undo the step in a mask in which it is done, or do it in one in which it is undone."""
        part = self.turn.apply(labels[self.box])
        for planes, packed in zip(_slabs(len(part), self.thick), self.slabs, strict=True):
            if packed:
                slab = part[planes]
                size = slab.size * np.dtype(self.dtype).itemsize
                changed = np.frombuffer(lz4.block.decompress(packed, uncompressed_size=size), self.dtype)
                np.bitwise_xor(slab, changed.reshape(slab.shape), out=slab)

    @cached_property
    def nbytes(self) -> int:
        """Memory that the step takes, about."""
        return 500 + sum(len(packed) + 40 for packed in self.slabs) + self.values.nbytes + self.gains.nbytes


class History:
    """One line of steps, done and undone, within a bound of memory.

    When the bound is passed, the oldest steps are forgotten, but never the newest one.

    Attributes
    ----------
    done, undone
        The next one to undo, or to do again, is the last.
    root
        What stands for the mask before the oldest step.
    bytes_used
        Memory of all steps.
    """

    def __init__(self, memory: int, done: Sequence[Step] = (), undone: Sequence[Step] = ()) -> None:
        self.memory = memory
        self.done = list(done)
        self.undone = list(undone)
        self.root: object = object()
        self.bytes_used = sum(step.nbytes for step in (*done, *undone))
        self._forget_oldest()

    def add(self, step: Step) -> None:
        """Put a step that was just made at the end of the line; what was undone can't be redone any more."""
        self.bytes_used += step.nbytes - sum(gone.nbytes for gone in self.undone)
        self.undone.clear()
        self.done.append(step)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        while self.bytes_used > self.memory and len(self.done) > 1:
            self.root = forgotten = self.done.pop(0)
            self.bytes_used -= forgotten.nbytes

    def back(self) -> Step | None:
        """The step to undo now."""
        if self.done:
            self.undone.append(self.done.pop())
            return self.undone[-1]
        return None

    def forth(self) -> Step | None:
        """The step to do again now."""
        if self.undone:
            self.done.append(self.undone.pop())
            return self.done[-1]
        return None


def storage_order(labels: NDArray[Any]) -> Reorientation:
    """Brings an array into the order in which it lies in memory, in which it is read and written fastest."""
    axes = sorted(range(3), key=lambda axis: -abs(labels.strides[axis]))
    z, y, x = axes
    return Reorientation((z, y, x), (labels.strides[z] < 0, labels.strides[y] < 0, labels.strides[x] < 0))


def add_counts(counts: NDArray[np.int64], labels: NDArray[Any], sign: int) -> None:
    """Add how often each value occurs in a small array to `counts`, or take it away."""
    if not labels.size:
        return
    low, high = int(labels.min()), int(labels.max())
    if low == high:
        counts[low] += sign * labels.size
    else:
        counts[: high + 1] += sign * np.bincount(labels.reshape(-1), minlength=high + 1)


def _slabs(planes: int, thick: int) -> list[slice]:
    return [slice(start, min(start + thick, planes)) for start in range(0, planes, thick)]
