"""What a journal's file says: its records, and the mask that they lead to.

The file begins with a mark. Each record is its length, a checksum, a line of JSON and packed voxels: first the mask as
it was when the work began, then what was done since. A record that was cut off by a crash ends the journal.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import SEEK_END
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.history import Step, storage_order
from segstudio.imaging import Box, Reorientation

MARK = b"SegStudio journal 1\n"
_HEAD = struct.Struct("<QII")  # bytes after this, CRC-32 of them and of the next, bytes of JSON among them


@dataclass(frozen=True, eq=False)
class Record:
    """One thing that happened.

    Parameters
    ----------
    kind
        "base" is the mask as it was at the beginning, as a step from an empty one.
    step
        Of "base" and "step".
    about
        Of "about": all that is to be known of the case, in place of what was known before.
    kept
        Steps that could be undone afterwards; older ones will never be asked for.
    folded
        Of "base": how many steps it has taken in.
    """

    kind: Literal["base", "step", "undo", "redo", "about"]
    step: Step | None = None
    about: dict[str, Any] = field(default_factory=dict)
    kept: int = 0
    folded: int = 0

    def packed(self) -> bytes:
        """As it stands in the file."""
        plain: dict[str, Any] = {"kind": self.kind, "kept": self.kept, "folded": self.folded, "about": self.about}
        slabs: tuple[bytes, ...] = ()
        if self.step is not None:
            plain["step"], slabs = _plain(self.step), self.step.slabs
        line = json.dumps(plain, separators=(",", ":")).encode()
        body = b"".join((line, *slabs))
        return _HEAD.pack(len(body), zlib.crc32(body, len(line)), len(line)) + body


@dataclass(eq=False)
class Story:
    """The records of a journal up to the present: what is open, the steps done and those undone.

    Attributes
    ----------
    base
        From an empty mask to that of the beginning; None before its record.
    taken_in
        Steps that the base has taken in.
    done, undone
        Steps in the order in which undo and redo would meet them, the next one last.
    """

    base: Step | None = None
    about: dict[str, Any] = field(default_factory=dict)
    done: list[Step] = field(default_factory=list)
    undone: list[Step] = field(default_factory=list)
    kept: int = 0
    taken_in: int = 0

    def add(self, record: Record) -> None:
        """Go one record on; `IndexError` or `ValueError` for one that can't follow."""
        if record.kind == "about":
            self.about = record.about
            return
        self.kept = record.kept
        if record.kind == "undo":
            self.undone.append(self.done.pop())
        elif record.kind == "redo":
            self.done.append(self.undone.pop())
        elif record.step is None:
            raise ValueError("a step without voxels")
        elif record.kind == "base":
            self.base, self.taken_in = record.step, record.folded
        else:
            self.undone.clear()
            self.done.append(record.step)

    def labels(self, steps: int | None = None) -> NDArray[Any]:
        """The mask, shape (z, y, x), in the memory order that it had, after so many of the steps done; None is all."""
        assert self.base is not None
        wide = any(step.dtype == "uint16" for step in (self.base, *self.done, *self.undone))
        z, y, x = (self.base.box[axis].stop for axis in self.base.turn.axes)
        labels = self.base.turn.undo(np.zeros((z, y, x), np.uint16 if wide else np.uint8))
        for step in (self.base, *self.done[:steps]):
            step.toggle(labels)
        return labels

    def folded(self) -> Iterator[Record]:
        """The shortest records that tell the same, without the steps that nobody will undo."""
        assert self.base is not None
        forgotten = max(0, len(self.done) - self.kept)
        yield Record("about", about=self.about)
        base = base_of(self.labels(forgotten)) if forgotten else self.base
        yield Record("base", base, folded=self.taken_in + forgotten)
        steps = (*self.done[forgotten:], *reversed(self.undone))
        for count, step in enumerate(steps, 1):
            yield Record("step", step, kept=count)
        for count in range(len(self.undone)):
            yield Record("undo", kept=len(steps) - count - 1)


def base_of(labels: NDArray[Any]) -> Step:
    """The step from an empty mask to this one."""
    z, y, x = (slice(0, side) for side in labels.shape)
    empty = np.broadcast_to(np.zeros((), labels.dtype), labels.shape)
    return Step.between("", (z, y, x), empty, labels, storage_order(labels))


def read_story(path: Path) -> tuple[Story, int] | None:
    """What a journal tells, and how many of the file's bytes tell it; None if it does not get as far as a mask."""
    story, end = Story(), 0
    with (
        suppress(OSError, ValueError, KeyError, TypeError, IndexError),
        path.open("rb") as file,
    ):  # what came before stands
        for record, after in _records(file):
            story.add(record)
            end = after
    return None if story.base is None else (story, end)


def skim(path: Path) -> dict[str, Any] | None:
    """What a journal says last about its case, without reading its voxels; None if it has no step."""
    about: dict[str, Any] = {}
    steps = 0
    with suppress(OSError, ValueError, KeyError, TypeError, struct.error), path.open("rb") as file:
        file.seek(len(MARK))
        while head := file.read(_HEAD.size):
            size, _, line = _HEAD.unpack(head)
            plain = json.loads(file.read(line))
            file.seek(size - line, 1)
            about = plain["about"] if plain["kind"] == "about" else about
            steps += {"step": 1, "redo": 1, "undo": -1, "base": plain["folded"]}.get(plain["kind"], 0)
    return about if steps > 0 else None


def _records(file: BinaryIO) -> Iterator[tuple[Record, int]]:
    if file.read(len(MARK)) != MARK:
        return
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        size, checksum, line = _HEAD.unpack(head)
        here = file.tell()
        if size > file.seek(0, SEEK_END) - here:  # a length that is damaged may be longer than all memory
            return
        file.seek(here)
        body = file.read(size)
        if zlib.crc32(body, line) != checksum:
            return
        plain = json.loads(body[:line])
        step = _step(plain["step"], body[line:]) if "step" in plain else None
        yield Record(plain["kind"], step, plain["about"], plain["kept"], plain["folded"]), file.tell()


def _plain(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "box": [[side.start, side.stop] for side in step.box],
        "axes": step.turn.axes,
        "flips": [bool(flip) for flip in step.turn.flips],
        "dtype": step.dtype,
        "thick": step.thick,
        "slabs": [len(packed) for packed in step.slabs],
        "values": step.values.tolist(),
        "gains": step.gains.tolist(),
        "on": step.on,
    }


def _step(plain: dict[str, Any], blob: bytes) -> Step:
    z, y, x = (slice(int(start), int(stop)) for start, stop in plain["box"])
    box: Box = (z, y, x)
    turn = Reorientation(tuple(plain["axes"]), tuple(plain["flips"]))
    ends = np.cumsum([0, *plain["slabs"]])
    slabs = tuple(blob[start:end] for start, end in pairwise(ends))
    values, gains = np.array(plain["values"], np.int64), np.array(plain["gains"], np.int64)
    on = tuple(int(each) for each in plain.get("on") or ())  # journals of old do not say
    return Step(
        plain["name"], box, turn, plain["dtype"], plain["thick"], slabs, values, gains,
        (on[0], on[1]) if on else None,
    )  # fmt: skip
