"""Lists of classes that people already know: numbers, names, colours and codes, as data in `resources/presets`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from segstudio import paths
from segstudio.errors import ImageError
from segstudio.imaging.labels import Code, Color, LabelClass, color_of

HIGHEST = 65535
"""The largest number that a class can have."""

_FIRST = 7
_COLORS = 120


@dataclass(frozen=True)
class Preset:
    """A list of classes.

    Parameters
    ----------
    name
        As people call it, for example "TotalSegmentator CT".
    about
        What it holds, one sentence without a full stop.
    classes
        Ascending values, each once.
    """

    name: str
    about: str
    classes: tuple[LabelClass, ...]


def presets() -> tuple[Preset, ...]:
    """All that SegStudio comes with, by name.

    Raises
    ------
    ImageError
        One of the files is damaged.
    """
    return _presets_in(paths.resources() / "presets")


def _presets_in(folder: Path) -> tuple[Preset, ...]:
    return tuple(sorted((read_preset(path) for path in folder.glob("*.json")), key=lambda preset: preset.name))


def read_preset(path: Path) -> Preset:
    """One list from its file.

    Raises
    ------
    ImageError
        The file is no such list, or gives a value twice.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        preset = Preset(str(plain["name"]), str(plain["about"]), tuple(_class_of(each) for each in plain["classes"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ImageError(f"the class list {path.name} cannot be read", hint="Install SegStudio again.") from error
    values = [each.value for each in preset.classes]
    if values != sorted(set(values)):
        raise ImageError(f"the class list {path.name} gives its values out of order or twice")
    return preset


def _class_of(plain: dict[str, Any]) -> LabelClass:
    red, green, blue = (int(part) for part in plain["color"])
    code = Code(*plain["code"]) if "code" in plain else None
    return LabelClass(int(plain["value"]), str(plain["name"]), (red, green, blue), code)


def code_of(name: str) -> Code | None:
    """The DICOM code of what the lists call by this name, whatever its case and with "_" or "-" for spaces.

    Raises
    ------
    ImageError
        One of the lists is damaged.
    """
    return _codes(paths.resources() / "presets").get(_plain(name))


@cache
def _codes(folder: Path) -> dict[str, Code]:
    """By plain name; where lists differ, the first one's."""
    known = [each for preset in _presets_in(folder) for each in preset.classes]
    return {_plain(each.name): each.code for each in reversed(known) if each.code is not None}


def _plain(name: str) -> str:
    return " ".join(re.split(r"[\s_-]+", name.strip().casefold()))


def joined(
    classes: Sequence[LabelClass], more: Iterable[LabelClass], drawn: Iterable[int] = ()
) -> tuple[LabelClass, ...]:
    """Classes with others added: each keeps its number where that is free, and takes the next free one otherwise.

    One whose name is there already is left out; a colour that is there already gives way to a free one.

    Parameters
    ----------
    drawn
        Values that a mask holds: a class with such a number names what is drawn, and none is given it otherwise.

    Raises
    ------
    ImageError
        There is no number left.
    """
    all_of_them, drawn = list(classes), tuple(drawn)
    more = tuple(more)
    wanted = {each.value for each in more}
    for each in more:
        if each.name in {other.name for other in all_of_them}:
            continue
        taken = {other.value for other in all_of_them}
        colors = [other.color for other in all_of_them]
        value = free_value(all_of_them, (*drawn, *wanted)) if each.value in taken else each.value
        color = free_color(colors) if each.color in colors else each.color
        all_of_them.append(replace(each, value=value, color=color))
    return tuple(sorted(all_of_them, key=lambda each: each.value))


def free_value(classes: Iterable[LabelClass], others: Iterable[int] = ()) -> int:
    """The lowest number that neither a class nor any of `others` has.

    Raises
    ------
    ImageError
        There is none.
    """
    taken = {each.value for each in classes} | set(others)
    value = next((value for value in range(1, HIGHEST + 1) if value not in taken), None)
    if value is None:
        raise ImageError("there is no number left for another class", hint="Delete one that is not used.")
    return value


def free_color(taken: Iterable[Color]) -> Color:
    """A colour well apart from those: one that red-green blind readers tell apart, while there are such."""
    taken = list(taken)
    first = next((color for color in map(color_of, range(_FIRST)) if color not in taken), None)
    if first is not None:
        return first
    there = np.array(taken, float)
    colors = [color_of(index) for index in range(_FIRST, _COLORS)]
    return max(colors, key=lambda color: float(np.abs(there - color).sum(axis=1).min()))
