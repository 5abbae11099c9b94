"""NIfTI: voxels alone, since the format has no room for what their values mean."""

from __future__ import annotations

from pathlib import Path

from segstudio.export.classes import all_the_same
from segstudio.export.written import RESEARCH, Author, Written
from segstudio.imaging import LabelMap, Source, Volume, write_labels
from segstudio.imaging import nifti as files
from segstudio.imaging.nifti_header import NIFTI1, NIFTI2, Header, placed
from segstudio.progress import Progress, Stop, check, never, silent

_LABELS = 1002
"""Intent code of a mask."""


def write(
    labels: LabelMap, scan: Volume, path: Path, *, author: Author, progress: Progress = silent, stop: Stop = never
) -> Written:
    """Write a mask as NIfTI; header fields come from the scan where that is NIfTI.

    Raises
    ------
    ImageError
        The file read back differs, or the disk refuses.
    GeometryError
        The mask is not on the scan's grid.
    Stopped
        `stop()` became true; nothing was written.
    """
    scan.geometry.require_same_space(labels.geometry, mine="the scan", others="the mask")
    check(stop)
    progress(0.2, "Writing and reading back")
    write_labels(labels, path, source=Source(path, files.NAME, _header(labels, scan)))
    return Written((path,), (all_the_same(labels),))


def _header(labels: LabelMap, scan: Volume) -> Header:
    known = scan.source.header if scan.source is not None and scan.source.format == files.NAME else None
    large = max(labels.labels.shape) > 32767
    header: Header = (placed(NIFTI2 if large else NIFTI1, labels.geometry) if known is None else known).copy()
    header["dim"] = [3, *labels.labels.shape[::-1], 1, 1, 1, 1]
    header["descrip"], header["intent_code"] = f"SegStudio. {RESEARCH}".encode(), _LABELS
    return header
