"""A network and its preprocessing, planned from the scans it will learn from.

The rules are those of nnU-Net's fingerprint, simplified (Isensee et al. 2021): median spacing, a patch that covers the
usual scan as far as the budget of voxels goes, strides that keep voxels near cubes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from segstudio.errors import ModelError
from segstudio.imaging import CANONICAL, LabelClass, Reorientation, Shape, mirrored_values, present_values, read_labels
from segstudio.inference.fit import CT_BELOW
from segstudio.inference.sanity import whole_parts
from segstudio.learning.labelled import Example, Labelled
from segstudio.learning.maps import turned_part
from segstudio.learning.recipe import Recipe, Synthesis
from segstudio.networks import Architecture, ModelSpec, Normalisation
from segstudio.progress import Progress, Stop, check, never, silent

PATCH_VOXELS = 128_000
"""Voxels seen at once: what two CPU cores train on at several steps a second."""

SYNTHESISED_VOXELS = 340_000
"""Where scans are synthesised: a large part of the body must be in view, or there is nothing to know a place by."""

_MOST = 1.0
"""How much of what is to be learned a patch holds."""

_LEAN = Architecture(
    features=(16, 32, 64, 96, 128),
    kernels=((3, 3, 3),) * 5,
    strides=((1, 1, 1), *((2, 2, 2),) * 4),
    convolutions=(1, 2, 2, 2, 1),
    decoder_convolutions=(1, 2, 2, 2),
)
"""2.3 million weights: little work at the finest stage, where most of the time goes."""

_ENOUGH = 8
"""Scans from which the usual size of a class can be told."""

_HIGHEST = 65535
_SMALLEST_SIDE = 5
_MOST_STAGES = 6
_WIDEST = 320
_LOOKED_AT = 24

_ISLAND = 0.2
"""Pieces of a class below this part of its largest are dropped, where people never drew one even a quarter of that."""


@dataclass(frozen=True)
class _Seen:
    spacing: NDArray[np.float64]
    shape: NDArray[np.int64]
    foreground: NDArray[np.float32]
    second_piece: float
    drawn_ml: tuple[float, ...]
    whole: tuple[float, ...]
    modality: str
    channels: tuple[str, ...]


def plan_model(
    examples: Sequence[Example],
    *,
    name: str,
    version: int,
    classes: tuple[LabelClass, ...],
    modality: str = "",
    width: int = 16,
    progress: Progress = silent,
    stop: Stop = never,
) -> ModelSpec:
    """A spec for scans like these, looking at up to 24 of them.

    Parameters
    ----------
    modality
        Where the files do not say (NIfTI never does); scans with values as low as those of air are taken for CT.
    width
        Features of the first stage.

    Raises
    ------
    ModelError
        No examples, or their channels or modalities differ.
    """
    if not examples:
        raise ModelError("there is nothing to learn from", hint="Give at least one scan with its mask.")
    seen = _look_at_some(examples, progress, stop)
    channels, modality = _one_kind(seen, modality)
    spacing = np.median([each.spacing for each in seen], axis=0).round(4)
    shape = np.percentile([each.shape * each.spacing / spacing for each in seen], 75, axis=0)
    patch, architecture = plan_network(spacing, shape, width)
    z, y, x = (float(mm) for mm in spacing)
    extents = np.median([each.shape * each.spacing for each in seen], axis=0)
    return ModelSpec(
        name=name,
        version=version,
        architecture=architecture,
        classes=classes,
        channels=channels,
        modality=modality,
        spacing=(z, y, x),
        patch=patch,
        normalisation=_normalisation(seen, modality),
        orientation=CANONICAL,
        smallest_piece=_ISLAND if max(each.second_piece for each in seen) < _ISLAND / 4 else 0.0,
        shows_mm=_three(extents),
        usual_ml=_ranges([each.drawn_ml for each in seen], len(classes)),
        least_whole=_least([each.whole for each in seen], len(classes)),
    )


def plan_synthesised(
    synthesis: Synthesis, *, name: str, version: int, modality: str = "", spacing: float = 0.0
) -> ModelSpec:
    """A spec for scans synthesised from label maps, looking at up to 24 of them: a lean network that sees far.

    Parameters
    ----------
    spacing
        Of the network's grid in mm; 0 takes the finest at which a patch holds most of what is to be learned.
    """
    every = -(-len(synthesis.maps) // _LOOKED_AT)
    learned = [each.value for each in synthesis.recipe.classes]
    extents, finest, drawn_ml, whole = [], [], [], []
    for path in synthesis.maps[::every]:
        part, mm = turned_part(read_labels(path), CANONICAL, learned)
        mask = np.isin(part, learned)
        extents.append(_extent(mask) * mm)
        finest.append(max(mm))
        counts = np.bincount(part.ravel(), minlength=_HIGHEST + 1)
        whole.append(whole_parts(_as_classes(part, synthesis.recipe), learned))
        drawn_ml.append([float(counts[values].sum() * mm.prod() / 1000) for values in _merged(synthesis.recipe)])
    extent = np.median(extents, axis=0)
    usual = max(float(np.median(finest)), float((_MOST * extent.prod() / SYNTHESISED_VOXELS) ** (1 / 3)))
    grid = spacing or round(usual, 1)
    return ModelSpec(
        name=name,
        version=version,
        architecture=_LEAN,
        classes=synthesis.recipe.classes,
        channels=("",),
        modality=modality,
        spacing=(grid, grid, grid),
        patch=_lean_patch(extent / grid),
        normalisation=synthesis.recipe.normalisation,
        orientation=CANONICAL,
        shows_mm=_three(extent),
        usual_ml=_ranges(drawn_ml, len(synthesis.recipe.classes)),
        least_whole=_least(whole, len(synthesis.recipe.classes)),
        tissues=synthesis.recipe.learned_tissues,
        mirrored=mirrored_values(synthesis.recipe.classes) is not None,
    )


def _lean_patch(shape: NDArray[np.float64]) -> Shape:
    """A patch that holds most of such a shape, in voxels, without being too large to learn from."""
    sides = shape.copy()
    while sides.prod() > SYNTHESISED_VOXELS:
        sides[sides.argmax()] *= 0.98
    z, y, x = (16 * max(2, round(float(side) / 16)) for side in sides)
    return z, y, x


def plan_network(
    spacing: NDArray[np.float64], shape: NDArray[np.float64], width: int
) -> tuple[tuple[int, int, int], Architecture]:
    """Patch and stages for scans of a spacing (mm) and shape (voxels)."""
    patch = np.maximum(np.ceil(shape), 1)
    while patch.prod() > PATCH_VOXELS:
        longest = int((patch * spacing).argmax())
        patch[longest] = min(patch[longest] - 1, np.ceil(patch[longest] * 0.95))
    kernels, strides = _stages(patch, spacing)
    divisor = np.prod(strides, axis=0)
    z, y, x = (int(side) for side in np.maximum(np.ceil(patch / divisor - 0.25), 1) * divisor)
    stages = len(strides)
    architecture = Architecture(
        features=tuple(min(width * 2**stage, _WIDEST) for stage in range(stages)),
        kernels=kernels,
        strides=strides,
        convolutions=(2,) * stages,
        decoder_convolutions=(2,) * (stages - 1),
    )
    return (z, y, x), architecture


def _three(mm: NDArray[np.float64]) -> tuple[float, float, float]:
    z, y, x = (round(float(each), 1) for each in mm)
    return z, y, x


def _merged(recipe: Recipe) -> list[list[int]]:
    """The values of the maps that count as each class."""
    return [
        [each.value, *(value for value, into in recipe.merged.items() if into == each.value)] for each in recipe.classes
    ]


def _as_classes(part: NDArray[Any], recipe: Recipe) -> NDArray[np.uint16]:
    """A map in which every value that counts as a class has become it, and all others background."""
    table = np.zeros(_HIGHEST + 1, np.uint16)
    for each, values in zip(recipe.classes, _merged(recipe), strict=True):
        table[values] = each.value
    found: NDArray[np.uint16] = table[part]
    return found


def _least(whole: Sequence[Sequence[float]], classes: int) -> tuple[float, ...]:
    """The least part of each class that was one piece; none where too few scans were seen to say what is usual."""
    if len(whole) < _ENOUGH or {len(each) for each in whole} != {classes}:
        return ()
    return tuple(round(min(each), 3) for each in zip(*whole, strict=True))


def _ranges(drawn_ml: Sequence[Sequence[float]], classes: int) -> tuple[tuple[float, float], ...]:
    """Least and most volume of each class; none where too few scans were seen to say what is usual."""
    if len(drawn_ml) < _ENOUGH or {len(each) for each in drawn_ml} != {classes}:
        return ()
    return tuple((round(min(each), 3), round(max(each), 3)) for each in zip(*drawn_ml, strict=True))


def _extent(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Voxels along each axis between which all but a fiftieth of the mask lies."""
    sums = [mask.sum(axis=others).cumsum() for others in ((1, 2), (0, 2), (0, 1))]
    return np.array([float(np.diff(np.searchsorted(each, [0.01 * each[-1], 0.99 * each[-1]]))[0]) for each in sums])


def _stages(
    patch: NDArray[np.float64], spacing: NDArray[np.float64]
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """Kernels and strides: an axis is halved while it is long enough, and no finer axis waits for a coarser one."""
    size, mm = patch.copy(), spacing.copy()
    kernels, strides = [], [(1, 1, 1)]
    while True:
        kernels.append(
            tuple(3 if side > 1 and voxel < 2 * mm.min() else 1 for side, voxel in zip(size, mm, strict=True))
        )
        step = [
            2 if side >= 2 * _SMALLEST_SIDE - 1 and voxel < 2 * mm.min() else 1
            for side, voxel in zip(size, mm, strict=True)
        ]
        if max(step) == 1 or len(strides) == _MOST_STAGES:
            break
        strides.append((step[0], step[1], step[2]))
        size, mm = np.ceil(size / step), mm * step
    if len(strides) == 1:
        kernels.append(kernels[0])
        strides.append((1, 1, 1))
    return tuple(kernels), tuple(strides)


def _look_at_some(examples: Sequence[Example], progress: Progress, stop: Stop) -> list[_Seen]:
    every = max(1, len(examples) // _LOOKED_AT)
    seen = []
    for done, example in enumerate(examples[::every]):
        check(stop)
        progress(done * every / len(examples), "looking at the scans")
        seen.append(_look(example.load()))
    return seen


def _look(case: Labelled) -> _Seen:
    case = case.cut()
    turn = Reorientation.to(case.volume.geometry)
    geometry = turn.geometry(case.volume.geometry)
    inside = case.volume.image[0][case.labels.labels > 0].astype(np.float32)
    step = max(1, len(inside) // 10_000)
    low = float(case.volume.image.min())
    modality = case.volume.modality or ("CT" if low <= CT_BELOW else "")
    shape, second = np.array(geometry.shape), _second_piece(case.labels.labels)
    volumes = case.labels.volumes_ml()
    whole = whole_parts(case.labels.labels, list(volumes))
    return _Seen(
        geometry.spacing, shape, inside[::step], second, tuple(volumes.values()), whole, modality, case.volume.channels
    )


def _second_piece(labels: NDArray[Any]) -> float:
    """Size of a class's second largest piece as a part of its largest, for the class where it is greatest."""
    found = [0.0]
    for value in present_values(labels)[1:]:
        sizes = np.bincount(ndimage.label(labels == value, structure=np.ones((3, 3, 3)))[0].ravel())[1:]
        found.append(float(np.sort(sizes)[-2] / sizes.max()) if len(sizes) > 1 else 0.0)
    return max(found)


def _one_kind(seen: Sequence[_Seen], modality: str) -> tuple[tuple[str, ...], str]:
    counts = {len(each.channels) for each in seen}
    found = {each.modality for each in seen if each.modality}
    if len(counts) > 1:
        raise ModelError(
            f"the scans have different numbers of channels: {sorted(counts)}", hint="Train on scans of one kind."
        )
    if not modality and len(found) > 1:
        raise ModelError(
            f"the scans are of different modalities: {', '.join(sorted(found))}", hint="Train on scans of one kind."
        )
    return seen[0].channels, modality or next(iter(found), "MR")


def _normalisation(seen: Sequence[_Seen], modality: str) -> Normalisation:
    if modality != "CT":
        return Normalisation("zscore")
    values = torch.from_numpy(np.concatenate([each.foreground for each in seen]))
    if not len(values):
        return Normalisation("ct", -1000.0, 1000.0, 0.0, 300.0)
    low, high = (float(np.percentile(values, part)) for part in (0.5, 99.5))
    clipped = values.clamp(low, high)
    return Normalisation("ct", low, high, float(clipped.mean()), float(clipped.std()) or 1.0)
