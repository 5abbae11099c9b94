"""How well a model draws after so many scans and minutes: train and evaluate by SegStudio's own commands.

    python tests/benchmarks/learning_curve.py [--data DIR] [--points 5:5,20:5,80:15] [--seed 0] [--json]

DIR holds `images/` and `labels/` of the Medical Segmentation Decathlon's hippocampus task (100 scans or more). Twenty
scans are put aside by the seed; each point trains a new model on the first scans of the rest and is measured on the
twenty. Beside it stands what a plain 60-line MONAI loop reached on two CPU cores in the same time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "hippocampus"
CLASSES = "1=Anterior,2=Posterior"
HELD_OUT = 20
PLAIN_LOOP = {(5, 5.0): 0.824, (20, 5.0): 0.849, (80, 15.0): 0.870}


def main() -> None:
    """Print the curve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--points", default="5:5,20:5,80:15", help="SCANS:MINUTES, comma between")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not (options.data / "images").is_dir():
        sys.exit(f"error: there are no scans in {options.data}\nhint: give the folder with --data")
    names = sorted(path.name for path in (options.data / "images").iterdir())
    order = [names[index] for index in np.random.default_rng(options.seed).permutation(len(names))]
    held_out, rest = order[:HELD_OUT], order[HELD_OUT:]
    print(f"{'scans':>6} {'minutes':>8} {'mean Dice':>10} {'each class':>16} {'plain loop':>11}")
    points = []
    for point in options.points.split(","):
        scans, minutes = int(point.split(":")[0]), float(point.split(":")[1])
        dice = measure(options.data, rest[:scans], held_out, minutes, options.seed)
        plain = PLAIN_LOOP.get((scans, minutes))
        mean = float(np.mean(list(dice.values())))
        each = " ".join(f"{value:.3f}" for value in dice.values())
        print(f"{scans:6d} {minutes:8.1f} {mean:10.4f} {each:>16} {plain or '':>11}", flush=True)
        points.append({"scans": scans, "minutes": minutes, "dice": mean, "classes": dice, "plain_loop": plain})
    if options.json:
        print(json.dumps({"held_out": HELD_OUT, "seed": options.seed, "points": points}))


def measure(data: Path, train_on: list[str], held_out: list[str], minutes: float, seed: int) -> dict[str, float]:
    """Mean Dice of each class on the held-out scans after training on the others."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for names, part in ((train_on, "train"), (held_out, "test")):
            for kind in ("images", "labels"):
                (folder / part / kind).mkdir(parents=True)
                for name in names:
                    shutil.copy(data / kind / name, folder / part / kind / name)
        library = ["--library", str(folder / "library")]
        train, test = folder / "train", folder / "test"
        segstudio("train", "--images", train / "images", "--labels", train / "labels", "--classes", CLASSES, "--name",
                  "curve", "--minutes", minutes, "--holdout", 0, "--seed", seed, *library)  # fmt: skip
        scans = [str(test / "images" / name) for name in held_out]
        segstudio("predict", *scans, "--model", "curve", "--out", folder / "drawn", *library)
        words = segstudio("evaluate", folder / "drawn", test / "labels", "--classes", CLASSES, "--json")
        found = json.loads(words)
        return {name: float(found["mean"][value]["dice"]) for value, name in found["classes"].items()}


def segstudio(*words: object) -> str:
    """Run one of SegStudio's commands as a person would and return what it printed."""
    command = [sys.executable, "-m", "segstudio", *(str(word) for word in words)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
