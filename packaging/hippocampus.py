"""A picture for the card of the hippocampus starter: what it draws beside what the readers drew, the worst too.

    .venv/bin/python packaging/hippocampus.py DATA_DIR PATIENT… [--model FOLDER] [--out DIR]

DATA_DIR holds `images/` and `labels/` of the Medical Segmentation Decathlon's hippocampus task; each PATIENT, the name
of a scan without suffixes, gets a row. The picture goes into the model's folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from segstudio import paths
from segstudio.imaging import LabelMap, Reorientation, Volume, read_labels, read_volume
from segstudio.inference.predict import predict
from segstudio.measure import compare
from segstudio.networks.weights import LoadedModel, load_model

SCALE = 4
"""Pixels of a voxel."""

SIDE = 240
"""Of one plane, in pixels."""

WHITE, ORANGE = (255, 255, 255), (255, 140, 0)

Picture = NDArray[np.uint8]


def main() -> None:
    """Draw and save it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, metavar="DATA_DIR")
    parser.add_argument("patients", nargs="+", metavar="PATIENT")
    parser.add_argument("--model", type=Path, default=paths.resources() / "models" / "hippocampus")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    model = load_model(options.model)
    rows = [row(options.data, patient, model) for patient in options.patients]
    path = (options.out or options.model) / "patients.jpg"
    Image.fromarray(np.concatenate(rows)).save(path, quality=88)
    print(path)


def row(data: Path, patient: str, model: LoadedModel) -> Picture:
    """Axial, coronal and sagittal through the middle of the reference."""
    scan = read_volume(data / "images" / f"{patient}.nii.gz")
    known = read_labels(data / "labels" / f"{patient}.nii.gz")
    drawn = predict(scan, model).labels
    scores = compare(drawn.labels, known.labels, known.geometry, [each.value for each in model.spec.classes])
    dice = float(np.mean([each.dice for each in scores.values() if each.dice is not None]))
    return np.concatenate(
        [titled(*both) for both in zip(planes(scan, known, drawn), (patient, f"Dice {dice:.2f}", ""), strict=True)],
        axis=1,
    )


def planes(scan: Volume, known: LabelMap, drawn: LabelMap) -> list[Picture]:
    """Each plane with both outlines; head and face up."""
    turn = Reorientation.to(scan.geometry, "SPL")
    image, reference, mask = (turn.apply(each) for each in (scan.image[0], known.labels, drawn.labels))
    at = np.argwhere(reference).mean(axis=0).astype(int)
    low, high = np.percentile(image, [0.5, 99.5])
    grey = ((image.astype(float) - low) / max(high - low, 1e-6)).clip(0, 1) * 255
    found = []
    for axis in range(3):
        flats = [each.take(at[axis], axis) for each in (grey, reference, mask)]
        grown = [flat.repeat(SCALE, 0).repeat(SCALE, 1) for flat in (flats if axis == 0 else [f[::-1] for f in flats])]
        rgb = np.repeat(grown[0][..., None], 3, axis=2)
        for labels, color in zip(grown[1:], (WHITE, ORANGE), strict=True):
            rgb[outline(labels)] = color
        found.append(framed(rgb.astype(np.uint8)))
    return found


def outline(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """The inner border of each class."""
    found: NDArray[np.bool_] = ndimage.grey_dilation(labels, size=3) != ndimage.grey_erosion(labels, size=3)
    return found & (labels > 0)


def framed(rgb: Picture) -> Picture:
    """In the middle of a black field."""
    field = Image.new("RGB", (SIDE, SIDE))
    field.paste(Image.fromarray(rgb), ((SIDE - rgb.shape[1]) // 2, (SIDE - rgb.shape[0]) // 2))
    return np.asarray(field)


def titled(picture: Picture, words: str) -> Picture:
    """With words in the upper left corner."""
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((6, 4), words, fill=(230, 230, 230))
    return np.asarray(image)


if __name__ == "__main__":
    main()
