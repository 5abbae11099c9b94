"""Masks: which class each voxel belongs to, and what the classes are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging.geometry import Geometry

Color = tuple[int, int, int]
"""Red, green, blue, each 0 to 255."""

# Okabe and Ito's colours, which red-green blind readers tell apart (https://jfly.uni-koeln.de/color/), brightest first.
_OKABE_ITO: tuple[Color, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)


@dataclass(frozen=True)
class Code:
    """A coded concept as DICOM writes it: value, scheme ("SCT", "FMA", …) and meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class LabelClass:
    """One class of a mask: the voxel value, a name people know, a colour and, where known, a code."""

    value: int
    name: str
    color: Color
    code: Code | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.value <= 65535:
            raise ImageError(
                f"class {self.name!r} has the value {self.value}", hint="Values run from 1 to 65535; 0 is background."
            )


@dataclass(frozen=True, eq=False)
class LabelMap:
    """A mask on a scan's grid.

    Parameters
    ----------
    labels
        Shape (z, y, x), uint8 or uint16; 0 is background.
    geometry
        The scan's own.
    classes
        Ascending values, each once; a value in `labels` may be without a class (`unknown_values`).
    notes
        What the reader had to decide, one sentence each, to be told to the person.

    Raises
    ------
    ImageError
        Not uint8 or uint16, another shape than the geometry's, or a class value given twice.
    """

    labels: NDArray[np.uint8] | NDArray[np.uint16]
    geometry: Geometry
    classes: tuple[LabelClass, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.labels.dtype not in (np.uint8, np.uint16):
            raise ImageError(f"labels are {self.labels.dtype}, not uint8 or uint16")
        if self.labels.shape != self.geometry.shape:
            raise ImageError(f"labels of shape {self.labels.shape} do not lie on a grid of {self.geometry.shape}")
        values = [each.value for each in self.classes]
        if values != sorted(set(values)):
            raise ImageError(f"class values {values} are not ascending, each once")

    @property
    def unknown_values(self) -> tuple[int, ...]:
        """Values in the mask that no class names."""
        return unnamed_values(self.classes, _counts(self.labels))

    def volumes_ml(self) -> dict[int, float]:
        """Millilitres of each class, by value."""
        counts = _counts(self.labels)
        return {each.value: float(counts[each.value]) * self.geometry.voxel_ml for each in self.classes}


def present_values(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Values that occur, ascending, in a mask of integers from 0 to 65535; far faster than `np.unique`."""
    return np.flatnonzero(_counts(labels))


def _counts(labels: NDArray[Any]) -> NDArray[np.intp]:
    """How often each value from 0 to 65535 occurs; in pieces, because `np.bincount` makes int64 of what it is given."""
    counts = np.zeros(65536, np.intp)
    flat = labels.reshape(-1)
    for start in range(0, flat.size, 1 << 18):
        found = np.bincount(flat[start : start + (1 << 18)])
        counts[: found.size] += found
    return counts


def as_labels(array: NDArray[Any], name: str) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Whole non-negative numbers of any type as uint8, or uint16 where a value needs it; no copy of what is so already.

    Raises
    ------
    ImageError
        A value is negative, above 65535, not finite or not whole; `name` says in which file.
    """
    if array.size == 0:
        raise ImageError(f"{name} is empty")
    if np.issubdtype(array.dtype, np.floating):
        if not all(np.isfinite(plane).all() for plane in array):
            raise ImageError(f"{name} holds labels that are no numbers (NaN or Inf)", hint="Is it a scan, not a mask?")
        if any((plane != np.rint(plane)).any() for plane in array):
            raise ImageError(
                f"{name} holds fractions, not class numbers", hint="Is it a scan or a probability map, not a mask?"
            )
    low, high = array.min(), array.max()
    if low < 0:
        raise ImageError(
            f"{name} holds a negative label ({int(low)})", hint="Labels are 0 for background, then 1 to 65535."
        )
    if high > 65535:
        raise ImageError(
            f"{name} holds the label {int(high)}", hint="Labels run up to 65535; is it a scan, not a mask?"
        )
    return array.astype(np.uint8, copy=False) if high <= 255 else array.astype(np.uint16, copy=False)


def color_of(index: int) -> Color:
    """A colour for the index-th class: Okabe and Ito's first, then hues of equal lightness a golden angle apart."""
    if index < len(_OKABE_ITO):
        return _OKABE_ITO[index]
    hue = (index * 0.381966) % 1.0
    wave = np.clip(np.abs((hue * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    red, green, blue = (round(255 * (0.35 + 0.55 * float(part))) for part in wave)
    return red, green, blue


def nameless(value: int) -> LabelClass:
    """How a class is shown that nobody has named: by its number, in a colour that belongs to that."""
    return LabelClass(value, f"class {value}", color_of(value - 1))


def unnamed_values(classes: Iterable[LabelClass], counts: NDArray[np.integer[Any]]) -> tuple[int, ...]:
    """Values in a mask that no class names; `counts` are its voxels by value."""
    known = {0, *(each.value for each in classes)}
    return tuple(int(value) for value in np.flatnonzero(counts) if int(value) not in known)


def classes_named(names: Iterable[tuple[int, str]]) -> tuple[LabelClass, ...]:
    """Classes from values and names, in ascending order, with colours given out in that order."""
    return tuple(LabelClass(value, name, color_of(index)) for index, (value, name) in enumerate(sorted(names)))


def parse_classes(text: str) -> tuple[LabelClass, ...]:
    """Classes from "1=Anterior,2=Posterior".

    Raises
    ------
    ImageError
        The text is not of this form, or a value is given twice.
    """
    pairs = [re.fullmatch(r"\s*(\d+)\s*=\s*(\S.*?)\s*", item) for item in text.split(",")]
    if not all(pairs):
        raise ImageError(f"classes {text!r} cannot be read", hint="Write them as 1=Anterior,2=Posterior.")
    named = [(int(pair[1]), pair[2]) for pair in pairs if pair]
    if len({value for value, _ in named}) < len(named):
        raise ImageError(f"classes {text!r} give a value twice", hint="Each class has its own number.")
    return classes_named(named)


def mirrored_values(classes: Sequence[LabelClass]) -> dict[int, int] | None:
    """What each value becomes when the patient is mirrored left to right; None if a side lacks its partner.

    Sides are read from the names: "left hippocampus" and "hippocampus L" have a side, "liver" has none.
    """
    found: dict[tuple[str, str], int] = {}
    for each in classes:
        found[without_side(each.name)] = each.value
    opposite = {"left": "right", "right": "left", "": ""}
    pairs = {value: found.get((rest, opposite[side])) for (rest, side), value in found.items()}
    if any(partner is None for partner in pairs.values()):
        return None
    return {value: partner for value, partner in pairs.items() if partner is not None}


def without_side(name: str) -> tuple[str, str]:
    """A class's name in lower case without its side, and the side: "left", "right" or ""."""
    words = re.split(r"[\s_\-.]+", name.lower())
    sides = [
        ("left" if word in ("left", "l", "lh") else "right")
        for word in words
        if word in ("left", "l", "lh", "right", "r", "rh")
    ]
    rest = " ".join(word for word in words if word not in ("left", "l", "lh", "right", "r", "rh"))
    return rest, sides[0] if sides else ""
