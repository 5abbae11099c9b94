"""Which scans lie in a folder, and what their files say of patient and scanner; pixels are not looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segstudio.imaging import dicom
from segstudio.progress import Stop, check, never

_SUFFIXES = (".nii", ".nii.gz", ".hdr", ".nrrd", ".nhdr", ".mha", ".mhd", ".png", ".jpg", ".jpeg", ".tif", ".tiff")
_TAGS = ["PatientID", "Manufacturer", "ManufacturerModelName"]


@dataclass(frozen=True)
class Origin:
    """What a scan's file says of where it comes from.

    Parameters
    ----------
    patient
        The patient's ID, to be hashed and forgotten; "" where the file does not say.
    scanner
        Maker and model, or "".
    """

    patient: str = ""
    scanner: str = ""


def scans_below(path: Path, *, stop: Stop = never) -> list[Path]:
    """Files and DICOM folders that may be scans, in the order of their names; a file stands for itself.

    Raises
    ------
    Stopped
        `stop()` became true.
    """
    if not path.is_dir():
        return [path]
    check(stop)
    inside = sorted(each for each in path.iterdir() if not each.name.startswith("."))
    files = [each for each in inside if each.is_file()]
    if any(_is_slice(each) for each in files):
        return [path]
    scans = [each for each in files if each.name.lower().endswith(_SUFFIXES)]
    return scans + [scan for each in inside if each.is_dir() for scan in scans_below(each, stop=stop)]


def origin_of(path: Path) -> Origin:
    """What a scan's file, or the first slice of a DICOM folder, says; nothing where it cannot be read."""
    first = next((each for each in sorted(path.iterdir()) if _is_slice(each)), None) if path.is_dir() else path
    if first is None or not _is_slice(first):
        return Origin()
    import pydicom

    try:
        header = pydicom.dcmread(first, stop_before_pixels=True, force=True, specific_tags=list(_TAGS))
    except Exception:  # pydicom raises nearly anything on a damaged file; reading the scan tells what is wrong with it
        return Origin()
    patient, maker, model = (str(header.get(tag) or "").strip() for tag in _TAGS)
    return Origin(patient, f"{maker} {model.removeprefix(maker).strip()}".strip())


def _is_slice(path: Path) -> bool:
    return path.is_file() and path.name != "DICOMDIR" and dicom.is_dicom(path)
