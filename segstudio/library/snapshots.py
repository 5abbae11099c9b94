"""Files that never change: a scan's copy, a correction's snapshot and a model's mask, known by their hashes."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import lz4.frame
import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, LibraryError, SegStudioError
from segstudio.imaging import Box, Code, Geometry, LabelClass, LabelMap, Volume, read_volume, write_volume
from segstudio.learning import Labelled
from segstudio.library.records import Case, Correction

Mask = NDArray[np.uint8] | NDArray[np.uint16]
"""Labels of shape (z, y, x)."""

DRAWN = "predictions"
"""Folder of the masks that models have drawn; a reader who accepts one stands for that very file."""


def hash_image(volume: Volume) -> str:
    """SHA-256 of the chosen frame's grid and voxels, the same for the same numbers in any number type.

    Positions count to the micrometre and values as float32: what formats hold, so that a scan and its copy are one.
    """
    digest = hashlib.sha256(repr(volume.image.shape).encode())
    digest.update((volume.geometry.affine.round(3) + 0.0).astype("<f8").tobytes())
    for channel in volume.image:
        for plane in channel:
            digest.update(np.ascontiguousarray(plane, "<f4").tobytes())
    return digest.hexdigest()


def write_image(volume: Volume, path: Path) -> None:
    """Write the chosen frame as `.nii.gz`."""
    write_volume(replace(volume, voxels=volume.image[None], frame=0, source=None, notes=()), path)


def read_image(case: Case) -> Volume:
    """A case's scan, checked against its hash.

    Raises
    ------
    LibraryError
        The copy is missing, damaged or another scan.
    """
    hint = "Submit the scan again to put its copy back; other cases are not affected."
    if not case.image.is_file():
        raise LibraryError(f"the scan of case {case.id} is missing from the library", hint=hint)
    try:
        voxels = read_volume(case.image).voxels
        volume = Volume(voxels, case.geometry, channels=case.channels, modality=case.modality)
    except SegStudioError as error:
        raise LibraryError(f"the scan of case {case.id} cannot be read: {error.message}", hint=hint) from error
    if hash_image(volume) != case.image_hash:
        raise LibraryError(f"the scan of case {case.id} is not the one that was stored (hash differs)", hint=hint)
    return volume


def hash_mask(labels: Mask) -> str:
    """SHA-256 of a mask's voxels, the same for the same classes in either number type."""
    digest = hashlib.sha256(repr(labels.shape).encode())
    for plane in labels:
        digest.update(np.ascontiguousarray(plane, "<u2").tobytes())
    return digest.hexdigest()


def pack_mask(labels: Mask) -> bytes:
    """A mask alone, packed so that it is read faster than a disk reads."""
    file = io.BytesIO()
    np.save(file, labels)
    packed: bytes = lz4.frame.compress(file.getvalue())
    return packed


def unpack_mask(file: Path, sha256: str, case: int) -> Mask:
    """The mask that `pack_mask` packed.

    Raises
    ------
    LibraryError
        The file is missing or not the one that was stored.
    """
    data = _checked(file, sha256, f"the model's mask of case {case}", "Predict the case again.")
    labels: Mask = np.load(io.BytesIO(lz4.frame.decompress(data)), allow_pickle=False)
    return labels


def pack(case: Case, labels: LabelMap, predicted: Mask | None, box: Box | None, confirmed: Sequence[Box] = ()) -> bytes:
    """A snapshot as the bytes of an `.npz`; the same content for the same scan gives the same bytes.

    Raises
    ------
    GeometryError
        The prediction or a box does not lie on the labels' grid.
    """
    if predicted is not None and predicted.shape != labels.geometry.shape:
        raise GeometryError(
            f"the prediction of shape {predicted.shape} is not on the mask's grid {labels.geometry.shape}"
        )
    for each in (*confirmed, *([] if box is None else [box])):
        _require_inside(each, labels.geometry.shape)
    content: dict[str, Any] = {
        "scan": np.array(case.image_hash),
        "labels": labels.labels,
        "affine": labels.geometry.affine,
        "box": np.array([] if box is None else plain_box(box), np.int64),
    }
    if predicted is not None:
        content["predicted"] = predicted
    if confirmed:
        content["confirmed"] = np.array([plain_box(each) for each in confirmed], np.int64)
    file = io.BytesIO()
    np.savez_compressed(file, **content)
    return file.getvalue()


def unpack(correction: Correction, case: Case) -> Labelled:
    """A correction with its scan, both checked against their hashes; an accepted mask is its own prediction.

    Raises
    ------
    LibraryError
        A file is missing or not the one that was stored.
    """
    if correction.file.parent.name == DRAWN:
        drawn = mask_of(correction, case)
        return Labelled(read_image(case), LabelMap(drawn, case.geometry, correction.classes), drawn)
    data = _snapshot(correction, case)
    with np.load(io.BytesIO(data), allow_pickle=False) as content:
        geometry = Geometry(case.geometry.shape, content["affine"])
        labels = LabelMap(content["labels"], geometry, correction.classes)
        predicted = content.get("predicted")
        box = box_from(content["box"]) if content["box"].size else None
        confirmed = tuple(box_from(each) for each in content.get("confirmed", ()))
    return Labelled(read_image(case), labels, predicted, box, confirmed)


def mask_of(correction: Correction, case: Case) -> Mask:
    """A correction's mask alone.

    Raises
    ------
    LibraryError
        The file is missing or not the one that was stored.
    """
    if correction.file.parent.name == DRAWN:
        return unpack_mask(correction.file, correction.sha256, case.id)
    with np.load(io.BytesIO(_snapshot(correction, case)), allow_pickle=False) as content:
        labels: Mask = content["labels"]
    return labels


def plain_box(box: Box) -> list[list[int]]:
    """A box as [[start, stop], …] along (z, y, x)."""
    return [[int(side.start), int(side.stop)] for side in box]


def plain_classes(classes: tuple[LabelClass, ...]) -> str:
    """Classes as JSON."""
    rows = [
        [
            each.value,
            each.name,
            each.color,
            [each.code.value, each.code.scheme, each.code.meaning] if each.code else None,
        ]
        for each in classes
    ]
    return json.dumps(rows, ensure_ascii=False)


def classes_from(plain: str) -> tuple[LabelClass, ...]:
    """Classes from `plain_classes`."""
    return tuple(
        LabelClass(value, name, (color[0], color[1], color[2]), Code(*code) if code else None)
        for value, name, color, code in json.loads(plain)
    )


def box_from(plain: Sequence[Sequence[int]]) -> Box:
    """A box from `plain_box`."""
    z, y, x = (slice(int(start), int(stop)) for start, stop in plain)
    return z, y, x


def _require_inside(box: Box, shape: tuple[int, int, int]) -> None:
    if not all(0 <= side.start < side.stop <= end for side, end in zip(box, shape, strict=True)):
        raise GeometryError(
            f"the box {plain_box(box)} does not lie inside the mask", hint="Draw the box inside the scan."
        )


def _snapshot(correction: Correction, case: Case) -> bytes:
    hint = "Correct and submit the case again; other cases are not affected."
    return _checked(correction.file, correction.sha256, f"the correction of case {case.id}", hint)


def _checked(file: Path, sha256: str, what: str, hint: str) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise LibraryError(f"{what} is missing from the library", hint=hint) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise LibraryError(f"{what} is not the one that was stored (hash differs)", hint=hint)
    return data
