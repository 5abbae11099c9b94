"""Which pictures of a series the slices of a scan came from: what is written about a scan refers to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging.dicom.folder import NAME, is_dicom
from segstudio.imaging.geometry import Geometry
from segstudio.imaging.volume import Volume
from segstudio.progress import Stop, check, never

PATIENT = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"),
    *("PatientAge", "PatientSize", "PatientWeight", "PatientIdentityRemoved", "DeidentificationMethod"),
    *("DeidentificationMethodCodeSequence", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "StudyDescription", "ReferringPhysicianName", "LongitudinalTemporalInformationModified"),
)
"""What says whose study it is; whatever is written for the same study says the same."""

_SERIES = ("SeriesInstanceUID", "SeriesNumber", "Modality", "FrameOfReferenceUID", "PositionReferenceIndicator")
_PLACE = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness")
_FRAMES = ("NumberOfFrames", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_TAGS = (
    *(*PATIENT, *_SERIES, *_PLACE, *_FRAMES),
    *("SOPClassUID", "SOPInstanceUID", "InstanceNumber", "Rows", "Columns"),
)


@dataclass(frozen=True, eq=False)
class Instance:
    """The picture of one slice.

    Parameters
    ----------
    frame
        Its number in a multi-frame file, from 1; 0 in a file with one frame.
    position
        LPS millimetres of its first pixel.
    """

    sop_class: str
    uid: str
    frame: int
    position: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Series:
    """A series that a scan was read from.

    Parameters
    ----------
    header
        Of its first file, a pydicom dataset without pixels. It names the patient: never log it.
    slices
        One picture for each slice of the scan, in the order of the grid's first axis.
    """

    header: Any = field(repr=False)
    slices: tuple[Instance, ...]

    @property
    def uid(self) -> str:
        """Series Instance UID."""
        return str(self.header.SeriesInstanceUID)

    @property
    def frame_of_reference(self) -> str:
        """Frame of Reference UID, "" where the series has none."""
        return str(self.header.get("FrameOfReferenceUID") or "")


def series_of(volume: Volume, *, stop: Stop = never) -> Series:
    """The series that a scan was read from; its headers are read again, since a scan keeps nothing of them.

    Raises
    ------
    ImageError
        The scan is not from DICOM, or its files are not there any more.
    GeometryError
        The slices of the scan are not those of the files: it was resampled.
    """
    source = volume.source
    if source is None or source.format != NAME:
        name = source.path.name if source else "the scan"
        raise ImageError(
            f"{name} is no DICOM series, so nothing can refer to it",
            hint="Open the DICOM series and load the mask on it, or write NIfTI, NRRD or a surface.",
        )
    name = source.path.name
    headers = []
    for path in _files(source.path):
        check(stop)
        if (header := _header(path)) is not None:
            headers.append(header)
    if not headers:
        raise ImageError(f"{name} holds no pictures any more", hint="Put the series back where it was.")
    placed = [each for header in headers for each in _instances(header)]
    return Series(headers[0], _on_grid(placed, volume.geometry, volume.frame, name))


def _files(path: Path) -> list[Path]:
    found = sorted(path.iterdir()) if path.is_dir() else [path]
    return [each for each in found if each.is_file() and each.name != "DICOMDIR" and is_dicom(each)]


def _header(path: Path) -> Any | None:
    import pydicom

    header = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
    return header if "Rows" in header else None


def _instances(header: Any) -> Iterator[tuple[Instance, NDArray[np.float64], int]]:
    """Each picture of a file with its rows and columns, unit vectors of shape (2, 3), and its number in the series."""
    count = int(header.get("NumberOfFrames") or 1)
    number = int(header.get("InstanceNumber") or 0)
    groups = header.get("PerFrameFunctionalGroupsSequence")
    for at in range(count):
        own = (
            groups[at] if groups and at < len(groups) else None,
            *(header.get("SharedFunctionalGroupsSequence") or ()),
        )
        position = _numbers(header, own, "PlanePositionSequence", "ImagePositionPatient", 3)
        turned = _numbers(header, own, "PlaneOrientationSequence", "ImageOrientationPatient", 6)
        if position is not None and turned is not None:
            frame = at + 1 if groups else 0
            found = Instance(str(header.SOPClassUID), str(header.SOPInstanceUID), frame, position)
            yield found, turned.reshape(2, 3), number


def _numbers(header: Any, groups: Sequence[Any], group: str, tag: str, count: int) -> NDArray[np.float64] | None:
    """Of the frame's own functional group, of the shared one, or of the file as a whole."""
    for holder in (*((each.get(group) or [None])[0] for each in groups if each is not None), header):
        found = holder.get(tag) if holder is not None else None
        if found and len(found) == count:
            return np.array([float(part) for part in found])
    return None


def _on_grid(
    placed: Sequence[tuple[Instance, NDArray[np.float64], int]], geometry: Geometry, frame: int, name: str
) -> tuple[Instance, ...]:
    """The picture at each slice; of several at one place, as of time points, the one of the frame."""
    directions = geometry.directions[:, [2, 1]].T
    there: dict[int, list[tuple[int, int, Instance]]] = {}
    for instance, turned, number in placed:
        at = geometry.to_index(instance.position[None])[0]
        z = round(float(at[0]))
        near = np.abs(at - (z, 0, 0)).max() < 0.1 and np.allclose(turned, directions, atol=1e-3)
        if near and 0 <= z < geometry.shape[0]:
            there.setdefault(z, []).append((number, instance.frame, instance))
    if len(there) < geometry.shape[0] or any(len(each) <= frame for each in there.values()):
        raise GeometryError(
            f"the slices of the scan are not those of the pictures in {name}",
            hint="It was resampled when it was opened, or the files have changed; write NIfTI or NRRD instead.",
        )
    return tuple(sorted(there[z], key=lambda each: each[:2])[frame][2] for z in range(geometry.shape[0]))
