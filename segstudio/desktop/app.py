"""The double-click app, from its first line to its last."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from segstudio import paths, settings
from segstudio.desktop.screen import has_screen, screen
from segstudio.errors import SegStudioError
from segstudio.imaging.discreet import be_discreet

if TYPE_CHECKING:
    from segstudio.desktop.window import Window

logger = logging.getLogger("segstudio")


def main(
    files: Sequence[str | os.PathLike[str]] = (),
    *,
    library: Path | None = None,
    sample: bool = False,
    check: bool = False,
    screenshot: Path | None = None,
) -> int:
    """Open the window and return when it is closed; 0 if all went well.

    Parameters
    ----------
    files
        A scan to open; of several, the first.
    library
        Its folder; by default the person's own. A check makes one of its own and throws it away, unless one is named.
    sample
        Open the sample scan, predict its structures, and show it.
    check
        Do the same with no one watching, then correct, submit and learn, and print how the versions compare. Needs no
        screen.
    screenshot
        Where a check puts its picture; by default into the library's folder, or the person's data folder.

    Raises
    ------
    SegStudioError
        The library cannot be opened, or a check needs a screen in memory that does not start.
    """
    be_discreet()
    if not check:
        return _run(files, library, sample)
    if not has_screen():
        return _check_in_memory(library, screenshot)
    place = nullcontext(str(library)) if library else tempfile.TemporaryDirectory(prefix="segstudio-check-")
    with place as folder:
        return _check(Path(folder), screenshot or (library or paths.data_folder()) / "sample.png")


def _run(files: Sequence[str | os.PathLike[str]], library: Path | None, sample: bool) -> int:
    """Open the window, and once more where it was closed to change its library or device."""
    from segstudio.desktop.qt import application

    app = application()
    while True:
        window = _window(library, device=settings.load()[0].device)
        window.show()
        window.start()
        if sample:
            window.opening.open_sample()
        elif files:
            window.open(Path(files[0]))
        else:
            window.opening.resume()
        code = int(app.exec())
        if not window.again:
            return code
        files, sample = (), False


def _check_in_memory(library: Path | None, screenshot: Path | None) -> int:
    """The check in a program of its own, which has let go of the screen before that is taken away."""
    command = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "segstudio"]
    command += ["app", "--check"]
    command += [] if library is None else ["--library", str(library)]
    command += [] if screenshot is None else ["--screenshot", str(screenshot)]
    with screen():
        return subprocess.run(command).returncode


def _check(library: Path, screenshot: Path) -> int:
    from segstudio.desktop.check import run_check
    from segstudio.desktop.qt import application

    application()
    return run_check(_window(library), screenshot)


def _window(library: Path | None, *, device: str = "auto") -> Window:
    from segstudio.desktop.window import Window
    from segstudio.studio import Studio
    from segstudio.viewer import look

    look.use(settings.load()[0].theme)
    studio = Studio.open(library, device=device)
    _log_to(studio.library.folder)
    window = Window(studio)
    _catch(window)
    return window


def _catch(window: Window) -> None:
    """What nobody foresaw goes to the log and the message bar, and the window stays."""
    from segstudio.viewer.desk import unexpected
    from segstudio.viewer.messages import Message

    def hook(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        told = error if isinstance(error, SegStudioError) else unexpected(error)
        window.session.desk.bring(lambda: window.bar.say(Message.of(told)))

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            hook(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = hook
    threading.excepthook = thread_hook


class _Discreet(logging.Formatter):
    """Writes of an error its kind and where it came from, not its words, which may name a patient's file."""

    def formatException(self, ei: tuple[Any, ...]) -> str:
        return "".join((*traceback.format_tb(ei[2]), ei[0].__name__ if ei[0] else ""))


def _log_to(folder: Path) -> None:
    for before in [each for each in logger.handlers if isinstance(each, RotatingFileHandler)]:
        logger.removeHandler(before)
        before.close()
    handler = RotatingFileHandler(folder / "segstudio.log", maxBytes=1 << 20, backupCount=2, encoding="utf8")
    handler.setFormatter(_Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
