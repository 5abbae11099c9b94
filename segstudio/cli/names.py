"""What scans and masks are called, and which belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from segstudio.errors import ImageError
from segstudio.imaging.dicom import chosen

_MASKS = {
    ".nii": ".nii.gz", ".nii.gz": ".nii.gz", ".hdr": ".nii.gz", ".img": ".nii.gz", ".nrrd": ".nrrd", ".nhdr": ".nrrd",
    ".mha": ".mha", ".mhd": ".mha", ".png": ".png", ".jpg": ".png", ".jpeg": ".png", ".tif": ".tif", ".tiff": ".tif",
}  # fmt: skip
"""The suffix of a scan, and that of its mask: the same format, in one file and without loss."""

_SHOWN = 5


def stem(path: Path) -> str:
    """The name without the suffix of its format; a folder's name is left as it is; of a DICOM series, a name for it."""
    choice = chosen(path)
    if choice.series:
        return choice.file_name
    return path.name[: len(path.name) - len(_suffix(path))]


def places(images: Sequence[Path], folder: Path) -> list[Path]:
    """Where the masks of scans go: DIR/NAME.nii.gz, or as the scan's format is called.

    Scans of one name from different folders get their folder's name in front.

    Raises
    ------
    ImageError
        Two masks would have one name, or a mask that of a scan that is to be read.
    """
    images = [image.absolute() for image in images]
    taken = Counter(stem(image) for image in images)
    names = [stem(image) if taken[stem(image)] == 1 else f"{image.parent.name}_{stem(image)}" for image in images]
    found = [
        folder / f"{name}{_MASKS.get(_suffix(image), '.nii.gz')}" for name, image in zip(names, images, strict=True)
    ]
    twice = [place.name for place, count in Counter(found).items() if count > 1]
    if twice:
        raise ImageError(f"two scans would both get the mask {twice[0]}", hint="Predict them into different folders.")
    resolved = {image.resolve() for image in images}
    for place in found:
        if place.resolve() in resolved:
            raise ImageError(f"the mask would be written over the scan {place}", hint="Give --out another folder.")
    return found


def scans_in(folder: Path) -> dict[str, Path]:
    """Files and DICOM folders that may be scans or masks, by name.

    Raises
    ------
    ImageError
        It is no folder, is empty, or holds two files of one name.
    """
    if not folder.is_dir():
        raise ImageError(f"{folder} is no folder", hint="Check the name.")
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    # Of a pair of files (.hdr and .img) the header stands for both.
    scans = [path for path in inside if path.is_dir() or (_suffix(path) and _suffix(path) != ".img")]
    found: dict[str, Path] = {}
    for path in scans:
        if stem(path) in found:
            raise ImageError(f"{found[stem(path)].name} and {path.name} have one name", hint="Keep one of them there.")
        found[stem(path)] = path
    if not found:
        raise ImageError(f"{folder} holds no scan", hint="Known are .nii.gz, .nrrd, .mha, DICOM folders and others.")
    return found


def without_channel(scans: dict[str, Path]) -> dict[str, Path]:
    """The same without nnU-Net's `_0000` at the end of names.

    Raises
    ------
    ImageError
        A scan has its channels in several files.
    """
    found: dict[str, Path] = {}
    for name, path in scans.items():
        plain = re.sub(r"_\d{4}$", "", name)
        if plain in found:
            raise ImageError(
                f"{found[plain].name} and {path.name} are channels of one scan",
                hint="Write them into one file with several channels first.",
            )
        found[plain] = path
    return found


def listed(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    known = sorted(names)
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return ", ".join(known[:_SHOWN]) + more


def _suffix(path: Path) -> str:
    """The file's suffix as it stands in `_MASKS`, or ""; folders have none."""
    if path.is_dir():
        return ""
    name = path.name.lower()
    return next((suffix for suffix in sorted(_MASKS, key=len, reverse=True) if name.endswith(suffix)), "")
