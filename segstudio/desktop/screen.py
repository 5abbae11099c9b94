"""A screen where there is none, so that the program can be checked on a server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from segstudio.errors import SegStudioError

SIZE = "1600x1000x24"


def has_screen() -> bool:
    """Whether a window could be shown here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def screen() -> Iterator[None]:
    """Within the block there is a screen: the machine's own, or one in memory (Xvfb). Enter it before Qt is loaded.

    Raises
    ------
    SegStudioError
        There is no screen, and Xvfb is not installed or does not start.
    """
    if has_screen():
        yield
        return
    server, display = _start()
    os.environ["DISPLAY"] = display
    try:
        yield
    finally:
        del os.environ["DISPLAY"]
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:  # on a busy machine it may take its time
        server.kill()
        server.wait()


def _start() -> tuple[subprocess.Popen[bytes], str]:
    """Xvfb on a free display of its own choosing."""
    program = shutil.which("Xvfb")
    if program is None:
        raise SegStudioError(
            "there is no screen", hint="Install Xvfb (`apt-get install xvfb`), or run this on a desktop."
        )
    reading, writing = os.pipe()
    command = [program, "-displayfd", str(writing), "-screen", "0", SIZE, "+extension", "GLX", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writing,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()  # empty where Xvfb ended without a display
    if not number:
        server.wait(10)
        raise SegStudioError("the screen in memory (Xvfb) does not start", hint="Start one yourself and set DISPLAY.")
    return server, f":{number}"
