"""Surfaces of the classes in patient millimetres (LPS): STL, one file a class, and OBJ, all in one with colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.export.classes import drawn, names_of
from segstudio.export.written import RESEARCH, Author, Written
from segstudio.imaging import Box, LabelClass, LabelMap, Volume
from segstudio.imaging.storing import storing
from segstudio.measure import Mesh, class_boxes, mesh_of
from segstudio.progress import Progress, Stop, check, never, part, silent

FACES = 400_000
"""Triangles of one class at most."""

_LOST = 0.03
"""Part of a class's volume that its surface may lose by smoothing."""

_PARTS = 3
_MOST_PARTS = 1 << 26
"""Along each axis, and in all, where a class is thinner."""

_HEAD = f"SPACE=LPS, millimetres. SegStudio. {RESEARCH}"
"""3D Slicer reads the first words and puts the surface where the scan lies."""

_TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


@dataclass(frozen=True, eq=False)
class _Surface:
    """A class, its surface in the patient, and what its voxels come to."""

    each: LabelClass
    mesh: Mesh
    volume_ml: float
    half_voxel_mm: float


def write_stl(
    labels: LabelMap, scan: Volume, path: Path, *, author: Author, progress: Progress = silent, stop: Stop = never
) -> Written:
    """Write each class as binary STL: PATH, or PATH with the class behind its name where there are several.

    Raises
    ------
    ImageError
        Nothing is drawn, or a surface read back encloses another volume than its class.
    GeometryError
        The mask is not on the scan's grid.
    Stopped
        `stop()` became true; nothing was written.
    """
    surfaces = _surfaces(labels, scan, progress, stop)
    names = names_of(path, [each.each for each in surfaces])
    with storing(path) as draft:
        checks = []
        for surface, name in zip(surfaces, names, strict=True):
            check(stop)
            place = draft.with_name(name)
            place.write_bytes(_stl(surface.mesh))
            checks.append(_compared(surface, _corners_of_stl(place), name))
    return Written(tuple(path.with_name(name) for name in names), tuple(checks), _notes(surfaces))


def write_obj(
    labels: LabelMap, scan: Volume, path: Path, *, author: Author, progress: Progress = silent, stop: Stop = never
) -> Written:
    """Write all classes as one OBJ, each an object of its name, with their colours in an .mtl beside it.

    Raises
    ------
    ImageError, GeometryError, Stopped
        As `write_stl`.
    """
    surfaces = _surfaces(labels, scan, progress, stop)
    colors = path.with_suffix(".mtl").name
    with storing(path) as draft:
        draft.with_name(colors).write_text(_mtl(surfaces), encoding="utf-8")
        draft.write_text(_obj(surfaces, colors), encoding="utf-8")
        check(stop)
        found = _corners_of_obj(draft)
        checks = [_compared(surface, found[at], path.name) for at, surface in enumerate(surfaces)]
    return Written((path, path.with_name(colors)), tuple(checks), _notes(surfaces))


def _surfaces(labels: LabelMap, scan: Volume, progress: Progress, stop: Stop) -> list[_Surface]:
    scan.geometry.require_same_space(labels.geometry, mine="the scan", others="the mask")
    boxes = class_boxes(labels.labels, stop=stop)
    classes = [each for each in drawn(labels) if each.value in boxes]
    if not classes:
        raise ImageError("the mask is empty, so it has no surface", hint="Draw something first.")
    found = []
    for at, each in enumerate(classes):
        part(progress, 0.0, 0.8)(at / len(classes), f"Surface of {each.name}")
        found.append(_surface(labels, each, boxes[each.value], stop))
    return found


def _surface(labels: LabelMap, each: LabelClass, box: Box, stop: Stop) -> _Surface:
    """Of a class whose parts are few voxels thick the voxels are parted first, since smoothing would take them away."""
    spacing = labels.geometry.spacing
    inside = labels.labels[box] == each.value
    volume_ml = int(np.count_nonzero(inside)) * labels.geometry.voxel_ml
    mesh = mesh_of(labels.labels, each.value, spacing.tolist(), box=box, faces=FACES, stop=stop)
    if abs(mesh.volume_ml - volume_ml) > _LOST * volume_ml and inside.size * _PARTS**3 <= _MOST_PARTS:
        for axis in range(3):
            inside = inside.repeat(_PARTS, axis)
        fine = mesh_of(inside.view(np.uint8), 1, (spacing / _PARTS).tolist(), faces=FACES, stop=stop)
        first = np.array([side.start for side in box]) - (_PARTS - 1) / 2 / _PARTS
        mesh = Mesh((fine.vertices + first * spacing).astype(np.float32), fine.faces)
    return _Surface(each, mesh.in_patient(labels.geometry), volume_ml, float(spacing.max()) / 2)


def _stl(mesh: Mesh) -> bytes:
    corners = mesh.vertices[mesh.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    triangles = np.zeros(len(corners), _TRIANGLE)
    triangles["corners"] = corners
    triangles["normal"] = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    return _HEAD.encode().ljust(80) + np.uint32(len(corners)).tobytes() + triangles.tobytes()


def _corners_of_stl(path: Path) -> NDArray[np.float64]:
    """Shape (n, 3, 3): triangle, corner, (x, y, z)."""
    data = path.read_bytes()
    count = int(np.frombuffer(data, "<u4", 1, 80)[0])
    corners: NDArray[np.float64] = np.frombuffer(data, _TRIANGLE, count, 84)["corners"].astype(np.float64)
    return corners


def _mtl(surfaces: Iterable[_Surface]) -> str:
    lines = [f"# {RESEARCH}"]
    for each in surfaces:
        lines += [f"newmtl class_{each.each.value}", "Kd " + " ".join(f"{part / 255:.4f}" for part in each.each.color)]
    return "\n".join(lines) + "\n"


def _obj(surfaces: Sequence[_Surface], colors: str) -> str:
    lines, first = [f"# {_HEAD}", f"mtllib {colors}"], 1
    for each in surfaces:
        lines += [f"o {' '.join(each.each.name.split())}", f"usemtl class_{each.each.value}"]
        lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in each.mesh.vertices.tolist()]
        lines += [f"f {a} {b} {c}" for a, b, c in (each.mesh.faces + first).tolist()]
        first += len(each.mesh.vertices)
    return "\n".join(lines) + "\n"


def _corners_of_obj(path: Path) -> list[NDArray[np.float64]]:
    """Of each object, shape (n, 3, 3)."""
    vertices: list[list[float]] = []
    faces: list[list[list[int]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "o":
            faces.append([])
        elif kind == "v":
            vertices.append([float(part) for part in rest.split()])
        elif kind == "f":
            faces[-1].append([int(part) - 1 for part in rest.split()])
    places = np.array(vertices)
    return [places[np.array(each, int)] for each in faces]


def _compared(surface: _Surface, corners: NDArray[np.float64], name: str) -> str:
    """Raise `ImageError` unless the file holds the surface that was made, and that lies near that of the voxels."""
    mesh, each = surface.mesh, surface.each
    found, made = _enclosed_ml(corners), _enclosed_ml(_corners(mesh))
    margin = mesh.area_mm2 * surface.half_voxel_mm / 1000
    if abs(found - made) > 1e-3 * made + 1e-4 or abs(found - surface.volume_ml) > margin + 0.02 * surface.volume_ml:
        raise ImageError(
            f"the surface of {each.name} in {name} encloses {found:.3f} ml, the mask {surface.volume_ml:.3f} ml",
            hint="Write NRRD or DICOM SEG instead.",
        )
    return f"Read back: {each.name} encloses {found:.4g} ml; its voxels are {surface.volume_ml:.4g} ml."


def _enclosed_ml(corners: NDArray[np.float64]) -> float:
    one, two, three = (corners[:, corner] - corners[0, 0] for corner in range(3))
    return float((one * np.cross(two, three)).sum() / 6000)


def _notes(surfaces: Iterable[_Surface]) -> tuple[str, ...]:
    """Which classes lose much of their volume, as small and thin ones do when they are smoothed."""
    lost = [each for each in surfaces if _enclosed_ml(_corners(each.mesh)) < 0.9 * each.volume_ml]
    if not lost:
        return ()
    return (f"The surface of {lost[0].each.name} is smaller than its voxels: it is small or thin.",)


def _corners(mesh: Mesh) -> NDArray[np.float64]:
    return mesh.vertices[mesh.faces].astype(np.float64)
