"""The case that is being read."""

from __future__ import annotations

from dataclasses import dataclass

from segstudio.inference import DoubtPlace
from segstudio.library import Read
from segstudio.review import Finding
from segstudio.studio import OpenCase
from segstudio.viewer.stopwatch import Stopwatch


@dataclass(frozen=True, eq=False)
class OnScreen:
    """What is known of the case that is being read.

    Parameters
    ----------
    read
        None until the library has opened it for reading.
    findings
        What has to be looked at before the mask counts; None while that is not known.
    held
        Findings for which it was not accepted when the reader wanted to: they wait for a word.
    history
        What was said of it before, oldest first.
    label
        What readers here call it, or "".
    """

    opened: OpenCase
    watch: Stopwatch
    read: Read | None = None
    findings: tuple[Finding, ...] | None = None
    held: tuple[Finding, ...] = ()
    history: tuple[Read, ...] = ()
    label: str = ""

    @property
    def places(self) -> tuple[DoubtPlace, ...]:
        """Where the model was not sure, the largest place first."""
        doubt = self.opened.predicted.doubt if self.opened.predicted else None
        return doubt.places if doubt else ()

    @property
    def seconds(self) -> float:
        """How long it has been looked at, with the window in front."""
        return self.watch.seconds
