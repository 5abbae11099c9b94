"""Models that a process keeps in memory."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segstudio.networks.weights import LoadedModel


@lru_cache(maxsize=2)
def load_once(folder: Path) -> LoadedModel:
    """A model, kept for the next time it is asked for."""
    from segstudio.networks.weights import load_model

    return load_model(folder)
