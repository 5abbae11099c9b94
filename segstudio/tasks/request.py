"""What a task is asked, and how it tells what it does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from segstudio.progress import Progress

Request = Mapping[str, Any]

Tell = Callable[..., None]
"""Called with an event's name and its values."""


def progress_to(tell: Tell) -> Progress:
    """Progress that is told as an event, with the memory that this process has used at most."""
    return lambda done, what: tell("progress", done=done, what=what, memory_mb=memory_mb())


def memory_mb() -> float:
    """The most memory that this process has used: its own, or a graphics card's where that is more; 0 if unknown."""
    torch = sys.modules.get("torch")
    card = torch.cuda.max_memory_reserved() / 2**20 if torch and torch.cuda.is_initialized() else 0.0
    try:
        import resource
    except ImportError:  # Windows
        return float(card)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(max(card, most / (2**20 if sys.platform == "darwin" else 2**10)))
