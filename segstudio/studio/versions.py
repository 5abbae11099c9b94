"""What is known of a model's versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from segstudio.imaging import LabelClass, LabelMap
from segstudio.learning import CaseVerdict, Verdict
from segstudio.library import Ancestor, Library, Watched
from segstudio.listening import Change
from segstudio.review.drift import drift


@dataclass(frozen=True)
class Comparison:
    """A candidate beside the version that was in use: the gate's figures, and the cases that changed most first.

    Parameters
    ----------
    current, candidate
        NAME@VERSION; the first is "" where none was in use.
    pinned
        What became of the regression set.
    """

    current: str
    candidate: str
    verdict: Verdict
    better: tuple[CaseVerdict, ...]
    worse: tuple[CaseVerdict, ...]
    pinned: tuple[CaseVerdict, ...]


class Versions:
    """What a session does with the history of models."""

    def __init__(self, library: Library, tell: Callable[[Change], None]) -> None:
        self._library = library
        self._tell = tell

    def comparison(self, label: str) -> Comparison | None:
        """A candidate beside the version that was in use when it was made; None where nothing was compared.

        Raises
        ------
        ModelError
            There is no such version.
        """
        entry = self._library.model(label)
        if entry.verdict is None:
            return None
        changed = [each for each in entry.verdict.cases if each.change]
        ordered = sorted(changed, key=lambda each: each.change or 0.0)
        pinned = set(self._library.pinned())
        return Comparison(
            current=str(entry.spec.metrics.get("compared_with", "")),
            candidate=entry.label,
            verdict=entry.verdict,
            better=tuple(each for each in reversed(ordered) if (each.change or 0) > 0),
            worse=tuple(each for each in ordered if (each.change or 0) < 0),
            pinned=tuple(each for each in entry.verdict.cases if each.case in pinned),
        )

    def masks(self, label: str, case: int) -> tuple[LabelMap | None, LabelMap | None]:
        """What the version in use and a candidate drew of a case when they were compared; None where nothing is kept.

        Raises
        ------
        ModelError
            There is no such version.
        LibraryError
            A file is damaged.
        """
        entry = self._library.model(label)
        sides = (str(entry.spec.metrics.get("compared_with", "")), entry.label)
        current, candidate = (self._library.prediction(case, side) if side else None for side in sides)
        return current.labels if current else None, candidate.labels if candidate else None

    def lineage(self, name: str) -> list[Ancestor]:
        """Every version of a model, oldest first."""
        return self._library.lineage(name)

    def seen(self, case: int) -> tuple[str, ...]:
        """Versions that have learned from a case, or that come from one that has."""
        return self._library.seen_by(case)

    def pin(self, case: int, *, person: str) -> None:
        """Put a case into the regression set."""
        self._library.pin(case, person=person)
        self._tell(Change("cases", str(case)))

    def unpin(self, case: int, *, person: str) -> None:
        """Take a case out of the regression set."""
        self._library.unpin(case, person=person)
        self._tell(Change("cases", str(case)))

    def pinned(self) -> list[int]:
        """The regression set."""
        return self._library.pinned()

    def monitor(self, name: str) -> list[Watched]:
        """How right a model was before correction, read by read and class by class, oldest first."""
        return self._library.watched(name)

    def drift(self, name: str) -> list[str]:
        """What has changed in how right a model is, in words; nothing where nothing has."""
        return drift([(each.name, each.scanner, each.dice) for each in self._library.watched(name)])

    def classes(self, name: str) -> tuple[LabelClass, ...]:
        """What corrections of a model may hold: the classes of the version in use, and added ones."""
        return self._library.classes_of(name)

    def add_class(self, name: str, each: LabelClass, *, person: str) -> None:
        """Let corrections of a model hold another class; the next fine-tuning learns it beside the old ones."""
        self._library.add_class(name, each, person=person)
        self._tell(Change("models", self._library.model(name).label))
