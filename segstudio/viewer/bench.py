"""Where operations are laid out, set, looked at beforehand, and done."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging import LabelClass, color_of, mirrored_values
from segstudio.viewer.foresight import Foreseen, foresee
from segstudio.viewer.interpolating import plane_across
from segstudio.viewer.layers import PLANES
from segstudio.viewer.messages import Message
from segstudio.viewer.operations import BY_NAME, NEW, Operation, Option, Piece, Values
from segstudio.viewer.outcome import Outcome
from segstudio.viewer.tools.scribble import Scribble

if TYPE_CHECKING:
    from segstudio.viewer.correcting import Correcting
    from segstudio.viewer.scan import Scan

_PREVIEW_MS = 120
"""After so long without a change of options it is shown what an operation would do."""

_FEW = 20
"""Voxels of a class that do not tell its intensities yet."""

_ROUND = 3
"""Voxels round the crosshair that do."""

_STEPS = {"copy_next": 1, "copy_previous": -1}
"""Where the crosshair goes after an operation, in slices."""


@dataclass(frozen=True, eq=False)
class _Made:
    """Options with a class in place of `NEW`, and that class."""

    values: Values
    made: LabelClass | None


class Bench(QObject):
    """The operations of a session.

    Attributes
    ----------
    chosen
        The operation whose options are laid out, or None.
    foreseen
        What it would do, in words; "" while that is not known.
    """

    changed = Signal()
    foreseen_changed = Signal()

    def __init__(self, session: Correcting) -> None:
        super().__init__(session)
        self._session = session
        self.chosen: Operation | None = None
        self.foreseen = ""
        self._set: dict[tuple[str, str], Any] = {}
        self._first: dict[str, Any] = {}
        self._plane = ""
        self._shown: tuple[Any, ...] = ()
        self._stale = threading.Event()
        self._soon = QTimer(self, singleShot=True, interval=_PREVIEW_MS)
        self._soon.timeout.connect(self._foresee)
        self._connect(session)

    def _connect(self, session: Correcting) -> None:
        view, tools = session.view, session.tools
        session.scan_changed.connect(self._other_scan)
        view.chosen_changed.connect(self._other_class)
        for signal in (view.point_changed, session.mask_written, tools.preview_changed):
            signal.connect(self._worked)
        for signal in (view.point_changed, view.look_changed, session.picture_changed, session.classes_changed):
            signal.connect(self._look_soon)
        for signal in (view.layout_changed, session.mask_changed, session.work_changed, session.region.changed):
            signal.connect(self._look_soon)
        tools.changed.connect(self._look_soon)

    @property
    def plane(self) -> str:
        """The plane that is meant: the only one seen, the one under the hand, or that on which it last worked."""
        view = self._session.view
        return view.hover.plane if view.hover is not None and view.layout not in PLANES else self._meant

    @property
    def _meant(self) -> str:
        """The plane for operations, whose buttons are elsewhere: what the hand only crosses does not count."""
        view, scan = self._session.view, self._session.scan
        if view.layout in PLANES:
            return view.layout
        return self._plane or (scan.display.plane if scan else "axial")

    def choose(self, name: str) -> None:
        """Lay an operation's options out; "" puts them away."""
        self.chosen = BY_NAME.get(name)
        self._worked()
        self._begin()

    def _begin(self) -> None:
        """Take the options as they are at first, and have them laid out."""
        self._first = self._starts(self.chosen) if self.chosen is not None else {}
        self._forget_preview()
        self._look_soon()
        self.changed.emit()

    def values(self, operation: Operation) -> dict[str, Any]:
        """How its options are set."""
        first = self._first if operation is self.chosen else self._starts(operation)
        return {name: self._set.get((operation.name, name), start) for name, start in first.items()}

    def set(self, option: str, value: Any) -> None:
        """Set an option of the operation that is laid out."""
        if self.chosen is not None:
            self._set[self.chosen.name, option] = value
            self._look_soon()

    def run(self, name: str = "") -> None:
        """Do an operation, or the one that is laid out, as its options are set."""
        operation = BY_NAME[name] if name else self.chosen
        scan = self._session.scan
        if operation is None or scan is None:
            return
        self._forget_preview()
        piece, made = self._piece(scan), self._with_new_class(self.values(operation))
        self._session.edit(
            f"{operation.text} {operation.words(piece, made.values)}".strip(),
            lambda stop: operation.run(piece, made.values, stop),
            lambda outcome: self._ended(operation, piece, made, outcome),
        )

    def _ended(self, operation: Operation, piece: Piece, made: _Made, outcome: Outcome) -> None:
        session = self._session
        if outcome.wrote is not None:
            self._follow_up(operation, piece, made)
        if session.scan is not None and operation is self.chosen:
            self._shown = self._asked(operation, self._piece(session.scan), self.values(operation))

    def _follow_up(self, operation: Operation, piece: Piece, made: _Made) -> None:
        session = self._session
        if made.made is not None:
            session.set_classes((*session.classes, made.made))
        if operation.name in ("grow", "walker"):
            session.tools.of(Scribble).clear()
        session.view.step(plane_across(piece.axis), _STEPS.get(operation.name, 0))

    def _piece(self, scan: Scan) -> Piece:
        session = self._session
        return Piece(
            labels=scan.mask.labels,
            image=scan.picture(session.view.channel),
            spacing=scan.spacing,
            classes=session.classes,
            value=session.view.chosen,
            axis=PLANES[self._meant][0],
            at=session.view.voxel,
            box=session.region.shown,
            seeds=session.tools.of(Scribble).seeds,
            corrected=[scan.mask.corrected(axis) for axis in range(3)],
            progress=session.went_on,
        )

    # Options

    def _starts(self, operation: Operation) -> dict[str, Any]:
        return {each.name: self._start(each) for each in operation.options}

    def _start(self, option: Option) -> Any:
        session = self._session
        if callable(option.start):
            return option.start(self._piece(session.scan)) if session.scan else None
        if option.kind == "window":
            if session.scan is None:
                return session.view.window
            return _usual(self._piece(session.scan), session.scan.decimals(session.view.channel))
        if option.kind == "class":
            partner = (mirrored_values(session.classes) or {}).get(session.view.chosen)
            if option.start == NEW and partner not in (None, session.view.chosen):
                return partner
            others = [each.value for each in session.classes if each.value != session.view.chosen]
            return others[0] if option.start is None and others else option.start
        if option.unit == "mm" and option.start > 0 and session.scan is not None:  # less than a voxel does nothing
            return max(option.start, np.ceil(min(session.scan.spacing) / option.step) * option.step)
        return option.start

    def _with_new_class(self, values: Mapping[str, Any]) -> _Made:
        """Find a value for a class that is to be made; named after the chosen one."""
        name = next((name for name, value in values.items() if isinstance(value, int) and value == NEW), None)
        if name is None:
            return _Made(values, None)
        session = self._session
        of = next((each.name for each in session.classes if each.value == session.view.chosen), "class")
        words = f"{of} 2"
        empty = next(
            (each.value for each in session.classes if each.name == words and self._is_empty(each.value)), None
        )
        if empty is not None:
            return _Made({**values, name: empty}, None)
        value = max((each.value for each in session.classes), default=0) + 1
        return _Made({**values, name: value}, LabelClass(value, words, color_of(len(session.classes))))

    def _is_empty(self, value: int) -> bool:
        scan = self._session.scan
        return scan is not None and (value >= len(scan.mask.counts) or not scan.mask.counts[value])

    # What it would do

    def _look_soon(self) -> None:
        if self.chosen is not None and self.chosen.live and not self._soon.isActive():
            self._soon.start()

    def _foresee(self) -> None:
        """Show what the operation would do, unless something is set otherwise meanwhile."""
        operation, scan = self.chosen, self._session.scan
        if operation is None or scan is None:
            return
        if self._session.work is not None or self._session.tools.active.busy:
            self._soon.start()
            return
        piece, values = self._piece(scan), self.values(operation)
        asked = self._asked(operation, piece, values)
        if asked == self._shown:
            return
        self._shown = asked
        self._stale.set()
        stale = self._stale = threading.Event()
        tried = self._with_new_class(values).values

        def done(foreseen: Foreseen) -> None:
            if not stale.is_set():
                self._show(foreseen)

        self._session.desk.do(
            lambda: foresee(operation, piece, tried, scan.mask.allowed, scan.voxel_ml, stale.is_set), done, self._failed
        )

    def _asked(self, operation: Operation, piece: Piece, values: Values) -> tuple[Any, ...]:
        """All that makes a difference to what an operation does."""
        scan = self._session.scan
        assert scan is not None
        known = (scan.volume, self._session.view.channel, scan.mask, scan.mask.version, scan.mask.locked)
        return operation, *values.items(), *operation.place(piece, values), piece.value, piece.box, piece.seeds, *known

    def _show(self, foreseen: Foreseen) -> None:
        self._session.view.preview, self.foreseen = foreseen.drawn, foreseen.words
        self.foreseen_changed.emit()

    def _failed(self, error: SegStudioError) -> None:
        if not isinstance(error, Stopped):
            self._session.said.emit(Message.of(error))

    def _forget_preview(self) -> None:
        self._soon.stop()
        self._stale.set()
        self._shown = ()
        self._show(Foreseen(None, ""))

    def _worked(self) -> None:
        """The hand has done something on a plane; what it only crosses on its way does not count."""
        if self._session.view.hover is not None:
            self._plane = self._session.view.hover.plane

    def _other_class(self) -> None:
        if self.chosen is not None:
            self._set = {key: value for key, value in self._set.items() if key not in _classes_of(self.chosen)}
            self._begin()

    def _other_scan(self) -> None:
        self._plane = ""
        self._set = {key: value for key, value in self._set.items() if key[1] != "window"}
        self._begin()


def _classes_of(operation: Operation) -> set[tuple[str, str]]:
    """Its options that are a class."""
    return {(operation.name, each.name) for each in operation.options if each.kind == "class"}


def _usual(piece: Piece, digits: int) -> tuple[float, float]:
    """What intensities the chosen class has on the slice that is seen, or else what is round the crosshair."""
    seen = np.take(piece.image, piece.index, piece.axis)
    under = seen[np.take(piece.labels, piece.index, piece.axis) == piece.value]
    if under.size < _FEW:
        row, column = (at for axis, at in enumerate(piece.at) if axis != piece.axis)
        under = seen[max(0, row - _ROUND) : row + _ROUND + 1, max(0, column - _ROUND) : column + _ROUND + 1]
    low, high = (float(each) for each in np.percentile(under, (3, 97)))
    return round(low, digits), round(high, digits)
