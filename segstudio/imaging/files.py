"""Scans and masks read from and written to files, whatever their format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging import dicom, metaimage, nifti, nrrd, picture, segments
from segstudio.imaging.dicom import masks
from segstudio.imaging.geometry import Geometry, Reorientation
from segstudio.imaging.labels import LabelClass, LabelMap, as_labels, classes_named, present_values
from segstudio.imaging.storing import storing
from segstudio.imaging.stream import differs, telling
from segstudio.imaging.volume import Source, Volume, require_finite
from segstudio.progress import Progress, Stop, never, silent


@dataclass(frozen=True)
class _Format:
    """How files with some suffixes are read, written, and read back.

    `place` tells whether they say where the grid lies; `read_mask` differs from `read` where colours number classes.
    """

    suffixes: tuple[str, ...]
    read: Callable[[Path], Volume]
    write: Callable[[Volume, Path], None]
    read_back: Callable[[Volume, Path], Volume]
    place: bool = True
    read_mask: Callable[[Path], Volume] | None = None


_FORMATS = (
    _Format((".nii", ".nii.gz", ".hdr", ".img"), nifti.read, nifti.write, nifti.read_back),
    _Format((".nrrd", ".nhdr"), nrrd.read, nrrd.write, nrrd.read_back),
    _Format((".mha", ".mhd"), metaimage.read, metaimage.write, metaimage.read_back),
    _Format(
        (".png", ".jpg", ".jpeg", ".tif", ".tiff"),
        picture.read,
        picture.write,
        picture.read_back,
        False,
        picture.read_mask,
    ),
)
_SUFFIXES = tuple(suffix for each in _FORMATS for suffix in each.suffixes)


def read_volume(
    path: Path | str,
    *,
    frame: int = 0,
    repair: bool = False,
    progress: Progress = silent,
    stop: Stop = never,
) -> Volume:
    """A scan from a file, or from a DICOM folder, zip, DICOMDIR or `PATH#SeriesInstanceUID` (see `dicom.read`).

    Parameters
    ----------
    path
        NIfTI, NRRD, MetaImage, PNG, JPEG or TIFF by its suffix, or what holds DICOM files.
    frame
        The time point to choose, from 0; all are kept.
    repair
        Put 0 in place of voxels that are NaN or infinite, and tell in the notes, rather than refuse.

    Raises
    ------
    ImageError
        The file is missing, damaged, cut off or of no known format, holds NaN, or has no such frame.
    GeometryError
        The file gives no regular grid.
    Stopped
        `stop()` became true.
    """
    path = Path(path)
    with _about(path):
        volume = _read(path, progress=progress, stop=stop)
        if repair:
            volume = _repaired(volume, path.name)
        require_finite(volume.voxels, path.name)
        return volume.at(frame)


def read_labels(path: Path | str, *, classes: Sequence[LabelClass] = (), scan: Volume | None = None) -> LabelMap:
    """A mask from a file: of any format of scans, DICOM SEG, or RTSTRUCT.

    Parameters
    ----------
    classes
        What the values mean; without, as the file says (.seg.nrrd, DICOM), else each value found becomes "class N".
    scan
        On whose grid it has to lie; contours of an RTSTRUCT are filled there.

    Raises
    ------
    ImageError, GeometryError
        As `read_volume`; or the voxels are no class numbers, there are several frames or channels, or the mask belongs
        to another scan.
    """
    path = Path(path)
    with _about(path):
        found = masks.read(path, scan) if _is_dicom(path) else _read_labels(path)
        if scan is not None:
            found = _turned(found, scan.geometry, path.name)
    return replace(found, classes=tuple(classes)) if classes else found


def _read_labels(path: Path) -> LabelMap:
    volume = _read(path, mask=True)
    if volume.voxels.shape[:2] != (1, 1):
        frames, channels = volume.voxels.shape[:2]
        raise ImageError(f"{path.name} has {frames} frames and {channels} channels", hint="A mask has one of each.")
    labels = as_labels(volume.voxels[0, 0], path.name)
    values = (int(value) for value in present_values(labels) if value)
    header = volume.source.header if volume.source is not None and volume.source.format == nrrd.NAME else {}
    named = segments.classes_of(header) or classes_named((value, f"class {value}") for value in values)
    return LabelMap(labels, volume.geometry, named, volume.notes)


def _turned(labels: LabelMap, geometry: Geometry, name: str) -> LabelMap:
    """A mask on the grid of its scan, from which only the order and sense of its axes may differ: no voxel changes."""
    turn = Reorientation.to(labels.geometry, geometry.orientation)
    found = turn.geometry(labels.geometry)
    geometry.require_same_space(found, mine="the scan", others=name)
    return replace(labels, labels=np.ascontiguousarray(turn.apply(labels.labels)), geometry=geometry)


def _is_dicom(path: Path) -> bool:
    return path.is_file() and not path.name.lower().endswith(_SUFFIXES) and dicom.is_dicom(path)


def write_volume(volume: Volume, path: Path | str) -> None:
    """Write a scan, all its frames and channels, in its own number type; the suffix chooses the format.

    The file appears under its name only after it was read back and found the same.

    Raises
    ------
    ImageError
        The format cannot hold this scan, or the disk refuses; what was there before is untouched.
    """
    path = Path(path)
    with _about(path), storing(path) as draft:
        chosen = _format(path)
        chosen.write(volume, draft)
        with telling(draft):
            _require_same(volume, chosen.read_back(volume, draft), chosen)


def write_labels(labels: LabelMap, path: Path | str, *, source: Source | None = None) -> None:
    """Write a mask on its scan's grid; the suffix chooses the format.

    Parameters
    ----------
    source
        Of the scan: where it is of the same format its header is kept, but for what describes the voxels.

    Raises
    ------
    ImageError
        The disk refuses, or the file read back differs; what was there before is untouched.
    """
    write_volume(Volume.of(labels.labels, labels.geometry, source=source), path)


def _read(path: Path, *, mask: bool = False, progress: Progress = silent, stop: Stop = never) -> Volume:
    # A damaged header may hold any number; what comes of it is checked, and told in better words than numpy's.
    with telling(path), np.errstate(all="ignore"):
        if not dicom.chosen(path).path.exists():
            raise ImageError(f"{path.name} does not exist", hint="Check the name and the folder.")
        if not path.name.lower().endswith(_SUFFIXES) and dicom.is_meant(path):
            return dicom.read(path, progress=progress, stop=stop)
        if path.stat().st_size == 0:
            raise ImageError(f"{path.name} is empty", hint="It was not copied to the end; copy it again.")
        chosen = _format(path)
        return chosen.read_mask(path) if mask and chosen.read_mask else chosen.read(path)


def _format(path: Path) -> _Format:
    name = path.name.lower()
    for each in _FORMATS:
        if name.endswith(each.suffixes):
            return each
    raise ImageError(f"{path.name} is of no format SegStudio knows", hint=f"Known are {', '.join(_SUFFIXES)}.")


def _repaired(volume: Volume, name: str) -> Volume:
    if not np.issubdtype(volume.voxels.dtype, np.floating):
        return volume
    bad = ~np.isfinite(volume.voxels)
    count = int(bad.sum())
    if not count:
        return volume
    note = f"{count} voxels of {name} were no numbers (NaN or Inf) and are 0 now."
    return replace(
        volume, voxels=np.where(bad, volume.voxels.dtype.type(0), volume.voxels), notes=(*volume.notes, note)
    )


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Have every message name the file."""
    try:
        yield
    except (ImageError, GeometryError) as error:
        name = dicom.chosen(path).path.name
        if name in error.message:
            raise
        raise type(error)(f"{name}: {error.message}", hint=error.hint) from error


def _require_same(wanted: Volume, found: Volume, chosen: _Format) -> None:
    one, other = wanted.voxels, found.voxels
    nan = np.issubdtype(one.dtype, np.inexact)
    planes = np.ndindex(one.shape[:3])
    if one.shape != other.shape or not all(np.array_equal(one[at], other[at], equal_nan=nan) for at in planes):
        raise differs()
    if chosen.place:
        wanted.geometry.require_same_space(found.geometry, mine="the scan", others="the file read back")
