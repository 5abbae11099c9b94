"""From a choice to a scan: one stack of one series, as a volume with all that had to be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError, SegStudioError
from segstudio.imaging.dicom import codecs, suv, tilt
from segstudio.imaging.dicom.choice import Choice, chosen
from segstudio.imaging.dicom.elements import is_dicom_start
from segstudio.imaging.dicom.grid import Grid
from segstudio.imaging.dicom.pictures import XRAY, File
from segstudio.imaging.dicom.pixels import opened
from segstudio.imaging.dicom.scan import Contents, Series, scan, scan_files
from segstudio.imaging.dicom.stacks import Stack
from segstudio.imaging.dicom.values import colors_of, is_inverted, voxels_of
from segstudio.imaging.geometry import Geometry
from segstudio.imaging.volume import MODALITIES, Source, Volume
from segstudio.progress import Progress, Stop, never, part, silent

NAME = "DICOM"
_THICKER = 0.05
"""Part of its thickness by which the distance of slices differs before it is told."""


class SeveralScans(ImageError):
    """What lies at a place cannot be opened without a choice by a person; `found` is what there is."""

    def __init__(self, message: str, *, hint: str = "", found: Contents | None = None) -> None:
        super().__init__(message, hint=hint)
        self.found = found


class Tilted(GeometryError):
    """The slices of a tilted gantry, to be opened only with the tilt corrected; `found` is what lies there."""

    def __init__(self, message: str, *, hint: str = "", found: Contents | None = None) -> None:
        super().__init__(message, hint=hint)
        self.found = found


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM does."""
    with path.open("rb") as file:
        return is_dicom_start(file.read(132))


def is_meant(path: Path) -> bool:
    """Whether a path is read as DICOM: a folder, a zip, a DICOMDIR, a DICOM file, or a series of one of these."""
    path = chosen(path).path
    return path.is_dir() or path.suffix.lower() == ".zip" or (path.is_file() and is_dicom(path))


def read(path: Path, *, progress: Progress = silent, stop: Stop = never) -> Volume:
    """The scan at a path: CT in HU, slices in order by their positions, from which their distance is taken too.

    Parameters
    ----------
    path
        A folder, a zip, a DICOMDIR or a file with pictures of one series, or `PATH#SeriesInstanceUID` for one of
        several; `:NAME` after it chooses one stack of a series that holds several, `+untilted` has the tilt of a
        gantry corrected, `+suv` gives PET in standardised uptake values. One file of a series stands for all of it
        that lies in the same folder.

    Raises
    ------
    ImageError
        There is no series or more than one, or it holds several stacks, or its slices form no regular grid, or a file
        is damaged or packed in a way that cannot be decoded.
    GeometryError
        The slices are tilted against the table.
    Stopped
        `stop()` became true.
    """
    choice = chosen(path)
    file = choice.path if is_one_slice(choice.path) else None
    looking = part(progress, 0.0, 0.3)
    if file is None:
        found = scan(choice.path, progress=looking, stop=stop)
    else:
        found = scan_files(sorted(file.parent.iterdir()), progress=looking, stop=stop)
    series = _series(found, choice, file)
    return volume_of(found, series, choice, file, progress=part(progress, 0.3, 1.0), stop=stop)


def volume_of(
    found: Contents,
    series: Series,
    choice: Choice,
    file: Path | None = None,
    *,
    progress: Progress = silent,
    stop: Stop = never,
) -> Volume:
    """The scan that is meant of a series that was found.

    Parameters
    ----------
    file
        One that has to be among its pictures: chooses the stack it is in.

    Raises
    ------
    ImageError, GeometryError, Stopped
        As `read`.
    """
    name = choice.path.name
    if series.unread:
        raise series.unread[0].error
    stack = _stack(found, series, choice, file)
    if isinstance(stack.grid, SegStudioError):
        raise stack.grid
    grid = stack.grid
    if grid.is_tilted and choice.how != "untilted":
        refused = tilt.refusal(grid, name)
        raise Tilted(refused.message, hint=refused.hint, found=found)
    voxels = voxels_of(grid, progress=progress, stop=stop)
    notes = [*_notes_of_files(found, stack, name), *_notes_of_grid(grid, voxels, name)]
    voxels, geometry, done = _as_chosen(voxels, grid, choice)
    first = grid.frames[0][0]
    about = first.file.about
    return Volume(
        voxels,
        geometry,
        channels=("red", "green", "blue") if colors_of(first.file) == 3 else ("",),
        modality=about.modality if about.modality in MODALITIES else "XR" if about.modality in XRAY else "OT",
        source=Source(Path(choice.named), NAME, grid, title=about.description),
        notes=(*notes, *done),
    )


def _as_chosen(voxels: NDArray[Any], grid: Grid, choice: Choice) -> tuple[NDArray[Any], Geometry, list[str]]:
    """Voxels, shape (frame, channel, z, y, x), as they were asked for, their grid then, and what was done to them."""
    geometry, notes = grid.geometry, []
    if grid.is_tilted:
        voxels, geometry = tilt.upright(voxels, grid)
        notes.append(f"The tilt of the gantry, {grid.degrees:.1f}°, is corrected; the voxels are interpolated.")
    if choice.how == "suv":
        voxels = suv.converted(voxels, grid)
        notes.append("Values are standardised uptake by body weight, in g/ml.")
    elif said := suv.note(grid):
        notes.append(said)
    return voxels, geometry, notes


def is_one_slice(path: Path) -> bool:
    """Whether a path is a DICOM file with pictures, and no directory of a CD."""
    return path.is_file() and path.name.upper() != "DICOMDIR" and is_dicom(path)


def _series(found: Contents, choice: Choice, file: Path | None) -> Series:
    name, series = choice.path.name, found.series
    if file is not None:
        for unread in (*found.unread, *(each for one in series for each in one.unread)):
            if unread.place.path == file:
                raise unread.error
        series = tuple(each for each in series if any(one.place.path == file for one in _files(each)))
    elif choice.series:
        series = tuple(each for each in series if each.about.series == choice.series)
        if not series:
            raise ImageError(
                f"{name} holds no series {choice.series}", hint=f"`segstudio dicom list {choice.path}` lists them."
            )
    if len(series) == 1:
        return series[0]
    if series:
        counts = ", ".join(str(count) for count in sorted((len(_files(each)) for each in series), reverse=True))
        raise SeveralScans(
            f"{name} holds {len(series)} series of {counts} files",
            hint=f"Choose one of them, {name}#SeriesInstanceUID; `segstudio dicom list {name}` lists them.",
            found=found,
        )
    if found.unread:
        raise found.unread[0].error
    what = "DICOM files but no pictures" if found.others else "no DICOM files"
    raise ImageError(f"{name} holds {what}", hint="Choose the folder that holds the slices.")


def _files(series: Series) -> list[File]:
    return list({id(each.file): each.file for each in series.pictures}.values())


def _stack(found: Contents, series: Series, choice: Choice, file: Path | None) -> Stack:
    stacks, name = series.stacks, choice.path.name
    if choice.stack:
        stacks = tuple(each for each in stacks if each.key == choice.stack)
    elif file is not None:
        stacks = tuple(each for each in stacks if any(one.file.place.path == file for one in each.pictures))
    if len(stacks) == 1:
        return stacks[0]
    keys = f"{', '.join(each.key for each in series.stacks)}, as {name}#{series.about.series}:{series.stacks[0].key}"
    if not stacks:
        raise ImageError(f"{name} holds no stack {choice.stack}", hint=f"There are {keys}")
    raise SeveralScans(
        f"{name} holds slices of {_differ(stacks)}: {_listed(stacks)}",
        hint=f"Choose one of {keys}",
        found=replace(found, series=(series,)),
    )


def _differ(stacks: Sequence[Stack]) -> str:
    """How the stacks of a series differ, in words."""
    if len({stack.pictures[0].directions for stack in stacks}) > 1:
        return "several directions"
    if len({(stack.pictures[0].size, stack.pictures[0].spacing) for stack in stacks}) > 1:
        return "several sizes"
    return "several kinds"


def _listed(stacks: Sequence[Stack]) -> str:
    return ", ".join(f"{stack.name} ({len(stack.pictures)})" for stack in stacks)


# What is to be told


def _notes_of_files(found: Contents, stack: Stack, name: str) -> list[str]:
    notes = []
    if stack.twins:
        _require_copies(stack)
        notes.append(f"{len(stack.twins)} pictures in {name} are there twice; one of each is read.")
    if found.unread:
        notes.append(f"{len(found.unread)} files in {name} cannot be read; they do not say of which series they are.")
    if any(each.file.syntax in codecs.LOSSY for each in stack.pictures):
        notes.append(f"{name} was packed with loss; its values are not quite those that were measured.")
    kind = stack.pictures[0].marks.kind
    if "LOCALIZER" in kind:
        notes.append(f"{name} is a localiser, made to plan other scans.")
    elif kind[:1] == ("DERIVED",):
        notes.append(f"{name} was computed from other pictures.")
    return notes


def _notes_of_grid(grid: Grid, voxels: NDArray[Any], name: str) -> list[str]:
    first, notes = grid.frames[0][0], []
    if first.position is None:
        notes.append(f"{name} does not say where it lies in the patient; places and sides mean nothing.")
    elif len(grid.frames[0]) == 1:
        notes.append(f"{name} holds one slice; it is taken as {first.thickness or 1.0:g} mm thick.")
    elif first.thickness and abs(grid.geometry.spacing[0] / first.thickness - 1) > _THICKER:
        notes.append(f"Slices are {first.thickness:g} mm thick and {grid.geometry.spacing[0]:.4g} mm apart.")
    if len(grid.frames) > 1:
        notes.append(f"{name} holds {len(grid.frames)} pictures of each place; they are taken as {_moments(grid)}.")
    if is_inverted(first.file):
        notes.append(f"{name} stores white as low; the values are inverted.")
    if (padding := padded(grid, voxels)) is not None:
        notes.append(f"Voxels of {padding:g} in {name} are padding: nothing was measured there.")
    return notes


def _moments(grid: Grid) -> str:
    """What the frames of a scan stand for."""
    weights = [frame[0].marks.b_value for frame in grid.frames]
    if len(set(weights)) > 1:
        said = ", ".join(f"{weight:g}" for weight in sorted({weight for weight in weights if weight is not None}))
        return f"volumes of several b-values ({said} s/mm²), by number"
    if len({frame[0].marks.trigger for frame in grid.frames}) > 1:
        return "phases of the heart's beat, by number"
    return "time points by number"


def padded(grid: Grid, voxels: NDArray[Any]) -> float | None:
    """The value of voxels that stand for nothing measured, if there are any."""
    first = grid.frames[0][0]
    if first.file.padding is None or colors_of(first.file) > 1:
        return None
    value = first.file.padding * first.slope + first.intercept
    return value if bool((voxels[0, 0, [0, len(voxels[0, 0]) // 2, -1]] == value).any()) else None


def _require_copies(stack: Stack) -> None:
    """Raise `ImageError` where files that claim to be one picture differ."""
    for one, other in stack.twins:
        with opened(one.file) as here, opened(other.file) as there:
            same = np.array_equal(here.stored(one.frame), there.stored(other.frame))
        if not same or (one.position, one.slope, one.intercept) != (other.position, other.slope, other.intercept):
            raise ImageError(
                f"{one.file.place.name} and {other.file.place.name} claim to be one picture, and differ",
                hint="Remove the one that is wrong.",
            )
