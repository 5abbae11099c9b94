"""Labelled scans on the network's grid, kept in a job's folder and mapped into memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.inference.preprocess import prepare, prepare_labels
from segstudio.learning.labelled import Example, Labelled
from segstudio.networks import ModelSpec
from segstudio.progress import Progress, Stop, check

IGNORED = 255
"""Index of voxels from which nothing is learned."""

_CENTRES = 4000
"""Voxels kept of each class as possible patch centres."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A case ready for patches to be drawn.

    Parameters
    ----------
    image
        Float16, shape (channel, z, y, x), normalised.
    labels
        Class indices (0 background, then the order of the spec's classes), shape (z, y, x).
    centres
        For each class that occurs, voxels of it, shape (n, 3).
    corrected
        Voxels that a person changed, shape (n, 3); empty where no model came first or nothing was changed.
    unknown
        Class indices that its reader could not draw: what they left as background may be one of these.
    """

    image: NDArray[np.float16]
    labels: NDArray[np.uint8]
    centres: tuple[NDArray[np.intp], ...]
    corrected: NDArray[np.intp]
    unknown: tuple[int, ...] = ()


def prepare_all(
    examples: Sequence[Example], spec: ModelSpec, folder: Path, *, progress: Progress, stop: Stop
) -> list[Prepared]:
    """Bring every example to the network's grid, or find it there from before the job was interrupted.

    Raises
    ------
    ImageError
        A mask holds a class that the model does not have.
    Stopped
        Between two cases.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for done, example in enumerate(examples):
        check(stop)
        progress(done / len(examples), f"preparing case {done + 1} of {len(examples)}")
        path = folder / example.key
        if not path.exists():
            _write(path, _arrays(example, spec))
        found.append(_read(path))
    return found


def class_indices(labels: NDArray[Any], spec: ModelSpec, key: str) -> NDArray[np.uint8]:
    """Label values as indices into the spec's classes, 0 for background.

    Raises
    ------
    ImageError
        A value is none of the spec's.
    """
    table = np.full(65536, IGNORED, np.uint8)
    table[[0, *(each.value for each in spec.classes)]] = np.arange(len(spec.classes) + 1)
    index: NDArray[np.uint8] = table[labels]
    if (index == IGNORED).any():
        unknown = sorted({int(value) for value in np.unique(labels[index == IGNORED])})
        raise ImageError(
            f"case {key} has the label {unknown[0]}, which {spec.name} does not know",
            hint=f"It knows {', '.join(f'{each.value} {each.name}' for each in spec.classes)}.",
        )
    return index


def _arrays(example: Example, spec: ModelSpec) -> dict[str, NDArray[Any]]:
    case: Labelled = example.load().cut()
    image, grid = prepare(case.volume, spec)
    index = class_indices(case.labels.labels, spec, example.key)
    changed = np.zeros(index.shape, bool) if case.predicted is None else case.predicted != case.labels.labels
    left = case.unconfirmed()
    if left is not None:
        index[left] = IGNORED
        changed &= ~left
    known = {each.value for each in case.labels.classes}
    unknown = [at for at, each in enumerate(spec.classes, 1) if known and each.value not in known]
    return {
        "unknown": np.array(unknown, np.int64),
        "image": image.numpy().astype(np.float16),
        "labels": prepare_labels(index, grid),
        "changed": prepare_labels(changed, grid),
    }


def _write(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    folder = path.with_name(path.name + ".writing")
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    os.replace(folder, path)


def _read(path: Path) -> Prepared:
    image, labels = (np.load(path / f"{name}.npy", mmap_mode="r") for name in ("image", "labels"))
    rng = np.random.default_rng(0)
    classes = np.flatnonzero(np.bincount(labels.ravel(), minlength=256)[1:IGNORED]) + 1
    centres = tuple(_some(labels == index, rng) for index in classes)
    unknown = tuple(int(index) for index in np.load(path / "unknown.npy"))
    return Prepared(image, labels, centres, _some(np.load(path / "changed.npy") > 0, rng), unknown)


def _some(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.intp]:
    where = np.flatnonzero(mask)
    if len(where) > _CENTRES:
        where = rng.choice(where, _CENTRES, replace=False)
    return np.stack(np.unravel_index(where, mask.shape), axis=1)
