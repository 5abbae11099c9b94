"""`info`, `convert` and `predict`: scans in, facts or files out."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from segstudio.cli import names
from segstudio.cli.output import Output, table
from segstudio.cli.session import session
from segstudio.errors import ImageError, SegStudioError, Stopped
from segstudio.imaging import (
    LabelMap,
    Volume,
    as_labels,
    classes_named,
    present_values,
    read_labels,
    read_volume,
    write_labels,
    write_volume,
)
from segstudio.imaging.dicom.masks import kind_of
from segstudio.inference.fit import misfit

if TYPE_CHECKING:
    from segstudio.networks.weights import LoadedModel

_VALUES_OF_A_MASK = 64
"""Whole numbers from 0 with at most so many different ones are taken for a mask."""


def info(args: argparse.Namespace, out: Output) -> int:
    """Say what a scan or mask is.

    JSON: `{path, format, shape, spacing_mm, orientation, oblique_degrees, affine_lps, dtype, range, modality, frames,
    channels, volumes_ml, notes}`. Shape, spacing and the affine's columns are (z, y, x); `volumes_ml` is by label
    value, and null for what does not look like a mask.
    """
    volume = read_volume(args.image, frame=args.frame, repair=True)
    plain = _described(args.image, volume)
    out.result(plain, table(("", ""), _rows(plain)).strip("\n"))
    _tell(volume.notes, out)
    return 0


def convert(args: argparse.Namespace, out: Output) -> int:
    """Write a scan or mask in another format, NaN and Inf as 0. JSON: `{image, out, notes}`.

    A DICOM segmentation lies on the smallest grid with all its frames; on that of its scan, `export` puts it.
    """
    if args.out.exists() and args.image.exists() and args.out.samefile(args.image):
        raise ImageError(f"{args.out} is the scan itself", hint="Give OUT another name; a scan is never written over.")
    if kind_of(args.image) == "RTSTRUCT":
        raise ImageError(
            f"{args.image.name} holds contours, which have no voxels of their own",
            hint=f"`segstudio export {args.image.name} --scan SCAN --format nifti --out {args.out.name}` fills them.",
        )
    notes = _convert_mask(args) if kind_of(args.image) else _convert_scan(args)
    out.result({"image": str(args.image), "out": str(args.out), "notes": notes}, f"wrote {args.out}")
    _tell(notes, out)
    return 0


def _convert_scan(args: argparse.Namespace) -> tuple[str, ...]:
    volume = read_volume(args.image, repair=True)
    write_volume(volume, args.out)
    return volume.notes


def _convert_mask(args: argparse.Namespace) -> tuple[str, ...]:
    mask = read_labels(args.image)
    write_labels(mask, args.out)
    return mask.notes


def predict(args: argparse.Namespace, out: Output) -> int:
    """Draw the masks of scans, each in its scan's format and on its scan's grid.

    A scan that cannot be predicted is told and the others go on; the exit code is then 1.

    JSON: a list of `{image, labels, model, seconds, device, volumes_ml, notes}`, `volumes_ml` by class name.
    """
    from segstudio.networks.weights import load_model

    places = names.places(args.images, args.out)
    with session(args, out) as studio:
        folder = studio.library.model(args.model).folder
    model = load_model(folder)
    _make(args.out)
    done = []
    for image, place in zip(args.images, places, strict=True):
        try:
            done.append(_predict_one(image, place, model, args, out))
        except Stopped:
            raise
        except SegStudioError as error:
            out.error(_naming(image, error))
    out.result(done, "\n".join(_sentence(each) for each in done))
    return 0 if len(done) == len(places) else 1


def _predict_one(image: Path, place: Path, model: LoadedModel, args: argparse.Namespace, out: Output) -> dict[str, Any]:
    from segstudio.inference.predict import predict as draw

    volume = read_volume(image, frame=args.frame)
    unfit = misfit(volume.geometry, model.spec, args.box)
    before = (unfit,) if unfit else ()
    _tell(before, out)
    found = draw(volume, model, box=args.box, device=args.device, progress=out.progress)
    write_labels(found.labels, place, source=volume.source)
    chosen = (
        (f"{image.name} has {volume.frames} time points; frame {volume.frame} is drawn.",) if volume.frames > 1 else ()
    )
    notes = (*volume.notes, *chosen, *found.notes)
    _tell(notes, out)
    volumes = found.labels.volumes_ml()
    return {
        "image": str(image),
        "labels": str(place),
        "model": model.spec.label,
        "seconds": round(found.seconds, 3),
        "device": found.device,
        "volumes_ml": {each.name: volumes[each.value] for each in found.labels.classes},
        "notes": (*before, *notes),
    }


def _sentence(done: Mapping[str, Any]) -> str:
    volumes = ", ".join(f"{name} {ml:.2f} ml" for name, ml in done["volumes_ml"].items())
    return f"{done['labels']}: {volumes} ({done['model']}, {done['seconds']:.1f} s on {done['device']})"


def _described(path: Path, volume: Volume) -> dict[str, Any]:
    geometry = volume.geometry
    return {
        "path": str(path),
        "format": volume.source.format if volume.source else "",
        "shape": geometry.shape,
        "spacing_mm": [float(mm) for mm in geometry.spacing],
        "orientation": geometry.orientation,
        "oblique_degrees": geometry.oblique_degrees,
        "affine_lps": geometry.affine.tolist(),
        "dtype": str(volume.voxels.dtype),
        "range": [volume.voxels.min().item(), volume.voxels.max().item()],
        "modality": volume.modality,
        "frames": volume.frames,
        "channels": volume.channels,
        "volumes_ml": _volumes_of_mask(path, volume),
        "notes": volume.notes,
    }


def _volumes_of_mask(path: Path, volume: Volume) -> dict[str, float] | None:
    """Millilitres of each value, if these voxels look like a mask."""
    voxels = volume.voxels
    if voxels.shape[:2] != (1, 1) or not np.issubdtype(voxels.dtype, np.integer):
        return None
    if voxels.min() < 0 or voxels.max() > 65535:
        return None
    labels = as_labels(voxels[0, 0], path.name)
    values = [int(value) for value in present_values(labels) if value]
    if len(values) > _VALUES_OF_A_MASK:
        return None
    found = LabelMap(labels, volume.geometry, classes_named((value, str(value)) for value in values)).volumes_ml()
    return {str(value): ml for value, ml in found.items()}


def _rows(plain: Mapping[str, Any]) -> list[tuple[str, str]]:
    z, y, x = plain["shape"]
    low, high = plain["range"]
    rows = [
        ("file", plain["path"]),
        ("format", plain["format"]),
        ("shape", f"{z}×{y}×{x} (z, y, x)"),
        ("spacing", f"{'×'.join(f'{mm:.4g}' for mm in plain['spacing_mm'])} mm"),
        ("orientation", _orientation(plain)),
        *zip(("affine LPS", "", "", ""), (_affine_row(row) for row in plain["affine_lps"]), strict=True),
        ("dtype", plain["dtype"]),
        ("range", f"{low:g} to {high:g}"),
        ("modality", plain["modality"] or "not said"),
    ]
    if plain["frames"] > 1:
        rows.append(("frames", str(plain["frames"])))
    if len(plain["channels"]) > 1:
        rows.append(("channels", ", ".join(name or str(n) for n, name in enumerate(plain["channels"], start=1))))
    rows += [(f"label {value}", f"{ml:.3f} ml") for value, ml in (plain["volumes_ml"] or {}).items()]
    return rows


def _orientation(plain: Mapping[str, Any]) -> str:
    oblique = plain["oblique_degrees"]
    return f"{plain['orientation']}{f', oblique by {oblique:.1f}°' if oblique >= 0.1 else ''}"


def _affine_row(row: list[float]) -> str:
    return "  ".join(f"{round(value, 4) + 0.0:10.4f}" for value in row)


def _naming(image: Path, error: SegStudioError) -> SegStudioError:
    """The same error, saying which of several scans it is about."""
    if image.name in error.message:
        return error
    return type(error)(f"{image.name}: {error.message}", hint=error.hint)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImageError(f"{folder} cannot be made ({error.strerror})", hint="Choose another folder.") from error


def _tell(notes: tuple[str, ...], out: Output) -> None:
    for note in notes:
        out.note(note)
