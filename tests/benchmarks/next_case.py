"""How long a reader waits for the next case, already predicted, of 512×512×300 voxels: read ahead, and not.

The time is that from the key, in a review in the real window, to the frame that shows picture and mask in the pane
under the hand, and until all panes show the case. The bound for one that was read ahead is 0.3 s. On a busy machine
look at the processor's time until then, which includes that of reading on in the background.

    python tests/benchmarks/next_case.py [--times 5] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from segstudio.imaging import Geometry, LabelMap, Volume, classes_named
from segstudio.library import Query
from segstudio.studio import Studio

if TYPE_CHECKING:
    from segstudio.desktop.window import Window

SHAPE = (300, 512, 512)
CLASSES = classes_named([(1, "organ")])
BOUND_S = 0.3
PATIENCE_S = 120.0
SETTLED_S = 2.0


def main() -> None:
    """Print the medians, and with --json one JSON object as the last line."""
    it = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    it.add_argument("--times", type=int, default=5)
    it.add_argument("--json", action="store_true")
    args = it.parse_args()
    from segstudio.desktop.screen import screen

    with screen(), tempfile.TemporaryDirectory(prefix="segstudio-next-") as folder:
        os.environ["SEGSTUDIO_HOME"] = folder
        studio = Studio.open(Path(folder) / "library", device="cpu")
        add_model(studio, Path(folder))
        for number in range(3):
            fill(studio, number)
        found = Turning(studio).all(args.times)
    middle = {name: round(statistics.median(took), 3) for name, took in found.items()}
    for name, took in middle.items():
        over = "  over the bound" if name == "read ahead" and took > BOUND_S else ""
        print(f"{name:32} {took:.3f} s  ({', '.join(f'{each:.2f}' for each in found[name])}){over}")
    if args.json:
        print(json.dumps({"bound_s": BOUND_S, "median_s": middle}))


def add_model(studio: Studio, folder: Path) -> None:
    """The model that has drawn the cases: what it draws is not asked for, but a review looks its classes up."""
    from segstudio.networks import Architecture, ModelSpec
    from segstudio.networks.weights import new_network, save_model

    shape = Architecture((6, 12), ((3, 3, 3),) * 2, ((1, 1, 1), (2, 2, 2)), (1, 1), (1,))
    spec = ModelSpec("organ", 1, shape, CLASSES, ("",), "CT", (1, 1, 1), (16, 16, 16), licence="CC0")
    (folder / "model").mkdir()
    save_model(folder / "model", spec, new_network(spec))
    studio.import_model(folder / "model")


def fill(studio: Studio, number: int) -> None:
    """A noisy scan with a large organ, with what a model drew, in the library."""
    rng = np.random.default_rng(number)
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    inside = (z - 150) ** 2 / 100**2 + (y - 256) ** 2 / 150**2 + (x - 200 - 9 * number) ** 2 / 150**2 < 1
    voxels = np.where(inside, 100, -900).astype(np.int16) + rng.integers(-20, 20, SHAPE, np.int16)
    geometry = Geometry(SHAPE, np.array([[0, 0, 0.8, 0], [0, 0.8, 0, 0], [1.0, 0, 0, 0], [0, 0, 0, 1]]))
    case = studio.library.add_case(Volume.of(voxels, geometry, modality="CT"), patient=str(number))
    labels = LabelMap(inside.astype(np.uint8), geometry, CLASSES)
    studio.library.store_prediction(case, "organ@1", labels)


class Turning:
    """A reader who goes back and forth in a review, and when each case is seen."""

    def __init__(self, studio: Studio) -> None:
        from segstudio.desktop.qt import application
        from segstudio.desktop.window import Window

        self.app = application()
        self.window: Window = Window(studio)
        self.window.remembered.keep_flag("understood")
        self.window.resize(1360, 860)
        self.window.show()
        self.window.session.reader = "reader"
        self.wanted, self.seen, self.worked = 0, 0.0, 0.0

    def all(self, times: int) -> dict[str, list[float]]:
        """Seconds of each turn."""
        window = self.window
        window.reviewing.begin(Query(order="date"))
        self.until(self.is_looked_over, "the first case")
        self.until(lambda: window.picture.drawn, "its picture")
        window.picture.panes["axial"].native.frameSwapped.connect(self._frame)
        found: dict[str, list[float]] = {}
        for ahead in (True, False):
            name = "read ahead" if ahead else "not read ahead"
            for turn in range(times + 1):
                took = self.turn(ahead=ahead)
                if turn:  # the first one warms up
                    for what, seconds in zip(("", ", processor", ", all panes"), took, strict=True):
                        found.setdefault(f"{name}{what}", []).append(seconds)
        window.reviewing.end()
        window.close()
        self.app.processEvents()
        return found

    def turn(self, *, ahead: bool) -> tuple[float, float, float]:
        """Seconds from the key to the frame that shows the next case, of the processor until then, and to all panes."""
        from qtpy.QtCore import Qt
        from qtpy.QtTest import QTest

        window, reviewing = self.window, self.window.reviewing
        assert reviewing.sitting is not None
        if reviewing.place == len(reviewing.sitting.cases) - 1:
            window.actions_by_name["end_review"].trigger()
            reviewing.begin(Query(order="date"))
            self.until(self.is_looked_over, "the first case again")
        following = reviewing.sitting.cases[reviewing.place + 1]
        window.studio.worklist.open(following)  # returns when it was read
        if not ahead:
            window.session.ahead.read([])
        self.settle(SETTLED_S)
        window.activateWindow()
        window.stack.setFocus()
        self.until(window.stack.hasFocus, "the keyboard")
        self.wanted, self.seen = following, 0.0
        begun, worked = time.perf_counter(), time.process_time()
        QTest.keyClick(window.stack, Qt.Key.Key_Right)
        self.until(lambda: self.seen > 0, "the next case")
        self.until(lambda: window.picture.drawn, "its picture")
        every = time.perf_counter() - begun
        self.until(self.is_looked_over, "what is to be known of it")
        return self.seen - begun, self.worked - worked, every

    def shows(self, case: int) -> bool:
        """Whether the pane under the hand has come to show a case."""
        pane = self.window.picture.foremost
        return self.window.session.case == case and pane is not None and pane.shows_scan

    def is_looked_over(self) -> bool:
        """Whether a case is open for reading and checked, so that nothing else goes on."""
        case = self.window.reviewing.case
        return case is not None and case.read is not None and case.findings is not None

    def until(self, ready: Callable[[], bool], what: str) -> None:
        """Have the event loop turn until something is so."""
        end = time.monotonic() + PATIENCE_S
        while not ready():
            self.app.processEvents()
            time.sleep(0.001)
            if time.monotonic() > end:
                sys.exit(f"error: {what} never came")

    def settle(self, seconds: float) -> None:
        """Have the event loop turn for a while."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end, "the time")

    def _frame(self) -> None:
        if not self.seen and self.shows(self.wanted):
            self.seen, self.worked = time.perf_counter(), time.process_time()


if __name__ == "__main__":
    main()
