"""The first segmentation of a scan."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from segstudio.errors import GeometryError, ModelError
from segstudio.imaging import Box, LabelMap, Shape, Volume
from segstudio.inference import Doubt, Prediction
from segstudio.inference.device import Device, choose
from segstudio.inference.fit import CT_BELOW
from segstudio.inference.native import TO_NATIVE, to_native
from segstudio.inference.preprocess import Grid, brightness, prepare, resample
from segstudio.inference.sanity import checked
from segstudio.inference.sliding import window_logits
from segstudio.inference.tissues import Tissues, tissue_of
from segstudio.inference.uncertainty import doubt_of
from segstudio.networks import Mirror
from segstudio.networks.weights import LoadedModel
from segstudio.progress import Progress, Stop, check, never, part, silent

_FINEST_MM = 0.8
"""Tissues are told apart in voxels of at least that: smaller ones take long, are noisier, and show no more of them."""


def predict(
    volume: Volume,
    model: LoadedModel,
    *,
    box: Box | None = None,
    device: str = "auto",
    doubt: bool = False,
    measured: bool = False,
    progress: Progress = silent,
    stop: Stop = never,
) -> Prediction:
    """Segment a scan and return labels on its own grid.

    Parameters
    ----------
    volume
        Intensities in any orientation and spacing; CT in HU. The chosen frame is used.
    box
        Voxels to look at; the scan is cut to it, and the rest stays background.
    device
        As for `segstudio.inference.device.choose`. Where memory runs out the work falls back to less at a time, to
        sums in main memory and to the CPU, and the result's notes say so.
    doubt
        Work out how unsure the model was, too; its places lie on the grid of what was seen.
    measured
        Keep all that was drawn, to measure the model by it. Otherwise nothing is kept of what cannot be what the model
        was made for, unless a box was asked for, and a note says so.

    Raises
    ------
    ModelError
        The scan is of another kind than the model was made for, or there is no such device.
    GeometryError
        The box is empty or reaches out of the scan.
    ImageError
        The scan holds NaN or infinite values.
    Stopped
        `stop()` became true.
    """
    start = time.perf_counter()
    chosen = choose(device)
    seen = volume if box is None else volume.cropped(require_inside(box, volume.geometry.shape))
    progress(0.0, "preparing the scan")
    image, grid = prepare(seen, model.spec)
    check(stop)
    logits, ran_on, notes = _logits(model, image, chosen, part(progress, 0.05, 0.9), stop)
    check(stop)
    progress(0.9, TO_NATIVE)
    tissues = _tissues(logits, seen, grid, model, stop)
    drawn = _on_native_grid(logits, grid, model, tissues, part(progress, 0.92, 0.99), stop)
    labels = np.zeros(volume.geometry.shape, drawn.dtype)
    labels[box or ...] = drawn
    unsure = _doubt(logits, grid, seen, model) if doubt else None
    progress(1.0, "done")
    mask = LabelMap(labels, volume.geometry, model.spec.classes)
    kept, odd = checked(mask, model.spec) if box is None and not measured else (True, "")
    if not kept:
        labels[...], unsure = 0, None
    notes = (*notes, odd) if odd else notes
    return Prediction(mask, box, time.perf_counter() - start, ran_on.words, notes, unsure, kept)


def _doubt(logits: Tensor, grid: Grid, seen: Volume, model: LoadedModel) -> Doubt:
    native, shape = np.array(grid.native), np.array(grid.shape)
    spacing = grid.turn.geometry(seen.geometry).spacing * native / shape
    voxel_ml = float(seen.geometry.voxel_ml * native.prod() / shape.prod())
    return doubt_of(logits, grid, [each.value for each in model.spec.classes], spacing.tolist(), voxel_ml)


def require_inside(box: Box, shape: Shape) -> Box:
    """The box itself, if it holds voxels and lies inside the shape.

    Raises
    ------
    GeometryError
        It is empty or reaches out.
    """
    if all(0 <= side.start < side.stop <= length for side, length in zip(box, shape, strict=True)):
        return box
    said = ",".join(f"{side.start}:{side.stop}" for side in box)
    raise GeometryError(
        f"the box {said} does not lie inside a scan of {'×'.join(map(str, shape))} voxels",
        hint="Give it as z0:z1,y0:y1,x0:x1 in voxels, each start below its end.",
    )


def _logits(
    model: LoadedModel, image: Tensor, device: Device, progress: Progress, stop: Stop
) -> tuple[Tensor, Device, tuple[str, ...]]:
    """Logits on the network's grid, with less and less memory until it is enough."""
    for way in _ways(device):
        try:
            logits = _seen(model, image, way, progress, stop)
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            if way.device.place.type == "cuda":
                torch.cuda.empty_cache()
            continue
        return logits, way.device, (f"Memory was short: predicted with {way.words}.",) if way.words else ()
    raise ModelError(
        "there is not enough memory to predict this scan", hint="Predict inside a box, or close other programs."
    )


@dataclass(frozen=True)
class _Way:
    """How much memory to ask for: patches at a time, and where the sums are kept."""

    device: Device
    batch: int
    keep_on: torch.device | None
    words: str


def _seen(model: LoadedModel, image: Tensor, way: _Way, progress: Progress, stop: Stop) -> Tensor:
    """Logits of a scan; of a model that sees it mirrored too, the mean of both."""
    network, patch = model.network.to(way.device.place), model.spec.patch

    def of(image: Tensor, progress: Progress) -> Tensor:
        return window_logits(
            network, image, patch, way.device, batch=way.batch, keep_on=way.keep_on, progress=progress, stop=stop
        )

    mirror = Mirror.of(model.spec) if model.spec.mirrored else None
    if mirror is None:
        return of(image, progress)
    axis = mirror.axis + 1
    plain = of(image, part(progress, 0.0, 0.5))
    other = of(image.flip(axis), part(progress, 0.5, 1.0)).flip(axis)
    return plain.add_(other[list(mirror.classes)]).div_(2)


def _ways(device: Device) -> list[_Way]:
    cpu = choose("cpu")
    if device.place.type == "cpu":
        return [_Way(cpu, 1, None, "")]
    return [
        _Way(device, 4, None, ""),
        _Way(device, 1, None, "one patch at a time"),
        _Way(device, 1, cpu.place, "its sums in main memory"),
        _Way(cpu, 1, None, "the CPU instead"),
    ]


def _is_out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    out = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return out or "out of memory" in words or "can't allocate memory" in words


def _tissues(logits: Tensor, seen: Volume, grid: Grid, model: LoadedModel, stop: Stop) -> Tissues | None:
    spec = model.spec
    if not spec.tissues:
        return None
    of = tissue_of([each.value for each in spec.classes], spec.tissues)
    even = seen.modality == "CT" or float(seen.image.min()) <= CT_BELOW
    spacing = grid.turn.geometry(seen.geometry).spacing
    z, y, x = (min(side, max(1, round(side * mm / _FINEST_MM))) for side, mm in zip(grid.native, spacing, strict=True))
    image = resample(brightness(seen, spec, grid, logits.device)[None], (z, y, x))[0]
    return Tissues.seen(logits, image, of, spec.spacing, even=even, stop=stop)


def _on_native_grid(
    logits: Tensor, grid: Grid, model: LoadedModel, tissues: Tissues | None, progress: Progress, stop: Stop
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    values = np.array([0, *(each.value for each in model.spec.classes)])
    values = values.astype(np.uint8 if values.max() <= 255 else np.uint16)
    index = to_native(logits, grid.native, tissues, progress=progress, stop=stop)
    if model.spec.smallest_piece:
        for each in range(1, len(values)):
            drop_small_pieces(index, each, model.spec.smallest_piece)
    return np.ascontiguousarray(grid.turn.undo(values[index]))


def drop_small_pieces(index: NDArray[np.uint8], wanted: int, part: float) -> None:
    """Make background of a class's pieces that are smaller than a part of its largest, in place.

    Parameters
    ----------
    index
        Class indices, shape (z, y, x).
    part
        From 0 to 1.
    """
    where = ndimage.find_objects((index == wanted).astype(np.uint8))
    if not where:
        return
    inside = index[where[0]]
    pieces, _ = ndimage.label(inside == wanted, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    small = sizes < part * sizes.max()
    small[0] = False
    inside[small[pieces]] = 0
