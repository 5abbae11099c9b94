"""What synthesised scans are made of: the classes, the tissues behind them and how bright these usually are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio import paths
from segstudio.errors import ImageError
from segstudio.imaging import LabelClass, classes_named
from segstudio.imaging.presets import presets
from segstudio.networks import Normalisation


@dataclass(frozen=True)
class Contrast:
    """How bright tissues are in one kind of scan.

    Parameters
    ----------
    share
        Part of the scans that are of this kind; what all kinds leave of 1 is drawn fully at random.
    means
        Brightness of each tissue by name, 0 the darkest and 1 the brightest that occurs.
    spread
        Standard deviation of a tissue's brightness from scan to scan.
    """

    share: float
    means: Mapping[str, float]
    spread: float = 0.05


@dataclass(frozen=True)
class Recipe:
    """How label maps of one part of the body become scans.

    Parameters
    ----------
    classes
        What a model learns to draw; other values are drawn as tissues and learned as background.
    merged
        Values of the maps that count as one of the classes: {137: 4}.
    tissues
        Values of the maps that are one tissue, by its name; a value that none holds is a tissue of its own.
    alike
        Tissues that are often equally bright.
    outside
        Tissues that a tool which strips the skull would take away.
    contrasts
        By name.
    """

    classes: tuple[LabelClass, ...]
    merged: Mapping[int, int] = field(default_factory=dict)
    tissues: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    alike: tuple[tuple[str, ...], ...] = ()
    outside: tuple[str, ...] = ()
    contrasts: Mapping[str, Contrast] = field(default_factory=dict)
    normalisation: Normalisation = field(default_factory=Normalisation)

    def class_index(self, values: Sequence[int]) -> NDArray[np.uint8]:
        """What each value is learned as: 0 background, then the order of the classes."""
        index = {each.value: position for position, each in enumerate(self.classes, 1)}
        return np.array([index.get(self.merged.get(value, value), 0) for value in values], np.uint8)

    @property
    def learned_tissues(self) -> tuple[tuple[int, ...], ...]:
        """The values of classes that are one tissue, by tissue."""
        learned = {each.value for each in self.classes}
        groups = (tuple(value for value in each if value in learned) for each in self.tissues.values())
        return tuple(group for group in groups if group)

    def tissue_names(self, values: Sequence[int]) -> tuple[str, ...]:
        """The tissue of each value."""
        named = {value: name for name, each in self.tissues.items() for value in each}
        return tuple(named.get(value, f"label {value}") for value in values)


@dataclass(frozen=True)
class Synthesis:
    """What to synthesise scans from: files of label maps, and what they are made into."""

    maps: tuple[Path, ...]
    recipe: Recipe


@dataclass(frozen=True)
class MapFolder:
    """What a person asks to be synthesised from.

    Parameters
    ----------
    labels
        A folder of label maps.
    recipe
        Its name or file; "" draws all brightnesses at random and learns the classes that are named.
    spacing
        Of the network's grid in mm; 0 is the usual.
    """

    labels: Path
    recipe: str = ""
    spacing: float = 0.0

    def to_json(self, classes: Sequence[LabelClass]) -> dict[str, Any]:
        """Plain data for a job's request."""
        recipe = str(Path(self.recipe).resolve()) if self.recipe.endswith(".json") else self.recipe
        named = [] if recipe else [[each.value, each.name] for each in classes]
        return {"labels": str(self.labels.resolve()), "recipe": recipe, "spacing": self.spacing, "classes": named}


def recipe_of(request: Mapping[str, Any]) -> Recipe:
    """The recipe of what `MapFolder.to_json` wrote down."""
    if request["recipe"]:
        return read_recipe(request["recipe"])
    return Recipe(classes_named((int(value), str(name)) for value, name in request["classes"]))


def held_out(maps: Sequence[Path], part: float, seed: int) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Label maps to learn from and those kept to judge on, drawn by the seed; at least one to learn from."""
    order = np.random.default_rng(seed).permutation(len(maps))
    kept = {int(index) for index in order[: min(round(part * len(maps)), len(maps) - 1)]}
    learn = tuple(path for index, path in enumerate(maps) if index not in kept)
    return learn, tuple(path for index, path in enumerate(maps) if index in kept)


def read_recipe(name: str) -> Recipe:
    """A recipe that SegStudio comes with, by its name, or one from a file of the same form.

    Raises
    ------
    ImageError
        There is none of this name, or the file is damaged.
    """
    folder = paths.resources() / "synthesis"
    path = Path(name) if name.endswith(".json") else folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.json")))
        raise ImageError(f"there is no recipe {name}", hint=f"There is {known}; or give a file of that form.")
    try:
        return _recipe(json.loads(path.read_text(encoding="utf-8")))
    except (AttributeError, KeyError, TypeError, ValueError, StopIteration) as error:
        raise ImageError(f"the recipe {path} cannot be read ({error})", hint="Compare it with brain.json.") from error


def _recipe(plain: Mapping[str, Any]) -> Recipe:
    preset = next(each for each in presets() if each.name == plain["preset"])
    return Recipe(
        classes=tuple(each for each in preset.classes if each.value in plain["classes"]),
        merged={value: int(into) for into, values in plain["merged"].items() for value in values},
        tissues={name: tuple(values) for name, values in plain["tissues"].items()},
        alike=tuple(tuple(names) for names in plain["alike"]),
        outside=tuple(plain["outside"]),
        contrasts={name: Contrast(**each) for name, each in plain["contrasts"].items()},
        normalisation=Normalisation(**plain["normalisation"]),
    )
