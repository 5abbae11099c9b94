"""Tools that need no more than a point: move, pick, fill."""

from __future__ import annotations

from segstudio.editing.fill import fill
from segstudio.viewer.tools.tool import Hand, Tool, on_grid


class Move(Tool):
    """Moves the picture; the panes themselves do that, and bring the crosshair to where the hand clicks."""

    name = "move"
    held = "The wheel turns slices, with Ctrl it zooms. Right button: contrast. Middle button: move the picture."


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


class Fill(Tool):
    """Gives the connected area under the pointer to the chosen class; with Ctrl it is emptied."""

    name = "fill"
    uses = ("deep", "window")
    held = "Ctrl empties the area."

    def press(self, hand: Hand) -> None:
        """Fill what is there, beside the window."""
        session = self._session
        scan = session.scan
        if scan is None or not on_grid(hand.voxel, scan.mask.labels.shape) or not session.can_paint():
            return
        labels, image = scan.mask.labels, scan.picture(session.view.channel)
        value, window = 0 if hand.ctrl else session.view.chosen, self.options.window
        axis = None if self.options.deep else hand.axes[0]
        session.edit(
            "Fill",
            lambda stop: fill(labels, hand.voxel, value, axis=axis, image=image, window=window, stop=stop),
            quiet=True,
        )
