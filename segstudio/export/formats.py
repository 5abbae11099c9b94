"""Every format that a mask can be exported in; what writes them is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from segstudio.export.written import Author, Written
from segstudio.imaging import LabelMap, Volume
from segstudio.progress import Progress, Stop


class Write(Protocol):
    """Writes a mask that was drawn on a scan to a path, reads it back, and compares."""

    def __call__(
        self, labels: LabelMap, scan: Volume, path: Path, *, author: Author, progress: Progress = ..., stop: Stop = ...
    ) -> Written:
        """Files appear under their names only when all was found right."""


@dataclass(frozen=True)
class Format:
    """One format.

    Parameters
    ----------
    name, title
        On the command line, and in words.
    about
        What it is for, a few words.
    ending
        Of the name that a file is offered under.
    check
        How what is read back is compared with the mask, in words.
    load
        Gives what writes it.
    refers
        Whether it refers to the pictures of a DICOM series, so that there has to be one.
    """

    name: str
    title: str
    about: str
    ending: str
    check: str
    load: Callable[[], Write]
    refers: bool = False

    @property
    def write(self) -> Write:
        """What writes it."""
        return self.load()

    def place(self, path: Path) -> Path:
        """Where a file goes: a name that does not end as those of the format do gets its ending."""
        suffixes = self.ending[self.ending.index(".") :]
        last = suffixes if self.name == "nifti" else f".{suffixes.rpartition('.')[2]}"
        return path if path.name.lower().endswith(last) else path.with_name(path.name + suffixes)


def _seg() -> Write:
    from segstudio.export import seg

    return seg.write


def _labelmap() -> Write:
    from segstudio.export import seg

    return partial(seg.write, kind="LABELMAP")


def _rtstruct() -> Write:
    from segstudio.export import rtstruct

    return rtstruct.write


def _nrrd() -> Write:
    from segstudio.export import nrrd

    return nrrd.write


def _nifti() -> Write:
    from segstudio.export import nifti

    return nifti.write


def _stl() -> Write:
    from segstudio.export import surface

    return surface.write_stl


def _obj() -> Write:
    from segstudio.export import surface

    return surface.write_obj


def _capture() -> Write:
    from segstudio.export import capture

    return capture.write


FORMATS = (
    Format("seg", "DICOM SEG", "for viewers and archives", "-seg.dcm", "every voxel", _seg, True),
    Format(
        "seg-labelmap",
        "DICOM SEG, label map",
        "the newer, smaller form",
        "-labelmap.dcm",
        "every voxel",
        _labelmap,
        True,
    ),
    Format(
        "rtstruct",
        "DICOM RTSTRUCT",
        "contours, for planning",
        "-rtstruct.dcm",
        "Dice of each class at least 0.99, no shift",
        _rtstruct,
        True,
    ),
    Format("nrrd", "NRRD", "with names and colours, for 3D Slicer", ".seg.nrrd", "every voxel", _nrrd),
    Format("nifti", "NIfTI", "voxels alone", ".nii.gz", "every voxel", _nifti),
    Format("stl", "STL", "surfaces, one file a class", ".stl", "volume inside", _stl),
    Format("obj", "OBJ", "surfaces with colours, one file", ".obj", "volume inside", _obj),
    Format(
        "capture",
        "Key pictures",
        "one a class, as DICOM Secondary Capture",
        "-key.dcm",
        "pixel by pixel",
        _capture,
        True,
    ),
)


def format_named(name: str) -> Format:
    """The format of that name."""
    return next(each for each in FORMATS if each.name == name)
