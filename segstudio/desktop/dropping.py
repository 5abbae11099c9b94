"""What is dropped on the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import QMimeData


def dropped_files(data: QMimeData) -> list[Path]:
    """Files and folders that lie on this machine."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def dropped_scan(files: Sequence[Path]) -> Path:
    """The scan that is meant: the first, or the folder of several slices of one DICOM series."""
    first = files[0]
    slices = [each for each in files if each.suffix.lower() in (".dcm", "") and each.is_file()]
    one_folder = len({each.parent for each in slices}) == 1
    return first.parent if len(slices) == len(files) > 1 and one_folder else first
