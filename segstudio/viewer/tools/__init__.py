"""What the left button does on a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segstudio.viewer.tools.line import Cut, DrawBox, Measure
from segstudio.viewer.tools.outline import Lasso, Polygon
from segstudio.viewer.tools.paint import Brush, Eraser, SmartBrush
from segstudio.viewer.tools.point import Fill, Move, Pick
from segstudio.viewer.tools.scribble import Scribble
from segstudio.viewer.tools.tool import Hand, Line, Tool, ToolOptions
from segstudio.viewer.tools.tools import Tools

if TYPE_CHECKING:
    from segstudio.viewer.correcting import Correcting

__all__ = ["Hand", "Line", "Tool", "ToolOptions", "Tools", "tools_of"]

_KINDS: tuple[type[Tool], ...] = (
    *(Move, Brush, Eraser, SmartBrush, Lasso, Polygon, Fill, Pick),
    *(Scribble, Cut, DrawBox, Measure),
)


def tools_of(session: Correcting) -> Tools:
    """All tools, the first one in the hand."""
    return Tools(session, [kind(session) for kind in _KINDS])
