"""Surfaces of the classes of a mask, as triangles in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from segstudio.imaging import Box, Geometry, around
from segstudio.progress import Stop, check, never

FACES = 60_000
"""Triangles of one class at most, unless asked otherwise: enough for the screen, little for any graphics card."""

_SLAB = 1 << 22
"""Voxels looked at in one go; scipy keeps other threads waiting meanwhile."""

_CORNERS = np.array([(z, y, x) for z in (0, 1) for y in (0, 1) for x in (0, 1)])
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1]


@dataclass(frozen=True, eq=False)
class Mesh:
    """A closed surface of triangles.

    Parameters
    ----------
    vertices
        Shape (n, 3), float32: millimetres along the array axes (z, y, x) from the middle of the first voxel.
    faces
        Shape (m, 3), int32: three vertices each. In these coordinates, which are left-handed where (x, y, z) are
        right-handed, the cross product of a face's first two sides points inwards.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]

    @property
    def volume_ml(self) -> float:
        """Millilitres inside."""
        one, two, three = (self.vertices[self.faces[:, corner]].astype(np.float64) for corner in range(3))
        return float(-(one * np.cross(two, three)).sum() / 6000)

    @property
    def area_mm2(self) -> float:
        """Square millimetres of the surface."""
        one, two, three = (self.vertices[self.faces[:, corner]].astype(np.float64) for corner in range(3))
        return float(np.linalg.norm(np.cross(two - one, three - one), axis=1).sum() / 2)

    def normals(self) -> NDArray[np.float32]:
        """Unit vectors that point outwards, one a vertex, shape (n, 3), along (z, y, x)."""
        one, two, three = (self.vertices[self.faces[:, corner]] for corner in range(3))
        across = np.cross(three - one, two - one)
        found = np.stack(
            [np.bincount(self.faces.ravel(), np.repeat(across[:, axis], 3), len(self.vertices)) for axis in range(3)],
            axis=1,
        )
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        normals: NDArray[np.float32] = (found / np.maximum(lengths, 1e-12)).astype(np.float32)
        return normals

    def in_patient(self, geometry: Geometry) -> Mesh:
        """The same surface in LPS millimetres (x, y, z), its faces counter-clockwise as seen from outside.

        `geometry` is that of the labels it was made from.
        """
        world = geometry.to_world(self.vertices.astype(np.float64) / geometry.spacing)
        mirrored = np.linalg.det(geometry.directions) > 0  # then (z, y, x) is right-handed in the patient
        faces = self.faces[:, ::-1] if mirrored else self.faces
        return Mesh(world.astype(np.float32), np.ascontiguousarray(faces))


def class_boxes(labels: NDArray[Any], *, stop: Stop = never) -> dict[int, Box]:
    """The tight box round each value but 0 of a mask, shape (z, y, x), by value.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    found: dict[int, Box] = {}
    step = max(1, _SLAB // max(1, labels[0].size))
    for start in range(0, len(labels), step):
        check(stop)
        slab = labels[start : start + step]
        for index, box in enumerate(ndimage.find_objects(slab, int(slab.max()))):
            if box is not None:
                z, y, x = box
                moved = (slice(z.start + start, z.stop + start), y, x)
                found[index + 1] = around(found.get(index + 1), moved)
    return found


def mesh_of(
    labels: NDArray[Any],
    value: int,
    spacing: Sequence[float],
    *,
    box: Box | None = None,
    faces: int = FACES,
    smooth: int = 8,
    stop: Stop = never,
) -> Mesh:
    """The surface of one class.

    Surface nets (Gibson, MICCAI 1998): a vertex in each cell of eight voxels that the surface cuts, a quad for each
    pair of neighbours that it parts. They need no table, and unlike marching cubes show no terraces on masks. Where
    the surface has too many faces, voxels are first averaged to cells of nearly equal sides. Then Taubin's filter
    (SIGGRAPH 1995) smooths without shrinking.

    Parameters
    ----------
    labels
        Shape (z, y, x).
    spacing
        Millimetres along (z, y, x).
    box
        Where the class lies, if that is known (`class_boxes`).
    faces
        About how many triangles there may be: never more than half as many again.
    smooth
        How often Taubin's filter runs; 0 leaves the surface as it is.

    Returns
    -------
    Mesh
        Without a face if no voxel has the value.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    box = box or class_boxes((labels == value).view(np.uint8)).get(1)
    inside = np.zeros((0, 0, 0), bool) if box is None else labels[box] == value
    if box is None or not inside.any():
        return Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    check(stop)
    mm = np.asarray(spacing, float)
    factors = _factors(inside, mm, faces)
    field, level = _averaged(inside, factors), 0.5
    check(stop)
    if field.max() <= level:  # thinner than the cells
        level = float(field.max()) / 2
    corners, triangles = _net(np.pad(field, 1), level)
    check(stop)
    first = np.array([side.start for side in box]) + (np.array(factors) - 1) / 2
    vertices = ((corners - 1) * factors + first) * mm
    return Mesh(_smoothed(vertices, triangles, smooth).astype(np.float32), triangles)


def _factors(inside: NDArray[np.bool_], mm: NDArray[np.float64], faces: int) -> tuple[int, int, int]:
    """How many voxels become one along each axis, so that there are about as many triangles as asked for."""
    parted = [
        sum(
            int(np.count_nonzero(part))
            for part in (np.diff(inside, axis=axis), inside.take(0, axis), inside.take(-1, axis))
        )
        for axis in range(3)
    ]
    if 2 * sum(parted) <= faces:
        return 1, 1, 1
    area = sum(count * mm.prod() / mm[axis] for axis, count in enumerate(parted))
    cell = np.sqrt(2 * area / faces)
    z, y, x = (max(1, int(np.ceil(cell / side - 1e-6))) for side in mm)
    return z, y, x


def _averaged(inside: NDArray[np.bool_], factors: tuple[int, int, int]) -> NDArray[np.float32]:
    """The part of each cell that is inside."""
    field: NDArray[Any] = inside.view(np.uint8)
    for axis, factor in enumerate(factors):
        if factor > 1:
            starts = np.arange(0, field.shape[axis], factor)
            field = np.add.reduceat(field, starts, axis, dtype=np.float32) / np.float32(factor)
    return field.astype(np.float32, copy=False)


def _net(field: NDArray[np.float32], level: float) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices (n, 3) in cells of the field, and triangles (m, 3), of the surface where it crosses the level."""
    inside = field > level
    cells = tuple(side - 1 for side in field.shape)
    some, every = np.zeros(cells, bool), np.ones(cells, bool)
    for corner in _CORNERS:
        part = inside[tuple(slice(at, at + side) for at, side in zip(corner, cells, strict=True))]
        some |= part
        every &= part
    places = np.argwhere(some & ~every)
    number = np.full(cells, -1, np.int32)
    number[tuple(places.T)] = np.arange(len(places), dtype=np.int32)
    return places + _crossings(field, places, level), _quads(inside, number)


def _crossings(field: NDArray[np.float32], places: NDArray[np.intp], level: float) -> NDArray[np.float64]:
    """In each cell, the mean of the points where the surface crosses its edges."""
    values = np.stack([field[tuple((places + corner).T)] for corner in _CORNERS], axis=1) - np.float32(level)
    total, count = np.zeros((len(places), 3)), np.zeros(len(places))
    for a, b in _EDGES:
        crossed = (values[:, a] > 0) != (values[:, b] > 0)
        part = values[crossed, a] / (values[crossed, a] - values[crossed, b])
        total[crossed] += _CORNERS[a] + part[:, None] * (_CORNERS[b] - _CORNERS[a])
        count[crossed] += 1
    return total / count[:, None]


def _quads(inside: NDArray[np.bool_], number: NDArray[np.int32]) -> NDArray[np.int32]:
    """Two triangles between the four cells round each edge of the grid that the surface crosses."""
    found = []
    for axis in range(3):
        one, other = np.eye(3, dtype=int)[(axis + 1) % 3], np.eye(3, dtype=int)[(axis + 2) % 3]
        edges = np.argwhere(np.diff(inside, axis=axis))
        leaving = inside[tuple(edges.T)]
        around = [number[tuple((edges - shift).T)] for shift in (0 * one, one, one + other, other)]
        quads = np.stack(around, axis=1)
        quads[leaving] = quads[leaving, ::-1]
        found += [quads[:, (0, 1, 2)], quads[:, (0, 2, 3)]]
    return np.concatenate(found)


def _smoothed(vertices: NDArray[np.float64], faces: NDArray[np.int32], times: int) -> NDArray[np.float64]:
    """Taubin's filter: to the mean of the neighbours, and a little farther back."""
    count = len(vertices)
    ends = np.concatenate([faces[:, (0, 1)], faces[:, (1, 2)], faces[:, (2, 0)]])
    graph = sparse.coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (count, count)).tocsr()
    graph = graph + graph.T
    weights = sparse.diags_array(1 / np.maximum(graph.sum(axis=1), 1)) @ graph
    for _ in range(times):
        for step in (0.5, -0.53):
            vertices = vertices + step * (weights @ vertices - vertices)
    return vertices
