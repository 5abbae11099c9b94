#!/usr/bin/env python3
"""Make the pictures of the guide from the real window.

    .venv/bin/python packaging/guide.py --ct CT --mask MASK --cases DIR

They go to `resources/guide/`, in place of those there. The MRI is the sample scan; the CT, its mask, and the folder of
crops round a hippocampus for the worklist, are yours.
A screen in memory (Xvfb) is used, so that the pictures have one size everywhere.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from qtpy.QtWidgets import QWidget

    from segstudio.desktop.window import Window
    from segstudio.imaging import LabelMap

SIZE = (1360, 860)
QUALITY = 88
PATIENCE_S = 300.0
STEP = 5
CASES = 8
KNOWS_CASES = "hippocampus"
"""The starter model that draws the scans of the worklist."""

LIVER = 5
"""In TotalSegmentator's numbers."""

PRESET = "TotalSegmentator CT"
"""The names of the classes in the CT's mask."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ct", type=Path, help="a CT to show")
    parser.add_argument("--mask", type=Path, help="its mask, in TotalSegmentator's numbers")
    parser.add_argument("--cases", type=Path, help="a folder of scans for the worklist, crops round a hippocampus")
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "guide")
    parser.add_argument("--here", action="store_true", help="on the screen that there is")
    args = parser.parse_args()
    if not args.here:
        return _in_memory()
    with tempfile.TemporaryDirectory() as home:
        os.environ["SEGSTUDIO_HOME"] = home
        Guide(args.out).make(args.ct, args.mask, args.cases)
    return 0


def _in_memory() -> int:
    """The same in a program of its own, which has let go of the screen before that is taken away."""
    from segstudio.desktop.screen import screen

    os.environ.pop("DISPLAY", None)
    with screen():
        return subprocess.run([sys.executable, *sys.argv, "--here"]).returncode


def some_slices(mask: Path) -> LabelMap:
    """The liver as a person would begin to draw it: in every fifth slice."""
    from segstudio.imaging import LabelMap, read_labels

    found = read_labels(mask)
    labels = found.labels.copy()
    labels[labels != LIVER] = 0
    for at in range(len(labels)):
        if at % STEP != STEP // 2:
            labels[at] = 0
    return LabelMap(labels, found.geometry, found.classes)


class Guide:
    """The window, driven through what the guide tells, and the pictures of it."""

    def __init__(self, out: Path) -> None:
        from segstudio.desktop.qt import application
        from segstudio.desktop.window import Window
        from segstudio.studio import Studio

        self.app = application()
        self.out = out
        self.window: Window = Window(Studio.open(device="cpu"))
        self.session = self.window.session
        self.window.remembered.keep_flag("keeps")
        self.window.resize(*SIZE)
        self.window.show()
        self.settle()

    def make(self, ct: Path | None, mask: Path | None, cases: Path | None) -> None:
        self.picture("welcome")
        self.mri()
        self.sheet()
        if ct is not None:
            self.ct(ct, mask)
        if cases is not None:
            self.cases(cases)
        self.window.close()

    def mri(self) -> None:
        """The sample: predicted, a stroke of the brush, the outline."""
        session, view = self.session, self.session.view
        self.window.opening.open_sample()
        self.until(lambda: session.scan is not None and session.work is None)
        self.settle(3)
        self.picture("predicted")
        self.window.bar.dismiss()
        self.do("brush")
        session.tools.change(size_mm=6.0, ball=True)
        self.stroke()
        self.settle(2)
        self.picture("brush")
        view.hover = None
        self.do("outline")
        self.settle()
        self.picture("outline")
        self.do("outline")
        session.tools.change(ball=False)
        self.do("move")

    def stroke(self) -> None:
        """A short stroke at the lower edge of the mask, by the tool itself; the pointer stays there."""
        import numpy as np

        from segstudio.viewer.tools import Hand

        scan, view = self.session.scan, self.session.view
        assert scan is not None
        x = view.voxel[2]
        rows, columns = np.nonzero(scan.mask.labels[:, :, x])
        lowest = [(int(rows[columns == y].min()), int(y)) for y in np.unique(columns)]
        hands = [Hand("sagittal", (float(z), float(y), float(x))) for z, y in lowest[4:9]]
        tool = self.session.tools.active
        tool.press(hands[0])
        for hand in hands[1:]:
            tool.move(hand)
        tool.release(hands[-1])
        view.hover = hands[-1]

    def sheet(self) -> None:
        from segstudio.viewer.keysheet import KeySheet

        self.do("keys")
        self.settle()
        (sheet,) = self.window.findChildren(KeySheet)
        self.picture("keys", sheet)
        sheet.reject()

    def ct(self, path: Path, mask: Path | None) -> None:
        """A CT whose liver is drawn in every fifth slice and then interpolated; then all of its mask."""
        from segstudio.imaging import write_labels
        from segstudio.imaging.presets import presets

        session = self.session
        self.window.open(path)
        self.until(lambda: session.scan is not None and session.scan.path == path)
        session.set_classes(next(each for each in presets() if each.name == PRESET).classes)
        if mask is not None:
            with tempfile.TemporaryDirectory() as folder:
                drawn = Path(folder) / "drawn.nii.gz"
                write_labels(some_slices(mask), drawn)
                self.load(drawn)
            session.view.chosen = LIVER
            session.view.layout = "coronal"
            self.picture("before")
            self.do("interpolate")
            self.until(lambda: session.work is None)
            self.picture("after")
            session.view.layout = "four"
            self.load(mask)
        self.settle(3)
        self.picture("ct")

    def cases(self, folder: Path) -> None:
        """A worklist of scans that a starter model has drawn, one of them under review, and the window of models."""
        from segstudio.library import Query
        from segstudio.viewer.models.window import ModelsWindow

        worklist = self.window.studio.worklist
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(".nii.gz"))[:CASES]
        self.window.studio.start()
        worklist.add(paths)
        self.until(lambda: worklist.count(Query()) == len(paths))
        worklist.predict(KNOWS_CASES)
        self.until(lambda: worklist.statuses()["predicted"] == len(paths))
        self.window.opening.open_case(worklist.ids(Query())[1])
        self.until(lambda: self.session.scan is not None and self.session.case > 0)
        self.until(lambda: self.window.picture.drawn)
        self.settle(3)
        self.window.bar.dismiss()
        self.picture("worklist")
        self.session.reader = "reader"
        self.window.reviewing.begin(Query())
        self.until(lambda: self.window.reviewing.case is not None and self.window.reviewing.case.findings is not None)
        self.until(lambda: self.window.picture.drawn)
        self.settle(3)
        self.picture("review")
        self.window.reviewing.end()
        self.do("models_jobs")
        self.settle(1)
        (models,) = self.window.findChildren(ModelsWindow)
        self.picture("models", models)
        models.close()

    def load(self, mask: Path) -> None:
        from segstudio.viewer.masks import load_mask

        load_mask(self.session, mask)
        self.settle(1)
        self.until(lambda: self.session.work is None)
        self.settle(2)

    def do(self, name: str) -> None:
        self.window.actions_by_name[name].trigger()
        self.settle(0.2)

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        self.window.column.area.verticalScrollBar().setValue(0)
        self.settle()
        file = self.out / f"{name}.jpg"
        if not (widget or self.window).grab().save(str(file), quality=QUALITY):
            raise SystemExit(f"{file} cannot be written")
        print(f"{file.relative_to(ROOT) if file.is_relative_to(ROOT) else file}  {file.stat().st_size // 1024} KB")

    def until(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not ready():
            self.settle(0.1)
            if time.monotonic() > end:
                raise SystemExit("the window takes too long")

    def settle(self, seconds: float = 0.6) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
