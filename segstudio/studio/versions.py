"""What is known of a model's versions."""

from __future__ import annotations

from collections.abc import Callable

from segstudio.imaging import LabelClass
from segstudio.library import Ancestor, Library, Watched
from segstudio.listening import Change
from segstudio.review.drift import drift


class Versions:
    """What a session does with the history of models."""

    def __init__(self, library: Library, tell: Callable[[Change], None]) -> None:
        self._library = library
        self._tell = tell

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
