"""Tools that need no more than a point: move, pick, fill."""

from __future__ import annotations

from segstudio.viewer.tools.tool import Hand, Tool, on_grid


class Move(Tool):
    """Moves the picture; the panes themselves do that, and bring the crosshair to where the hand clicks."""

    name = "move"


class Pick(Tool):
    """Chooses the class under the pointer."""

    name = "pick"

    def press(self, hand: Hand) -> None:
        """Choose what is there; where nothing is, the choice stays."""
        scan = self._session.scan
        if scan is not None and on_grid(hand.voxel, scan.mask.labels.shape):
            value = int(scan.mask.labels[hand.voxel])
            if value:
                self._session.view.chosen = value
