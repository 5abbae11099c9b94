"""How long a reader waits for the next case, already predicted, of 512×512×300 voxels: read ahead, and not."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from segstudio.imaging import Geometry, LabelMap, Volume, classes_named
from segstudio.studio import Studio

SHAPE = (300, 512, 512)


def main() -> None:
    """Print both, and with --json one JSON object as the last line."""
    it = argparse.ArgumentParser(description=__doc__)
    it.add_argument("--times", type=int, default=3)
    it.add_argument("--json", action="store_true")
    args = it.parse_args()
    with tempfile.TemporaryDirectory() as folder, Studio.open(Path(folder), device="cpu") as studio:
        case = fill(studio)
        cold, ahead, accepted = [], [], []
        for _ in range(args.times):
            cold.append(seconds(lambda: studio.worklist.open(case)))
            studio.worklist.prefetch([case])
            while not all(each.done() for each in studio.worklist._opening._ahead.values()):
                time.sleep(0.05)
            ahead.append(seconds(lambda: studio.worklist.open(case)))
            studio.worklist.prefetch([])
            read = studio.reviews.begin(case, "reader")
            accepted.append(seconds(lambda read=read: studio.reviews.accept(read.id)))
    found = {"cold_s": cold, "read_ahead_s": ahead, "accept_s": accepted}
    middle = {name: round(statistics.median(took), 3) for name, took in found.items()}
    for name, took in middle.items():
        print(f"{name:14} {took:.3f}")
    if args.json:
        print(json.dumps(middle))


def fill(studio: Studio) -> int:
    """A noisy scan with a large organ, in the library; returns its number."""
    rng = np.random.default_rng(0)
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    inside = (z - 150) ** 2 / 100**2 + (y - 256) ** 2 / 150**2 + (x - 200) ** 2 / 150**2 < 1
    voxels = np.where(inside, 100, -900).astype(np.int16) + rng.integers(-20, 20, SHAPE, np.int16)
    geometry = Geometry(SHAPE, np.array([[0, 0, 0.8, 0], [0, 0.8, 0, 0], [1.0, 0, 0, 0], [0, 0, 0, 1]]))
    case = studio.library.add_case(Volume.of(voxels, geometry, modality="CT"), patient="a")
    labels = LabelMap(inside.astype(np.uint8), geometry, classes_named([(1, "organ")]))
    studio.library.store_prediction(case, "organ@1", labels)
    return case.id


def seconds(work: object) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begin


if __name__ == "__main__":
    sys.exit(main())
