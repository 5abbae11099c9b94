"""What is known of each picture in DICOM files before its pixels are read; nothing of a patient but a number."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging.dicom.elements import PixelData
from segstudio.imaging.dicom.place import Place

PHYSICAL = ("CT", "PT", "MR")
"""Modalities whose numbers mean something, so that MONOCHROME1 only says how to show them."""

XRAY = ("CR", "DX", "MG", "XA", "RF", "RG", "PX", "IO")


@dataclass(frozen=True, slots=True)
class Layout:
    """How one picture is stored: bits and colours.

    Parameters
    ----------
    kind
        "int", "float32" or "float64".
    """

    rows: int
    columns: int
    samples: int
    photometric: str
    planar: int
    allocated: int
    stored: int
    high: int
    signed: bool
    kind: str = "int"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Values in place of stored numbers: from `first` on, shape (n,) of numbers or (n, 3) of colours."""

    first: int
    values: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells pictures of one place apart; None and "" where the file does not say."""

    kind: tuple[str, ...] = ()
    echo: float | None = None
    echo_number: int | None = None
    inversion: float | None = None
    stack: str = ""
    space: str = ""
    acquisition: int | None = None
    b_value: float | None = None
    temporal: int | None = None
    trigger: float | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a person recognises a series by. `patient` is a number among those that were looked through, from 1."""

    series: str
    study: str = ""
    number: int | None = None
    modality: str = ""
    description: str = ""
    study_description: str = ""
    date: str = ""
    maker: str = ""
    patient: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """What all pictures of a file share.

    Parameters
    ----------
    instance, sop_class
        Its SOP instance and class UID, by which other DICOM objects refer to it.
    pixels
        Where they lie; in a deflated file, in what is unpacked from byte `deflated` on.
    padding
        The stored number that stands for nothing measured.
    lossy
        Whether the packing may have changed the values.
    """

    place: Place
    about: About
    instance: str
    sop_class: str
    syntax: str
    big: bool
    pixels: PixelData
    frames: int
    layout: Layout
    deflated: int | None = None
    padding: int | None = None
    palette: Table | None = None
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a mosaic: the rows from `top` and the columns from `left`."""

    top: int
    left: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture of one plane: a file's, one frame's of many, or one tile of a mosaic.

    Parameters
    ----------
    position
        Centre of its first pixel in LPS mm.
    directions
        Unit vectors along a row and along a column in LPS, one after the other.
    spacing
        Millimetres from row to row and from column to column.
    thickness
        Millimetres, 0 where it is not said.
    """

    file: File
    frame: int
    position: tuple[float, ...] | None
    directions: tuple[float, ...] | None
    spacing: tuple[float, float] | None
    thickness: float
    number: int
    slope: float
    intercept: float
    marks: Marks
    tile: Tile | None = None
    flags: frozenset[str] = field(default=frozenset())

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        if self.tile is not None:
            return self.tile.rows, self.tile.columns
        return self.file.layout.rows, self.file.layout.columns
