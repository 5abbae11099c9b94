"""DICOM files that are masks: segmentations and structure sets."""

from __future__ import annotations

from pathlib import Path

from segstudio.errors import ImageError
from segstudio.imaging.dicom import rtstruct, seg
from segstudio.imaging.dicom.derived import hushed
from segstudio.imaging.labels import LabelMap
from segstudio.imaging.volume import Volume


def kind_of(path: Path) -> str:
    """ "SEG", "RTSTRUCT", or "" for what is no mask in DICOM; only the first bytes of a file are looked at."""
    from pydicom.filereader import read_file_meta_info

    if not path.is_file():
        return ""
    try:
        with hushed():
            kind = str(read_file_meta_info(path).get("MediaStorageSOPClassUID") or "")
    except Exception:  # pydicom raises nearly anything on a damaged file; whoever reads it is told what is wrong
        return ""
    return "SEG" if kind in seg.SOP_CLASSES else "RTSTRUCT" if kind == rtstruct.SOP_CLASS else ""


def read(path: Path, scan: Volume | None = None) -> LabelMap:
    """The mask in a file, on the grid of the scan that it was drawn on.

    Raises
    ------
    ImageError
        It is no mask, is damaged, belongs to another series, or holds contours and there is no scan to fill them on.
    GeometryError
        It does not lie on the voxels of the scan.
    """
    kind = kind_of(path)
    if kind == "SEG":
        return seg.read(path, scan)
    if kind != "RTSTRUCT":
        raise ImageError(f"{path.name} is a DICOM file but no mask", hint="Masks are of modality SEG or RTSTRUCT.")
    if scan is None:
        raise ImageError(
            f"{path.name} holds contours, which have no voxels of their own", hint="Name the series they were drawn on."
        )
    return rtstruct.read(path, scan)
