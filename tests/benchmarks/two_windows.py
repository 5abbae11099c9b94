"""Bare napari and SegStudio's window side by side, each a process of its own, which take turns at the same hand.

In bare napari's turn SegStudio's learning child stands still, in SegStudio's it runs. SegStudio shows all four panes;
its pane under the hand and bare napari's only canvas have the same size and zoom, since drawing without a graphics
card takes as long as there are pixels. What is measured is the time from a mouse event to the frame that shows it.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (300, 512, 512)
SPACING = (1.5, 0.8, 0.8)
BRUSH = 12
"""Voxels across."""

WINDOW = (1360, 860)
HERE = Path(__file__).resolve()


def measure(act: str, rounds: int, count: int, *, idle: bool) -> dict[str, list[float]]:
    """Milliseconds of every move ("paint") or notch of the wheel ("scroll") in each window."""
    from segstudio.desktop.screen import screen

    with screen(), tempfile.TemporaryDirectory(prefix="segstudio-latency-") as folder:
        make_scan(Path(folder) / "scan.nii")
        return take_turns(Path(folder), act, rounds, count, idle)


def report(measured: dict[str, list[float]], bound: float, *, idle: bool, as_json: bool) -> None:
    """Print a table, and the figures as JSON if they are asked for."""
    found = {f"{name}_p{p}": float(np.percentile(ms, p)) for name, ms in measured.items() for p in (50, 95)}
    found |= {f"p{p}_ratio": found[f"ours_p{p}"] / found[f"bare_p{p}"] for p in (50, 95)}
    ours = "SegStudio, four panes" if idle else "SegStudio, four panes, learning"
    print(f"{'':<34}{'p50 ms':>8}{'p95 ms':>8}")
    print(f"{'bare napari':<34}{found['bare_p50']:>8.1f}{found['bare_p95']:>8.1f}")
    print(f"{ours:<34}{found['ours_p50']:>8.1f}{found['ours_p95']:>8.1f}")
    print(f"{f'ratio (p95 at most {bound})':<34}{found['p50_ratio']:>8.2f}{found['p95_ratio']:>8.2f}")
    if as_json:
        print(json.dumps({key: round(value, 3) for key, value in found.items()} | {"moves": len(measured["ours"])}))


def make_scan(path: Path) -> None:
    """A body of soft tissue in noise."""
    from segstudio.imaging import Geometry, Volume, write_volume

    rng = np.random.default_rng(0)
    z, y, x = np.ogrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j, -1 : 1 : SHAPE[2] * 1j]
    body = (0.3 * z**2 + y**2 / 0.5 + x**2 / 0.7) < 1
    voxels = np.where(body, 40, -1000).astype(np.int16)
    voxels += rng.integers(-30, 30, SHAPE, dtype=np.int16)
    affine = np.array([[0, 0, SPACING[2], -205], [0, SPACING[1], 0, -205], [SPACING[0], 0, 0, 0], [0, 0, 0, 1]])
    write_volume(Volume.of(voxels, Geometry(SHAPE, affine), modality="CT"), path)


def take_turns(folder: Path, act: str, rounds: int, count: int, idle: bool) -> dict[str, list[float]]:
    import psutil

    ours = start("ours", folder, act, idle, {})
    windows = {"bare": start("bare", folder, act, idle, answer(ours)), "ours": ours}
    measured: dict[str, list[float]] = {"bare": [], "ours": []}
    steps: list[int] = []
    try:
        answer(windows["bare"])
        process = psutil.Process(ours.pid)
        for turn in range(rounds + 1):
            for name, window in windows.items():
                for child in process.children(recursive=True):
                    child.suspend() if name == "bare" else child.resume()
                time.sleep(0.5)
                ask(window, count)
                found = answer(window)
                if turn:  # the first one warms up
                    measured[name] += found["ms"]
                if name == "ours":
                    steps.append(found["step"])
    finally:
        for window in windows.values():
            window.stdin.close()
            window.wait(60)
    if not idle and steps[-1] <= steps[0]:
        raise SystemExit("the model did not learn meanwhile; nothing was shown")
    return measured


def start(name: str, folder: Path, act: str, idle: bool, like: dict[str, Any]) -> Any:
    task = json.dumps({"name": name, "folder": str(folder), "act": act, "learning": not idle, "like": like})
    return subprocess.Popen([sys.executable, str(HERE), task], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(window: Any, count: int) -> None:
    window.stdin.write(f"{count}\n")
    window.stdin.flush()


def answer(window: Any) -> dict[str, Any]:
    """The next line that is ours; libraries may print too."""
    for line in window.stdout:
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise SystemExit("a window ended early")


# In the window's own process


def serve(name: str, folder: Path, act: str, learning: bool, like: dict[str, Any]) -> None:
    """Open a window, then act as often as is asked for, until nobody asks any more."""
    from qtpy.QtCore import QSocketNotifier
    from qtpy.QtWidgets import QApplication

    opened, canvas, viewer = open_bare(folder, act) if name == "bare" else open_ours(folder, act, learning)
    app = QApplication.instance()
    canvas.window().resize(*WINDOW)
    if like:
        canvas.setFixedSize(*like["canvas"])
    settle(app, 2.0)
    if like:
        viewer.scene.camera.zoom, viewer.scene.camera.center = like["zoom"], (0, *like["center"])
    settle(app, 1.0)
    shown = canvas.size().toTuple()
    if canvas.window().size().toTuple() != WINDOW or (like and list(shown) != like["canvas"]):
        raise SystemExit(f"window and canvas are {canvas.window().size().toTuple(), shown}")
    hand = Hand(app, canvas, keys=act == "scroll" and name == "bare")
    middle = np.array(viewer.scene.camera.center[1:]) - (viewer.layers[0].translate[1:] if name == "ours" else 0)
    print(json.dumps({"canvas": shown, "zoom": viewer.scene.camera.zoom, "center": middle.tolist()}), flush=True)

    def asked() -> None:
        line = sys.stdin.readline()
        if not line:
            notifier.setEnabled(False)
            opened.close()
            app.quit()
            return
        canvas.window().raise_()
        found = hand.paint(int(line)) if act == "paint" else hand.scroll(int(line))
        step = opened.studio.library.curve(1)[-1].step if name == "ours" and learning else 0
        print(json.dumps({"ms": found, "step": step}), flush=True)

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(asked)
    app.exec()


def open_bare(folder: Path, act: str) -> tuple[Any, Any, Any]:
    """napari as it comes; wheel with Ctrl turns its slices."""
    import napari
    from napari.settings import get_settings
    from qtpy.QtOpenGLWidgets import QOpenGLWidget
    from qtpy.QtWidgets import QApplication

    from segstudio.imaging import read_volume

    get_settings(path=None)
    viewer = napari.Viewer()
    voxels = read_volume(folder / "scan.nii").image[0]
    viewer.add_image(voxels, scale=SPACING, contrast_limits=(-160, 240), units=("mm",) * 3)
    mask = viewer.add_labels(np.zeros(SHAPE, np.uint8), scale=SPACING, units=("mm",) * 3)
    if act == "paint":
        mask.mode, mask.brush_size, mask.selected_label = "paint", BRUSH, 1
    mask.opacity = 0.45
    shown = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    return viewer, next(found for top in shown for found in top.findChildren(QOpenGLWidget)), viewer


def open_ours(folder: Path, act: str, learning: bool) -> tuple[Any, Any, Any]:
    """The window with all four panes, the tool in the hand, and a model that learns."""
    from segstudio.desktop.qt import application
    from segstudio.desktop.window import Window
    from segstudio.studio import Studio

    app = application()
    studio = Studio.open(folder / "library", device="cpu")
    if learning:
        learn(studio, folder)
    window = Window(studio)
    window.show()
    window.start()
    window.open(folder / "scan.nii")
    session, panes = window.session, window.picture
    until(app, lambda: session.scan is not None and session.work is None)
    session.view.layout = "four"
    until(app, lambda: len(panes.panes) == 3 and panes.surfaces is not None)
    window.remembered.keep_flag("keeps")  # closing asks nothing
    session.tools.take("brush" if act == "paint" else "move")
    session.tools.change(size_mm=BRUSH * SPACING[2])
    if learning:
        until(app, lambda: bool(studio.library.curve(studio.jobs()[0].id)))
    return window, panes.panes["axial"].native, panes.panes["axial"].viewer


def learn(studio: Any, folder: Path) -> None:
    """Queue a fine-tuning job that outlasts the measurement: a network of usual size on small scans."""
    import torch

    from segstudio.imaging import Geometry, LabelMap, Volume, classes_named
    from segstudio.learning import Example, Labelled
    from segstudio.learning.plan import plan_model
    from segstudio.networks.weights import new_network, save_model

    classes = classes_named([(1, "ball")])
    shape, affine = (40, 56, 40), np.diag([1.0, 1, 1, 1])[[2, 1, 0, 3]]
    away = np.sqrt(((np.indices(shape).T - np.array(shape) / 2) ** 2).sum(-1)).T
    labels = LabelMap((away < 9).astype(np.uint8), Geometry(shape, affine), classes)
    noise = np.random.default_rng(0).normal(0, 30, shape)
    volume = Volume.of((labels.labels * 200 + noise).astype(np.float32), labels.geometry, modality="MR")
    example = Example("ball", lambda: Labelled(volume, labels))
    spec = plan_model([example], name="ball", version=1, classes=classes, modality="MR")
    torch.manual_seed(0)
    (folder / "model").mkdir()
    save_model(folder / "model", spec, new_network(spec))
    studio.import_model(folder / "model")
    studio.submit(volume, labels, model="ball", patient="", reader="", minutes=30.0)


class Hand:
    """Strokes and notches over a canvas, and when each is seen."""

    def __init__(self, app: Any, canvas: Any, *, keys: bool) -> None:
        from qtpy.QtCore import Qt

        self._app, self._canvas = app, canvas
        self._keys = Qt.KeyboardModifier.ControlModifier if keys else Qt.KeyboardModifier.NoModifier
        self._seen = False
        self._turn = 0
        canvas.frameSwapped.connect(self._on_frame)

    def paint(self, moves: int) -> list[float]:
        """Milliseconds from each mouse move to its frame, over strokes of 20 moves."""
        from qtpy.QtCore import QEvent, Qt

        self._turn += 1
        found = []
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        for at in range(moves):
            if at % 20 == 0:
                self._send(QEvent.Type.MouseMove, at, none, none)
                self._send(QEvent.Type.MouseButtonPress, at, left, left)
                settle(self._app, 0.1)
            settle(self._app, 0.01)
            found.append(self._seen_after(lambda at=at: self._send(QEvent.Type.MouseMove, at + 1, none, left)))
            if at % 20 == 19 or at == moves - 1:
                self._send(QEvent.Type.MouseButtonRelease, at + 1, left, none)
                settle(self._app, 0.1)
        return found

    def scroll(self, notches: int) -> list[float]:
        """Milliseconds from each notch of the wheel to its frame, 20 slices on and 20 back."""
        found = []
        for at in range(notches):
            settle(self._app, 0.02)
            found.append(self._seen_after(lambda at=at: self._turn_wheel(1 if at // 20 % 2 else -1)))
        return found

    def _seen_after(self, act: Any) -> float:
        self._seen = False
        begun = time.perf_counter()
        act()
        while not self._seen:
            self._app.processEvents()
            if time.perf_counter() - begun > 2:
                raise SystemExit("it was never drawn")
        return 1000 * (time.perf_counter() - begun)

    def _send(self, kind: Any, at: int, button: Any, buttons: Any) -> None:
        from qtpy.QtCore import QPointF, Qt
        from qtpy.QtGui import QMouseEvent

        angle, radius = at * 0.12 + self._turn, 40 + 8 * (self._turn % 12)
        middle = self._canvas.rect().center()
        place = QPointF(middle.x() + radius * math.cos(angle), middle.y() + radius * math.sin(angle))
        event = QMouseEvent(
            kind, place, self._canvas.mapToGlobal(place), button, buttons, Qt.KeyboardModifier.NoModifier
        )
        self._app.sendEvent(self._canvas, event)

    def _turn_wheel(self, notches: int) -> None:
        from qtpy.QtCore import QPoint, QPointF, Qt
        from qtpy.QtGui import QWheelEvent

        place = QPointF(self._canvas.rect().center())
        event = QWheelEvent(
            place, self._canvas.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
            self._keys, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        self._app.sendEvent(self._canvas, event)

    def _on_frame(self) -> None:
        self._seen = True


def settle(app: Any, seconds: float) -> None:
    """Let the window live on for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.002)


def until(app: Any, ready: Any, patience: float = 180.0) -> None:
    """Let the window live on until something is so."""
    end = time.monotonic() + patience
    while not ready():
        settle(app, 0.05)
        if time.monotonic() > end:
            raise SystemExit("the window did not get ready")


def arguments(doc: str | None, counted: str) -> argparse.Namespace:
    """What both measurements can be told."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--moves", type=int, default=60, help=f"{counted} a round")
    parser.add_argument("--idle", action="store_true", help="SegStudio without learning, for comparison")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = json.loads(sys.argv[1])
    serve(wanted.pop("name"), Path(wanted.pop("folder")), **wanted)
