"""How long work says how far it is and learns that it should end."""

from __future__ import annotations

from collections.abc import Callable

from segstudio.errors import Stopped

Progress = Callable[[float, str], None]
"""Called with the part done, 0 to 1, and what is being done, in words."""

Stop = Callable[[], bool]
"""Asked between steps; true means: end now."""


def silent(_done: float, _what: str) -> None:
    """Progress that nobody watches."""


def never() -> bool:
    """Work that nobody stops."""
    return False


def check(stop: Stop) -> None:
    """Raise `Stopped` if the work should end."""
    if stop():
        raise Stopped()


def part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of one stage, as a part of the whole from `start` to `end`."""
    return lambda done, what: progress(start + (end - start) * done, what)
