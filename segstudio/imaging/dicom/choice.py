"""Which series of those at a place is meant: `PATH#SeriesInstanceUID`, and `:NAME` for one stack of several."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_CHOSEN = re.compile(
    r"(?P<path>.+)#(?P<series>[0-9][0-9.]*)(?::(?P<stack>[a-z0-9.\-]*))?(?:\+(?P<how>[a-z]+))?", re.DOTALL
)


def exists(path: Path | str) -> bool:
    """Whether what a path means, or the place in which it lies, is there."""
    return chosen(path).path.exists()


@dataclass(frozen=True, slots=True)
class Choice:
    """A place, and what is meant of what lies there; "" where nothing was said.

    Parameters
    ----------
    stack
        The key of one stack of the series.
    how
        "untilted" or "suv": what is to be done with it, asked for by the person.
    """

    path: Path
    series: str = ""
    stack: str = ""
    how: str = ""

    @property
    def named(self) -> str:
        """The whole as it is written."""
        if not self.series:
            return str(self.path)
        stack, how = f":{self.stack}" if self.stack else "", f"+{self.how}" if self.how else ""
        return f"{self.path}#{self.series}{stack}{how}"

    @property
    def file_name(self) -> str:
        """A name for files made of it, in which no UID can be read; the place's own where it was all that was said."""
        if not self.series:
            return self.path.name
        mark = hashlib.sha256(f"{self.series}:{self.stack}".encode()).hexdigest()[:8]
        stem = self.path.stem if self.path.suffix.lower() in (".zip", ".dcm") else self.path.name
        return f"{stem}-{mark}{f'-{self.how}' if self.how else ''}"


def chosen(path: Path | str) -> Choice:
    """What a path means; one that exists as it stands means itself."""
    path = Path(path)
    found = _CHOSEN.fullmatch(str(path))
    if found is None or path.exists():
        return Choice(path)
    return Choice(Path(found["path"]), found["series"], found["stack"] or "", found["how"] or "")
