"""What a reader does with classes: verbs on a session that table, dialogs, menus and keys share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from segstudio.editing import Mask
from segstudio.editing.combine import relabel
from segstudio.editing.islands import parts
from segstudio.imaging import Code, Color, LabelClass, nameless
from segstudio.imaging.presets import code_of, free_color, free_value
from segstudio.viewer.messages import Action, Message
from segstudio.viewer.session import Session

_LOOKED_AT = 200_000
"""Voxels of a class that are enough to find its middle, so that the window never waits for it."""


def name_of(session: Session, value: int) -> str:
    """What a class is called; "class 7" where nobody has named it."""
    return next((each.name for each in session.classes if each.value == value), f"class {value}")


def color_in(session: Session, value: int) -> Color:
    """A class's colour; that of its number where nobody has named it."""
    return next((each.color for each in session.classes if each.value == value), nameless(value).color)


# The list


def add_class(session: Session) -> LabelClass:
    """Add a class with a free number and colour, and choose it."""
    value = free_value(session.classes, session.nameless)
    new = LabelClass(value, f"class {value}", free_color(each.color for each in session.classes))
    session.set_classes((*session.classes, new))
    session.view.chosen = value
    return new


def rename_class(session: Session, value: int, name: str) -> bool:
    """Give a class another name, or a name at all, and the code that goes with it; no two classes have the same."""
    name = " ".join(name.split())
    old = next((each for each in session.classes if each.value == value), None)
    if not name or (old is not None and old.name == name):
        return False
    if any(each.name == name for each in session.classes):
        session.said.emit(Message(f"Another class is called {name} already.", "Merge the two, or choose another name."))
        return False
    color = old.color if old else free_color(each.color for each in session.classes)
    new = LabelClass(value, name, color, _code_of(session, name))
    session.set_classes((*(each for each in session.classes if each.value != value), new))
    if old is not None and old.code is not None and new.code is None:
        _tell_code_is_gone(session, old, new)
    return True


def _code_of(session: Session, name: str) -> Code | None:
    found: list[Code | None] = [None]
    session.command(lambda: found.insert(0, code_of(name)))
    return found[0]


def _tell_code_is_gone(session: Session, old: LabelClass, new: LabelClass) -> None:
    """A code that means another thing than the name would be wrong in every file that is written."""
    assert old.code is not None
    text = f"{new.name} has no DICOM code; as {old.name} it had that of {old.code.meaning}."
    keep = Action("Keep the code", lambda: _replace(session, replace(new, code=old.code)))
    session.said.emit(Message(text, actions=(keep,)))


def recolor_class(session: Session, value: int, color: Color) -> None:
    """Draw a class in another colour."""
    for each in session.classes:
        if each.value == value:
            _replace(session, replace(each, color=color))


def _replace(session: Session, new: LabelClass) -> None:
    session.set_classes([new if each.value == new.value else each for each in session.classes])


def delete_class(session: Session, value: int) -> None:
    """Take a class off the list and its voxels out of the mask; undo brings both back."""
    before = session.classes
    if session.scan is None or value not in np.flatnonzero(session.scan.mask.counts):
        text, undo = f"{name_of(session, value)} is off the list.", Action("Undo", lambda: session.set_classes(before))
        _forget(session, value)
        session.said.emit(Message(text, actions=(undo,)))
    elif not _is_locked(session, value):
        _relabel(session, f"Delete {name_of(session, value)}", {value: 0}, lambda: _forget(session, value))


def _forget(session: Session, value: int) -> None:
    view = session.view
    session.lock(_locked(session) - {value})
    view.hidden = view.hidden - {value}
    view.only = None if view.only == value else view.only
    session.set_classes([each for each in session.classes if each.value != value])


# What is drawn


def show_only(session: Session, value: int | None) -> None:
    """Draw only this class, or again all that are not hidden."""
    session.view.only = value
    if value is not None:
        session.view.hidden = session.view.hidden - {value}


def toggle_hidden(session: Session, value: int) -> None:
    """Hide a class or draw it again; where only one was drawn, others come beside it."""
    view = session.view
    if view.only is not None:
        every = {each.value for each in session.classes} | set(session.nameless)
        view.hidden, view.only = frozenset(every - {view.only}), None
    view.hidden = view.hidden ^ {value}


# Locks


def toggle_lock(session: Session, value: int) -> None:
    """Lock a class, or free it."""
    session.lock(_locked(session) ^ {value})


def lock_others(session: Session, value: int) -> None:
    """Lock every class but this one."""
    every = {each.value for each in session.classes} | set(session.nameless)
    session.lock(every - {value})


def _locked(session: Session) -> frozenset[int]:
    return session.scan.mask.locked if session.scan is not None else frozenset()


def _is_locked(session: Session, value: int) -> bool:
    if value in _locked(session):
        session.said.emit(Message(f"{name_of(session, value)} is locked.", "Unlock it first."))
    return value in _locked(session)


# Voxels


def clear_class(session: Session, value: int) -> None:
    """Take a class's voxels out of the mask; the class stays on the list."""
    if not _is_locked(session, value):
        _relabel(session, f"Clear {name_of(session, value)}", {value: 0})


def merge_classes(session: Session, mapping: Mapping[int, int]) -> None:
    """Turn the voxels of classes into others, all at once, as one step to undo."""
    _relabel(session, "Merge classes", mapping)


def _relabel(
    session: Session, what: str, mapping: Mapping[int, int], then: Callable[[], object] = lambda: None
) -> None:
    scan = session.scan
    if scan is not None:
        name = what[:1].lower() + what[1:]
        session.edit(
            what, lambda stop: relabel(scan.mask.labels, mapping, name=name, stop=stop), lambda _outcome: then()
        )


def jump_to_class(session: Session, value: int) -> None:
    """Put the crosshair into the middle of a class's largest part, which is looked for beside the window."""
    scan = session.scan
    if scan is None:
        return

    def go(found: tuple[int, int, int] | None) -> None:
        if session.scan is not scan:
            return
        if found is not None:
            session.view.voxel = found
        else:
            session.said.emit(Message(f"There is no {name_of(session, value)} in the mask yet."))

    session.desk.do(lambda: _middle_of(scan.mask, value), go, lambda error: session.said.emit(Message.of(error)))


def _middle_of(mask: Mask, value: int) -> tuple[int, int, int] | None:
    """A voxel in the middle of a class's largest part; of a large class only every so many voxels are looked at."""
    step = max(1, round((int(mask.counts[value : value + 1].sum()) / _LOOKED_AT) ** (1 / 3)))
    for each in sorted({step, 1}, reverse=True):
        sample = mask.labels[::each, ::each, ::each]
        found = parts(sample, value, [side * each for side in mask.spacing], most=1)
        if found:
            z, y, x = found[0].middle
            return z * each, y * each, x * each
    return None
