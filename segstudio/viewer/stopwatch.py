"""How long a reader has looked at something."""

from __future__ import annotations

import time


class Stopwatch:
    """Counts the seconds from the start, without those in which it was held."""

    def __init__(self) -> None:
        self._counted = 0.0
        self._since: float | None = time.monotonic()

    @property
    def seconds(self) -> float:
        """So far."""
        return self._counted + (time.monotonic() - self._since if self._since is not None else 0.0)

    def hold(self, held: bool) -> None:
        """Stop counting, or go on."""
        if held and self._since is not None:
            self._counted, self._since = self.seconds, None
        elif not held and self._since is None:
            self._since = time.monotonic()
