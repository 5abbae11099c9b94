"""What the commands say: results on stdout, the rest on stderr."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from segstudio.errors import SegStudioError


class Output:
    """Where a command's words go.

    Parameters
    ----------
    as_json
        The result is one JSON document and not text.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._shown = False

    def result(self, plain: Any, text: str) -> None:
        """What the command found: `plain` for a program, `text` for a person, if there is anything to say."""
        self._clear()
        if self.as_json:
            text = json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False)
        if text:
            print(text)

    def note(self, sentence: str) -> None:
        """Something that had to be decided, or that the person should know."""
        self.say(f"note: {sentence}")

    def error(self, error: SegStudioError) -> None:
        """What went wrong, and what to do."""
        self.say(f"error: {_one_line(error.message)}")
        self.say(f"hint: {_one_line(error.hint) or '`segstudio --help` lists the commands and what they take.'}")

    def say(self, line: str) -> None:
        """One line on stderr."""
        self._clear()
        print(line, file=sys.stderr, flush=True)

    def progress(self, done: float, what: str) -> None:
        """How far the work is, on one line that is written over; only where a person is watching."""
        if sys.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{f'{done:4.0%} {what}'[:width]}")
            sys.stderr.flush()
            self._shown = True

    def _clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns as wide as they need; a head that starts with ">" is set flush right with its column."""
    right = [head.startswith(">") for head in heads]
    lines = [[head.lstrip(">") for head in heads], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def number(value: float | None, digits: int) -> str:
    """A number for people; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
