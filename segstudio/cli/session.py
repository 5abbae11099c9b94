"""The library that a command works on, who works on it, and how long work is stopped in order."""

from __future__ import annotations

import argparse
import getpass
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from segstudio import settings
from segstudio.cli.output import Output
from segstudio.progress import Stop
from segstudio.studio import Studio


@contextmanager
def session(args: argparse.Namespace, out: Output) -> Iterator[Studio]:
    """The studio on the library that was named, else on the person's own; closed in order at the end."""
    with Studio.open(library(args, out), device=getattr(args, "device", "auto")) as studio:
        for note in studio.notes:
            out.note(note)
        yield studio


def library(args: argparse.Namespace, out: Output) -> Path | None:
    """The library's folder: as named, else as in the settings, else None for the usual one."""
    known, notes = settings.load()
    for note in notes:
        out.note(note)
    if args.library:
        return Path(args.library)
    return Path(known.library) if known.library else None


def person(named: str = "") -> str:
    """Who is at the keyboard: as named, else as in the settings, else as the system knows them."""
    if named:
        return named
    try:
        return settings.load()[0].reader or getpass.getuser()
    except (KeyError, OSError):  # a user without a name, in a container for example
        return ""


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Within this, a first Ctrl+C or request to end only makes `stop()` true, so that work ends between two steps."""
    asked = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
