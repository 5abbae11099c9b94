"""What a pane needs to know of what it shows."""

from __future__ import annotations

from typing import Protocol

from segstudio.imaging import LabelClass
from segstudio.viewer.region import Region
from segstudio.viewer.scan import Scan
from segstudio.viewer.tools.tool import Tool
from segstudio.viewer.view import View


class Hands(Protocol):
    """The tool in the hand."""

    @property
    def active(self) -> Tool:
        """What the left button does."""


class Shown(Protocol):
    """A scan, how it is looked at, and what the hand does to it: a session, or a series beside it."""

    @property
    def scan(self) -> Scan | None:
        """What is shown."""

    @property
    def view(self) -> View:
        """How it is looked at."""

    @property
    def region(self) -> Region:
        """The box in which a model looks."""

    @property
    def tools(self) -> Hands:
        """What the hand does."""

    @property
    def classes(self) -> tuple[LabelClass, ...]:
        """Of the mask."""
