"""The parent's end of a child process that computes (`segstudio.child`): requests down, answers up, in JSON lines."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from segstudio.errors import GeometryError, ImageError, LibraryError, ModelError, SegStudioError, Stopped

CHILD_FLAG = "--segstudio-child"
"""First argument with which a frozen app becomes a child: its own executable is all that it can start."""

_ERRORS = {
    each.__name__: each for each in (GeometryError, ImageError, LibraryError, ModelError, SegStudioError, Stopped)
}


class ChildDiedError(SegStudioError):
    """The child ended before it answered."""


def child_command() -> list[str]:
    """How to start a child: this Python with `-m segstudio.child`, or the frozen app itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD_FLAG]
    return [sys.executable, "-P", "-m", "segstudio.child"]


class ChildProcess:
    """A child that is there to be asked; it ends when this object is closed or this process dies.

    On Linux it is killed with the thread that started it: start it from a thread that lives as long as it is needed.

    Parameters
    ----------
    background
        Give it low priority.
    idle
        Let it compute only while nothing else wants to (on Linux): beside a window, where no hand is to feel it. On
        a busy server it would stand still.
    """

    def __init__(self, *, background: bool, idle: bool = False) -> None:
        self._process = subprocess.Popen(
            [*child_command(), *(["--background"] if background else []), *(["--idle"] if idle else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf8",
            errors="replace",
            env={**os.environ, "PYTHONPATH": _search_path()},
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) if background else 0,
        )
        self._answers: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()
        self._last_words: deque[str] = deque(maxlen=20)
        self._writing = threading.Lock()
        self._asked = 0
        self._readers = [
            threading.Thread(target=self._listen, args=(self._process.stdout,), name="child-answers", daemon=True),
            threading.Thread(target=self._overhear, args=(self._process.stderr,), name="child-words", daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def ask(self, verb: str, **what: Any) -> int:
        """Send a request and return its number, which the answers carry."""
        self._asked += 1
        self._send({"id": self._asked, "verb": verb, **what})
        return self._asked

    def pause(self) -> None:
        """Let it hold still, between two steps, with all it has in memory."""
        self._send({"verb": "pause"})

    def resume(self) -> None:
        """Let it go on."""
        self._send({"verb": "resume"})

    def stop(self, request: int) -> None:
        """End one request between two steps; it answers with `Stopped`."""
        self._send({"verb": "stop", "id": request})

    def answer(self, seconds: float) -> Mapping[str, Any] | None:
        """The next answer, or None if none has come in time.

        Raises
        ------
        ChildDiedError
            It has ended, and all that it said has been read.
        """
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            return None
        if answer is None:
            self._answers.put(None)
            raise self._how_it_ended()
        return answer

    def close(self, *, patience: float = 2.0) -> None:
        """End it: close its input, at which it exits, and kill it if it does not."""
        try:
            if self._process.stdin:
                self._process.stdin.close()
        except OSError:
            pass  # it has gone already, with something unsent
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def _send(self, line: Mapping[str, Any]) -> None:
        try:
            with self._writing:
                assert self._process.stdin
                self._process.stdin.write(json.dumps(line) + "\n")
                self._process.stdin.flush()
        except (OSError, ValueError):
            pass  # it has died; `answer` says how

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            try:
                self._answers.put(json.loads(line))
            except ValueError:
                self._last_words.append(line)
        self._answers.put(None)

    def _overhear(self, stream: IO[str]) -> None:
        self._last_words.extend(stream)

    def _how_it_ended(self) -> ChildDiedError:
        code = self._process.wait()
        self._readers[1].join()
        words = next((line.strip() for line in reversed(self._last_words) if line.strip()), "")
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        hint = "Often memory ran out: close other programs and try again."
        return ChildDiedError(
            f"the process that computes ended unexpectedly ({how})",
            hint=f"{hint} Its last words: {words[:300]}" if words else hint,
        )


def error_from(answer: Mapping[str, Any]) -> SegStudioError:
    """The error that a child has answered with."""
    kind = _ERRORS.get(str(answer["kind"]), SegStudioError)
    return kind(str(answer["message"]), hint=str(answer["hint"]))


def _search_path() -> str:
    """Where the child finds this very SegStudio, installed or not."""
    here = str(Path(__file__).resolve().parent.parent)
    known = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join([here, *([known] if known else [])])
