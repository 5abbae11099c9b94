"""What the commands of the table do to a session, and how the session is seen in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import get_args

from segstudio.viewer.actions import Actions
from segstudio.viewer.class_edits import jump_to_class
from segstudio.viewer.commands import CLASS_KEYS, PRESETS, asks, tools
from segstudio.viewer.operations import OPERATIONS, Operation
from segstudio.viewer.session import Session
from segstudio.viewer.view import Layout
from segstudio.viewer.windows import presets_of

Run = Callable[[], object]

_STEP = 10
"""Slices that a page turns."""

_BRUSH = 1.25
_FAINT = 0.1


def runs_of(session: Session) -> dict[str, Run]:
    """What each command does that needs no more than a session, by name."""
    view = session.view
    runs: dict[str, Run] = {
        "undo": session.undo,
        "redo": session.redo,
        "clear": session.clear_mask,
        "close_scan": session.close_scan,
        "predict": lambda: session.predict(),
        "cancel": lambda: _cancel(session),
        "smaller": lambda: _resize(session, 1 / _BRUSH),
        "larger": lambda: _resize(session, _BRUSH),
        "next_class": lambda: _other_class(session, 1),
        "previous_class": lambda: _other_class(session, -1),
        "to_class": lambda: jump_to_class(session, view.chosen),
        "reset": lambda: _reset(session),
        "invert": lambda: setattr(view, "inverted", not view.inverted),
        "flip_h": lambda: setattr(view, "flips", view.flips ^ {"h"}),
        "flip_v": lambda: setattr(view, "flips", view.flips ^ {"v"}),
        "mask": lambda: setattr(view, "mask_visible", not view.mask_visible),
        "outline": lambda: setattr(view, "outline", not view.outline),
        "only": lambda: setattr(view, "only", view.chosen if view.only is None else None),
        "fainter": lambda: setattr(view, "opacity", max(0.0, round(view.opacity - _FAINT, 2))),
        "stronger": lambda: setattr(view, "opacity", min(1.0, round(view.opacity + _FAINT, 2))),
    }
    runs |= {each.name: partial(_operate, session, each) for each in OPERATIONS}
    runs |= _places(session)
    runs |= {name: partial(session.tools.take, name) for name in session.tools.names if name in tools()}
    runs |= {name: partial(setattr, view, "layout", layout) for name, layout in LAYOUT_OF.items()}
    runs |= {f"class_{at}": partial(_choose_class, session, at - 1) for at in range(1, CLASS_KEYS + 1)}
    runs |= {f"window_{at}": partial(choose_window, session, at - 1) for at in range(1, PRESETS + 1)}
    return runs


LAYOUT_OF: dict[str, Layout] = {("surfaces" if each == "3d" else each): each for each in get_args(Layout)}
"""Command and layout."""


def _places(session: Session) -> dict[str, Run]:
    def step(slices: int) -> None:
        session.view.step(session.bench.plane, slices)

    far = 1 << 20
    steps = {
        "next_slice": 1, "previous_slice": -1, "next_ten": _STEP, "previous_ten": -_STEP,
        "first_slice": -far, "last_slice": far,
    }  # fmt: skip
    return {name: partial(step, slices) for name, slices in steps.items()}


def choose_window(session: Session, at: int) -> None:
    """Show the range of a preset."""
    presets = presets_of(session.scan)
    if session.scan is not None and at < len(presets):
        session.view.window = presets[at].of(session.scan.picture(session.view.channel))


def _operate(session: Session, operation: Operation) -> None:
    """Lay an operation out, and do it where nothing has to be set first."""
    session.bench.choose(operation.name)
    if not asks(operation):
        session.bench.run()


def _reset(session: Session) -> None:
    view = session.view
    view.reset_window()
    view.inverted, view.flips = False, frozenset()


def _cancel(session: Session) -> None:
    """What the hand has begun is given up first, then what is being waited for."""
    if session.tools.active.busy or session.tools.active.lines():
        session.tools.active.key_escape()
    else:
        session.cancel()


def _resize(session: Session, by: float) -> None:
    session.tools.change(size_mm=round(session.tools.options.size_mm * by, 1))


def _choose_class(session: Session, at: int) -> None:
    if at < len(session.classes):
        session.view.chosen = session.classes[at].value


def _other_class(session: Session, by: int) -> None:
    values = [each.value for each in session.classes]
    if values:
        at = values.index(session.view.chosen) if session.view.chosen in values else -by
        session.view.chosen = values[(at + by) % len(values)]


class Lights:
    """Keeps the actions as the session is: lit, named, at rest."""

    def __init__(self, session: Session, actions: Actions) -> None:
        self._session, self._actions = session, actions
        session.scan_changed.connect(self.redraw)
        session.tools.changed.connect(self._tools)
        session.view.look_changed.connect(self._look)
        session.view.layout_changed.connect(self._look)
        session.mask_changed.connect(self._steps)
        session.mask_written.connect(self._can_undo)
        session.work_changed.connect(self._steps)
        session.classes_changed.connect(self._names)
        session.picture_changed.connect(self._names)
        self.redraw()

    def redraw(self) -> None:
        """All of them."""
        self._actions.enable(self._session.scan is not None)
        self._tools()
        self._look()
        self._names()
        self._steps()

    def _tools(self) -> None:
        for name in self._session.tools.names:
            self._actions.light(name, name == self._session.tools.active.name)

    def _look(self) -> None:
        view = self._session.view
        for name, layout in LAYOUT_OF.items():
            self._actions.light(name, view.layout == layout)
        switches = {
            "invert": view.inverted, "flip_h": "h" in view.flips, "flip_v": "v" in view.flips,
            "mask": view.mask_visible, "outline": view.outline, "only": view.only is not None,
        }  # fmt: skip
        for name, on in switches.items():
            self._actions.light(name, on)

    def _names(self) -> None:
        scan, classes = self._session.scan, self._session.classes
        presets, unit = presets_of(scan), "HU" if scan is not None and scan.volume.modality == "CT" else ""
        for at in range(PRESETS):
            self._actions.name(f"window_{at + 1}", presets[at].told(unit) if at < len(presets) else "")
        for at in range(CLASS_KEYS):
            self._actions.name(f"class_{at + 1}", classes[at].name if at < len(classes) else "")

    def _steps(self) -> None:
        scan, work = self._session.scan, self._session.work
        mask = scan.mask if scan else None
        self._actions.name("undo", f"Undo {mask.undo_name}".rstrip() if mask else "Undo")
        self._actions.name("redo", f"Redo {mask.redo_name}".rstrip() if mask else "Redo")
        self._actions.rest("cancel", scan is None and work is None)
        self._can_undo()

    def _can_undo(self, _box: object = None) -> None:
        mask = self._session.scan.mask if self._session.scan else None
        self._actions.rest("undo", mask is None or not mask.can_undo)
        self._actions.rest("redo", mask is None or not mask.can_redo)
