"""The mask beside another one: what the model drew, or a file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal

from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging import Box, LabelMap, around, read_labels, whole
from segstudio.measure.differences import Difference, difference_map, differences, overlaps
from segstudio.measure.overlap import Overlap
from segstudio.progress import Stop
from segstudio.viewer.desk import Desk
from segstudio.viewer.messages import Message
from segstudio.viewer.scan import Scan
from segstudio.viewer.session import Session

QUIET_MS = 300
"""How long the mask has to be left alone before it is compared again."""


@dataclass(frozen=True, eq=False)
class Result:
    """How the mask compares with the other.

    Parameters
    ----------
    kinds
        What differs, on the display grid, as `difference_map` says.
    places
        Where, the largest first.
    overlaps
        Voxels in common, by class value.
    """

    kinds: NDArray[np.uint8]
    places: tuple[Difference, ...]
    overlaps: dict[int, Overlap]


class Comparison(QObject):
    """What differs between the mask and another one on the same grid, kept current while the mask is corrected.

    Attributes
    ----------
    name
        Of the other mask, in words; "" where nothing is compared.
    result
        How they compare; None until that is known.
    at
        Which place was looked at last; None at the start.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session, self._view = session, session.view
        self._desk = Desk(self)
        self._stop = threading.Event()
        self._scan: Scan | None = None
        self._other: NDArray[Any] | None = None
        self._written: Box | None = None
        self._at_work = False
        self._then: Callable[[], object] = lambda: None
        self.name = ""
        self.result: Result | None = None
        self.at: int | None = None
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._compare)
        session.mask_written.connect(self._mask_written)
        session.scan_changed.connect(self._other_scan)
        session.compare_wanted.connect(self.with_labels)

    def close(self) -> None:
        """Stop what is being compared."""
        self.end()
        self._desk.close()

    # What is compared

    @property
    def places(self) -> tuple[Difference, ...]:
        """Where the masks differ, the largest place first; none while that is not known."""
        return self.result.places if self.result else ()

    def with_model(self, then: Callable[[], object] = lambda: None) -> None:
        """Compare with what the model drew on this scan."""
        scan, drawn = self._session.scan, self._session.drawn
        if scan is None:
            return
        if drawn.labels is None:
            lacks = Message("No model has drawn on this scan yet.", "Predict first, or compare with a mask file.")
            self._session.said.emit(lacks)
            return
        self._begin(scan, scan.display.turn.apply(drawn.labels), drawn.model, then)

    def with_labels(self, labels: LabelMap, name: str) -> None:
        """Compare with a mask on the grid of the scan, and go to where it differs most."""
        scan = self._session.scan
        if scan is not None and labels.geometry.shape == scan.volume.geometry.shape:
            there = scan.display.turn.apply(labels.labels)
            self._begin(scan, there, name, lambda: self.go_to(0) if self.places else None)

    def with_file(self, path: Path, then: Callable[[], object] = lambda: None) -> None:
        """Compare with the mask of a file; one on another grid is refused with words."""
        scan = self._session.scan
        if scan is None:
            return

        def read() -> NDArray[Any]:
            found = read_labels(path)
            scan.volume.geometry.require_same_space(found.geometry, mine="the scan", others=path.name)
            return scan.display.turn.apply(found.labels)

        def done(labels: NDArray[Any]) -> None:
            if self._session.scan is not None and self._session.scan.mask is scan.mask:
                self._begin(scan, labels, path.name, then)

        self._desk.do(read, done, self._failed)

    def end(self) -> None:
        """Compare no more."""
        self._stop.set()
        self._quiet.stop()
        self._scan, self._other, self._written, self.name = None, None, None, ""
        self.result, self.at, self._view.compared = None, None, None
        self.changed.emit()

    # From place to place

    def next(self) -> None:
        """Bring the crosshair to the next smaller place, or to the largest one after the last."""
        self._step(1)

    def previous(self) -> None:
        """Bring the crosshair to the place before."""
        self._step(-1)

    def go_to(self, index: int) -> None:
        """Bring the crosshair to one of the places."""
        self.at = index
        self._view.voxel = self.places[index].voxel
        self.changed.emit()

    def _step(self, by: int) -> None:
        if self._other is None:
            self.with_model(then=lambda: self._step(by))
        elif self.places:
            start = -1 if self.at is None and by > 0 else self.at or 0
            self.go_to((start + by) % len(self.places))
        elif self.result is not None:
            self._session.said.emit(Message(f"The mask and {self.name} do not differ.", tone="done"))

    # Comparing

    def _begin(self, scan: Scan, other: NDArray[Any], name: str, then: Callable[[], object]) -> None:
        self.end()
        self._scan, self._other, self.name, self._then = scan, other, name, then
        self._written = whole(other.shape)
        self._compare()
        self.changed.emit()

    def _other_scan(self) -> None:
        scan = self._session.scan
        if self._scan is not None and (scan is None or scan.mask is not self._scan.mask):
            self.end()

    def _mask_written(self, box: Box) -> None:
        if self._other is not None:
            self._written = around(self._written, box)
            self._stop.set()
            self._quiet.start()

    def _compare(self) -> None:
        scan, other, written = self._scan, self._other, self._written
        if scan is None or other is None or written is None:
            return
        if self._at_work or self._session.tools.active.busy:
            self._quiet.start()
            return
        self._at_work, self._written = True, None
        self._stop = stop = threading.Event()
        before = self.result.kinds if self.result else None

        def done(result: Result) -> None:
            self._at_work = False
            if other is self._other:
                self._take(result)

        def failed(error: SegStudioError) -> None:
            self._at_work = False
            if other is self._other:
                self._written = around(written, self._written)
                self._quiet.start() if isinstance(error, Stopped) else self._failed(error)

        self._desk.do(lambda: _compared(scan, other, before, written, stop.is_set), done, failed)

    def _take(self, result: Result) -> None:
        if self.at is not None:
            self.at = _same(self.places, self.at, result.places)
        self.result = result
        self._view.compared = result.kinds
        then, self._then = self._then, lambda: None
        self.changed.emit()
        then()

    def _failed(self, error: SegStudioError) -> None:
        self._session.said.emit(Message.of(error))


def _compared(scan: Scan, other: NDArray[Any], before: NDArray[np.uint8] | None, written: Box, stop: Stop) -> Result:
    """Compare anew what was written; the rest differs as before. The map is a new array, for the panes to see."""
    labels = scan.mask.labels
    kinds = np.zeros(labels.shape, np.uint8) if before is None else before.copy()
    kinds[written] = difference_map(labels[written], other[written])
    places = differences(labels, other, kinds, scan.voxel_ml, stop=stop)
    return Result(kinds, places, overlaps(labels, other, stop=stop))


def _same(before: tuple[Difference, ...], at: int, now: tuple[Difference, ...]) -> int | None:
    """Where a place is in a new list; if it is no more, the rank before its own, so that the next one follows."""
    same = (index for index, place in enumerate(now) if place.voxel == before[at].voxel)
    found = next(same, min(at, len(now)) - 1)
    return found if found >= 0 else None
