"""Which surfaces have to be made anew after the mask was written to, and making them; knows no window."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging import Box, around, inner
from segstudio.measure import class_boxes, mesh_of
from segstudio.progress import Stop, check
from segstudio.viewer.layers import Display
from segstudio.viewer.panes.solid import Surface

FACES, FEW_FACES = 250_000, 80_000
"""Triangles of all classes together, about, which they share by the size of their boxes; few where no card draws."""

_MOST, _LEAST = 80_000, 1_000
"""Triangles of one class, about."""

_COARSE = 64
"""Voxels along a side, about, where it is enough to know what lies before what."""

Made = Callable[[int, Surface | None, Box], object]
"""Called with a class value, its surface (None: it has no voxel) and a box round the class."""


def outdated(labels: NDArray[Any], written: Box, known: Mapping[int, Box], *, stop: Stop) -> dict[int, Box]:
    """A box round each class whose surface may have changed.

    Parameters
    ----------
    labels
        The mask on the display grid, as it is now.
    written
        Where it was written to.
    known
        A box round each class that has a surface.
    """
    found = {value: inner(written, box) for value, box in class_boxes(labels[written], stop=stop).items()}
    grown = {value: around(known.get(value), box) for value, box in found.items()}
    return {value: box for value, box in known.items() if _meet(box, written)} | grown


def shares(boxes: Mapping[int, Box], faces: int) -> dict[int, int]:
    """How many of all triangles each class may have, from a box round each."""
    sizes = {value: _size(box) for value, box in boxes.items()}
    total = sum(sizes.values())
    return {value: int(np.clip(faces * size / total, _LEAST, _MOST)) for value, size in sizes.items()}


def make_surfaces(
    labels: NDArray[Any],
    boxes: Mapping[int, Box],
    display: Display,
    made: Made,
    *,
    faces: Mapping[int, int],
    stop: Stop,
) -> None:
    """Make the surface of each class in its box, in millimetres of the display (x, y, z), small ones first.

    Parameters
    ----------
    faces
        About how many triangles each class may have (`shares`).

    Raises
    ------
    Stopped
        `stop()` became true; what was made until then was handed over.
    """
    for value, box in sorted(boxes.items(), key=lambda item: _size(item[1])):
        check(stop)
        mesh = mesh_of(labels, value, display.scale, box=box, faces=faces[value], stop=stop)
        places = np.ascontiguousarray((mesh.vertices + np.asarray(display.translate, np.float32))[:, ::-1])
        surface = Surface(places, np.ascontiguousarray(mesh.normals()[:, ::-1]), mesh.faces.astype(np.uint32))
        made(value, surface if len(mesh.faces) else None, box)


def coarse(labels: NDArray[Any]) -> NDArray[Any]:
    """A copy of a few of a mask's voxels, in their order, enough to know which class wraps the others."""
    z, y, x = (max(1, side // _COARSE) for side in labels.shape)
    return labels[::z, ::y, ::x].copy()


def wrapping(labels: NDArray[Any], shown: Collection[int]) -> int:
    """The class that hides the others, as skin does, or an organ with a lesion in it; 0 if there is none.

    Of the lines along the axes that meet several classes, more than a third meet it first from both ends: round a
    brain the fluid is that on half of them, while of two neighbours none is on any.
    """
    there = np.zeros(int(labels.max(initial=0)) + 1, labels.dtype)
    kept = [value for value in shown if value < len(there)]
    there[kept] = kept
    seen = there[labels]
    both, lines = np.zeros(len(there), np.int64), 0
    for axis in range(3):
        one, other = _ends(np.moveaxis(seen, axis, 0))
        both += np.bincount(one[one == other], minlength=len(there))
        lines += len(one)
    value = int(both.argmax())
    return value if 3 * both[value] > lines else 0


def _ends(lines: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """What is met first, from either end of the first axis, on each line that meets several classes."""
    far = np.iinfo(lines.dtype).max
    least = np.where(lines > 0, lines, far).min(axis=0, initial=far)
    several = lines[:, lines.max(axis=0, initial=0) > least]
    if not several.size:
        return several.ravel(), several.ravel()
    along = np.arange(several.shape[1])
    one, other = (turned[(turned > 0).argmax(axis=0), along] for turned in (several, several[::-1]))
    return one, other


def first_hit(
    labels: NDArray[Any],
    display: Display,
    origin: NDArray[np.float64],
    direction: NDArray[np.float64],
    shows: Callable[[int], bool],
) -> tuple[float, float, float] | None:
    """The middle of the voxel in which a line of sight first meets a class that is shown, or None.

    In display millimetres (z, y, x).

    Parameters
    ----------
    origin, direction
        A point on the line and a unit vector, in millimetres (x, y, z).
    """
    low = np.array(display.translate) - np.array(display.scale) / 2
    high = low + np.array(display.shown.shape) * display.scale
    start, along = origin[::-1], direction[::-1]
    crosses = np.abs(along) > 1e-12
    if not crosses.all() and ((start < low) | (start > high))[~crosses].any():
        return None
    edges = np.sort((np.stack([low, high]) - start)[:, crosses] / along[crosses], axis=0)
    enter, leave = edges[0].max(), edges[1].min()
    steps = np.arange(enter, leave, min(display.scale) / 2)
    points = start + steps[:, None] * along
    last = np.array(labels.shape) - 1
    voxels = np.clip(np.rint((points - display.translate) / display.scale).astype(int), 0, last)
    met = labels[tuple(voxels.T)]
    seen = np.isin(met, [value for value in np.unique(met) if value and shows(int(value))])
    if not seen.any():
        return None
    return display.position_of(voxels[int(seen.argmax())].tolist())


def _size(box: Box) -> float:
    """Of a box's surface, in voxels, about."""
    return float(np.prod([side.stop - side.start for side in box]) ** (2 / 3))


def _meet(one: Box, other: Box) -> bool:
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(one, other, strict=True))
