"""How long SegStudio's window does not answer, command by command, on a CT of 512×512×300 voxels.

A timer asks for a turn of the event loop every 5 ms; "silent" is the longest time for which none came, "at work" the
longest for which the window's own thread computed in between: on a busy machine it is less. The bound is 100 ms.
A command that is not done within a few seconds is stopped, and told so; what the last of three minutes leaves out too.

    python tests/benchmarks/window_silence.py [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

SHAPE = (300, 512, 512)
SPACING = (1.5, 0.8, 0.8)
BOUND_MS = 100
PATIENCE_S = 6.0
"""For one command."""

TOGETHER_S = 165.0
"""For all of them."""

AFTER_S = 0.3
"""How long what a command has set going is waited for; longer where the mask was written to."""

SETTLED_S = 1.0
MOVE_MS = 8
"""From one move of a mouse to the next."""

ASKING = (
    "open",
    "open_series",
    "open_beside",
    "open_series_beside",
    "save_mask",
    "load_mask",
    "compare_file",
    "export_ledger",
)
"""Commands that ask for a file first; what they do with it is measured by itself."""

LEFT_OUT = (*ASKING, "open_sample", "predict", "submit", "quit", "close_scan", "columns")

Act = Callable[[], object]


@dataclass(frozen=True)
class Silence:
    """Of one command: milliseconds, and a word where it was not waited for."""

    name: str
    silent: float
    at_work: float
    word: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    from segstudio.desktop.screen import screen

    with screen(), tempfile.TemporaryDirectory(prefix="segstudio-silence-") as folder:
        os.environ["SEGSTUDIO_HOME"] = folder
        make_files(Path(folder))
        report(Measuring(Path(folder)).all(), as_json=asked.json)


def report(found: list[Silence], *, as_json: bool) -> None:
    print(f"{'':<34}{'silent':>8}{'at work':>9}   (ms, bound {BOUND_MS})")
    for each in sorted(found, key=lambda each: -each.silent):
        over = "over the bound" if each.silent > BOUND_MS else ""
        print(f"{each.name:<34}{each.silent:>8.0f}{each.at_work:>9.0f}   {', '.join(filter(None, (over, each.word)))}")
    if as_json:
        rows = {each.name: [round(each.silent, 1), round(each.at_work, 1)] for each in found}
        words = {each.name: each.word for each in found if each.word}
        print(json.dumps({"bound_ms": BOUND_MS, "silent_and_at_work_ms": rows, "not_measured": words}))


def make_files(folder: Path) -> None:
    """Two scans of a body in noise, and a mask of one of them."""
    from segstudio.imaging import Geometry, LabelMap, Volume, classes_named, write_labels, write_volume

    rng = np.random.default_rng(0)
    z, y, x = np.ogrid[tuple(slice(-1, 1, side * 1j) for side in SHAPE)]
    voxels = np.where((0.3 * z**2 + 2 * y**2 + 1.4 * x**2) < 1, 40, -1000).astype(np.int16)
    voxels += rng.integers(-30, 30, SHAPE, dtype=np.int16)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *SPACING, 1
    volume = Volume.of(voxels, Geometry(SHAPE, affine), modality="CT")
    for name in ("one.nii", "two.nii"):
        write_volume(volume, folder / name)
    organ = ((z - 0.1) ** 2 / 0.1 + y**2 / 0.2 + x**2 / 0.2 < 1).astype(np.uint8)
    write_labels(LabelMap(organ, volume.geometry, classes_named([(1, "liver")])), folder / "mask.nii")


class Measuring:
    """The window, and a hand that gives it one command after another."""

    def __init__(self, folder: Path) -> None:
        from segstudio.desktop.qt import application
        from segstudio.desktop.window import Window
        from segstudio.imaging import classes_named
        from segstudio.studio import Studio

        self.app, self.folder = application(), folder
        self.window = Window(Studio.open(folder / "library"))
        self.window.remembered.keep_flag("understood")
        self.window.remembered.keep_flag("keeps")
        self.window.resize(1360, 860)
        self.window.show()
        self.session = self.window.session
        self.session.set_classes(classes_named([(1, "liver"), (2, "spleen")]))
        self.end = time.monotonic() + TOGETHER_S
        self.found: list[Silence] = []

    def all(self) -> list[Silence]:
        """Every command once, in an order in which each has something to do."""
        self.measure("welcome page", lambda: None, after=3.0)
        for name, act, after in self.acts():
            if time.monotonic() < self.end:
                self.measure(name, act, after=after)
            else:
                self.found.append(Silence(name, 0.0, 0.0, "left out: no time left"))
        self.window.close()
        self.wait(100)
        return self.found

    def measure(self, name: str, act: Act, *, after: float) -> None:
        """Do something, and wait until it is done and seen."""
        print(name, end="… ", file=sys.stderr, flush=True)
        from tests.viewer.probe import Probe

        with Probe() as probe:
            self.wait(20)
            act()
            done = self.until(self.is_done)
            self.wait(1000 * after)
        word = "" if done else f"stopped after {PATIENCE_S:.0f} s"
        if not done:
            self.session.cancel()
            self.until(self.is_done)
        self.found.append(Silence(name, probe.longest_ms, probe.busiest_ms, word))

    def acts(self) -> Iterator[tuple[str, Act, float]]:
        """What is done: its name, how, and how long to look at the window afterwards."""
        window = self.window
        yield "open, the first", lambda: window.open(self.folder / "one.nii"), SETTLED_S
        yield "open, another", lambda: window.open(self.folder / "two.nii"), SETTLED_S
        yield from self.by_hand()
        yield from self.operations()
        yield from self.classes()
        for name, action in window.actions_by_name.items():
            if name not in (*LEFT_OUT, *self.operation_names):
                yield name, action.trigger, AFTER_S
        for name in ("clear", "undo"):
            yield f"{name} of the mask", window.actions_by_name[name].trigger, SETTLED_S
        yield from self.files()
        yield "close the scan", window.actions_by_name["close_scan"].trigger, SETTLED_S

    def by_hand(self) -> Iterator[tuple[str, Act, float]]:
        from tests.viewer.hands import LEFT, RIGHT, Mouse

        session, view = self.session, self.session.view
        mouse = Mouse(self.window.picture.panes["axial"], self)
        x, y = mouse.middle
        way = [(x - 60 + step, y - 40 + step / 2) for step in range(0, 120, 4)]

        def drag(button: Any, *places: tuple[float, float]) -> None:
            """Its moves come one by one, as a mouse sends them."""
            mouse.send("press", places[0], button, button)
            for place in places:
                mouse.send("move", place, held=button)
                self.wait(MOVE_MS)
            mouse.send("release", places[-1], button)

        def with_tool(name: str, act: Act, **options: Any) -> Act:
            def do() -> None:
                session.tools.take(name)
                session.tools.change(**options)
                act()

            return do

        yield "wheel", lambda: [mouse.wheel(1) for _ in range(10)], AFTER_S
        yield "window by right drag", lambda: drag(RIGHT, *way), AFTER_S
        yield "brush", with_tool("brush", lambda: drag(LEFT, *way), size_mm=20.0, ball=False), SETTLED_S
        yield "ball", with_tool("brush", lambda: drag(LEFT, *way), size_mm=30.0, ball=True), SETTLED_S
        yield "undo of the ball", session.undo, SETTLED_S
        yield "redo of the ball", session.redo, SETTLED_S
        yield "smart brush", with_tool("smart", lambda: drag(LEFT, *way[:8])), SETTLED_S
        yield "lasso", with_tool("lasso", lambda: drag(LEFT, *way, (x - 60, y + 60))), SETTLED_S
        corners = [(x, y), (x + 90, y + 10), (x + 40, y + 80)]
        yield (
            "polygon",
            with_tool("polygon", lambda: [*map(mouse.click, corners), mouse.double_click(corners[-1])]),
            SETTLED_S,
        )
        yield "fill 3D", with_tool("fill", lambda: mouse.click((x + 5, y + 5)), deep=True), SETTLED_S
        yield "undo of the fill", session.undo, SETTLED_S
        yield "crosshair jump", with_tool("move", lambda: mouse.click((x + 30, y + 20))), AFTER_S
        yield "outline while turning slices", lambda: [setattr(view, "outline", True), mouse.wheel(3)], AFTER_S
        yield "fill of the mask again", lambda: setattr(view, "outline", False), AFTER_S

    @property
    def operation_names(self) -> tuple[str, ...]:
        from segstudio.viewer.operations import OPERATIONS

        return tuple(each.name for each in OPERATIONS)

    def operations(self) -> Iterator[tuple[str, Act, float]]:
        """Each operation on an organ of a liver's size, as it is set at first; then it is undone."""
        bench, put_organ = self.session.bench, self.organ()
        yield "an organ put in", put_organ, SETTLED_S
        self.organ_steps = self.session.scan.mask.steps
        for name in self.operation_names:
            yield f"{name}, options and preview", lambda name=name: bench.choose(name), SETTLED_S
            yield name, lambda name=name: bench.run(name), AFTER_S
            yield f"{name}, undone", self.undo_to_organ, AFTER_S
        yield "options put away", lambda: bench.choose(""), AFTER_S

    def organ(self) -> Act:
        """An organ of a liver's size, as operations put one in: beside the window."""
        from segstudio.editing import Edit

        session, labels = self.session, self.session.scan.mask.labels
        z, y, x = np.ogrid[-1:1:120j, -1:1:200j, -1:1:240j]
        box = (slice(90, 210), slice(150, 350), slice(130, 370))
        after = np.where(z**2 + y**2 + x**2 < 1, 1, labels[box]).astype(labels.dtype)
        return lambda: session.edit("Organ", lambda _stop: Edit.between("organ", labels, box, after))

    def undo_to_organ(self) -> None:
        while self.session.scan.mask.steps > self.organ_steps:
            self.session.undo()

    def classes(self) -> Iterator[tuple[str, Act, float]]:
        from segstudio.viewer import class_edits

        session = self.session
        yield "add a class", lambda: class_edits.add_class(session), AFTER_S
        yield "rename a class", lambda: class_edits.rename_class(session, 2, "kidney"), AFTER_S
        yield "colour a class", lambda: class_edits.recolor_class(session, 1, (10, 200, 90)), AFTER_S
        yield "hide a class", lambda: class_edits.toggle_hidden(session, 1), AFTER_S
        yield "show it again", lambda: class_edits.toggle_hidden(session, 1), AFTER_S
        yield "lock a class", lambda: class_edits.toggle_lock(session, 2), AFTER_S
        yield "unlock it", lambda: class_edits.toggle_lock(session, 2), AFTER_S
        yield "merge classes", lambda: class_edits.merge_classes(session, {1: 2}), SETTLED_S
        yield "undo of merging", session.undo, SETTLED_S
        yield "empty a class", lambda: class_edits.clear_class(session, 1), SETTLED_S
        yield "undo of emptying", session.undo, SETTLED_S

    def files(self) -> Iterator[tuple[str, Act, float]]:
        from segstudio.desktop import maskfiles

        compare = self.window.column.compare.comparison
        yield "compare with a file", lambda: compare.with_file(self.folder / "mask.nii"), SETTLED_S
        yield "next difference, compared", compare.next, AFTER_S
        yield "compare no more", compare.end, AFTER_S
        yield "save the mask", lambda: maskfiles.save_mask(self.session, self.folder / "saved.nii.gz"), SETTLED_S
        yield "open beside", lambda: self.window.series.open(self.folder / "one.nii"), 2 * SETTLED_S
        yield "close beside", self.window.series.close_all, AFTER_S

    # Waiting

    def is_done(self) -> bool:
        """Nothing is waited for, and all is drawn; a window that asks for something is told no."""
        from qtpy.QtWidgets import QDialog, QWidget

        for asking in filter(QWidget.isVisible, self.window.findChildren(QDialog)):
            asking.close()
        surfaces = self.window.picture.surfaces
        quiet = surfaces is None or not surfaces.isVisible() or not surfaces.busy
        return self.session.work is None and self.window.picture.drawn and quiet

    def until(self, ready: Callable[[], bool]) -> bool:
        end = time.monotonic() + PATIENCE_S
        while not ready():
            self.wait(10)
            if time.monotonic() > end:
                return False
        return True

    def wait(self, ms: float) -> None:
        """Have the event loop turn."""
        from qtpy.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(round(ms), loop.quit)
        loop.exec()


if __name__ == "__main__":
    main()
