"""What a series holds, taken apart: pictures that belong on one grid, each such stack under a name."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from segstudio.errors import SegStudioError
from segstudio.imaging.dicom.grid import Grid, by_place, grid_of
from segstudio.imaging.dicom.pictures import PHYSICAL, Picture
from segstudio.imaging.dicom.plane import name_of

Key = Callable[[Picture], Hashable]
_Part = tuple[tuple[str, ...], list[Picture]]
Namer = Callable[[Hashable, Sequence[Hashable]], str]

_COMPONENTS = {
    **dict.fromkeys(("M", "MAGNITUDE"), "magnitude"),
    **dict.fromkeys(("P", "PHASE"), "phase"),
    **dict.fromkeys(("R", "REAL"), "real"),
    **dict.fromkeys(("I", "IMAGINARY"), "imaginary"),
}
"""What scanners call the parts of a complex picture, alone or among other words."""


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Pictures of one series that belong together.

    Parameters
    ----------
    key
        What follows the series' UID and a colon to choose this stack; "" where it is the only one.
    name
        The same for a person.
    pictures
        Without those that are there twice.
    twins
        Pairs of a picture and a copy of it: their pixels have to be the same.
    grid
        Where they lie, or the error that says why they form no grid.
    """

    key: str
    name: str
    pictures: tuple[Picture, ...]
    twins: tuple[tuple[Picture, Picture], ...]
    grid: Grid | SegStudioError

    @property
    def plane(self) -> str:
        """ "axial", "coronal", "sagittal" by the nearest, or "" where it is not known."""
        directions = self.pictures[0].directions
        return name_of(directions) if directions is not None else ""

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it cannot be opened as it is, one sentence each; none where it can."""
        if isinstance(self.grid, SegStudioError):
            return (self.grid.message,)
        return (f"the gantry was tilted by {self.grid.degrees:.1f}°",) if self.grid.is_tilted else ()


def stacks_of(pictures: Sequence[Picture]) -> tuple[Stack, ...]:
    """A series' pictures, taken apart into stacks.

    Pictures of another acquisition, size, pixel spacing or direction never share a stack. Where several show one
    place, what differs between them (kind, echo, inversion time, …) takes them apart, if every part is then whole;
    what is left are time points, b-values or phases: the frames of one stack.
    """
    parts: list[_Part] = [((), list(pictures))]
    for key, name in _ALWAYS:
        parts = [each for names, part in parts for each in _apart(names, part, key(part), name)]
    whole: list[tuple[_Part, tuple[tuple[Picture, Picture], ...]]] = []
    for names, part in parts:
        once, twins = _once(part)
        for smaller in _where_needed(names, once):
            inside = {id(each) for each in smaller[1]}
            whole.append((smaller, tuple(pair for pair in twins if id(pair[0]) in inside)))
    keys = _keys([names for (names, _), _ in whole])
    return tuple(
        Stack(key, ", ".join(names), tuple(part), twins, _grid(part))
        for key, ((names, part), twins) in zip(keys, whole, strict=True)
    )


def _grid(pictures: Sequence[Picture]) -> Grid | SegStudioError:
    try:
        return grid_of(pictures, "the series")
    except SegStudioError as error:
        return error


def _apart(names: tuple[str, ...], part: Sequence[Picture], key: Key, name: Namer) -> list[_Part]:
    """A part, or those that a key takes it apart into, in the order in which they come up."""
    groups: dict[Hashable, list[Picture]] = defaultdict(list)
    for each in part:
        groups[key(each)].append(each)
    if len(groups) == 1:
        return [(names, list(part))]
    values = list(groups)
    return [((*names, name(value, values)), group) for value, group in groups.items()]


def _once(part: Sequence[Picture]) -> tuple[list[Picture], tuple[tuple[Picture, Picture], ...]]:
    """Without copies of one picture, and which they are copies of."""
    first: dict[Hashable, Picture] = {}
    once, twins = [], []
    for each in part:
        name = (each.file.instance or id(each.file), each.frame, each.tile)
        if name in first:
            twins.append((first[name], each))
        else:
            first[name] = each
            once.append(each)
    return once, tuple(twins)


def _where_needed(names: tuple[str, ...], part: list[Picture]) -> list[_Part]:
    first = part[0]
    if first.position is None or first.directions is None:
        alone = first.file.about.modality not in PHYSICAL
        return _apart(names, part, lambda each: each.file.instance, _numbered("picture")) if alone else [(names, part)]
    even = isinstance(_grid(part), Grid)
    if even and len(part) == len(by_place(part)):
        return [(names, part)]
    for key, name in _IF_SEVERAL if even else (*_IF_SEVERAL, *_IF_UNEVEN):
        smaller = _apart(names, part, key, name)
        if 1 < len(smaller) <= len(part) // 2 + 1 and all(isinstance(_grid(group), Grid) for _, group in smaller):
            return [each for more, group in smaller for each in _where_needed(more, group)]
    return [(names, part)]


# What takes pictures apart


def _alike(
    value: Callable[[Picture], tuple[float, ...] | None], tolerance: float
) -> Callable[[Sequence[Picture]], Key]:
    """A key by numbers that are rounded in headers: pictures within a tolerance of the first of a group share it."""

    def key(pictures: Sequence[Picture]) -> Key:
        known: dict[tuple[float, ...] | None, tuple[float, ...] | None] = {None: None}
        for each in pictures:
            found = value(each)
            if found is not None and found not in known:
                leaders = {leader for leader in known.values() if leader is not None}
                known[found] = next((leader for leader in leaders if _close(leader, found, tolerance)), found)
        return lambda each: known[value(each)]

    return key


def _close(one: tuple[float, ...], other: tuple[float, ...], tolerance: float) -> bool:
    return all(abs(here - there) <= tolerance for here, there in zip(one, other, strict=True))


def _logs(each: Picture) -> tuple[float, ...] | None:
    return None if each.spacing is None else tuple(map(math.log, each.spacing))


def _size(each: Picture) -> Hashable:
    layout = each.file.layout
    return (*each.size, layout.samples, layout.photometric == "MONOCHROME1", layout.kind)


def _kind_in_words(value: Hashable, values: Sequence[Hashable]) -> str:
    """The words of an image type that the others lack."""
    assert isinstance(value, tuple)
    components = [_component(other) for other in values]
    if (component := _component(value)) and components.count(component) == 1:
        return component
    common = set.intersection(*(set(other) for other in values if isinstance(other, tuple)))
    own = [word for word in value if word and word not in common]
    return " ".join(own).lower().replace("_", " ") or "main"


def _echo_in_words(value: Hashable, values: Sequence[Hashable]) -> str:
    known = sorted(each for each in values if isinstance(each, float))
    return f"echo {known.index(value) + 1}" if isinstance(value, float) else "without echo"


def _numbered(label: str) -> Namer:
    def name(value: Hashable, values: Sequence[Hashable]) -> str:
        return f"{label} {list(values).index(value) + 1}"

    return name


def _component(value: Hashable) -> str:
    """The part of a complex picture that an image type names, or ""."""
    words = [part for word in (value if isinstance(value, tuple) else ())[2:] for part in re.split(r"[ _]", word)]
    return next((_COMPONENTS[word] for word in words if word in _COMPONENTS), "")


def _said(label: str) -> Namer:
    def name(value: Hashable, values: Sequence[Hashable]) -> str:
        if value in (None, ""):
            return f"without {label}"
        return f"{label} {value:g} ms" if isinstance(value, float) else f"{label} {value}"

    return name


def _plane_in_words(value: Hashable, values: Sequence[Hashable]) -> str:
    if not isinstance(value, tuple):
        return "without place"
    same = [each for each in values if isinstance(each, tuple) and name_of(each) == name_of(value)]
    return name_of(value) if len(same) == 1 else f"{name_of(value)} {same.index(value) + 1}"


def _mark(name: str) -> Key:
    return lambda each: getattr(each.marks, name)


def _echo(each: Picture) -> Hashable:
    return None if each.marks.echo is None else round(each.marks.echo, 2)


_ALWAYS: tuple[tuple[Callable[[Sequence[Picture]], Key], Namer], ...] = (
    (lambda _part: lambda each: each.file.about.number, _said("series")),
    (_alike(lambda each: each.directions, 1e-3), _plane_in_words),
    (lambda _part: _size, _numbered("size")),
    (_alike(_logs, 1e-3), _numbered("zoom")),
)
_IF_SEVERAL: tuple[tuple[Key, Namer], ...] = (
    (_mark("kind"), _kind_in_words),
    (_echo, _echo_in_words),
    (_mark("echo_number"), _said("echo")),
    (_mark("inversion"), _said("inversion")),
    (_mark("stack"), _said("stack")),
    (_mark("space"), _numbered("position")),
)
_IF_UNEVEN: tuple[tuple[Key, Namer], ...] = ((_mark("acquisition"), _said("acquisition")),)


def _keys(names: Sequence[tuple[str, ...]]) -> list[str]:
    """What chooses each stack: its names in plain letters, numbered where several are the same."""
    if len(names) == 1:
        return [""]
    plain = ["-".join(re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-") for name in each) or "1" for each in names]
    taken, seen = Counter(plain), Counter[str]()
    keys = []
    for key in plain:
        seen[key] += 1
        keys.append(key if taken[key] == 1 else f"{key}-{seen[key]}")
    return keys
