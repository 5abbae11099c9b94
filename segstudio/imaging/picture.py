"""Pictures as one-slice scans: PNG and JPEG, and TIFF, whose pages may be slices, channels or time points."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError, SegStudioError
from segstudio.imaging import stream
from segstudio.imaging.geometry import Geometry
from segstudio.imaging.volume import Source, Volume

NAME = "picture"

Sizes = dict[str, float]
"""Millimetres of a voxel along "x", "y" and "z", where the file gives them."""

_MICRONS = ("um", "µm", "μm", "\\u00b5m", "micron", "microns")
_MM_PER_UNIT = {"nm": 1e-6, **dict.fromkeys(_MICRONS, 1e-3), "mm": 1.0, "cm": 10.0, "m": 1e3, "inch": 25.4, "in": 25.4}
_TIFF_UNITS = {2: 25.4, 3: 10.0}
_COLORS = ("red", "green", "blue")


def read(path: Path) -> Volume:
    """A picture as a scan of one slice, colours as channels; 1 mm where the file gives no size.

    Raises
    ------
    ImageError
        It cannot be decoded.
    """
    return _read(path, indices=False)


def read_mask(path: Path) -> Volume:
    """As `read`, but numbers of colours rather than colours from a PNG with a palette: how masks are often saved."""
    return _read(path, indices=True)


def _read(path: Path, *, indices: bool) -> Volume:
    with _decoding(path):
        tiff = path.suffix.lower() in (".tif", ".tiff")
        voxels, sizes, notes = _tiff(path) if tiff else _flat(path, indices)
        voxels, alpha = _without_alpha(voxels, path.name)
    known = [axis for axis in "yx" if axis in sizes]
    if len(known) < 2:
        notes.append(f"{path.name} does not say how large its pixels are; taken as 1 mm.")
    if voxels.shape[2] > 1 and "z" not in sizes:
        notes.append(f"{path.name} does not say how far apart its slices are; taken as 1 mm.")
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = (*(sizes.get(axis, 1.0) for axis in "zyx"), 1.0)
    geometry = Geometry(voxels.shape[2:], affine)
    channels = _COLORS if voxels.shape[1] == 3 else ("",) * voxels.shape[1]
    return Volume(voxels, geometry, channels=channels, source=Source(path, NAME), notes=(*notes, *alpha))


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Whatever a decoder raises on a damaged picture, as an `ImageError`: they raise nearly anything."""
    try:
        yield
    except (SegStudioError, FileNotFoundError, PermissionError, MemoryError):
        raise
    except Exception as error:
        raise ImageError(f"{path.name} cannot be read as a picture", hint="It is damaged; copy it again.") from error


def _flat(path: Path, indices: bool) -> tuple[NDArray[Any], Sizes, list[str]]:
    from PIL import Image

    with path.open("rb") as file:
        start = file.read(26)
    deep_color = start[:4] == b"\x89PNG" and start[24] == 16 and start[25] in (2, 4, 6)
    with Image.open(path, formats=("PNG", "JPEG")) as picture:
        dots = picture.info.get("dpi") if picture.format == "PNG" else None
        turned = picture.getexif().get(0x0112, 1) != 1
        array = _through_itk(path) if deep_color else _pixels(picture, indices)
    notes = [f"{path.name} asks to be shown turned; it is kept as stored."] if turned else []
    sizes = {axis: 25.4 / float(each) for axis, each in zip("xy", dots or (), strict=False) if each > 0}
    if sizes:
        notes.append(
            f"{path.name} gives {sizes['x']:.3g} mm a pixel as its resolution; taken as the size in the patient."
        )
    array = array if array.ndim == 3 else array[..., None]
    return np.moveaxis(array, -1, 0)[None, :, None], sizes, notes


def _pixels(picture: Any, indices: bool) -> NDArray[Any]:
    plain = {"1": "L", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB", "LAB": "RGB", "PA": "RGBA"}
    mode = picture.mode
    if mode == "P" and not indices:
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    array = np.asarray(picture.convert(plain[mode]) if mode in plain and mode != "1" else picture)
    if mode == "I":
        return array.astype(np.uint16)
    return array.astype(array.dtype.newbyteorder("=") if array.dtype != bool else np.uint8)


def _through_itk(path: Path) -> NDArray[Any]:
    """A PNG of 16 bits a colour, which Pillow would cut down to 8."""
    import SimpleITK

    array: NDArray[Any] = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    return array


def _without_alpha(voxels: NDArray[Any], name: str) -> tuple[NDArray[Any], list[str]]:
    """The colours alone; a note where something was to be seen through."""
    count = voxels.shape[1]
    if count not in (2, 4) or voxels.dtype not in (np.uint8, np.uint16) or name.lower().endswith((".tif", ".tiff")):
        return voxels, []
    opaque = bool((voxels[:, -1] == np.iinfo(voxels.dtype).max).all())
    return voxels[:, :-1], [] if opaque else [f"{name} is transparent in places; its colours are shown without."]


def _tiff(path: Path) -> tuple[NDArray[Any], Sizes, list[str]]:
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what it logs is told as an error or a note here
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        notes = [f"{path.name} holds {len(file.series)} pictures; the first is read."] if len(file.series) > 1 else []
        page = file.pages[0]
        packed = int(page.compression) != 1
        if series.nbytes > path.stat().st_size * (100_000 if packed else 1):
            stream.require_room(path, "raw", series.nbytes)
        array = series.asarray()
        photometric = getattr(page.photometric, "name", "")  # type: ignore[union-attr]
        sizes = _tiff_sizes(file)
        axes = series.axes
    if photometric in ("PALETTE", "MINISWHITE"):
        notes.append(f"{path.name} stores its numbers for a colour table or inverted; they are kept as stored.")
    array = array.astype(np.uint8) if array.dtype == bool else array.astype(array.dtype.newbyteorder("="), copy=False)
    return _five(array, axes, path.name), sizes, notes


def _five(array: NDArray[Any], axes: str, name: str) -> NDArray[Any]:
    """An array whose axes have tifffile's letters as (frame, channel, z, y, x)."""
    places = {"T": "t", "C": "c", "S": "c", "Z": "z", "I": "z", "Q": "z", "Y": "y", "X": "x"}
    named = [places.get(axis, "?") for axis in axes]
    if len(set(named)) < len(named) or "?" in named or not {"y", "x"} <= set(named):
        raise ImageError(
            f"{name} has axes that SegStudio cannot place ({axes})", hint="Save one stack of slices of it."
        )
    if array.dtype.kind not in "iuf":
        raise ImageError(f"{name} holds numbers of type {array.dtype}", hint="Save it as float32.")
    found = [axis for axis in "tczyx" if axis in named]
    ordered = array.transpose([named.index(axis) for axis in found])
    return ordered.reshape([ordered.shape[found.index(axis)] if axis in found else 1 for axis in "tczyx"])


def _tiff_sizes(file: Any) -> Sizes:
    if file.is_ome:
        return _ome_sizes(file.ome_metadata)
    tags = file.pages[0].tags
    known = file.imagej_metadata or {}
    unit = _MM_PER_UNIT.get(str(known.get("unit", "")).lower())
    if not file.is_imagej:
        unit = _TIFF_UNITS.get(int(tags[296].value)) if 296 in tags else None
    if unit is None:
        return {}
    sizes = {
        axis: unit * tags[code].value[1] / tags[code].value[0]
        for axis, code in (("x", 282), ("y", 283))
        if code in tags
    }
    if "spacing" in known:
        sizes["z"] = abs(float(known["spacing"])) * unit
    return sizes


def _ome_sizes(xml: str) -> Sizes:
    sizes = {}
    for axis in "XYZ":
        size = re.search(rf'PhysicalSize{axis}="([^"]+)"', xml)
        unit = re.search(rf'PhysicalSize{axis}Unit="([^"]+)"', xml)
        scale = _MM_PER_UNIT.get(unit[1].lower() if unit else "µm")
        if size and scale:
            sizes[axis.lower()] = float(size[1]) * scale
    return sizes


def write(volume: Volume, path: Path) -> None:
    """Write one slice as PNG, or anything as TIFF; the place in the patient is lost, the voxel size is kept.

    Raises
    ------
    ImageError
        The format has no room for so many slices, channels or frames, or for these numbers.
    """
    with _decoding(path):
        if path.suffix.lower() in (".tif", ".tiff"):
            _write_tiff(volume, path)
        elif path.suffix.lower() == ".png":
            _write_png(volume, path)
        else:
            raise ImageError(f"{path.name}: JPEG changes the voxels", hint="Write PNG or TIFF.")


def read_back(_volume: Volume, path: Path) -> Volume:
    """As `read`: pictures are small."""
    return read(path)


def _write_tiff(volume: Volume, path: Path) -> None:
    import tifffile

    sizes = {f"PhysicalSize{axis}": float(size) for axis, size in zip("ZYX", volume.geometry.spacing, strict=True)}
    units = {f"PhysicalSize{axis}Unit": "mm" for axis in "ZYX"}
    tifffile.imwrite(
        path, volume.voxels, ome=True, photometric="minisblack", metadata={"axes": "TCZYX", **sizes, **units}
    )


def _write_png(volume: Volume, path: Path) -> None:
    frames, channels, slices = volume.voxels.shape[:3]
    if (frames, slices) != (1, 1) or channels not in (1, 3):
        raise ImageError(
            f"{path.name}: PNG holds one slice of one frame, grey or in colour", hint="Write TIFF or NIfTI."
        )
    array = volume.voxels.astype(np.uint8) if volume.voxels.dtype == bool else volume.voxels
    if array.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"{path.name}: PNG holds no numbers of type {array.dtype}", hint="Write TIFF or NIfTI.")
    array = np.ascontiguousarray(np.moveaxis(array[0, :, 0], 0, -1))
    if channels == 3 and array.dtype == np.uint16:
        import SimpleITK

        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array, isVector=True), str(path))
        return
    from PIL import Image

    sizes = volume.geometry.spacing
    dots = (25.4 / float(sizes[2]), 25.4 / float(sizes[1]))
    Image.fromarray(array if channels == 3 else array[..., 0]).save(path, dpi=dots)
