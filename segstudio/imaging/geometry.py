"""Where a voxel grid lies in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError
from segstudio.imaging.box import Box

Affine = NDArray[np.float64]
"""Shape (4, 4): array index (z, y, x, 1) to LPS millimetres (x, y, z, 1)."""

Shape = tuple[int, int, int]
"""Voxels along (z, y, x)."""

"""Half-open ranges of voxels along (z, y, x), with explicit start and stop."""

CANONICAL = "SPL"
"""Axes of a usual axial scan: slices from foot to head, rows to the back, columns to the patient's left."""

_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))


@dataclass(frozen=True, eq=False)
class Geometry:
    """A regular grid in patient space.

    Parameters
    ----------
    shape
        Voxels along (z, y, x), each at least 1.
    affine
        Index (z, y, x) to LPS millimetres; orthogonal columns, none of length zero. A sheared grid
        (gantry tilt) is no Geometry: it has to be resampled first.

    Raises
    ------
    GeometryError
        The shape is empty, or the affine is singular, sheared or not finite.
    """

    shape: Shape
    affine: Affine

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise GeometryError(f"a grid of {self.shape} voxels is empty")
        if self.affine.shape != (4, 4) or not np.isfinite(self.affine).all():
            raise GeometryError(
                "the affine is not a finite 4x4 matrix", hint="The header is damaged; export the scan again."
            )
        if (self.spacing < 1e-6).any():
            raise GeometryError("the affine is singular", hint="The header gives a voxel no size along one axis.")
        if not np.allclose(self.directions.T @ self.directions, np.eye(3), atol=1e-3):
            raise GeometryError(
                "the grid is sheared", hint="A tilted gantry? Correct the tilt before opening the scan."
            )

    @cached_property
    def spacing(self) -> NDArray[np.float64]:
        """Millimetres from voxel to voxel along (z, y, x)."""
        lengths: NDArray[np.float64] = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        return lengths

    @cached_property
    def directions(self) -> NDArray[np.float64]:
        """Unit vectors in LPS as columns, one for each array axis."""
        return self.affine[:3, :3] / self.spacing

    @property
    def orientation(self) -> str:
        """Where each array axis points, nearest letter, first axis first: "SPL" for a usual axial scan."""
        return "".join(
            _LETTERS[world][int(self.directions[world, axis] < 0)] for axis, world in enumerate(self._world_axes)
        )

    @cached_property
    def _world_axes(self) -> tuple[int, int, int]:
        """The LPS axis that each array axis follows most closely, each taken once (45° obliques would tie)."""
        left = np.abs(self.directions).copy()
        found = [0, 0, 0]
        for _ in range(3):
            world, axis = np.unravel_index(int(left.argmax()), (3, 3))
            found[axis] = int(world)
            left[world, :] = left[:, axis] = -1
        return found[0], found[1], found[2]

    @property
    def oblique_degrees(self) -> float:
        """Largest angle between an array axis and the patient axis it is named after."""
        along = [abs(self.directions[world, axis]) for axis, world in enumerate(self._world_axes)]
        return float(np.degrees(np.arccos(np.clip(min(along), 0, 1))))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(self.spacing.prod()) / 1000

    def to_world(self, index: NDArray[np.float64]) -> NDArray[np.float64]:
        """LPS millimetres, shape (n, 3), of array indices (z, y, x), shape (n, 3)."""
        world: NDArray[np.float64] = index @ self.affine[:3, :3].T + self.affine[:3, 3]
        return world

    def to_index(self, world: NDArray[np.float64]) -> NDArray[np.float64]:
        """Array indices (z, y, x), shape (n, 3), not rounded, of LPS millimetres, shape (n, 3)."""
        inverse = np.linalg.inv(self.affine)
        index: NDArray[np.float64] = world @ inverse[:3, :3].T + inverse[:3, 3]
        return index

    def cropped(self, box: Box) -> Geometry:
        """The grid of `array[box]`."""
        affine = self.affine.copy()
        affine[:3, 3] = self.to_world(np.array([[side.start for side in box]], float))[0]
        z, y, x = (side.stop - side.start for side in box)
        return Geometry((z, y, x), affine)

    def same_space(self, other: Geometry, *, tolerance_mm: float = 1e-3) -> bool:
        """Whether every voxel of both grids lies at the same place, to within a tolerance at the far corner."""
        if self.shape != other.shape:
            return False
        corners = np.array([[0, 0, 0], np.array(self.shape) - 1], dtype=float)
        apart = np.abs(self.to_world(corners) - other.to_world(corners)).max()
        return bool(apart <= tolerance_mm) and np.allclose(self.directions, other.directions, atol=1e-4)

    def require_same_space(self, other: Geometry, *, mine: str, others: str) -> None:
        """Raise `GeometryError` unless both grids are one; the names say whose they are.

        The tolerance is a thousandth of a voxel's shortest side or 0.01 mm, whichever is larger: headers in
        float32 (NIfTI) do not hold more.
        """
        if self.shape != other.shape:
            raise GeometryError(
                f"{mine} has {_by(self.shape)} voxels, {others} has {_by(other.shape)}",
                hint="Labels must lie on the scan's own grid: same shape, spacing and position.",
            )
        if not self.same_space(other, tolerance_mm=max(0.01, float(self.spacing.min()) / 1000)):
            raise GeometryError(
                f"{mine} and {others} have the same shape but lie at different places in the patient",
                hint="Labels must lie on the scan's own grid: same shape, spacing and position.",
            )


@dataclass(frozen=True)
class Reorientation:
    """Axes permuted, then some flipped: how an array is brought to another orientation without resampling.

    `axes[i]` is the old axis that becomes axis i; `flips[i]` tells whether new axis i runs backwards.
    """

    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    @classmethod
    def to(cls, geometry: Geometry, target: str = CANONICAL) -> Reorientation:
        """The one that brings `geometry` closest to the orientation `target`, for example "SPL"."""
        lines = ["LR", "PA", "SI"]
        wanted = [next(i for i, pair in enumerate(lines) if letter in pair) for letter in target]
        have = geometry.orientation
        axes = [geometry._world_axes.index(world) for world in wanted]
        return cls(
            (axes[0], axes[1], axes[2]),
            tuple(have[axis] != letter for axis, letter in zip(axes, target, strict=True)),  # type: ignore[arg-type]
        )

    def apply(self, array: NDArray[Any]) -> NDArray[Any]:
        """A view of an array of shape (…, z, y, x) in the new orientation."""
        lead = array.ndim - 3
        moved = array.transpose(*range(lead), *(axis + lead for axis in self.axes))
        return moved[self._steps(lead)]

    def undo(self, array: NDArray[Any]) -> NDArray[Any]:
        """A view of an array of the new orientation in the old one."""
        lead = array.ndim - 3
        back = np.argsort(self.axes)
        flipped = array[self._steps(lead)]
        return flipped.transpose(*range(lead), *(int(axis) + lead for axis in back))

    def geometry(self, geometry: Geometry) -> Geometry:
        """The grid of an array after `apply`."""
        matrix = np.zeros((4, 4))
        matrix[3, 3] = 1
        for new, (old, flip) in enumerate(zip(self.axes, self.flips, strict=True)):
            matrix[old, new] = -1 if flip else 1
            matrix[old, 3] = geometry.shape[old] - 1 if flip else 0
        shape = tuple(geometry.shape[axis] for axis in self.axes)
        return Geometry(shape, geometry.affine @ matrix)  # type: ignore[arg-type]

    def box(self, box: Box, shape: Shape) -> Box:
        """Where a box of the old array of `shape` lies in the new one."""
        sides = []
        for old, flip in zip(self.axes, self.flips, strict=True):
            start, stop = box[old].start, box[old].stop
            sides.append(slice(shape[old] - stop, shape[old] - start) if flip else slice(start, stop))
        return sides[0], sides[1], sides[2]

    def undo_box(self, box: Box, shape: Shape) -> Box:
        """Where a box of the new array of `shape` lies in the old one."""
        sides = [slice(0, 0)] * 3
        for new, (old, flip) in enumerate(zip(self.axes, self.flips, strict=True)):
            start, stop = box[new].start, box[new].stop
            sides[old] = slice(shape[new] - stop, shape[new] - start) if flip else slice(start, stop)
        return sides[0], sides[1], sides[2]

    def _steps(self, lead: int) -> tuple[slice, ...]:
        return (slice(None),) * lead + tuple(slice(None, None, -1) if flip else slice(None) for flip in self.flips)


def _by(shape: Shape) -> str:
    return "×".join(str(side) for side in shape)
