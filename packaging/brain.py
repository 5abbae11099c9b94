"""Pictures for the card of the brain starter: what it draws in four contrasts of one head, and in scans of your own.

    .venv/bin/python packaging/brain.py LABELS_DIR [WORDS=SCAN…] [--model FOLDER] [--out DIR]

LABELS_DIR holds the label maps it was trained from; the head is one of those that were held out. Each SCAN, and the MNI
ICBM152 T1, is drawn in three planes under its words. The pictures go into the model's folder.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from segstudio import paths, sample
from segstudio.imaging import LabelMap, Reorientation, Volume, read_volume
from segstudio.inference.predict import predict
from segstudio.learning.maps import label_files, prepare_maps
from segstudio.learning.recipe import held_out, read_recipe
from segstudio.learning.synthesis import synthetic_scan
from segstudio.networks.weights import LoadedModel, load_model
from segstudio.progress import never, silent

CONTRASTS = ("T1", "T2", "FLAIR", "CT")
SIDE = 200
"""Of one picture, in pixels."""

Picture = NDArray[np.uint8]


def main() -> None:
    """Draw and save them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, metavar="LABELS_DIR")
    parser.add_argument("scans", nargs="*", metavar="WORDS=SCAN")
    parser.add_argument("--model", type=Path, default=paths.resources() / "models" / "brain")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    model, out = load_model(options.model), options.out or options.model
    _save(contrasts(options.labels, model), out / "contrasts.jpg")
    _save(heads([f"MNI ICBM152, T1={sample.sample_scan()}", *options.scans], model), out / "heads.jpg")


def contrasts(folder: Path, model: LoadedModel) -> Picture:
    """One held-out head in four contrasts: the scan above, what is drawn in it below."""
    recipe = read_recipe("brain")
    _, kept = held_out(label_files(folder), 0.2, 0)
    learned = [each.value for each in recipe.classes]
    with tempfile.TemporaryDirectory() as temporary:
        (head,) = prepare_maps(kept[:1], learned, "SPL", Path(temporary), progress=silent, stop=never)
    columns = []
    for contrast in CONTRASTS:
        scan = synthetic_scan(head, recipe, (1.0, 1.0, 1.0), contrast=contrast, seed=1).volume
        drawn = predict(scan, model).labels
        plain, painted = (_planes(scan, drawn, over=over)[:2] for over in (False, True))
        rows = [part for pair in zip(plain, painted, strict=True) for part in pair]
        columns.append(np.concatenate([_titled(rows[0], f"{contrast}, synthesised"), *rows[1:]]))
    return np.concatenate(columns, axis=1)


def heads(scans: list[str], model: LoadedModel) -> Picture:
    """Real scans in three planes, with what is drawn in them."""
    rows = []
    for words, _, path in (each.partition("=") for each in scans):
        scan = read_volume(Path(path))
        found = predict(scan, model)
        drawn = found.labels
        ml = sum(drawn.volumes_ml().values())
        print(f"{words}: {ml:.0f} ml {' '.join(found.notes)}", flush=True)
        planes = _planes(scan, drawn, over=True)
        sides = " x ".join(f"{mm:.2g}" for mm in scan.geometry.spacing[::-1])
        titles = (words, f"{sides} mm", "")
        rows.append(np.concatenate([_titled(*both) for both in zip(planes, titles, strict=True)], axis=1))
    return np.concatenate(rows)


def _planes(scan: Volume, drawn: LabelMap, *, over: bool) -> list[Picture]:
    """Axial, coronal and sagittal through the middle of what is drawn; head and face up, the right side on the left."""
    turn = Reorientation.to(scan.geometry, "SPL")
    image, labels = turn.apply(scan.image[0]).astype(float), turn.apply(drawn.labels)
    mm = turn.geometry(scan.geometry).spacing
    at = np.argwhere(labels).mean(axis=0).astype(int) if labels.any() else np.array(labels.shape) // 2
    if scan.modality == "CT":
        image = image.clip(-20, 100)
    low, high = np.percentile(image, [0.5, 99.5])
    grey = ((image - low) / max(high - low, 1e-6)).clip(0, 1) * 255
    table = np.zeros((int(labels.max()) + 1, 3))
    for each in drawn.classes:
        table[each.value : each.value + 1] = each.color
    found = []
    for axis in range(3):
        flat, mask = grey.take(at[axis], axis), labels.take(at[axis], axis)
        rgb = np.repeat(flat[..., None], 3, axis=2)
        if over:
            rgb[mask > 0] = 0.45 * rgb[mask > 0] + 0.55 * table[mask[mask > 0]]
        sides = [side for at_, side in enumerate(mm) if at_ != axis]
        found.append(_fitted(rgb if axis == 0 else rgb[::-1], sides))
    return found


def _fitted(rgb: NDArray[np.float64], sides: list[float]) -> Picture:
    """In true proportions, in the middle of a black square."""
    height, width = (count * mm for count, mm in zip(rgb.shape, sides, strict=False))
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = Image.fromarray(rgb.astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
    square = Image.new("RGB", (SIDE, SIDE))
    square.paste(small, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return np.asarray(square)


def _titled(picture: Picture, words: str) -> Picture:
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((4, 2), words, fill=(230, 230, 230))
    return np.asarray(image)


def _save(picture: Picture, path: Path) -> None:
    Image.fromarray(picture).save(path, quality=88)
    print(path)


if __name__ == "__main__":
    main()
