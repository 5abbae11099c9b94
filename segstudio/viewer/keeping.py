"""The journals of masks: what was done is on disk within moments, and there again when the scan is opened next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from segstudio.editing import Mask
from segstudio.editing.history import Step
from segstudio.editing.journal import Journal, Kept, Trouble
from segstudio.errors import EditError, SegStudioError
from segstudio.imaging import Box, Code, Geometry, LabelClass, LabelMap, Volume
from segstudio.viewer.ahead import Ready
from segstudio.viewer.layers import Display
from segstudio.viewer.scan import Scan, empty_mask, mask_of, scan_of


@dataclass(frozen=True, eq=False)
class Note:
    """What has to be known to take the work on a mask up again.

    Parameters
    ----------
    scan
        The file or folder that it belongs to.
    geometry
        Of that scan.
    model
        NAME@VERSION that drew first, or "".
    box
        Where it looked, on the scan's own grid; None is nowhere.
    unsubmitted
        Whether a hand changed the mask since it was last handed over.
    closed
        Whether the scan was closed in order.
    locked
        Values of the classes that nothing was to change.
    alone
        Who works on it without seeing what others have drawn; "" is everybody.
    """

    scan: Path
    geometry: Geometry
    classes: tuple[LabelClass, ...] = ()
    model: str = ""
    box: Box | None = None
    unsubmitted: bool = False
    closed: bool = False
    locked: frozenset[int] = frozenset()
    alone: str = ""

    def plain(self) -> dict[str, Any]:
        """As plain data that fits in JSON."""
        return {
            "scan": str(self.scan),
            "shape": list(self.geometry.shape),
            "affine": self.geometry.affine.tolist(),
            "classes": [_plain_class(each) for each in self.classes],
            "model": self.model,
            "box": [[side.start, side.stop] for side in self.box] if self.box else None,
            "unsubmitted": self.unsubmitted,
            "closed": self.closed,
            "locked": sorted(self.locked),
            "alone": self.alone,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Note | None:
        """From plain data; None if it is not what `plain` makes."""
        with suppress(LookupError, TypeError, ValueError, SegStudioError):
            z, y, x = (int(side) for side in plain["shape"])
            sides = [slice(int(start), int(stop)) for start, stop in plain["box"] or ()]
            return cls(
                Path(plain["scan"]),
                Geometry((z, y, x), np.array(plain["affine"], float)),
                tuple(_class(each) for each in plain["classes"]),
                str(plain["model"]),
                (sides[0], sides[1], sides[2]) if sides else None,
                bool(plain["unsubmitted"]),
                bool(plain["closed"]),
                frozenset(int(value) for value in plain.get("locked", ())),  # notes of old have none
                str(plain.get("alone", "")),
            )
        return None


@dataclass(frozen=True, eq=False)
class LeftOpen:
    """Work that a crash has cut off.

    Parameters
    ----------
    scan
        The file or folder to open to go on with it.
    folder
        Of its journal.
    alone
        Who worked on it without seeing what others have drawn; "" is everybody.
    """

    scan: Path
    folder: Path
    alone: str = ""


def taken_up(
    library: Path,
    path: Path,
    volume: Volume,
    classes: Sequence[LabelClass],
    trouble: Trouble,
    *,
    start: LabelMap | None = None,
    ready: Ready | None = None,
    alone: str = "",
) -> tuple[Scan, Note | None]:
    """A scan with its mask as its journal has it, and what that journal notes; without one, the mask to start from.

    A journal that does not fit the scan any more is left alone until the first change of the mask; so is one without a
    hand's work that was not handed over, where there is a mask to start from. Where none can be kept, `trouble` hears
    it, and the scan opens all the same.

    Parameters
    ----------
    start
        The mask to start from where nothing is kept; None is an empty one for these classes.
    ready
        The same, made ready before.
    alone
        Who works on it without seeing what others have begun, and with a journal of their own; "" is everybody.
    """
    folder = Journal.folder(library, path / alone)
    kept = Journal.open(folder)
    note = Note.of(kept.about) if kept is not None else None
    old = start is not None and note is not None and not note.unsubmitted
    if kept is None or note is None or old or not volume.geometry.same_space(note.geometry, tolerance_mm=0.01):
        mask = ready.mask if ready else empty_mask(volume, classes) if start is None else mask_of(start)
        note = Note(path, volume.geometry, tuple(start.classes if start else classes), alone=alone)
        return _fresh(folder, path, volume, mask, note, ready.base if ready else None, trouble), None
    return replace(scan_of(path, volume, _mask(kept, Display.of(volume.geometry), trouble)), alone=alone), note


def left_open(library: Path) -> list[LeftOpen]:
    """What a crash has cut off, the latest first."""
    notes = [(Note.of(Journal.about(folder) or {}), folder) for folder in Journal.left(library)]
    return [LeftOpen(note.scan, folder, note.alone) for note, folder in notes if note is not None and not note.closed]


def set_aside(left: LeftOpen) -> None:
    """Do not offer it again; it is there when its scan is opened."""
    kept = Journal.open(left.folder)
    if kept is not None:
        with suppress(EditError):  # another window has just taken it up
            journal = Journal.resume(kept)
            journal.note({**kept.about, "closed": True})
            journal.close()


def put_away(journal: Journal, *, keep: bool) -> None:
    """End a journal.

    Raises
    ------
    EditError
        What is to be kept cannot be put on disk.
    """
    if not keep:
        journal.forget()
    elif not journal.close():
        raise EditError("the last corrections could not be kept", hint="The disk is full, or cannot be written to.")


def _mask(kept: Kept, display: Display, trouble: Trouble) -> Mask:
    try:
        journal = Journal.resume(kept, trouble=trouble)
    except EditError as error:
        trouble(error)
        return Mask(kept.labels, display.scale)
    return Mask(kept.labels, display.scale, journal=journal, done=kept.done, undone=kept.undone)


def _fresh(
    folder: Path, path: Path, volume: Volume, mask: Mask, note: Note, base: Step | None, trouble: Trouble
) -> Scan:
    try:
        mask.journal = Journal.begin(folder, note.plain(), mask.labels, base=base, trouble=trouble)
    except EditError as error:
        trouble(error)
    return replace(scan_of(path, volume, mask), alone=note.alone)


def _plain_class(each: LabelClass) -> dict[str, Any]:
    code = [each.code.value, each.code.scheme, each.code.meaning] if each.code else None
    return {"value": each.value, "name": each.name, "color": list(each.color), "code": code}


def _class(plain: Mapping[str, Any]) -> LabelClass:
    red, green, blue = (int(part) for part in plain["color"])
    code = Code(*plain["code"]) if plain["code"] else None
    return LabelClass(int(plain["value"]), str(plain["name"]), (red, green, blue), code)
