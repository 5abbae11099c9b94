"""What stands in the list of series: a row for each stack that could be opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from segstudio.errors import SegStudioError
from segstudio.imaging import Volume
from segstudio.imaging.dicom import Choice, Contents, Series, SeveralScans, Stack, Tilted, volume_of
from segstudio.progress import Progress, Stop
from segstudio.viewer.messages import sentence

Reading = Callable[[Progress, Stop], Volume]
"""How a scan is read whose place is known: what is told of it, and whether to stop."""


@dataclass(frozen=True, eq=False)
class Choosing:
    """A choice that a person has to make.

    Parameters
    ----------
    found
        What there is.
    open
        Opens what was chosen: called with its path, and with how to read it without looking for it again.
    """

    found: Contents
    open: Callable[[Path, Reading], object]


def choosing_after(error: SegStudioError, open_: Callable[[Path, Reading], object]) -> Choosing | None:
    """The choice that an error asks for, if it asks for one."""
    if isinstance(error, SeveralScans | Tilted) and error.found is not None:
        return Choosing(error.found, open_)
    return None


@dataclass(frozen=True, eq=False)
class Row:
    """One stack, or one series of which nothing can be shown.

    Parameters
    ----------
    group
        Whose study it is of, in words without names; rows of one study follow each other.
    problem
        Why it cannot be opened, or what has to be done to it first; "" where there is nothing to say.
    """

    series: Series
    stack: Stack | None
    group: str
    title: str
    modality: str
    plane: str
    slices: str
    spacing: str
    date: str
    problem: str

    @property
    def is_tilted(self) -> bool:
        """Whether it can be opened only with the tilt of its gantry corrected."""
        grid = self.stack.grid if self.stack is not None else None
        return grid is not None and not isinstance(grid, SegStudioError) and grid.is_tilted

    @property
    def can_be_opened(self) -> bool:
        """Whether its pictures form a grid."""
        whole = self.stack is not None and not self.series.unread
        return whole and not isinstance(self.stack.grid, SegStudioError)  # type: ignore[union-attr]

    def choice(self, found: Contents) -> Choice:
        """What to open."""
        key = self.stack.key if self.stack is not None else ""
        return Choice(found.path, self.series.about.series, key, "untilted" if self.is_tilted else "")

    def read(self, found: Contents) -> Reading:
        """How to read it."""
        return lambda progress, stop: volume_of(found, self.series, self.choice(found), progress=progress, stop=stop)

    def says(self, words: list[str]) -> bool:
        """Whether all of some words stand in it."""
        all_of_it = f"{self.group} {self.title} {self.modality} {self.plane} {self.date}".lower()
        return all(word in all_of_it for word in words)


def rows_of(found: Contents) -> list[Row]:
    """The list, in the order of patients, studies and series."""
    several = len({each.about.patient for each in found.series}) > 1
    groups: dict[tuple[int, str], str] = {}
    for each in found.series:
        about = each.about
        parts = [f"Patient {about.patient}"] if several else []
        parts += [part for part in (about.date, about.study_description) if part]
        groups.setdefault((about.patient, about.study), " · ".join(parts) or "Study")
    return [row for each in found.series for row in _rows(each, groups[each.about.patient, each.about.study])]


def _rows(series: Series, group: str) -> list[Row]:
    if not series.stacks or series.unread:
        return [_row(series, None, group, "; ".join(series.problems))]
    return [_row(series, stack, group, "; ".join(stack.problems)) for stack in series.stacks]


def _row(series: Series, stack: Stack | None, group: str, problem: str) -> Row:
    slices, spacing = str(len(stack.pictures if stack is not None else series.pictures)), ""
    if stack is not None and not isinstance(stack.grid, SegStudioError):
        frames, millimetres = len(stack.grid.frames), stack.grid.geometry.spacing
        slices = str(len(stack.grid.frames[0])) + (f" × {frames}" if frames > 1 else "")
        spacing = " × ".join(f"{mm:.3g}" for mm in (millimetres[2], millimetres[1], millimetres[0]))
    about = series.about
    title = f"{series.title} · {stack.name}" if stack is not None and stack.name else series.title
    plane = stack.plane if stack is not None else ""
    problem = sentence(problem) if problem else ""
    return Row(series, stack, group, title, about.modality, plane, slices, spacing, about.date, problem)
