"""From command to window: how long until SegStudio's window is on the screen, beside bare napari's.

Each start is a process of its own, in turns; the clock runs from its creation to the first time that the window is
drawn. The bound: at most 1.5 times bare napari's median, and torch is not loaded by then.

    python tests/benchmarks/start_window.py [--rounds 5] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", choices=("bare", "ours"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve, args.folder)
        return
    from segstudio.desktop.screen import screen

    seconds: dict[str, list[float]] = {"bare": [], "ours": []}
    with screen(), tempfile.TemporaryDirectory(prefix="segstudio-start-") as folder:
        for turn in range(args.rounds + 1):
            for name, found in seconds.items():
                took = start(name, Path(folder))
                if turn:  # the first one fills the disk's cache and makes the library
                    found.append(took)
    report(seconds, as_json=args.json)


def start(name: str, folder: Path) -> float:
    """Seconds from the process's creation to its window."""
    command = [sys.executable, str(HERE), "--serve", name, "--folder", str(folder)]
    begun = time.time()
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not told:
        raise SystemExit(f"{name} showed no window\n{done.stderr}")
    if told[0]["torch"] and name == "ours":
        raise SystemExit("torch was loaded before the window was shown")
    return float(told[0]["shown"]) - begun


def report(seconds: dict[str, list[float]], *, as_json: bool) -> None:
    bare, ours = (statistics.median(seconds[name]) for name in ("bare", "ours"))
    print(f"bare napari {bare:.2f} s, SegStudio {ours:.2f} s, ratio {ours / bare:.2f} (bound 1.5)")
    if as_json:
        print(json.dumps({"bare_s": round(bare, 3), "ours_s": round(ours, 3), "ratio": round(ours / bare, 3)}))


# In the process that is started


def serve(name: str, folder: Path) -> None:
    """Show the window, tell when it was drawn, and go."""
    app, window = open_bare() if name == "bare" else open_ours(folder)
    app.processEvents()
    while not window.isVisible() or not window.windowHandle().isExposed():
        app.processEvents()
    window.repaint()
    app.processEvents()
    print(json.dumps({"shown": time.time(), "torch": "torch" in sys.modules}), flush=True)
    window.close()


def open_bare() -> tuple[Any, Any]:
    import napari
    from napari.settings import get_settings
    from qtpy.QtWidgets import QApplication, QMainWindow

    get_settings(path=None)
    napari.Viewer()
    app = QApplication.instance()
    return app, next(each for each in app.topLevelWidgets() if isinstance(each, QMainWindow))


def open_ours(folder: Path) -> tuple[Any, Any]:
    from segstudio.desktop.qt import application
    from segstudio.desktop.window import Window
    from segstudio.studio import Studio

    app = application()
    window = Window(Studio.open(folder / "library"))
    window.show()
    return app, window


if __name__ == "__main__":
    main()
