"""Which pictures of a series the slices of a scan came from: what is written about a scan refers to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging.dicom.grid import Grid
from segstudio.imaging.dicom.pictures import Picture
from segstudio.imaging.dicom.place import Place
from segstudio.imaging.volume import Volume


@dataclass(frozen=True, eq=False)
class Instance:
    """The picture of one slice.

    Parameters
    ----------
    frame
        Its number in a file with several frames, from 1; 0 in a file with one.
    position
        LPS millimetres of its first pixel.
    """

    sop_class: str
    uid: str
    frame: int
    position: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Series:
    """The series that a scan was read from.

    Parameters
    ----------
    uid, frame_of_reference
        Its own, and that of the space of its places; "" where its files do not say.
    slices
        One picture for each slice of the scan, in the order of the grid's first axis.
    first
        A file of it, which says whose study it is.
    """

    uid: str
    frame_of_reference: str
    slices: tuple[Instance, ...]
    first: Place


def series_of(volume: Volume) -> Series:
    """The series that a scan was read from, and its pictures at the time point that is chosen.

    Raises
    ------
    ImageError
        The scan is not from DICOM, or its pictures have no place in the patient or no name of their own.
    GeometryError
        The slices of the scan are not those of the pictures: the tilt of a gantry was corrected.
    """
    source = volume.source
    grid = source.header if source is not None else None
    if source is None or not isinstance(grid, Grid):
        name = source.path.name if source else "the scan"
        raise ImageError(
            f"{name} is no DICOM series, so no DICOM file can refer to it",
            hint="Open the DICOM series and load the mask on it, or write NRRD, NIfTI or a surface.",
        )
    if grid.is_tilted:
        raise GeometryError(
            "the slices of the scan are not those of the series, since the tilt of its gantry was corrected",
            hint="Write NRRD, NIfTI or a surface instead.",
        )
    pictures = grid.frames[volume.frame]
    first = pictures[0]
    slices = tuple(_instance(picture, source.path.name) for picture in pictures)
    return Series(first.file.about.series, first.marks.space, slices, first.file.place)


def _instance(picture: Picture, name: str) -> Instance:
    file = picture.file
    why = (
        "is a mosaic, whose slices are no pictures of their own"
        if picture.tile is not None
        else "does not say where its slices lie"
        if picture.position is None
        else "has no SOP Instance UIDs"
    )
    if picture.tile is not None or picture.position is None or not file.instance:
        raise ImageError(f"{name} {why}, so nothing can refer to them", hint="Write NRRD, NIfTI or a surface instead.")
    frame = picture.frame + 1 if file.frames > 1 else 0
    return Instance(file.sop_class, file.instance, frame, np.array(picture.position))
