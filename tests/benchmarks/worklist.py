"""How long the worklist takes with many cases: a page, its end, filters, a search, orders, counts; and opening it.

Rows are written straight into the file, since scans would take hours to add; the queries are those of the window.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from segstudio.imaging import Geometry
from segstudio.library import STATUSES, Library, Query
from segstudio.studio import Studio


def main() -> None:
    """Print a table, and with --json one JSON object as the last line."""
    it = argparse.ArgumentParser(description=__doc__)
    it.add_argument("--cases", type=int, default=5000)
    it.add_argument(
        "--times", type=int, default=20, help="runs of each query; the median and the 95th percentile count"
    )
    it.add_argument("--json", action="store_true")
    args = it.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder) / "few", Path(folder) / "many"
        fill(few, 10)
        fill(many, args.cases)
        opened = {
            name: median_ms(lambda path=path: open_and_show(path), 5) for name, path in (("few", few), ("many", many))
        }
        library = Library.open(many)
        found = {name: percentiles(work, args.times) for name, work in queries(library, args.cases).items()}
        library.close()
    for name, (middle, late) in found.items():
        print(f"{name:32} {middle:7.1f} ms  p95 {late:7.1f} ms")
    print(f"{'open and show the first page':32} {opened['many']:7.1f} ms  with 10 cases {opened['few']:.1f} ms")
    if args.json:
        worst = max(late for _, late in found.values())
        print(json.dumps({"cases": args.cases, "p95_ms": {name: late for name, (_, late) in found.items()},
                          "worst_p95_ms": worst, "open_ms": opened}))  # fmt: skip


def queries(library: Library, cases: int) -> dict[str, Callable[[], object]]:
    """What a window asks for."""
    everything = Query()
    return {
        "first page": lambda: library.page(everything),
        "last page": lambda: library.page(everything, cases - 100),
        "count": lambda: library.count(everything),
        "statuses": library.statuses,
        "filter by status": lambda: library.page(Query(status=("predicted", "flagged"))),
        "filter by modality and reader": lambda: library.page(Query(modality="CT", reader="Dr. Roe")),
        "search a pseudonym": lambda: library.page(Query(text="3fa9")),
        "search two words": lambda: library.page(Query(text="liver roe")),
        "search in vain": lambda: (library.page(Query(text="xyzzy")), library.count(Query(text="xyzzy"))),
        "by benefit": lambda: library.page(Query(order="benefit")),
        "by benefit, middle": lambda: library.page(Query(order="benefit"), cases // 2),
        "by priority": lambda: library.page(Query(order="priority")),
        "by chance": lambda: library.page(Query(order="random", seed=7), cases // 2),
        "all numbers in order": lambda: library.ids(Query(order="benefit")),
        "thumbnails of a page": lambda: library.thumbnails(range(1, 101)),
    }


def open_and_show(folder: Path) -> None:
    """What a start does with the library."""
    with Studio.open(folder) as studio:
        studio.worklist.page(Query())
        studio.worklist.statuses()


def fill(folder: Path, cases: int) -> None:
    """A library of so many cases, without their scans."""
    rng = random.Random(0)
    library = Library.open(folder)
    geometry = Geometry((300, 512, 512), np.eye(4))
    shape, affine = json.dumps(geometry.shape), json.dumps(geometry.affine.tolist())
    with library._writing() as connection:
        for number in range(1, cases + 1):
            key = f"{rng.getrandbits(256):064x}"
            connection.execute("INSERT INTO patients VALUES (?, ?, 'train', 'block', '')", (key, key[:6]))
            status = rng.choice(STATUSES)
            connection.execute(
                "INSERT INTO cases (id, patient, image_hash, image, shape, affine, modality, channels, created, status,"
                " priority, predicted, dice, benefit, reader, changed, scanner)"
                " VALUES (?, ?, ?, '', ?, ?, ?, '[\"\"]', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number, key, key, shape, affine, rng.choice(["CT", "MR"]), f"2026-01-01T{number:08d}", status,
                    rng.randrange(3), rng.choice(["liver@3", "brain@1", ""]), rng.random(), rng.random(),
                    rng.choice(["Dr. Roe", "Dr. Doe", ""]), "2026-01-01", rng.choice(["Siemens Avanto", "GE Signa"]),
                ),
            )  # fmt: skip
            connection.execute("INSERT INTO thumbnails VALUES (?, ?)", (number, rng.randbytes(5000)))
    library.close()


def percentiles(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    took = sorted(timed_ms(work) for _ in range(times))
    return statistics.median(took), took[min(len(took) - 1, int(0.95 * len(took)))]


def median_ms(work: Callable[[], object], times: int) -> float:
    """Median in milliseconds."""
    return statistics.median(timed_ms(work) for _ in range(times))


def timed_ms(work: Callable[[], object]) -> float:
    """How long it takes, in milliseconds."""
    begin = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begin)


if __name__ == "__main__":
    sys.exit(main())
