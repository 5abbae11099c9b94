"""What a model is, as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from segstudio.errors import ModelError
from segstudio.imaging import CANONICAL, Code, LabelClass, mirrored_values

FORMAT = 1
"""Version of `model.json`; a newer one is refused."""

SPEC_FILE = "model.json"
WEIGHTS_FILE = "weights.safetensors"
CARD_FILE = "card.md"


@dataclass(frozen=True)
class Architecture:
    """The U-Net, described by its stages, finest first.

    Parameters
    ----------
    features
        Channels of each stage.
    kernels, strides
        Of each stage, one number per axis (z, y, x), or (y, x) for a 2D network; the first stage's stride is 1
        everywhere. Anisotropic scans want kernels and strides of 1 along z at first.
    convolutions, decoder_convolutions
        Convolutions in each stage on the way down, and on the way up.
    """

    features: tuple[int, ...]
    kernels: tuple[tuple[int, ...], ...]
    strides: tuple[tuple[int, ...], ...]
    convolutions: tuple[int, ...]
    decoder_convolutions: tuple[int, ...]
    kind: str = "unet"

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return len(self.kernels[0])

    @property
    def divisor(self) -> tuple[int, ...]:
        """What a patch's sides must be divisible by, per axis."""
        sides = [1] * self.dimensions
        for stride in self.strides:
            sides = [side * step for side, step in zip(sides, stride, strict=True)]
        return tuple(sides)


@dataclass(frozen=True)
class Normalisation:
    """How intensities are brought to the range the network expects.

    `kind` is "ct" (clip to low…high in HU, then subtract mean, divide by std: all measured on training foreground),
    "zscore" (each scan by its own mean and std over its foreground), "percentile" (each scan's foreground between its
    0.5th and 99.5th percentile to 0…1) or "any" (as "percentile", where CT, told by its values, is first clipped to
    low…high in HU).
    """

    kind: str = "zscore"
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    std: float = 1.0


@dataclass(frozen=True)
class Lineage:
    """Where a version comes from.

    Parameters
    ----------
    parent
        NAME@VERSION that its weights started from, or "".
    base
        NAME@VERSION at the root: the version that fine-tuning starts from, never a chain of fine-tunes.
    cases
        Case numbers of the library that it was trained on; pseudonyms, no patient names.
    maps
        Number of label maps that scans to train on were synthesised from.
    """

    parent: str = ""
    base: str = ""
    cases: tuple[str, ...] = ()
    maps: int = 0
    steps: int = 0
    minutes: float = 0.0
    seed: int = 0
    device: str = ""
    created: str = ""
    program: str = ""


@dataclass(frozen=True)
class ModelSpec:
    """All that is known of a model but its weights; written as `model.json`.

    Parameters
    ----------
    spacing
        Millimetres along the axes of `orientation` that the network sees.
    patch
        Voxels that it sees at once; (y, x) become one slice of shape (1, y, x) for a 2D network.
    smallest_piece
        Pieces of a class that are smaller than this part of its largest one are dropped from what the model draws; 0
        keeps all. (Not only the largest: a scan may show both hippocampi, where the training scans showed one.)
    shows_mm
        Extent of the scans it was made for along the axes of `orientation`; zeros where unknown.
    usual_ml
        Least and most volume of each class in such scans, in the order of `classes`; empty where too few were seen.
    least_whole
        Least part of each class that was one piece in such scans, in the order of `classes`; empty likewise.
    tissues
        Groups of values whose classes are one tissue, about equally bright in a scan, as left and right are; others are
        tissues of their own. Where there are any, borders are moved to where the scan's brightness changes.
    mirrored
        A scan is seen as it is and with left and right exchanged; the mean is drawn.
    metrics
        Plain data from the gate or from training: {"holdout": {...}, ...}.
    """

    name: str
    version: int
    architecture: Architecture
    classes: tuple[LabelClass, ...]
    channels: tuple[str, ...]
    modality: str
    spacing: tuple[float, float, float]
    patch: tuple[int, int, int]
    normalisation: Normalisation = Normalisation()
    orientation: str = CANONICAL
    smallest_piece: float = 0.0
    shows_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    usual_ml: tuple[tuple[float, float], ...] = ()
    least_whole: tuple[float, ...] = ()
    tissues: tuple[tuple[int, ...], ...] = ()
    mirrored: bool = False
    lineage: Lineage = Lineage()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    licence: str = ""
    description: str = ""
    weights_sha256: str = ""

    @property
    def label(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"

    def renamed(self, name: str, version: int) -> ModelSpec:
        """The same model under another name and number."""
        return replace(self, name=name, version=version)


@dataclass(frozen=True)
class Mirror:
    """Left and right exchanged: the axis of the network's grid that runs so, and what each class index becomes."""

    axis: int
    classes: tuple[int, ...]

    @classmethod
    def of(cls, spec: ModelSpec) -> Mirror | None:
        """The mirror that the spec's classes allow, or None."""
        partners = mirrored_values(spec.classes)
        if partners is None:
            return None
        index = {each.value: position for position, each in enumerate(spec.classes, 1)}
        classes = (0, *(index[partners[each.value]] for each in spec.classes))
        return cls(next(axis for axis, letter in enumerate(spec.orientation) if letter in "LR"), classes)


def to_json(spec: ModelSpec) -> dict[str, Any]:
    """Plain data for `model.json`."""
    return {"format": FORMAT, **asdict(spec)}


def from_json(plain: Mapping[str, Any]) -> ModelSpec:
    """A spec from the data of `model.json`.

    Raises
    ------
    ModelError
        It was written by a newer program, or something is missing or of the wrong kind.
    """
    if plain.get("format") != FORMAT:
        raise ModelError(
            f"model.json is of format {plain.get('format')}, this program reads {FORMAT}", hint="Update SegStudio."
        )
    try:
        known = {key: value for key, value in plain.items() if key != "format"}
        known["architecture"] = Architecture(**{k: _tuples(v) for k, v in plain["architecture"].items()})
        known["classes"] = tuple(_class(each) for each in plain["classes"])
        known["normalisation"] = Normalisation(**plain["normalisation"])
        known["lineage"] = Lineage(**{k: _tuples(v) for k, v in plain["lineage"].items()})
        for key in ("channels", "spacing", "patch", "shows_mm", "usual_ml", "least_whole", "tissues"):
            known |= {key: _tuples(plain[key])} if key in plain else {}
        return ModelSpec(**known)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"model.json is damaged ({error})", hint="Import the model again.") from error


def _class(plain: Mapping[str, Any]) -> LabelClass:
    code = Code(**plain["code"]) if plain.get("code") else None
    red, green, blue = plain["color"]
    return LabelClass(int(plain["value"]), str(plain["name"]), (red, green, blue), code)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


def read_spec(folder: Path) -> ModelSpec:
    """The spec of the model in a folder; the weights are not looked at.

    Raises
    ------
    ModelError
        There is no `model.json`, or it cannot be understood.
    """
    path = folder / SPEC_FILE
    try:
        plain = json.loads(path.read_text(encoding="utf8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder} holds no model ({SPEC_FILE} is missing)", hint="Choose the folder that holds it."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as a model's description", hint="Import the model again.") from error
    if not isinstance(plain, dict):
        raise ModelError(f"{path} is not a model's description", hint="Import the model again.")
    return from_json(plain)
