"""Which tool is in the hand, and how it is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from qtpy.QtCore import QObject, Signal

from segstudio.viewer.tools.tool import Tool, ToolOptions

if TYPE_CHECKING:
    from segstudio.viewer.correcting import Correcting

T = TypeVar("T", bound=Tool)

SMALLEST_MM, LARGEST_MM = 0.5, 200.0


class Tools(QObject):
    """The tools of a session, of which one is in the hand.

    Attributes
    ----------
    active
        The one in the hand.
    options
        How tools are set; one for all.
    """

    changed = Signal()
    """Another tool, or another setting."""
    preview_changed = Signal()
    """The lines of the tool in the hand are to be drawn again."""

    def __init__(self, session: Correcting, made: Sequence[Tool]) -> None:
        super().__init__(session)
        self._by_name = {each.name: each for each in made}
        self.options = ToolOptions()
        self.active = made[0]
        for each in made:
            session.scan_changed.connect(each.forget)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all tools, in the order of use."""
        return tuple(self._by_name)

    @property
    def all(self) -> tuple[Tool, ...]:
        """Of a session, in the order of use."""
        return tuple(self._by_name.values())

    def of(self, kind: type[T]) -> T:
        """The tool of a kind."""
        return next(each for each in self._by_name.values() if type(each) is kind)

    def take(self, name: str) -> None:
        """Take a tool; what the one before had begun is given up."""
        wanted = self._by_name[name]
        if wanted is not self.active:
            self.active.key_escape()
            self.active.put_down()
            self.active = wanted
            self.changed.emit()
            self.preview_changed.emit()

    def change(self, **settings: Any) -> None:
        """Set one or several options; sizes stay within what makes sense."""
        new = replace(self.options, **settings)
        new = replace(new, size_mm=min(max(new.size_mm, SMALLEST_MM), LARGEST_MM))
        if new != self.options:
            self.options = new
            self.changed.emit()
            self.preview_changed.emit()
