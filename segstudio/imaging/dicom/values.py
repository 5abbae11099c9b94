"""From stored numbers to what they mean, a whole scan at a time and in little more memory than it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.imaging.dicom import pixels
from segstudio.imaging.dicom.grid import Grid
from segstudio.imaging.dicom.lookup import looked_up
from segstudio.imaging.dicom.pictures import PHYSICAL, File, Picture
from segstudio.progress import Progress, Stop, check, never, silent

Meaning = Callable[[Picture, NDArray[Any]], NDArray[Any]]
_LARGEST_SHIFT = 1 << 30


def voxels_of(grid: Grid, *, progress: Progress = silent, stop: Stop = never) -> NDArray[Any]:
    """The voxels of a scan, shape (frame, channel, z, y, x), rescaled slice by slice.

    Whole numbers stay whole where every slope is 1, in the smallest of uint8, int16, uint16 and int32 that holds all
    values the headers allow (of the last two, the values that occur); else they are float32, or float64 for numbers
    of more than 24 bits.

    Raises
    ------
    ImageError
        A file is damaged, has changed, or is packed in a way that cannot be decoded.
    Stopped
        `stop()` became true.
    """
    every = [each for frame in grid.frames for each in frame]
    _require_room(every, stop)
    first = every[0]
    if colors_of(first.file) > 1:
        return _read(every, grid, _color_type(every), _colors, progress, stop)
    if first.file.table is not None or _is_float(every):
        return _read(every, grid, _float_type(every), _meaning, progress, stop)
    return _whole(every, grid, progress, stop)


def colors_of(file: File) -> int:
    """3 for a picture in colours, 1 for a grey one."""
    return 3 if file.layout.samples == 3 or file.palette is not None else 1


def is_inverted(file: File) -> bool:
    """Whether low numbers are white, where numbers mean nothing else."""
    return file.layout.photometric == "MONOCHROME1" and file.about.modality not in PHYSICAL


def _require_room(pictures: Sequence[Picture], stop: Stop) -> None:
    """Raise `ImageError` before anything is allocated for pixels that files are too short for."""
    for file in {id(each.file): each.file for each in pictures}.values():
        check(stop)
        if not file.place.member:
            with pixels.opened(file):
                pass


def _is_float(pictures: Sequence[Picture]) -> bool:
    return any(
        each.slope != 1
        or not each.intercept.is_integer()
        or abs(each.intercept) > _LARGEST_SHIFT
        or each.file.layout.kind != "int"
        for each in pictures
    )


def _float_type(pictures: Sequence[Picture]) -> np.dtype[Any]:
    wide = any(each.file.layout.kind == "float64" or each.file.layout.stored > 24 for each in pictures)
    return np.dtype(np.float64 if wide else np.float32)


def _color_type(pictures: Sequence[Picture]) -> np.dtype[Any]:
    wide = any(
        each.file.layout.allocated > 8 if each.file.palette is None else _is_wide(each.file) for each in pictures
    )
    return np.dtype(np.uint16 if wide else np.uint8)


def _is_wide(file: File) -> bool:
    return file.palette is not None and int(file.palette.values.max()) > 255


def _whole(pictures: Sequence[Picture], grid: Grid, progress: Progress, stop: Stop) -> NDArray[Any]:
    """Whole numbers, first as they are stored, then each slice shifted by its intercept, in place where that fits."""
    kind, low, high = _stored_type(pictures)
    shifts = [_shift(each) for each in pictures]
    if any(is_inverted(each.file) for each in pictures):
        return _read(pictures, grid, _narrow(low + min(shifts), high + max(shifts)), _meaning, progress, stop)
    voxels = _read(pictures, grid, kind, _as_stored, progress, stop)
    if not any(shifts) and kind.itemsize <= 2:
        return voxels if kind != np.uint16 or high > np.iinfo(np.int16).max else voxels.view(np.int16)
    flat = voxels.reshape(-1, *voxels.shape[-2:])
    lowest, highest = low + min(shifts), high + max(shifts)
    if _narrow(lowest, highest).itemsize > 2:
        lowest = min(int(plane.min()) + shift for plane, shift in zip(flat, shifts, strict=True))
        highest = max(int(plane.max()) + shift for plane, shift in zip(flat, shifts, strict=True))
    final = _narrow(lowest, highest)
    if final.itemsize == kind.itemsize:
        shifted = flat.view(f"u{kind.itemsize}")
        for plane, shift in zip(shifted, shifts, strict=True):
            plane += np.array(shift % (1 << 8 * kind.itemsize), plane.dtype)  # modulo 2^n, and so exact
        return voxels.view(final)
    wide = np.empty(voxels.shape, final)
    for target, plane, shift in zip(wide.reshape(flat.shape), flat, shifts, strict=True):
        target[...] = plane.astype(np.int64) + shift
    return wide


def _shift(each: Picture) -> int:
    return int(each.intercept)


def _stored_type(pictures: Sequence[Picture]) -> tuple[np.dtype[Any], int, int]:
    """A type that holds the stored numbers of all pictures, and the least and largest that their headers allow."""
    layouts = {each.file.layout for each in pictures}
    low = min(-(1 << (each.stored - 1)) if each.signed else 0 for each in layouts)
    high = max((1 << (each.stored - each.signed)) - 1 for each in layouts)
    if len(layouts) == 1:
        layout = next(iter(layouts))
        size = {1: 1, 8: 1, 12: 2, 16: 2}.get(layout.allocated, 4)
        if layout.allocated <= 32:
            return np.dtype(f"{'i' if layout.signed else 'u'}{size}"), low, high
    return _narrow(low, high), low, high


def _narrow(low: int, high: int) -> np.dtype[Any]:
    for kind in (np.uint8, np.int16, np.uint16, np.int32, np.uint32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return np.dtype(kind)
    return np.dtype(np.int64)


def _read(
    pictures: Sequence[Picture],
    grid: Grid,
    kind: np.dtype[Any],
    meaning: Meaning,
    progress: Progress,
    stop: Stop,
) -> NDArray[Any]:
    """Each picture through `meaning` into its place; files are opened one after the other."""
    colors = colors_of(pictures[0].file)
    frames, slices = len(grid.frames), len(grid.frames[0])
    voxels = np.empty((frames, colors, slices, *pictures[0].size), kind)
    places = {id(each): divmod(at, slices) for at, each in enumerate(pictures)}
    by_file: dict[int, list[Picture]] = {}
    for each in pictures:
        by_file.setdefault(id(each.file), []).append(each)
    done = 0
    for group in by_file.values():
        check(stop)
        progress(done / len(pictures), "reading slices")
        with pixels.opened(group[0].file) as source:
            _take(group, source, voxels, places, meaning)
        done += len(group)
    return voxels


def _take(
    group: Sequence[Picture],
    source: pixels.Pixels,
    voxels: NDArray[Any],
    places: dict[int, tuple[int, int]],
    meaning: Meaning,
) -> None:
    layout = group[0].file.layout
    straight = (
        meaning is _as_stored
        and source.is_native
        and voxels.dtype.itemsize * 8 == layout.allocated
        and layout.kind == "int"
    )
    last: tuple[int, NDArray[Any]] | None = None
    for each in group:
        frame, at = places[id(each)]
        target = voxels[frame, :, at]
        if straight and each.tile is None:
            source.into(each.frame, target[0])
            continue
        if last is None or last[0] != each.frame:
            last = each.frame, source.stored(each.frame)
        target[...] = np.moveaxis(meaning(each, pixels.part_of(each, last[1])), -1, 0)


def _as_stored(_each: Picture, found: NDArray[Any]) -> NDArray[Any]:
    return found


def _colors(each: Picture, found: NDArray[Any]) -> NDArray[Any]:
    return looked_up(each.file.palette, found[..., 0]) if each.file.palette is not None else found


def _meaning(each: Picture, found: NDArray[Any]) -> NDArray[Any]:
    """Numbers after their table, or their slope and intercept; turned round where low is white."""
    values = found if each.file.table is None else looked_up(each.file.table, found)
    if each.slope != 1 or each.intercept:
        values = values * each.slope + each.intercept
    if is_inverted(each.file):
        low, high = _ends(each)
        return low + high - values.astype(np.float64)
    return values


def _ends(each: Picture) -> tuple[float, float]:
    layout = each.file.layout
    low = -(1 << (layout.stored - 1)) if layout.signed else 0
    high = (1 << (layout.stored - layout.signed)) - 1
    if each.file.table is not None:
        low, high = int(each.file.table.values.min()), int(each.file.table.values.max())
    return low * each.slope + each.intercept, high * each.slope + each.intercept
