"""What was said of a case before, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMenu, QPushButton

from segstudio.library import Read
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.models.words import clock

_VERDICTS = {"accept": "accepted", "fix": "corrected", "reject": "rejected", "flag": "put aside"}
_KINDS = {"first": "", "second": "second read", "adjudication": "decision"}


class PastReads(QPushButton):
    """How often a case was read; opened, a line for each read."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.lines = QMenu(self)
        self.setMenu(self.lines)
        self.show_reads(())

    def show_reads(self, reads: Sequence[Read]) -> None:
        """Tell of these, given oldest first; nothing where there are none."""
        self.setVisible(bool(reads))
        self.lines.clear()
        now = datetime.now()
        told = [read_in_words(read, now) for read in reversed(reads)]
        for line in told:
            self.lines.addAction(line)
        self.setText("Read before" if len(reads) == 1 else f"Read {len(reads)} times")
        self.setToolTip("\n".join(told))


def read_in_words(read: Read, now: datetime) -> str:
    """When, who, what, and how right the model was: "yesterday 14:02 · Dr. Roe · corrected · Dice 0.91"."""
    dice = f"Dice {read.dice:.2f}" if read.dice is not None else ""
    parts = (clock(read.finished, now), read.reader, _KINDS[read.kind], verdict_in_words(read), dice)
    return "  ·  ".join(filter(None, parts))


def all_read_in_words(count: int, given: Sequence[str], learn: Action) -> Message:
    """How a sitting has ended: how often what was said, where all of it is known, and whether there is what to learn.

    Parameters
    ----------
    count
        Cases of the sitting.
    given
        The verdicts that were given now; one that was taken up again may have had others before.
    """
    said = ", ".join(f"{given.count(each)} {words}" for each, words in _VERDICTS.items() if each in given)
    what = "The case is read" if count == 1 else f"All {count} cases are read"
    text = f"{what}: {said}." if len(given) == count > 1 else f"{what}."
    teaches = len(given) < count or "accept" in given or "fix" in given
    hint = "What they taught can be learned now." if teaches else ""
    return Message(text, hint, "done", (learn,) if teaches else (), stays=True)


def verdict_in_words(read: Read) -> str:
    """What a reader said, with the reason in brackets."""
    said = _VERDICTS.get(read.verdict, "not finished")
    return f"{said} ({read.reason})" if read.reason else said
