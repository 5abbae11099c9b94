"""How well the brain starter draws: on a real scan, on synthesised heads it never saw, and however a scan is turned.

    python tests/benchmarks/brain_starter.py [--model FOLDER] [--labels DIR] [--seed 0] [--json]

FOLDER is the starter, or another model with its classes. The real scan is the MNI ICBM152 T1 that nilearn ships, with
its maps of white and grey matter, each cut at half its maximum. DIR holds the label maps that the starter was trained
from; of those that its seed holds out, scans are made at 1 mm and in 5 mm slices, in each contrast of the recipe and
once with brightnesses at random.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path
from typing import Any

import nilearn
import numpy as np
from numpy.typing import NDArray

from segstudio import paths
from segstudio.imaging import Geometry, Reorientation, Volume, read_volume
from segstudio.inference.predict import predict
from segstudio.learning.maps import Map, prepare_maps
from segstudio.learning.recipe import held_out, read_recipe
from segstudio.learning.synthesis import Spacing, synthetic_scan
from segstudio.networks import SPEC_FILE
from segstudio.networks.weights import LoadedModel, load_model
from segstudio.progress import never, silent

LABELS = Path(__file__).resolve().parents[3] / "shared" / "data" / "brain_label_maps"
MNI = Path(nilearn.__file__).parent / "datasets" / "data"
WHITE = (2, 41, 7, 46)
GREY = (3, 42, 8, 47, 10, 49, 11, 50, 12, 51, 17, 53, 18, 54)
HELD_OUT = 0.2
SPACINGS = {"1 mm": (1.0, 1.0, 1.0), "5 mm slices": (5.0, 1.0, 1.0)}
AIMS = {"white matter": 0.80, "grey matter": 0.80, "1 mm": 0.85, "5 mm slices": 0.78}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=paths.resources() / "models" / "brain")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not (options.model / SPEC_FILE).is_file():
        sys.exit(f"error: there is no model in {options.model}\nhint: give its folder with --model")
    model = load_model(options.model)
    scan = read_volume(MNI / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    found: dict[str, Any] = {"model": model.spec.label, "steps": model.spec.lineage.steps, **real(scan, model)}
    for name in ("white matter", "grey matter"):
        tell(f"{name}, MNI T1", found[name], AIMS[name])
    print(f"{'seconds for that head':52} {found['seconds']:.1f}  aim 30", flush=True)
    found["swapped"] = swapped(scan, model)
    print(f"{'drawn on the wrong side, most of 48 orientations':52} {found['swapped']:.2%}  aim 0", flush=True)
    if options.labels.is_dir():
        found["synthesised"] = synthesised(options.labels, options.seed, model)
    else:
        print(f"no label maps in {options.labels}: synthesised heads are left out", file=sys.stderr)
    if options.json:
        print(json.dumps(found))


def real(scan: Volume, model: LoadedModel) -> dict[str, float]:
    """Dice of white and grey matter against nilearn's maps, and how long it took."""
    predict(scan, model)
    start = time.perf_counter()
    drawn = predict(scan, model).labels.labels
    found = {"seconds": time.perf_counter() - start}
    for name, short, values in (("white matter", "wm", WHITE), ("grey matter", "gm", GREY)):
        known = read_volume(MNI / f"mni_icbm152_{short}_tal_nlin_sym_09a_converted.nii.gz").image[0]
        found[name] = dice(np.isin(drawn, values), known > known.max() / 2)
    return found


def swapped(scan: Volume, model: LoadedModel) -> float:
    """The largest part, over all 48 orientations, of a side's voxels that lie on the other side of the patient."""
    sides = {
        side: [each.value for each in model.spec.classes if each.name.endswith(side)] for side in ("left", "right")
    }
    worst = 0.0
    for target in orientations():
        turn = Reorientation.to(scan.geometry, target)
        image = np.ascontiguousarray(turn.apply(scan.image)[:, ::2, ::2, ::2])
        turned = turn.geometry(scan.geometry)
        geometry = Geometry(image.shape[1:], turned.affine @ np.diag([2.0, 2.0, 2.0, 1.0]))
        drawn = predict(Volume.of(image, geometry, modality="MR"), model).labels.labels
        for side, sign in (("left", 1), ("right", -1)):
            where = np.argwhere(np.isin(drawn, sides[side]))
            across = geometry.to_world(where.astype(float))[:, 0] * sign
            worst = max(worst, float((across < -3).mean()) if len(across) else 1.0)
    return worst


def orientations() -> Iterator[str]:
    """All 48: each axis to one of two ends, in any order."""
    for letters in product("LR", "PA", "SI"):
        for order in permutations(letters):
            yield "".join(order)


def synthesised(folder: Path, seed: int, model: LoadedModel) -> dict[str, dict[str, float]]:
    """Mean Dice at each spacing: of all, of each contrast and of each class."""
    recipe = read_recipe("brain")
    _, kept = held_out(sorted(folder.glob("*.nii.gz")), HELD_OUT, seed)
    learned = [each.value for each in recipe.classes]
    with tempfile.TemporaryDirectory() as temporary:
        maps = prepare_maps(kept, learned, model.spec.orientation, Path(temporary), progress=silent, stop=never)
    found = {}
    for name, spacing in SPACINGS.items():
        each = {}
        for contrast in (*recipe.contrasts, ""):
            kind = contrast or "at random"
            each[kind] = np.array([score(source, contrast, spacing, seed + i, model) for i, source in enumerate(maps)])
            tell(f"{kind}, {name}, {len(maps)} heads", float(np.nanmean(each[kind])))
        every = np.concatenate(list(each.values()))
        found[name] = {"all": float(np.nanmean(np.nanmean(every, axis=0)))}
        found[name] |= {kind: float(np.nanmean(rows)) for kind, rows in each.items()}
        found[name] |= dict(zip((one.name for one in recipe.classes), np.nanmean(every, axis=0).tolist(), strict=True))
        tell(f"all, {name}", found[name]["all"], AIMS[name])
    return found


def score(source: Map, contrast: str, spacing: Spacing, seed: int, model: LoadedModel) -> list[float]:
    """Dice of each class on a scan made from a label map; NaN where neither mask has it."""
    example = synthetic_scan(source, read_recipe("brain"), spacing, contrast=contrast, seed=seed)
    drawn, truth = predict(example.volume, model).labels.labels, example.labels.labels
    return [dice(drawn == each.value, truth == each.value) for each in model.spec.classes]


def tell(what: str, value: float, aim: float | None = None) -> None:
    """One line of the table."""
    print(f"{what:52} Dice {value:.3f}{f'  aim {aim:.2f}' if aim else ''}", flush=True)


def dice(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Twice what both hold, by what each holds."""
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else float("nan")


if __name__ == "__main__":
    main()
