"""How long each correction of a mask of 512×512×300 voxels takes, beside the bound and a plain call of a library.

The scan is a body in noise; the mask has an organ of a liver's size with holes, a second organ, and a kidney drawn on
every eighth slice; for islands, four hundred are strewn all over it. Each correction is timed several times; the median
counts. `cpu_seconds` is what it takes on a machine that does nothing else. The library's counterpart (scipy,
scikit-image) is called once, on the whole array, as one would from a script. `held_ms` is the longest time that a
correction kept another thread of Python waiting: as long, the window would not answer.

    python tests/benchmarks/edit_speed.py [--rounds 3] [--only fill,smooth] [--no-peers] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import morphology, segmentation

from segstudio.editing import Mask
from segstudio.editing.between import copy_slice, interpolate, redraw
from segstudio.editing.combine import logic, relabel
from segstudio.editing.cut import cut, mirror, split_sides
from segstudio.editing.edges import alike, snap, tissue_at
from segstudio.editing.fill import fill
from segstudio.editing.grow import grow
from segstudio.editing.islands import fill_holes, keep_largest, remove_islands
from segstudio.editing.margin import hollow, resize
from segstudio.editing.seeds import Seeds
from segstudio.editing.shapes import disc
from segstudio.editing.smooth import smooth
from segstudio.editing.threshold import threshold
from segstudio.editing.walker import random_walk
from segstudio.imaging import Box

SHAPE = (300, 512, 512)
SPACING = (1.5, 0.75, 0.75)
BOUND = 0.5
ORGAN, KIDNEY, OTHER = 1, 2, 3
INSIDE = (140, 256, 170)
"""A voxel of the organ."""


@dataclass(frozen=True, eq=False)
class Case:
    """One correction: what is timed, the most it may take, and what a library offers for it."""

    name: str
    ours: Callable[[], Any]
    peer: Callable[[], Any] | None = None
    bound: float = BOUND


class Taken(NamedTuple):
    """Seconds by the clock and by the processor."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="names, or parts of them, with commas between")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    labels, image = scene()
    wanted = [part.strip() for part in args.only.split(",") if part.strip()]
    rows = []
    for case in cases(labels, image):
        if not wanted or any(part in case.name for part in wanted):
            rows.append(measured(case, args.rounds, peers=not args.no_peers))
            if not args.json:
                print(line_of(rows[-1]), flush=True)
    if args.json:
        print(json.dumps({"shape": SHAPE, "bound": BOUND, "operations": rows}))


def scene() -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    """A mask, and a scan in HU in which its organs can be told apart."""
    rng = np.random.default_rng(0)
    labels = np.zeros(SHAPE, np.uint8)
    body = ellipsoid((150, 256, 256), (400, 170, 230))
    labels[ellipsoid((140, 256, 170), (75, 110, 90))] = ORGAN
    labels[ellipsoid((140, 256, 350), (60, 80, 70))] = OTHER
    image = np.where(body, 40, -1000).astype(np.int16)
    image[labels == ORGAN] = 110
    image[labels == OTHER] = 160
    for plane in image:
        plane += rng.normal(0, 12, plane.shape).astype(np.int16)
    for z, y, x in rng.integers((80, 190, 120), (200, 320, 220), (60, 3)):
        labels[z : z + 4, y : y + 4, x : x + 4] = 0
    kidney = ellipsoid((230, 380, 256), (50, 40, 35))
    kidney[np.arange(SHAPE[0]) % 8 != 0] = False
    labels[kidney & (labels == 0)] = KIDNEY
    return labels, image


def strewn(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """With islands of the organ all over the scan."""
    labels = labels.copy()
    for z, y, x in np.random.default_rng(1).integers(0, np.array(SHAPE) - 5, (400, 3)):
        labels[z : z + 3, y : y + 3, x : x + 3] = ORGAN
    return labels


def ellipsoid(middle: tuple[int, int, int], radii: tuple[int, int, int]) -> NDArray[np.bool_]:
    z, y, x = (((np.arange(side) - at) / radius) ** 2 for side, at, radius in zip(SHAPE, middle, radii, strict=True))
    inside: NDArray[np.bool_] = z[:, None, None] + y[:, None] + x < 1
    return inside


def cases(labels: NDArray[np.uint8], image: NDArray[np.int16]) -> Iterator[Case]:
    """Every correction, and what is called plainly beside it."""
    organ, islands = labels == ORGAN, strewn(labels)
    yield Case("fill 3D, an organ", lambda: fill(labels, INSIDE, 9), lambda: segmentation.flood_fill(labels, INSIDE, 9))
    yield Case(
        "fill 3D, all background",
        lambda: fill(labels, (0, 0, 0), 9),
        lambda: segmentation.flood_fill(labels, (0, 0, 0), 9),
    )
    yield Case("fill 2D", lambda: fill(labels, INSIDE, 9, axis=0))
    yield from undone(labels)
    window = (85, 135)
    yield Case(
        "threshold",
        lambda: threshold(labels, image, window, 9),
        lambda: np.where((image >= 85) & (image <= 135), 9, labels),
    )
    yield Case("threshold in a class", lambda: threshold(labels, image, window, 9, over={ORGAN}))
    yield from seeded(labels, image)
    yield Case("snap to edges", lambda: snap(labels, image, OTHER, SPACING))
    yield from smart(image)
    yield Case("interpolate", lambda: interpolate(labels, [KIDNEY], SPACING))
    corrected = {ORGAN: range(70, 211, 10), OTHER: range(82, 199, 29)}
    yield Case("redraw between corrected slices", lambda: redraw(labels, corrected, 0, SPACING))
    yield Case("copy slice", lambda: copy_slice(labels, [ORGAN], 0, 140, 141, over=None))
    yield Case(
        "smooth", lambda: smooth(labels, [ORGAN], SPACING, mm=2), lambda: ndimage.gaussian_filter(organ * 1.0, 2) > 0.5
    )
    yield Case(
        "remove islands",
        lambda: remove_islands(islands, [ORGAN], SPACING, below_ml=1),
        lambda: morphology.remove_small_objects(islands == ORGAN, 1000),
    )
    yield Case("keep largest", lambda: keep_largest(islands, [ORGAN]), lambda: largest(islands == ORGAN))
    yield Case("fill holes", lambda: fill_holes(labels, ORGAN, SPACING), lambda: ndimage.binary_fill_holes(organ))
    yield Case("fill holes 2D", lambda: fill_holes(labels, ORGAN, SPACING, axis=0))
    yield Case(
        "grow by 3 mm",
        lambda: resize(labels, OTHER, SPACING, mm=3),
        lambda: ndimage.distance_transform_edt(labels != OTHER, sampling=SPACING) <= 3,
    )
    yield Case("shrink by 3 mm", lambda: resize(labels, OTHER, SPACING, mm=-3))
    yield Case("hollow", lambda: hollow(labels, OTHER, SPACING, wall_mm=3))
    yield Case("logic", lambda: logic(labels, ORGAN, "subtract", [OTHER], SPACING, margin_mm=3))
    yield Case("relabel", lambda: relabel(labels, {ORGAN: OTHER}), lambda: np.where(organ, OTHER, labels))
    yield Case("split left and right", lambda: split_sides(labels, ORGAN, 9))
    yield Case("cut", lambda: cut(labels, [ORGAN], 0, (140, 100, 100), (140, 400, 250)))
    yield Case("mirror", lambda: mirror(labels, {ORGAN: OTHER}))


def undone(labels: NDArray[np.uint8]) -> Iterator[Case]:
    """Through the door and back."""
    mask = Mask(labels.copy(), SPACING)
    edit = fill(labels, INSIDE, 9)
    assert edit is not None
    mask.apply(edit)
    yield Case("apply a 3D fill", lambda: once(lambda: mask.apply(edit), before=mask.undo))
    yield Case("undo a 3D fill", lambda: once(mask.undo, before=mask.redo), bound=0.05)


def once(timed: Callable[[], Any], before: Callable[[], Any]) -> Taken:
    """Seconds of the first, after the second has been done."""
    before()
    return seconds(timed)


def seeded(labels: NDArray[np.uint8], image: NDArray[np.int16]) -> Iterator[Case]:
    """From scribbles on the second organ and round it: in a box of a million voxels, and of three hundred thousand."""
    for name, work, half in (("grow", grow, (50, 50, 50)), ("random walker", random_walk, (33, 33, 33))):
        box, seeds = scribbles(half)
        marks = seeds.drawn(box) + 1
        there = image[box].astype(np.float32)
        peer = (
            (
                lambda there=there, marks=marks: segmentation.watershed(
                    ndimage.gaussian_gradient_magnitude(there, 1), marks
                )
            )
            if work is grow
            else (lambda there=there, marks=marks: segmentation.random_walker(there, marks, mode="cg_j", tol=1e-3))
        )
        yield Case(
            f"{name}, from scribbles",
            lambda work=work, seeds=seeds, box=box: work(labels, image, seeds, SPACING, box=box, over=None),
            peer,
        )


def scribbles(half: tuple[int, int, int]) -> tuple[Box, Seeds]:
    """On the rim of the second organ, where it borders on what is round it."""
    z, y, x = (slice(at - side, at + side) for at, side in zip((140, 256, 410), half, strict=True))
    inner, outer = np.zeros((1, 20, 4), bool), np.zeros((1, 20, 4), bool)
    inner[:], outer[:] = True, True
    seeds = Seeds.none().adding((slice(140, 141), slice(246, 266), slice(390, 394)), inner, OTHER)
    return (z, y, x), seeds.adding((slice(140, 141), slice(246, 266), slice(435, 439)), outer, 0)


def smart(image: NDArray[np.int16]) -> Iterator[Case]:
    """The smart brush under a moving hand: a disc of 30 voxels at the organ's border."""
    at = (140, 256, 265)
    box, where = disc(SHAPE, SPACING, 0, [at], 15 * SPACING[1]) or ((), None)
    tissue = tissue_at(image, box, where, at, SPACING)
    yield Case("smart brush, 30 voxels", lambda: alike(image, box, where, at, tissue, SPACING), bound=0.005)


def largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    pieces, _ = ndimage.label(mask)
    kept: NDArray[np.bool_] = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    return kept


def measured(case: Case, rounds: int, *, peers: bool) -> dict[str, Any]:
    """Median seconds of ours, of the library's, and the longest that another thread waited."""
    with ticking() as gaps:
        wall, cpu = (
            statistics.median(taken) for taken in zip(*(seconds(case.ours) for _ in range(rounds)), strict=True)
        )
        held = max(gaps, default=0.0)
    row = {"name": case.name, "seconds": wall, "cpu_seconds": cpu, "bound": case.bound, "kept": wall <= case.bound}
    row["held_ms"] = held * 1000
    if peers and case.peer is not None:
        row["peer_seconds"], row["peer_cpu_seconds"] = seconds(case.peer)
        row["ratio"] = cpu / row["peer_cpu_seconds"]
    return row


def seconds(work: Callable[[], Any]) -> Taken:
    """How long it takes, by the clock and by the processor; what times itself returns both."""
    wall, cpu = time.perf_counter(), time.thread_time()
    result = work()
    return result if isinstance(result, Taken) else Taken(time.perf_counter() - wall, time.thread_time() - cpu)


@contextmanager
def ticking() -> Iterator[list[float]]:
    """How much longer than asked another thread slept, each time."""
    gaps: list[float] = []
    over = threading.Event()

    def tick() -> None:
        while not over.is_set():
            start = time.perf_counter()
            time.sleep(0.005)
            gaps.append(time.perf_counter() - start - 0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield gaps
    finally:
        over.set()
        thread.join()


def line_of(row: dict[str, Any]) -> str:
    """One row, to be read."""
    mark = " " if row["kept"] else "!"
    peer = f"library {row['peer_seconds']:8.3f} s, ratio {row['ratio']:.3f}" if "ratio" in row else ""
    took = f"{row['seconds']:8.4f} s of {row['bound']:.3f} ({row['cpu_seconds']:.4f} cpu)"
    return f"{mark} {row['name']:32} {took}   held {row['held_ms']:6.1f} ms   {peer}"


if __name__ == "__main__":
    main()
