"""The mask from a file, and files that are opened as scans though they hold a mask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segstudio.editing import Edit
from segstudio.errors import GeometryError
from segstudio.imaging import LabelClass, Volume, read_labels, whole
from segstudio.imaging.adopting import Adopted, adopted
from segstudio.imaging.dicom.masks import kind_of
from segstudio.imaging.masklike import looks_like_mask, require_patches
from segstudio.progress import Stop
from segstudio.viewer.correcting import Correcting, Crossing
from segstudio.viewer.messages import Action, Message, named
from segstudio.viewer.outcome import Outcome, outcome_in_words
from segstudio.viewer.scan import Scan

_TOLD = 4
"""Names that are offered one by one."""


def load_mask(session: Correcting, path: Path) -> None:
    """Put the mask of a file in the place of the one that is shown; one step to undo.

    Classes that the file names join those that are there; the chosen model's names are offered for those that it does
    not name. A mask on another grid, or a DICOM file that was drawn on another series, is refused with words.
    """
    scan, classes, of_model = session.scan, session.classes, session.model_classes
    if scan is None:
        return
    read: list[tuple[Adopted, tuple[str, ...], object]] = []

    def draw(_stop: Stop) -> Edit | None:
        labels = scan.mask.labels
        found = read_labels(path, scan=scan.volume)
        require_patches(found, path.name)
        taken = adopted(found, classes, int(np.iinfo(labels.dtype).max), doubted=of_model)
        read.append((taken, found.notes, scan.mask.state))
        return Edit.between("load mask", labels, whole(labels.shape), scan.display.turn.apply(taken.labels))

    def done(outcome: Outcome) -> None:
        if outcome.wrote is None:
            return
        taken, notes, before = read[0]
        session.change_classes_with(Crossing(before, scan.mask.state, session.classes), taken.classes)
        names = _names_to_offer(session)
        undo, text = Action("Undo", session.undo), outcome_in_words(outcome, session.classes, scan.voxel_ml)
        use = Action("Use these names", lambda: _take_names(session, scan, names))
        if names:
            text = f"{path.name} names no classes; the model {named(session.model)} calls {_listed(names)}."
        actions = (use, undo) if names else (undo,)
        session.said.emit(Message(text, " ".join(notes), "done", actions, stays=bool(notes or names)))

    session.edit(f"Load {path.name}", draw, done, quiet=True)


def _names_to_offer(session: Correcting) -> tuple[LabelClass, ...]:
    """What the chosen model calls the classes that nobody has named."""
    nameless, there = session.nameless, {each.name for each in session.classes}
    return tuple(each for each in session.model_classes if each.value in nameless and each.name not in there)


def _take_names(session: Correcting, scan: Scan, names: Sequence[LabelClass]) -> None:
    if session.scan is not None and session.scan.mask is scan.mask:
        free = set(session.nameless)
        session.set_classes((*session.classes, *(each for each in names if each.value in free)))


def _listed(names: Sequence[LabelClass]) -> str:
    """ "1 Anterior, 2 Posterior"; of many the first and how many more there are."""
    told = ", ".join(f"{each.value} {each.name}" for each in names[:_TOLD])
    return told if len(names) <= _TOLD else f"{told} and {len(names) - _TOLD} more"


def is_dicom_mask(path: Path) -> bool:
    """Whether a file is a DICOM segmentation or structure set."""
    return bool(kind_of(path))


def open_mask(session: Correcting, path: Path) -> None:
    """Load a DICOM segmentation or structure set that was opened as a scan is; it needs the one it was drawn on."""
    if session.scan is not None:
        load_mask(session, path)
    else:
        session.said.emit(Message(f"{path.name} is a mask.", "Open the series it was drawn on, then the mask again."))


def is_mask_of(scan: Scan | None, found: Volume, path: Path) -> bool:
    """Whether what was read from a file looks like a mask of a scan, on whose grid it lies."""
    if scan is None or not looks_like_mask(found, path.name):
        return False
    try:
        scan.volume.geometry.require_same_space(found.geometry, mine="the scan", others=path.name)
    except GeometryError:
        return False
    return True


def offer_mask(session: Correcting, path: Path, otherwise: Action) -> None:
    """Ask whether a file is to become the mask of the open scan, or what was asked for all the same."""
    use = Action("Use it as the mask", lambda: load_mask(session, path))
    text = f"{path.name} looks like a mask of the scan that is open."
    session.said.emit(Message(text, "As the mask it takes the place of what is drawn; undo brings that back.",
                              actions=(use, otherwise), stays=True))  # fmt: skip
