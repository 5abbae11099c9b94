"""How long opening a 512×512×300 int16 .nii.gz takes, and how much memory, beside bare decoding with isal.

Each run is a process of its own. Times leave out starting Python and importing numpy, but not what reading imports.
Memory is the most that was resident during the run, less what was before it, as a multiple of the array's size.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Geometry, Volume, write_volume

SHAPE = (300, 512, 512)

RUN = """
import json, resource, sys, time
import numpy as np
import segstudio.imaging
unit = 1 if sys.platform == "darwin" else 1024
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
{work}
seconds = time.perf_counter() - start
print(json.dumps([seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit]))
"""

DECODE = """
from isal import igzip
with open(sys.argv[1], "rb") as file:
    kept = igzip.decompress(file.read())
"""

OPEN = """
kept = segstudio.imaging.read_volume(sys.argv[1])
"""


def body(shape: tuple[int, int, int], seed: int = 0) -> NDArray[np.int16]:
    """A trunk in air with lungs, spine and noise, in HU: it packs about as well as a real CT does."""
    random = np.random.default_rng(seed)
    z, y, x = np.ogrid[tuple(slice(-1, 1, side * 1j) for side in shape)]
    scan = np.full(shape, -1000, np.int16)
    scan[np.broadcast_to(x**2 / 0.7 + y**2 / 0.5 < 1, shape)] = 40
    for side in (-0.35, 0.35):
        scan[(x - side) ** 2 / 0.05 + y**2 / 0.12 + z**2 / 0.8 < 1] = -820
    scan[np.broadcast_to(x**2 + (y - 0.45) ** 2 < 0.01, shape)] = 600
    for plane in scan:
        plane += random.normal(0, 12, plane.shape).astype(np.int16)
    return scan


def make(path: Path) -> None:
    """Write the scan; in a process of its own, because a child's peak memory starts at its parent's."""
    affine = np.array([[0, 0, 0.8, 0], [0, 0.8, 0, 0], [1.0, 0, 0, 0], [0, 0, 0, 1]])
    write_volume(Volume.of(body(SHAPE), Geometry(SHAPE, affine)), path)


def measured(work: str, path: Path) -> tuple[float, float]:
    """Seconds and bytes of one run."""
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(work=work), str(path)], capture_output=True, text=True, check=True
    )
    seconds, size = json.loads(done.stdout)
    return seconds, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scan.nii.gz"
        maker = get_context("spawn").Process(target=make, args=(path,))
        maker.start()
        maker.join()
        packed = path.stat().st_size
        measured(OPEN, path)
        pairs = [(measured(DECODE, path), measured(OPEN, path)) for _ in range(asked.runs)]
    size = int(np.prod(SHAPE)) * 2
    decode, opening = (statistics.median(pair[which][0] for pair in pairs) for which in (0, 1))
    memory = [statistics.median(pair[which][1] for pair in pairs) / size for which in (0, 1)]
    figures = {
        "decode_seconds": decode,
        "open_seconds": opening,
        "time_ratio": opening / decode,
        "memory_ratio": memory[1],
        "decode_memory_ratio": memory[0],
        "array_bytes": size,
        "file_bytes": packed,
        "runs": asked.runs,
    }
    print(f"512×512×300 int16, {size / 1e6:.0f} MB, packed {packed / 1e6:.0f} MB, median of {asked.runs}")
    print(f"{'':24}{'seconds':>10}{'ratio':>8}{'memory / array':>16}")
    print(f"{'bare isal decoding':24}{decode:>10.3f}{1:>8.2f}{memory[0]:>16.2f}")
    print(f"{'read_volume':24}{opening:>10.3f}{opening / decode:>8.2f}{memory[1]:>16.2f}")
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
