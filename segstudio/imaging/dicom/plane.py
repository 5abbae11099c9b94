"""Where one picture lies in the patient, as its elements say."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging.dicom.elements import Damaged, Elements

_NAMES = ("sagittal", "coronal", "axial")


def vector(found: Elements, name: str, count: int) -> tuple[float, ...] | None:
    """The `count` numbers of an element, None where it is missing or empty.

    Raises
    ------
    Damaged
        It has another number of them.
    """
    values = found.numbers(name)
    if not values:
        return None
    if len(values) != count:
        raise Damaged(f"its {name} has {len(values)} numbers")
    return values


def directions(found: Elements) -> tuple[float, ...] | None:
    """Unit vectors along a row and along a column.

    Raises
    ------
    Damaged
        They are not of length one, or not at right angles.
    """
    values = vector(found, "ImageOrientationPatient", 6)
    if values is None:
        return None
    row, column = values[:3], values[3:]
    lengths = [math.sqrt(sum(part * part for part in each)) for each in (row, column)]
    across = sum(one * other for one, other in zip(row, column, strict=True))
    if max(abs(length - 1) for length in lengths) > 0.01 or abs(across) > 0.01:
        raise Damaged("its ImageOrientationPatient gives no directions")
    return values


def spacing(found: Elements) -> tuple[float, float] | None:
    """Millimetres from row to row and from column to column.

    Raises
    ------
    Damaged
        They are not positive.
    """
    values = vector(found, "PixelSpacing", 2)
    if values is None:
        return None
    if min(values) < 1e-6:
        raise Damaged("its PixelSpacing is not above 0")
    return values[0], values[1]


def normal(directions: tuple[float, ...]) -> NDArray[np.float64]:
    """The unit vector across a plane, along which slices follow each other."""
    across = np.cross(directions[:3], directions[3:])
    unit: NDArray[np.float64] = across / np.linalg.norm(across)
    return unit


def name_of(directions: tuple[float, ...]) -> str:
    """ "axial", "coronal" or "sagittal", whichever is nearest."""
    return _NAMES[int(np.abs(normal(directions)).argmax())]
