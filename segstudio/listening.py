"""How a session tells its views that something has changed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """Something is worth reading again from the library.

    Parameters
    ----------
    kind
        Which list has changed; or "device": models were found to run on one.
    id
        The job's or case's number, the model's NAME@VERSION, or the device in words.
    """

    kind: Literal["jobs", "models", "cases", "device"]
    id: str


class Listeners:
    """Who wants to hear of changes."""

    def __init__(self) -> None:
        self._heard: tuple[Callable[[Change], None], ...] = ()

    def add(self, heard: Callable[[Change], None]) -> Callable[[], None]:
        """Call `heard` after each change, from the thread that made it; returns how to stop."""
        self._heard = (*self._heard, heard)

        def remove() -> None:
            self._heard = tuple(each for each in self._heard if each is not heard)

        return remove

    def tell(self, change: Change) -> None:
        """Pass a change on; a listener that fails is logged and does not hold up the others."""
        for heard in self._heard:
            try:
                heard(change)
            except Exception:
                logger.exception("a listener failed")
