"""Words and letters of a place: which side is where, which slice this is, what is under the pointer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from segstudio.imaging import Geometry, LabelClass
from segstudio.viewer.layers import PLANES, pictures
from segstudio.viewer.scan import Scan

_AXES = (("L", "R"), ("P", "A"), ("S", "I"))
_LEANING = 0.34
"""An axis that leans by more than 20 degrees is named by two letters."""


@dataclass(frozen=True)
class Sides:
    """What lies at the edges of a plane, as letters of the patient."""

    right: str
    left: str
    top: str
    bottom: str


def sides_of(shown: Geometry, plane: str, flips: Collection[str] = ()) -> Sides:
    """The letters round a plane of the display grid, with "h" and "v" in `flips` when it is turned over."""
    _, rows, columns = PLANES[plane]
    across = (_letters(shown, columns, 1), _letters(shown, columns, -1))
    down = (_letters(shown, rows, 1), _letters(shown, rows, -1))
    right, left = across[::-1] if "h" in flips else across
    bottom, top = down if is_down(plane, flips) else down[::-1]
    return Sides(right, left, top, bottom)


def is_down(plane: str, flips: Collection[str]) -> bool:
    """Whether rows run down the screen: in axial planes they do, the others have the head up."""
    return (plane == "axial") != ("v" in flips)


def _letters(shown: Geometry, axis: int, sign: int) -> str:
    direction = sign * shown.directions[:, axis]
    order = sorted(range(3), key=lambda world: -abs(direction[world]))
    named = [world for world in order if abs(direction[world]) > _LEANING] or order[:1]
    return "".join(_AXES[world][int(direction[world] < 0)] for world in named)


def describe_slice(scan: Scan, plane: str, index: int) -> str:
    """Which slice of how many, and where: "z 84/189  −12.0 mm"."""
    across = PLANES[plane][0]
    voxel = [0.0, 0.0, 0.0]
    voxel[across] = index
    place = signed(scan.display.position_of(voxel)[across])
    return f"{'zyx'[across]} {index + 1}/{scan.display.shown.shape[across]}  {place} mm"


def describe_point(scan: Scan, channel: int, at: Sequence[float], classes: Sequence[LabelClass]) -> str:
    """What is at a voxel (z, y, x) of the display grid and where in the patient that is; "" outside the scan.

    Slices are numbered as the panes number them. The intensity of a CT is in HU; any other is a value without a unit.
    """
    voxel = (round(at[0]), round(at[1]), round(at[2]))
    shape = scan.display.shown.shape
    if not all(0 <= each < side for each, side in zip(voxel, shape, strict=True)):
        return ""
    world = scan.display.shown.to_world(np.array([voxel], float))[0]
    where = "  ".join(f"{pair[int(mm < 0)]} {abs(mm):.1f}" for pair, mm in zip(_AXES, world, strict=True))
    found = pictures(scan.volume)
    value = np.asarray(found[min(channel, len(found) - 1)][1][voxel])
    number = " ".join(scan.in_words(float(each), channel) for each in value.ravel())
    intensity = f"{number} HU" if scan.volume.modality == "CT" else f"value {number}"
    z, y, x = (each + 1 for each in voxel)
    name = _name_at(int(scan.mask.labels[voxel]), classes)
    return f"{where} mm  ·  voxel x {x}, y {y}, z {z}  ·  {intensity}{name}"


def _name_at(value: int, classes: Sequence[LabelClass]) -> str:
    if value == 0:
        return ""
    return f"  ·  {next((each.name for each in classes if each.value == value), f'class {value}')}"


def signed(mm: float) -> str:
    """A coordinate with its sign, the minus a real one."""
    return f"{'−' if round(mm, 1) < 0 else ''}{abs(mm):.1f}"


def scale_bar_mm(longest: float) -> float:
    """The longest of 1, 2 or 5 times a power of ten that is not longer than this many mm."""
    power = 10.0 ** np.floor(np.log10(longest))
    return float(power * max(step for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9)))
