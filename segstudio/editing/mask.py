"""The one door through which every voxel of a mask changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.corrected import corrected_slices
from segstudio.editing.edit import Edit, as_type_of
from segstudio.editing.history import History, Step, add_counts, storage_order
from segstudio.editing.journal import Journal
from segstudio.imaging import Box

logger = logging.getLogger(__name__)

MEMORY = 256 << 20
"""Bytes for steps that can be undone."""


class Mask:
    """A mask being corrected: every change of a voxel goes through here.

    It may be used from several threads; a stroke that is under way becomes a step of its own before any other write.

    Parameters
    ----------
    labels
        Shape (z, y, x), uint8 or uint16; may be a view, flipped and permuted. Nobody else may write into it.
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    memory
        Bytes for steps that can be undone; beyond it the oldest are forgotten, but never the newest.
    journal
        Where every step is written down; its `begin` was given these labels.
    done, undone
        Steps that led to these labels, and steps that were undone: what an earlier journal has kept.

    Attributes
    ----------
    version
        Goes up with each write.
    journal
        As given; may be set to None, and nothing is written down any more.
    """

    def __init__(
        self,
        labels: NDArray[Any],
        spacing: Sequence[float],
        *,
        memory: int = MEMORY,
        journal: Journal | None = None,
        done: Sequence[Step] = (),
        undone: Sequence[Step] = (),
    ) -> None:
        self.spacing = (float(spacing[0]), float(spacing[1]), float(spacing[2]))
        self.version = 0
        self._labels = labels
        self._turn = storage_order(labels)
        self.journal = journal
        self._history = History(memory, done, undone)
        self._locked: frozenset[int] = frozenset()
        self._open = np.ones(np.iinfo(labels.dtype).max + 1, bool)
        self._counts = np.zeros(len(self._open), np.int64)
        for plane in self._turn.apply(labels):
            add_counts(self._counts, plane, 1)
        self._stroke: Stroke | None = None
        self._guard = threading.RLock()
        self._heard: tuple[Callable[[Box], None], ...] = ()

    @property
    def labels(self) -> NDArray[Any]:
        """The voxels, shape (z, y, x), to look at: always the present ones, and not to be written into."""
        shown = self._labels.view()
        shown.flags.writeable = False
        return shown

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many voxels each value has, by value, as of now."""
        return self._counts.copy()

    @property
    def locked(self) -> frozenset[int]:
        """Class values that nothing changes: their voxels stay, and none is added. Undo and redo pass."""
        return self._locked

    @locked.setter
    def locked(self, values: frozenset[int]) -> None:
        with self._guard:
            self._locked = frozenset(values)
            self._open[:] = True
            self._open[[value for value in values if value < len(self._open)]] = False

    def widened(self) -> Mask:
        """This mask with room for class values up to 65535, with its steps, locks, journal and listeners.

        It takes the place of this one, which must not be written to any more.
        """
        with self._guard:
            self._settle()
            wide = self._turn.undo(self._turn.apply(self._labels).astype(np.uint16))
            done, undone = self._history.done, self._history.undone
            mask = Mask(wide, self.spacing, memory=self.memory, journal=self.journal, done=done, undone=undone)
            mask.locked, mask._heard, mask.version = self._locked, self._heard, self.version
            mask._history.root = self._history.root
            return mask

    # Undo

    @property
    def state(self) -> object:
        """What stands for the voxels as they are: undo and redo come back to the very same object."""
        if self._stroke is not None:
            return self._stroke
        return self._history.done[-1] if self._history.done else self._history.root

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo, or a stroke under way."""
        return bool(self._history.done) or self._stroke is not None

    @property
    def can_redo(self) -> bool:
        """Whether an undone step can be done again."""
        return bool(self._history.undone)

    @property
    def undo_name(self) -> str:
        """What `undo` would take back; "" for nothing."""
        return self._history.done[-1].name if self._history.done else ""

    @property
    def redo_name(self) -> str:
        """What `redo` would do again; "" for nothing."""
        return self._history.undone[-1].name if self._history.undone else ""

    @property
    def steps(self) -> int:
        """How many steps can be undone."""
        return len(self._history.done)

    @property
    def bytes_used(self) -> int:
        """Memory that the steps take."""
        return self._history.bytes_used

    @property
    def memory(self) -> int:
        """Memory that the steps may take."""
        return self._history.memory

    def corrected(self, axis: int) -> dict[int, tuple[int, ...]]:
        """Slices across an axis on which a hand changed each class, and which stayed so; by class, ascending."""
        with self._guard:
            return corrected_slices(self._history.done, axis)

    def undo(self) -> Box | None:
        """Take the last step back and return where; None if there is none."""
        with self._guard:
            self._settle()
            step = self._history.back()
            if step is None:
                return None
            if self.journal is not None:
                self.journal.undone(self.steps)
            return self._toggle(step, -1)

    def redo(self) -> Box | None:
        """Do the last undone step again and return where; None if there is none."""
        with self._guard:
            self._settle()
            step = self._history.forth()
            if step is None:
                return None
            if self.journal is not None:
                self.journal.redone(self.steps)
            return self._toggle(step, 1)

    def _toggle(self, step: Step, sign: int) -> Box:
        step.toggle(self._labels)
        self._counts[step.values] += sign * step.gains
        self._tell(step.box)
        return step.box

    # Writing

    def apply(self, edit: Edit) -> Edit | None:
        """Make an edit, as far as the locks allow, as one step to undo.

        Returns
        -------
        Edit or None
            What really changed; None if nothing did.

        Raises
        ------
        EditError
            A value does not fit in the mask's number type.
        """
        with self._guard:
            self._settle()
            real = self.allowed(edit)
            if real is None:
                return None
            step = Step.between(real.name, real.box, real.before, real.after, self._turn)
            self._labels[real.box] = real.after
            self._counts[step.values] += step.gains
            self._remember(step)
            self._tell(real.box)
            return real

    def _remember(self, step: Step) -> None:
        self._history.add(step)
        if self.journal is not None:
            self.journal.add(step, self.steps)

    def allowed(self, edit: Edit) -> Edit | None:
        """As much of an edit as the locks let through and would change something; None if that is nothing.

        Raises
        ------
        EditError
            A value does not fit in the mask's number type.
        """
        after = as_type_of(self._labels, edit.after)
        present = self._labels[edit.box]
        changing = after != edit.before
        if self._locked:
            changing &= self._open[present] & self._open[after]
        return Edit.between(edit.name, self._labels, edit.box, np.where(changing, after, present))

    def stroke(self, name: str, on: tuple[int, int] | None = None) -> Stroke:
        """Begin a stroke: many small writes that are one step to undo; `on` is the axis and slice that are seen."""
        with self._guard:
            self._settle()
            return Stroke(self, name, on)

    def _settle(self) -> None:
        if self._stroke is not None:
            self._stroke.end()

    # Hearing

    def listen(self, heard: Callable[[Box], None]) -> Callable[[], None]:
        """Call `heard` after every write, in the writing thread, with the box that changed; returns how to stop."""
        self._heard = (*self._heard, heard)

        def remove() -> None:
            self._heard = tuple(each for each in self._heard if each is not heard)

        return remove

    def _tell(self, box: Box) -> None:
        self.version += 1
        for heard in self._heard:
            try:
                heard(box)
            except Exception:
                logger.exception("a listener failed")


class Stroke:
    """A hand's movement over the mask: written at once, undone as one step."""

    def __init__(self, mask: Mask, name: str, on: tuple[int, int] | None = None) -> None:
        self._mask = mask
        self._name = name
        self._on = on
        self._box: Box | None = None
        self._before: NDArray[Any] = mask._labels[:0, :0, :0]

    def put(self, box: Box, where: NDArray[np.bool_], value: int | NDArray[Any]) -> Box | None:
        """Write a class into some voxels of a box, as far as the locks allow, and return where; None if nowhere.

        Parameters
        ----------
        box
            Inside the mask.
        where
            Shape of the box; true where to write.
        value
            The class, or one for each voxel, shape of the box.

        Raises
        ------
        EditError
            A value does not fit in the mask's number type.
        """
        mask = self._mask
        with mask._guard:
            values = as_type_of(mask._labels, np.asarray(value))
            part = mask._labels[box]
            changing = where & (part != values)
            if mask._locked:
                changing &= mask._open[part] & mask._open[values]
            if not changing.any():
                return None
            self._remember(box)
            old = part[changing]
            new = np.broadcast_to(values, part.shape)[changing]
            add_counts(mask._counts, old, -1)
            add_counts(mask._counts, new, 1)
            part[changing] = new
            mask._tell(box)
            return box

    def end(self) -> Box | None:
        """Make one step of the stroke and return where it wrote; None if nowhere."""
        mask = self._mask
        with mask._guard:
            back = self._way_back()
            if back is None:
                return None
            mask._remember(Step.between(self._name, back.box, back.after, back.before, mask._turn, self._on))
            return back.box

    def cancel(self) -> Box | None:
        """Take the stroke back without a trace and return where it had written; None if nowhere."""
        mask = self._mask
        with mask._guard:
            back = self._way_back()
            if back is None:
                return None
            add_counts(mask._counts, back.before, -1)
            add_counts(mask._counts, back.after, 1)
            mask._labels[back.box] = back.after
            mask._tell(back.box)
            return back.box

    def _way_back(self) -> Edit | None:
        """The edit that would take the stroke back, cut tight; the stroke is over."""
        box, before = self._box, self._before
        self._box = None
        if self._mask._stroke is self:
            self._mask._stroke = None
        return None if box is None else Edit.between(self._name, self._mask._labels, box, before)

    def _remember(self, box: Box) -> None:
        """Keep what is in the box, unless it is kept already; the kept box grows by half each time, so seldom."""
        mask = self._mask
        if mask._stroke is not self:
            mask._settle()
            mask._stroke = self
        old = self._box
        if old is not None and all(a.start <= b.start and b.stop <= a.stop for a, b in zip(old, box, strict=True)):
            return
        grown = _grown(old, box, mask._labels.shape)
        before = mask._labels[grown].copy(order="K")
        if old is not None:
            z, y, x = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(old, grown, strict=True))
            before[z, y, x] = self._before
        self._box, self._before = grown, before


def _grown(old: Box | None, box: Box, shape: tuple[int, ...]) -> Box:
    """A box round both, roomier by a quarter on the sides to which it had to grow."""
    if old is None:
        return box
    sides = []
    for have, need, most in zip(old, box, shape, strict=True):
        room = max(have.stop, need.stop) - min(have.start, need.start)
        start = max(0, need.start - room // 2) if need.start < have.start else have.start
        stop = min(most, need.stop + room // 2) if need.stop > have.stop else have.stop
        sides.append(slice(start, stop))
    return sides[0], sides[1], sides[2]
