"""A folder that holds one DICOM series, as one scan.

Only what says how the voxels lie and what they mean is read from the files; no name, date or number of a patient.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError, SegStudioError
from segstudio.imaging import stream
from segstudio.imaging.geometry import Affine, Geometry
from segstudio.imaging.volume import MODALITIES, Source, Volume

NAME = "DICOM"

_HEADER = (
    *("SeriesInstanceUID", "Modality", "ImageType", "InstanceNumber", "NumberOfFrames", "SliceThickness"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "SamplesPerPixel"),
    *("PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit"),
    *("PixelRepresentation", "RescaleSlope", "RescaleIntercept"),
)
_XRAY = ("CR", "DX", "MG", "XA", "RF", "RG", "PX", "IO")
_PHYSICAL = ("CT", "PT", "MR")
"""Modalities whose numbers mean something, so that MONOCHROME1 only says how to show them."""


@dataclass(frozen=True, eq=False)
class _Slice:
    """What one file says of its slice; lengths in mm, directions in LPS."""

    path: Path
    series: str
    number: int
    size: tuple[int, int]
    spacing: tuple[float, float]
    position: NDArray[np.float64]
    rows_cols: NDArray[np.float64]
    thickness: float
    slope: float
    intercept: float
    low: int
    high: int
    colors: int
    photometric: str
    modality: str


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM does."""
    with path.open("rb") as file:
        start = file.read(132)
    return start[128:] == b"DICM" or start[:2] in (b"\x08\x00", b"\x02\x00")


def read(folder: Path) -> Volume:
    """The scan in a folder with one series of single-frame files, CT in HU.

    Slices are put in order by their positions, from which their distance is taken too. Files at the same place become
    frames, in the order of their numbers.

    Raises
    ------
    ImageError
        There is no series or more than one, or it would be shown wrongly: multi-frame, mosaic, palette colours, slices
        of several sizes or directions, missing slices, or a file that cannot be decoded.
    GeometryError
        The slices are tilted against the table.
    """
    warnings.filterwarnings("ignore", module="pydicom")
    slices = _slices(folder)
    _require_one_series(slices, folder.name)
    stack = _stacked(slices, folder.name)
    affine, notes = _affine(stack[0], folder.name)
    first = slices[0]
    geometry = Geometry((len(stack[0]), *first.size), affine)
    if len(stack) > 1:
        notes.append(
            f"{folder.name} holds {len(stack)} pictures of each place; they are taken as time points by number."
        )
    if first.photometric == "MONOCHROME1" and first.modality not in _PHYSICAL:
        notes.append(f"{folder.name} stores white as low; the values are inverted.")
    voxels = _voxels(stack, folder.name)
    names = ("red", "green", "blue") if first.colors == 3 else ("",)
    modality = first.modality if first.modality in MODALITIES else "XR" if first.modality in _XRAY else "OT"
    source = Source(folder, NAME)
    return Volume(voxels, geometry, channels=names, modality=modality, source=source, notes=tuple(notes))


def _slices(folder: Path) -> list[_Slice]:
    paths = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name != "DICOMDIR" and is_dicom(path)]
    if not paths:
        inside = sum(path.is_dir() for path in folder.iterdir())
        hint = "Choose one of the folders in it." if inside else "Choose the folder that holds the slices."
        raise ImageError(f"{folder.name} holds no DICOM files", hint=hint)
    found = [each for path in paths if (each := _slice(path)) is not None]
    if not found:
        raise ImageError(
            f"{folder.name} holds DICOM files but no pictures", hint="Choose the folder that holds the slices."
        )
    return found


def _slice(path: Path) -> _Slice | None:
    """None for a file without a picture: a report, a presentation state, a directory."""
    import pydicom

    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(_HEADER))
        if "Rows" not in header:
            return None
        _require_plain(header, path.name)
        _require_room(header, path)
        return _slice_of(header, path)
    except (SegStudioError, PermissionError):
        raise
    except Exception as error:  # pydicom raises nearly anything on a damaged file
        raise ImageError(f"{path.name} cannot be read ({error})", hint="The file is damaged; copy it again.") from error


def _require_plain(header: Any, name: str) -> None:
    if int(header.get("NumberOfFrames") or 1) > 1:
        raise ImageError(f"{name} is a multi-frame file", hint="Convert it to NIfTI, for example with dcm2niix.")
    if "MOSAIC" in (header.get("ImageType") or ()):
        raise ImageError(f"{name} is a mosaic of many slices", hint="Convert it to NIfTI, for example with dcm2niix.")
    if str(header.PhotometricInterpretation) == "PALETTE COLOR":
        raise ImageError(f"{name} has palette colours", hint="Convert it to grey or RGB first.")
    missing = [
        tag for tag in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing") if not header.get(tag)
    ]
    if missing:
        raise ImageError(
            f"{name} does not say where its slice lies ({', '.join(missing)})", hint="Export the series again."
        )


def _require_room(header: Any, path: Path) -> None:
    """Raise `ImageError` before anything is allocated for pixels that an unpacked file is too short for."""
    syntax = header.file_meta.get("TransferSyntaxUID")
    if syntax is None or not (syntax.is_compressed or syntax.is_deflated):
        pixels = int(header.Rows) * int(header.Columns) * int(header.get("SamplesPerPixel") or 1)
        stream.require_room(path, "raw", pixels * int(header.BitsAllocated) // 8)


def _slice_of(header: Any, path: Path) -> _Slice:
    bits, signed = int(header.get("BitsStored") or header.BitsAllocated), bool(header.PixelRepresentation)
    modality = str(header.get("Modality") or "")
    slope, intercept = (header.get(tag) for tag in ("RescaleSlope", "RescaleIntercept"))
    return _Slice(
        path=path,
        series=str(header.get("SeriesInstanceUID") or ""),
        number=int(header.get("InstanceNumber") or 0),
        size=(int(header.Rows), int(header.Columns)),
        spacing=(float(header.PixelSpacing[0]), float(header.PixelSpacing[1])),
        position=np.array([float(part) for part in header.ImagePositionPatient]).reshape(3),
        rows_cols=np.array([float(part) for part in header.ImageOrientationPatient]).reshape(2, 3),
        thickness=float(header.get("SliceThickness") or 0),
        slope=1.0 if slope is None else float(slope),
        intercept=float(intercept or 0),
        low=-(1 << (bits - 1)) if signed else 0,
        high=(1 << (bits - signed)) - 1,
        colors=int(header.get("SamplesPerPixel") or 1),
        photometric=str(header.PhotometricInterpretation),
        modality=modality,
    )


def _require_one_series(slices: Sequence[_Slice], name: str) -> None:
    series = Counter(each.series for each in slices)
    if len(series) > 1:
        counts = ", ".join(str(count) for count in sorted(series.values(), reverse=True))
        raise ImageError(
            f"{name} holds {len(series)} series of {counts} files", hint="Put each series in its own folder."
        )
    first = slices[0]
    if any(not np.allclose(each.rows_cols, first.rows_cols, atol=1e-3) for each in slices):
        raise ImageError(f"{name} holds slices of several directions", hint="Is it a localiser? Choose another series.")
    same = all(
        (each.size, each.colors, each.photometric) == (first.size, first.colors, first.photometric)
        and np.allclose(each.spacing, first.spacing, rtol=1e-3)
        for each in slices
    )
    if not same:
        raise ImageError(
            f"{name} holds slices of several sizes or kinds", hint="Put those of one kind in their own folder."
        )


def _stacked(slices: Sequence[_Slice], name: str) -> list[list[_Slice]]:
    """Slices from the lowest along their normal to the highest, for each frame."""
    heights = np.array([each.position @ _normal(each) for each in slices])
    order = sorted(range(len(slices)), key=lambda index: heights[index])
    places: list[list[int]] = []
    for index in order:
        if places and heights[index] - heights[places[-1][0]] < 1e-3:
            places[-1].append(index)
        else:
            places.append([index])
    counts = Counter(len(place) for place in places)
    if len(counts) > 1:
        usual = counts.most_common(1)[0][0]
        odd = sum(count for size, count in counts.items() if size != usual)
        raise ImageError(
            f"{name} holds {usual} pictures of most places, but more or fewer of {odd}",
            hint="Slices are missing or were copied twice; export the series again.",
        )
    by_place = [sorted(place, key=lambda index: (slices[index].number, slices[index].path.name)) for place in places]
    return [[slices[place[frame]] for place in by_place] for frame in range(len(by_place[0]))]


def _normal(each: _Slice) -> NDArray[np.float64]:
    return np.cross(each.rows_cols[0], each.rows_cols[1])


def _affine(slices: Sequence[_Slice], name: str) -> tuple[Affine, list[str]]:
    first, last, notes = slices[0], slices[-1], []
    affine = np.eye(4)
    affine[:3, 1] = first.rows_cols[1] * first.spacing[0]
    affine[:3, 2] = first.rows_cols[0] * first.spacing[1]
    affine[:3, 3] = first.position
    if len(slices) == 1:
        affine[:3, 0] = _normal(first) * (first.thickness or 1.0)
        notes.append(f"{name} holds one slice; it is taken as {first.thickness or 1.0:g} mm thick.")
        return affine, notes
    affine[:3, 0] = (last.position - first.position) / (len(slices) - 1)
    _require_even(slices, name)
    _require_upright(slices, name)
    return affine, notes


def _require_even(slices: Sequence[_Slice], name: str) -> None:
    steps = np.diff([each.position @ _normal(slices[0]) for each in slices])
    usual = float(np.median(steps))
    odd = np.flatnonzero(np.abs(steps - usual) > max(0.02, 0.02 * usual))
    if not odd.size:
        return
    missing = np.rint(steps[odd] / usual) - 1
    if np.abs(steps[odd] / usual - missing - 1).max() < 0.05 and missing.min() >= 1:
        raise ImageError(f"{name} lacks {int(missing.sum())} slices in between", hint="Export the whole series again.")
    raise ImageError(
        f"the slices in {name} are {steps.min():.3g} to {steps.max():.3g} mm apart",
        hint="Slices at uneven distances must be resampled first.",
    )


def _require_upright(slices: Sequence[_Slice], name: str) -> None:
    step = slices[-1].position - slices[0].position
    normal = _normal(slices[0])
    tilt = float(np.degrees(np.arccos(np.clip(step @ normal / np.linalg.norm(step), -1, 1))))
    places = np.array([each.position for each in slices]) - slices[0].position
    aside = float(np.linalg.norm(places - np.outer(places @ normal, normal), axis=1).max())
    if aside > 1e-3 * float(np.linalg.norm(step)) and aside > 0.02:
        raise GeometryError(
            f"the slices in {name} are shifted against each other by up to {aside:.3g} mm ({tilt:.1f}° of tilt)",
            hint="A tilted gantry? Correct the tilt before opening the scan.",
        )


def _voxels(stack: Sequence[Sequence[_Slice]], name: str) -> NDArray[Any]:
    first = stack[0][0]
    every = [each for frame in stack for each in frame]
    voxels = np.empty((len(stack), len(stack[0]), *first.size, first.colors), _number_type(every))
    for frame, slices in enumerate(stack):
        for index, each in enumerate(slices):
            voxels[frame, index] = _pixels(each).reshape(*first.size, first.colors)
    if voxels.dtype == np.int32 and voxels.min() >= -32768 and voxels.max() <= 32767:
        voxels = voxels.astype(np.int16)
    return np.moveaxis(voxels, -1, 1)


def _number_type(slices: Sequence[_Slice]) -> np.dtype[Any]:
    """The smallest type that holds every value the headers allow; float32 where a slope is not 1."""
    if any(each.slope != 1 or each.intercept != int(each.intercept) for each in slices):
        return np.dtype(np.float32)
    low = min(each.low + int(each.intercept) for each in slices)
    high = max(each.high + int(each.intercept) for each in slices)
    fits = (
        kind for kind in (np.uint8, np.int16, np.uint16) if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
    )
    return np.dtype(next(fits, np.int32))


def _pixels(each: _Slice) -> NDArray[Any]:
    """Shape (y, x) or (y, x, colour), rescaled."""
    try:
        values = _decoded(each)
    except (SegStudioError, MemoryError):
        raise
    except Exception as error:  # decoders raise nearly anything on a damaged file
        raise ImageError(
            f"the picture in {each.path.name} cannot be decoded ({str(error).splitlines()[0]})",
            hint="The file is damaged or packed in an unusual way; export it uncompressed.",
        ) from error
    if each.photometric == "MONOCHROME1" and each.modality not in _PHYSICAL:
        return each.slope * (each.low + each.high) + 2 * each.intercept - values
    return values


def _decoded(each: _Slice) -> NDArray[Any]:
    import pydicom
    from pydicom.pixels.utils import pixel_array
    from pydicom.uid import RLELossless

    tags = [*_HEADER, "PixelData"]
    dataset = pydicom.dcmread(each.path, force=True, specific_tags=tags)
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is None:
        syntax = dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    if (syntax.is_compressed and syntax != RLELossless) or dataset.BitsAllocated not in (8, 16, 32):
        return _through_itk(each.path)
    stored = pixel_array(dataset)
    spare = dataset.BitsAllocated - int(dataset.get("BitsStored") or dataset.BitsAllocated)
    if spare and dataset.get("HighBit", dataset.BitsStored - 1) == dataset.BitsStored - 1:
        stored = (stored << spare) >> spare  # overlays may sit in the upper bits
    if each.slope == 1 and each.intercept == 0:
        return stored
    return stored * each.slope + each.intercept


def _through_itk(path: Path) -> NDArray[Any]:
    """Rescaled pixels of a compressed file: GDCM, within SimpleITK, knows JPEG, JPEG-LS and JPEG 2000."""
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)  # type: ignore[no-untyped-call]
    image = SimpleITK.ReadImage(str(path), imageIO="GDCMImageIO")
    array: NDArray[Any] = SimpleITK.GetArrayFromImage(image)
    return array
