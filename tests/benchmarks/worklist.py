"""How long a worklist of many cases holds the window up: scrolling, filters, searches, orders; and how fast it opens.

Rows are written straight into the file, since scans would take hours to add. Each act is done with the list's own
fields in the real window; what counts is how long the window's own thread is at work until it is painted, so that a
busy machine makes it no longer. The bound is 50 ms. What the window leaves to threads of its own stands below.

    python tests/benchmarks/worklist.py [--cases 5000] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from segstudio.imaging import Geometry, Volume, thumbnail
from segstudio.library import STATUSES, Library, Query
from segstudio.studio import Studio

if TYPE_CHECKING:
    from segstudio.viewer.worklist.panel import WorklistPanel

BOUND_MS = 50

Act = Callable[[], object]


def main() -> None:
    """Print a table, and with --json one JSON object as the last line."""
    it = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    it.add_argument("--cases", type=int, default=5000)
    it.add_argument("--times", type=int, default=20, help="of each act; the median and the 95th percentile count")
    it.add_argument("--json", action="store_true")
    args = it.parse_args()
    from segstudio.desktop.screen import screen

    with screen(), tempfile.TemporaryDirectory(prefix="segstudio-worklist-") as folder:
        os.environ["SEGSTUDIO_HOME"] = folder
        few, many = Path(folder) / "few", Path(folder) / "many"
        fill(few, 10)
        fill(many, args.cases)
        opened = {name: median_ms(lambda at=at: open_and_show(at), 5) for name, at in (("few", few), ("many", many))}
        beside = queries(many, args.times)
        held = in_window(many, args.times)
    for name, (middle, late) in held.items():
        print(f"{name:34} {middle:7.1f} ms  p95 {late:7.1f} ms{'  over the bound' if late > BOUND_MS else ''}")
    print("not in the window's thread")
    for name, (middle, late) in beside.items():
        print(f"{name:34} {middle:7.1f} ms  p95 {late:7.1f} ms")
    print(f"{'open and read the first page':34} {opened['many']:7.1f} ms  with 10 cases {opened['few']:.1f} ms")
    if args.json:
        late_ms = {name: round(late, 1) for name, (_, late) in (held | beside).items()}
        worst = max(late_ms[name] for name in held)
        told = {"cases": args.cases, "bound_ms": BOUND_MS, "worst_p95_ms": worst, "p95_ms": late_ms, "open_ms": opened}
        print(json.dumps(told))


def in_window(folder: Path, times: int) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of what the window's thread does for each act, in milliseconds."""
    from segstudio.desktop.qt import application
    from segstudio.desktop.window import Window

    app = application()
    window = Window(Studio.open(folder))
    window.resize(1600, 960)
    window.show()
    panel = window.worklist
    let_it_settle(app.processEvents)

    def shown(act: Act) -> float:
        begin = time.thread_time()
        act()
        panel.list.viewport().repaint()
        took = time.thread_time() - begin
        app.processEvents()
        return 1000 * took

    try:
        return {name: percentiles([shown(act) for act, _ in zip(turns, range(times), strict=False)])
                for name, turns in acts(panel)}  # fmt: skip
    finally:
        window.close()
        app.processEvents()


def acts(panel: WorklistPanel) -> Iterator[tuple[str, Iterator[Act]]]:
    """What a hand does with the list; each turn of it is another place, word or kind."""
    bar = panel.list.verticalScrollBar()

    def scroll(part: float) -> Act:
        return lambda: bar.setValue(round(part * bar.maximum()))

    def search(words: str) -> Act:
        return lambda: (panel.search.setText(words), panel.refresh())

    def choose(box: str, at: int) -> Act:
        return lambda: getattr(panel, box).setCurrentIndex(at)

    yield "scroll, a wheel's notch", (lambda: bar.setValue(bar.value() + 3 * bar.singleStep()) for _ in endless())
    yield "scroll, to any place", (scroll(part) for part in np.random.default_rng(0).random(1000))
    yield "search, letter by letter", (search(f"{turn:04x}"[: 1 + turn % 4]) for turn in endless())
    yield "search, two words", (search(f"{('ct', 'mr')[turn % 2]} roe") for turn in endless())
    yield "search in vain", (search(f"xyzzy{turn}") for turn in endless())
    yield "filter while searching", (choose("filter", turn % panel.filter.count()) for turn in endless())
    yield "search put away", (search("" if turn % 2 else "ct") for turn in endless())
    yield "filter", (choose("filter", turn % panel.filter.count()) for turn in endless())
    yield "all cases again", (choose("filter", turn % 2) for turn in endless())
    yield "sort", (choose("order", turn % panel.order.count()) for turn in endless())
    yield "sort by chance, to any place", (lambda p=p: (panel.order.setCurrentIndex(3), scroll(p)()) for p in parts())
    yield "news from the library", (panel.refresh for _ in endless())
    yield "all marked", (panel.list.selectAll for _ in endless())
    yield "predict all", (lambda: panel.predict.emit([]) for _ in endless())


def endless() -> Iterator[int]:
    """0, 1, 2 and so on, from 1."""
    turn = 0
    while True:
        turn += 1
        yield turn


def parts() -> Iterator[float]:
    """Places of the list, from 0 to 1."""
    yield from np.random.default_rng(1).random(1000)


def let_it_settle(turn: Act) -> None:
    """Until a second goes by in which there is hardly anything to do; at the start panes are made, part by part."""
    busy = 1.0
    while busy > 0.2:
        begin, end = time.thread_time(), time.monotonic() + 1
        while time.monotonic() < end:
            turn()
            time.sleep(0.02)
        busy = time.thread_time() - begin


def queries(folder: Path, times: int) -> dict[str, tuple[float, float]]:
    """What is asked for beside the window: the order of a review, and what a model is to draw."""
    library = Library.open(folder)
    asked: dict[str, Act] = {
        "all numbers by benefit": lambda: library.ids(Query(order="benefit")),
        "all numbers by chance": lambda: library.ids(Query(order="random", seed=7)),
        "what a version has not drawn": lambda: library.without_prediction("liver@3", library.ids(Query())),
    }
    found = {name: percentiles([timed_ms(work) for _ in range(times)]) for name, work in asked.items()}
    library.close()
    return found


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
    grid, noise = Geometry((1, 96, 96), np.eye(4)), np.random.default_rng(0)
    pictures = [thumbnail(Volume.of(noise.integers(0, 99, grid.shape, np.int16), grid)) for _ in range(20)]
    with library._writing() as connection:
        for number in range(1, cases + 1):
            key = f"{rng.getrandbits(256):064x}"
            connection.execute("INSERT INTO patients VALUES (?, ?, 'train', 'block', '')", (key, key[:8]))
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
            connection.execute("INSERT INTO thumbnails VALUES (?, ?)", (number, pictures[number % len(pictures)]))
    library.close()


def percentiles(took: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    took = sorted(took)
    return statistics.median(took), took[min(len(took) - 1, int(0.95 * len(took)))]


def median_ms(work: Act, times: int) -> float:
    """Median in milliseconds."""
    return statistics.median(timed_ms(work) for _ in range(times))


def timed_ms(work: Act) -> float:
    """How long this thread is at work on it, in milliseconds."""
    begin = time.thread_time()
    work()
    return 1000 * (time.thread_time() - begin)


if __name__ == "__main__":
    sys.exit(main())
