"""The mask from a file, and files that are opened as scans though they hold a mask."""

from __future__ import annotations

from pathlib import Path

from segstudio.editing import Edit
from segstudio.errors import GeometryError
from segstudio.imaging import Volume, read_labels, whole
from segstudio.imaging.masklike import looks_like_mask
from segstudio.viewer.correcting import Correcting
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.scan import Scan


def load_mask(session: Correcting, path: Path) -> None:
    """Put the mask of a file in the place of the one that is shown; one step to undo.

    A mask on another grid is refused with words.
    """
    scan = session.scan
    if scan is not None:
        session.edit(f"Load {path.name}", lambda _stop: _from_file(scan, path))


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


def _from_file(scan: Scan, path: Path) -> Edit | None:
    found = read_labels(path)
    scan.volume.geometry.require_same_space(found.geometry, mine="the scan", others=path.name)
    labels = scan.mask.labels
    return Edit.between("load mask", labels, whole(labels.shape), scan.display.turn.apply(found.labels))
