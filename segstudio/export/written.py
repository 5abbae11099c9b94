"""What goes into an export besides the mask, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segstudio import __version__

RESEARCH = "Research use only, not for diagnosis"
"""Stands in every export that has room for words."""

MANUFACTURER = "SegStudio"
VERSION = __version__


@dataclass(frozen=True)
class Author:
    """Who drew the mask.

    Parameters
    ----------
    model, version
        Of the model, for example "hippocampus" and "3"; "" where none has drawn.
    corrected
        Whether a person has changed what the model drew, or has drawn all of it.
    """

    model: str = ""
    version: str = ""
    corrected: bool = True

    @classmethod
    def of(cls, label: str, *, corrected: bool) -> Author:
        """From NAME@VERSION as the library writes it, or ""."""
        model, _, version = label.partition("@")
        return cls(model, version, corrected or not model)

    @property
    def kind(self) -> str:
        """DICOM's word: "AUTOMATIC", "SEMIAUTOMATIC" or "MANUAL"."""
        if not self.model:
            return "MANUAL"
        return "SEMIAUTOMATIC" if self.corrected else "AUTOMATIC"


@dataclass(frozen=True)
class Written:
    """An export that was read back and found right.

    Parameters
    ----------
    paths
        Its files.
    checks
        What was compared, one sentence each.
    notes
        What the person should know of it, one sentence each.
    """

    paths: tuple[Path, ...]
    checks: tuple[str, ...]
    notes: tuple[str, ...] = ()
