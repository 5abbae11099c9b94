"""Distances from a class in millimetres: grow, shrink and hollow it, true on grids of any spacing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.editing.boxes import clusters, in_plane, painted
from segstudio.editing.edit import Edit
from segstudio.imaging import Box
from segstudio.progress import Progress, Stop, check, never, silent

_ROUNDING_MM = 1e-6


def resize(
    labels: NDArray[Any],
    value: int,
    spacing: Sequence[float],
    *,
    mm: float,
    axis: int | None = None,
    over: Collection[int] | None = (0,),
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Grow a class by a distance, or shrink it by a negative one.

    A grown class takes every voxel whose middle lies no farther than `mm` from the middle of one of its own; a
    shrunk class loses every voxel that lies no farther than that from one of another class. Where a class is cut off
    by the end of the scan it does not shrink.

    Parameters
    ----------
    labels
        Shape (z, y, x).
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    mm
        Less than the spacing along an axis changes nothing along it.
    axis
        Only within the slices across this axis; None: in 3D.
    over
        What a growing class may take; None: any class. What a shrinking one leaves becomes background.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    spacing = in_plane(spacing, axis)
    if mm < 0:
        lost = ((box, where & ~core) for box, where, core in _cores(labels, value, -mm, spacing, stop, progress))
        return painted("shrink", labels, lost, 0)
    grown = (
        (box, near(where, mm, spacing, stop=stop, progress=step))
        for box, where, step in clusters(labels, [value], reach(mm, spacing), progress)
    )
    return painted("grow", labels, grown, value, over)


def hollow(
    labels: NDArray[Any],
    value: int,
    spacing: Sequence[float],
    *,
    wall_mm: float,
    axis: int | None = None,
    into: int = 0,
    stop: Stop = never,
    progress: Progress = silent,
) -> Edit | None:
    """Keep of a class a wall so thick, measured inwards from its border; what it encloses becomes the class `into`."""
    cores = _cores(labels, value, wall_mm, in_plane(spacing, axis), stop, progress)
    return painted("hollow", labels, ((box, core) for box, _, core in cores), into)


def _cores(
    labels: NDArray[Any], value: int, mm: float, spacing: Sequence[float], stop: Stop, progress: Progress
) -> Iterator[tuple[Box, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Where a class lies, and what of it lies farther than `mm` from everything else."""
    for box, where, step in clusters(labels, [value], (1, 1, 1), progress):
        # Nothing outside the box is nearer than what is at its border.
        yield box, where, ~near(~where, mm, spacing, stop=stop, progress=step)


def reach(mm: float, spacing: Sequence[float]) -> tuple[int, int, int]:
    """How many voxels along (z, y, x) a distance spans."""
    z, y, x = (int((mm + _ROUNDING_MM) / side) for side in spacing)
    return z, y, x


def near(
    where: NDArray[np.bool_], mm: float, spacing: Sequence[float], *, stop: Stop = never, progress: Progress = silent
) -> NDArray[np.bool_]:
    """Voxels of which a true one lies no farther away than `mm`, from middle to middle.

    The same as a Euclidean distance transform cut at `mm`, but with eight voxels a byte: the ball is laid together of
    rows along x, and rows of each length are grown once and then moved about.

    Parameters
    ----------
    where
        Shape (z, y, x).
    spacing
        Millimetres from voxel to voxel along (z, y, x).
    """
    across, down, _ = reach(mm, spacing)
    rows = _packed_rows(where, mm, spacing)
    found = np.zeros_like(rows[0])
    for z in range(min(across, where.shape[0] - 1) + 1):
        check(stop)
        progress(z / (across + 1), "measuring distances")
        flat = np.zeros_like(found)
        for y in range(min(down, where.shape[1] - 1) + 1):
            half = _half_row(mm, (z * spacing[0], y * spacing[1]), spacing[2])
            if half is None:
                break
            _join(flat, rows[min(half, len(rows) - 1)], y, 1)
        _join(found, flat, z, 0)
    return np.unpackbits(found, axis=2, count=where.shape[2]).view(bool)


def _packed_rows(where: NDArray[np.bool_], mm: float, spacing: Sequence[float]) -> list[NDArray[np.uint8]]:
    """The array with each voxel grown by 0, 1, 2, … voxels to both sides along x, eight voxels in a byte."""
    grown = where.copy()
    packed = [np.packbits(grown, axis=2)]
    for step in range(1, min(reach(mm, spacing)[2], where.shape[2] - 1) + 1):
        grown[..., step:] |= where[..., :-step]
        grown[..., :-step] |= where[..., step:]
        packed.append(np.packbits(grown, axis=2))
    return packed


def _half_row(mm: float, away: tuple[float, float], side: float) -> int | None:
    """How many voxels along x remain of a distance, so far away along z and y; None if none."""
    square = (mm + _ROUNDING_MM) ** 2 - away[0] ** 2 - away[1] ** 2
    return int(square**0.5 / side) if square >= 0 else None


def _join(found: NDArray[np.uint8], rows: NDArray[np.uint8], step: int, axis: int) -> None:
    """Add rows moved by a step both ways along an axis."""
    found, rows = (np.moveaxis(each, axis, 0) for each in (found, rows))
    if not step:
        found |= rows
        return
    found[step:] |= rows[:-step]
    found[:-step] |= rows[step:]
