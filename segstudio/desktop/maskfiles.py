"""The mask to a file of the reader's choice, and from one."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from platformdirs import user_documents_path
from qtpy.QtWidgets import QFileDialog, QWidget

from segstudio import sample
from segstudio.errors import SegStudioError
from segstudio.imaging import write_labels
from segstudio.viewer.messages import Message
from segstudio.viewer.scan import Scan
from segstudio.viewer.session import Session

FORMATS = "NIfTI (*.nii.gz *.nii);;NRRD (*.nrrd);;MetaImage (*.mha)"
SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
_MASKS = "Masks (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd *.dcm);;All files (*)"


def ask_where_to_save(parent: QWidget, scan: Scan, folder: str = "") -> Path | None:
    """Let the reader name a file; `folder` is the one last used."""
    offered = folder_for(scan.path, folder, own=not scan.title) / name_for(scan.path, scan.title)
    name, kind = QFileDialog.getSaveFileName(parent, "Save the mask", str(offered), FORMATS)
    if not name:
        return None
    usual = kind.partition("*")[2].partition(" ")[0].rstrip(")")
    return Path(name) if name.lower().endswith(SUFFIXES) else Path(name + (usual or SUFFIXES[0]))


def ask_for_mask(parent: QWidget, folder: str) -> Path | None:
    """Let the reader choose a mask's file."""
    name, _ = QFileDialog.getOpenFileName(parent, "Load a mask", folder, _MASKS)
    return Path(name) if name else None


def name_for(scan: Path, title: str = "") -> str:
    """The name that a scan's mask is offered under: "t1-mask.nii.gz" for "t1.nii.gz".

    A scan of the library, whose file is named by a hash, has a title: "case-12-5b43-mask.nii.gz". Its label, which may
    be anything that a reader has typed, is left out of what leaves the library.
    """
    if title:
        return f"{'-'.join(re.findall(r'[0-9A-Za-z]+', title))}-mask.nii.gz"
    stem = next((scan.name[: -len(end)] for end in SUFFIXES if scan.name.lower().endswith(end)), scan.stem)
    return f"{stem}-mask.nii.gz"


def folder_for(scan: Path, last: str, *, own: bool = True) -> Path:
    """Where a scan's mask is offered to go: beside the scan, unless that is no place for files of the reader's `own`.

    Then it is the folder that the reader used last, that for documents, or home.
    """
    offered: list[Path] = [scan.parent] if own and not sample.is_sample(scan) else []
    offered += [Path(last)] if last else []
    for folder in (*offered, user_documents_path()):
        if _takes_files(folder):
            return folder
    return Path.home()


def _takes_files(folder: Path) -> bool:
    """Whether files can be written there; rights alone do not tell, on a share or a disk that is read-only."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def shortened(folder: Path, most: int = 48) -> str:
    """A path with as many of its first and last letters as there is room for."""
    text = str(folder)
    return text if len(text) <= most else f"{text[: most // 3]}…{text[-(most - most // 3 - 1) :]}"


def save_mask(session: Session, path: Path) -> None:
    """Write the mask on the scan's own grid, beside the window, and say so."""
    scan = session.scan
    if scan is None:
        return
    classes = session.classes

    def failed(error: SegStudioError) -> None:
        session.said.emit(Message.of(error))

    def done(_result: None) -> None:
        file = path.resolve()
        text = f"The mask is saved as {file.name} in {shortened(file.parent)}."
        session.said.emit(Message(text, tone="done", tip=str(file)))

    session.desk.do(lambda: write_labels(scan.labels(classes), path, source=scan.volume.source), done, failed)
