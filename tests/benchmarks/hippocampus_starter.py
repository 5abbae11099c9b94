"""How well the hippocampus starter draws the patients that it never saw, and whose reference masks are out of place.

    python tests/benchmarks/hippocampus_starter.py [--model FOLDER] [--data DIR] [--json]

DIR holds `images/` and `labels/` of the Medical Segmentation Decathlon's hippocampus task (100 scans or more); FOLDER
is the starter, or another model trained with a holdout of 0.2 and seed 0. Of each patient held out stands the Dice of
both parts, and how it would be with the reference moved by up to a voxel along each axis, to where it fits best: a
reference that fits far better beside its place was saved out of place, and no model can do right by it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio import paths
from segstudio.imaging import read_labels, read_volume
from segstudio.inference.predict import predict
from segstudio.measure import aside, overlap
from segstudio.networks.weights import LoadedModel, load_model

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "hippocampus"
AIM = 0.885
HELD_OUT, SEED = 0.2, 0

Labels = NDArray[np.integer[Any]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=paths.resources() / "models" / "hippocampus")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not (options.data / "images").is_dir():
        sys.exit(f"error: there are no scans in {options.data}\nhint: give the folder with --data")
    model = load_model(options.model)
    found = {name.removesuffix(".nii.gz"): judged(name, options.data, model) for name in held_out(options.data)}
    mean = float(np.mean([each["dice"] for each in found.values()]))
    in_place = float(np.mean([each["dice_in_place"] for each in found.values()]))
    misplaced = [name for name, each in found.items() if any(each["moved"])]
    print(f"{'mean of ' + str(len(found)):24}{mean:8.3f}  aim {AIM}")
    print(f"{'references in place':24}{in_place:8.3f}  moved: {', '.join(misplaced) or 'none'}")
    if options.json:
        print(json.dumps({"mean": mean, "in_place": in_place, "patients": found}))


def held_out(data: Path) -> list[str]:
    """The scans that training by SegStudio's command keeps apart: a patient each, drawn by name."""
    names = sorted(path.name for path in (data / "images").glob("*.nii.gz"))
    random.Random(SEED).shuffle(names)
    return sorted(names[: round(HELD_OUT * len(names))])


def judged(name: str, data: Path, model: LoadedModel) -> dict[str, Any]:
    """Dice of both parts with a patient's reference as it is, and where it fits best if that is far better."""
    drawn: Labels = predict(read_volume(data / "images" / name), model).labels.labels
    known: Labels = read_labels(data / "labels" / name).labels
    beside = aside(drawn, known)
    step = beside.step if beside else (0, 0, 0)
    moved = np.roll(known, step, axis=(0, 1, 2))
    found: dict[str, Any] = {"parts": parts(drawn, known), "moved": step}
    found["dice_in_place"] = float(np.mean(parts(drawn, moved)))
    found["dice"] = float(np.mean(found["parts"]))
    words = f"  {found['dice_in_place']:.3f} with the reference moved by {step} voxels (z, y, x)" if any(step) else ""
    each = " ".join(f"{value:.3f}" for value in found["parts"])
    print(f"{name.removesuffix('.nii.gz'):24}{found['dice']:8.3f}  ({each}){words}", flush=True)
    return found


def parts(drawn: Labels, known: Labels) -> list[float]:
    """Dice of anterior and of posterior."""
    return [overlap(drawn == value, known == value).dice or 0.0 for value in (1, 2)]


if __name__ == "__main__":
    main()
