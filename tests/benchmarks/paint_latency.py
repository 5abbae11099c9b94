"""From hand to pixel: how long a brush stroke takes in bare napari, and in SegStudio's window while a model learns.

Each window is a process of its own. They take turns: in bare napari's turn the learning child stands still, in
SegStudio's it runs. Measured is the time from a mouse event to the frame that shows it. The bound: 95th percentile at
most 1.3 times bare napari's.

    python tests/benchmarks/paint_latency.py [--rounds 6] [--moves 60] [--json]
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

SHAPE = (200, 512, 512)
BRUSH = 12
WINDOW = (1360, 860)
CANVAS = (900, 680)
"""The same for both, as is the zoom: without a graphics card, drawing takes as long as there are pixels."""

HERE = Path(__file__).resolve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--moves", type=int, default=60, help="mouse moves a round")
    parser.add_argument("--idle", action="store_true", help="SegStudio without learning, for comparison")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", choices=("bare", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve, args.folder, learning=not args.idle)
        return
    from segstudio.desktop.screen import screen

    with screen(), tempfile.TemporaryDirectory(prefix="segstudio-latency-") as folder:
        make_scan(Path(folder) / "scan.nii")
        measured = take_turns(Path(folder), args.rounds, args.moves, args.idle)
    report(measured, as_json=args.json)


def make_scan(path: Path) -> None:
    """A body of soft tissue in noise."""
    from segstudio.imaging import Geometry, Volume, write_volume

    rng = np.random.default_rng(0)
    z, y, x = np.ogrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j, -1 : 1 : SHAPE[2] * 1j]
    body = (0.3 * z**2 + y**2 / 0.5 + x**2 / 0.7) < 1
    voxels = np.where(body, 40, -1000).astype(np.int16)
    voxels += rng.integers(-30, 30, SHAPE, dtype=np.int16)
    affine = np.array([[0, 0, 0.8, -205], [0, 0.8, 0, -205], [1.5, 0, 0, 0], [0, 0, 0, 1]])
    write_volume(Volume.of(voxels, Geometry(SHAPE, affine), modality="CT"), path)


def take_turns(folder: Path, rounds: int, moves: int, idle: bool) -> dict[str, list[float]]:
    """Milliseconds of every move in each window."""
    import psutil

    windows = {name: start(name, folder, idle) for name in ("bare", "ours")}
    measured: dict[str, list[float]] = {"bare": [], "ours": []}
    steps: list[int] = []
    try:
        for name in windows:
            answer(windows[name])
        ours = psutil.Process(windows["ours"].pid)
        for turn in range(rounds + 1):
            for name, window in windows.items():
                children = ours.children(recursive=True)
                for child in children:
                    child.suspend() if name == "bare" else child.resume()
                time.sleep(0.5)
                ask(window, moves)
                found = answer(window)
                if turn:  # the first one warms up
                    measured[name] += found["ms"]
                steps.append(found["step"])
    finally:
        for window in windows.values():
            window.stdin.close()
            window.wait(60)
    if not idle and steps[-1] <= steps[1]:
        raise SystemExit("the model did not learn meanwhile; nothing was shown")
    return measured


def start(name: str, folder: Path, idle: bool) -> Any:
    command = [sys.executable, str(HERE), "--serve", name, "--folder", str(folder), *(["--idle"] if idle else [])]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(window: Any, moves: int) -> None:
    window.stdin.write(f"{moves}\n")
    window.stdin.flush()


def answer(window: Any) -> dict[str, Any]:
    """The next line that is ours; libraries may print too."""
    for line in window.stdout:
        if line.startswith("{"):
            return json.loads(line)
    raise SystemExit("a window ended early")


def report(measured: dict[str, list[float]], *, as_json: bool) -> None:
    found = {f"{name}_p{p}": float(np.percentile(ms, p)) for name, ms in measured.items() for p in (50, 95)}
    found |= {f"p{p}_ratio": found[f"ours_p{p}"] / found[f"bare_p{p}"] for p in (50, 95)}
    print(f"{'':<34}{'p50 ms':>8}{'p95 ms':>8}")
    print(f"{'bare napari':<34}{found['bare_p50']:>8.1f}{found['bare_p95']:>8.1f}")
    print(f"{'SegStudio, a model learning':<34}{found['ours_p50']:>8.1f}{found['ours_p95']:>8.1f}")
    print(f"{'ratio':<34}{found['p50_ratio']:>8.2f}{found['p95_ratio']:>8.2f}")
    if as_json:
        print(json.dumps({key: round(value, 3) for key, value in found.items()} | {"moves": len(measured["ours"])}))


# In the window's own process


def serve(name: str, folder: Path, *, learning: bool) -> None:
    """Open a window, then paint as often as is asked for, until nobody asks any more."""
    from qtpy.QtCore import QSocketNotifier
    from qtpy.QtOpenGLWidgets import QOpenGLWidget
    from qtpy.QtWidgets import QApplication

    opened = open_bare(folder) if name == "bare" else open_ours(folder, learning)
    app = QApplication.instance()
    canvas = next(each for top in app.topLevelWidgets() if top.isVisible() for each in top.findChildren(QOpenGLWidget))
    canvas.window().resize(*WINDOW)
    canvas.setFixedSize(*CANVAS)
    settle(app, 1.0)
    viewer = opened if name == "bare" else opened.session.viewer
    viewer.fit_to_view(margin=0.02)
    settle(app, 1.0)
    shown = canvas.window().size().toTuple(), canvas.size().toTuple()
    if shown != (WINDOW, CANVAS):
        raise SystemExit(f"window and canvas are {shown} instead of {WINDOW, CANVAS}")
    hand = Hand(app, canvas)
    print(json.dumps({"ready": True}), flush=True)

    def asked() -> None:
        line = sys.stdin.readline()
        if not line:
            notifier.setEnabled(False)
            opened.close()
            app.quit()
            return
        canvas.window().raise_()
        found = hand.paint(int(line))
        step = opened.studio.library.curve(1)[-1].step if name == "ours" and learning else 0
        print(json.dumps({"ms": found, "step": step}), flush=True)

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(asked)
    app.exec()


def open_bare(folder: Path) -> Any:
    import napari
    from napari.settings import get_settings

    from segstudio.imaging import read_volume

    get_settings(path=None)
    viewer = napari.Viewer()
    voxels = read_volume(folder / "scan.nii").image[0]
    scale = (1.5, 0.8, 0.8)
    viewer.add_image(voxels, scale=scale, contrast_limits=(-160, 240), units=("mm",) * 3)
    mask = viewer.add_labels(np.zeros(SHAPE, np.uint8), scale=scale, units=("mm",) * 3)
    mask.mode, mask.brush_size, mask.selected_label = "paint", BRUSH, 1
    mask.opacity = 0.45
    return viewer


def open_ours(folder: Path, learning: bool) -> Any:
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
    until(app, lambda: window.session.scan is not None and window.session.work is None)
    window.actions_by_name["brush"].trigger()
    window.session.scan.mask.brush_size = BRUSH
    if learning:
        until(app, lambda: bool(studio.library.curve(studio.jobs()[0].id)))
    return window


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
    """Strokes over a canvas, and when each move is seen."""

    def __init__(self, app: Any, canvas: Any) -> None:
        self._app, self._canvas = app, canvas
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

    def _seen_after(self, act: Any) -> float:
        self._seen = False
        begun = time.perf_counter()
        act()
        while not self._seen:
            self._app.processEvents()
            if time.perf_counter() - begun > 2:
                raise SystemExit("a stroke was never drawn")
        return 1000 * (time.perf_counter() - begun)

    def _send(self, kind: Any, at: int, button: Any, buttons: Any) -> None:
        from qtpy.QtCore import QPointF, Qt
        from qtpy.QtGui import QMouseEvent

        angle, radius = at * 0.12 + self._turn, 60 + 15 * (self._turn % 12)
        place = QPointF(CANVAS[0] / 2 + radius * math.cos(angle), CANVAS[1] / 2 + radius * math.sin(angle))
        event = QMouseEvent(
            kind, place, self._canvas.mapToGlobal(place), button, buttons, Qt.KeyboardModifier.NoModifier
        )
        self._app.sendEvent(self._canvas, event)

    def _on_frame(self) -> None:
        self._seen = True


def settle(app: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.002)


def until(app: Any, ready: Any, patience: float = 180.0) -> None:
    end = time.monotonic() + patience
    while not ready():
        settle(app, 0.05)
        if time.monotonic() > end:
            raise SystemExit("the window did not get ready")


if __name__ == "__main__":
    main()
