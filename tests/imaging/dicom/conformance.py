"""Real series and the NIfTI files that other programs made of them, side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segstudio.errors import SegStudioError
from segstudio.imaging import Reorientation, Volume, read_volume
from segstudio.imaging.dicom import Choice, exists, scan

NEAR_MM = 1e-3


@dataclass(frozen=True)
class Pair:
    """A series and its reference."""

    series: Path
    reference: Path


@dataclass(frozen=True)
class Found:
    """How a series compares with its reference.

    Parameters
    ----------
    equal
        Part of the voxels that are equal, nan where shapes differ.
    apart_mm
        Largest difference in the affines.
    refused
        Why the series was not opened, or "".
    """

    shape: str
    equal: float
    apart_mm: float
    refused: str = ""

    @property
    def conforms(self) -> bool:
        """Whether it holds the same numbers at the same places."""
        return self.equal == 1 and self.apart_mm <= NEAR_MM


def pairs(folder: Path) -> list[Pair]:
    """Every series below the three collections of a folder that has a reference, whatever it was made of.

    A reference NAME_ground_truth.nii.gz stands beside the folder NAME; one in Ref/ belongs to the series of In/ whose
    number its name ends with, and which its notes name.
    """
    found = [
        Pair(path.with_name(path.name.partition("_ground_truth")[0]), path)
        for path in sorted(folder.rglob("*_ground_truth*.nii.gz"))
    ]
    for references in sorted(folder.rglob("Ref")):
        numbered = _by_number(references.with_name("In"))
        for path in sorted(references.glob("*.nii*")):
            stem = path.name.partition(".nii")[0]
            notes = json.loads((references / f"{stem}.json").read_text())
            name = int(stem.rpartition("_")[2]), _letters(notes.get("SeriesDescription", ""))
            found += [Pair(series, path) for series in numbered.get(name, [])]
    return [pair for pair in found if exists(pair.series)]


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _by_number(folder: Path) -> dict[tuple[int, str], list[Path]]:
    """What series number and description stand for: `PATH#UID`, with a stack where one UID has several numbers."""
    found: dict[tuple[int, str], list[Path]] = {}
    for series in scan(folder).series:
        for stack in series.stacks:
            about = stack.pictures[0].file.about
            assert about.number is not None
            name = about.number, _letters(about.description)
            found.setdefault(name, []).append(Path(Choice(folder, series.about.series, stack.key).named))
    return found


def compared(pair: Pair) -> Found:
    """Both brought to one orientation: shapes, voxels and affines."""
    try:
        mine = read_volume(pair.series)
    except SegStudioError as error:
        return Found("", float("nan"), float("nan"), error.message)
    here, there = _upright(mine), _upright(read_volume(pair.reference))
    channels = min(here.voxels.shape[1], there.voxels.shape[1])  # RGBA has one more
    one, other = here.voxels[:, :channels], there.voxels[:, :channels]
    shape = "×".join(str(side) for side in mine.voxels.shape)
    if one.shape != other.shape:
        return Found(shape, float("nan"), float("nan"))
    same = np.isclose(one.astype(float), other.astype(float), rtol=1e-6, atol=1e-6)
    return Found(shape, float(same.mean()), float(np.abs(here.geometry.affine - there.geometry.affine).max()))


def _upright(volume: Volume) -> Volume:
    turn = Reorientation.to(volume.geometry)
    return Volume(
        turn.apply(volume.voxels), turn.geometry(volume.geometry), channels=volume.channels, frame=volume.frame
    )


def line(folder: Path, pair: Pair, found: Found) -> str:
    """A row of the table."""
    name = str(pair.reference.relative_to(folder))
    if found.refused:
        return f"{name:78} refused: {found.refused}"
    verdict = "same" if found.conforms else "OTHER"
    return f"{name:78} {found.shape:>18} {100 * found.equal:8.2f} % {found.apart_mm:10.2g} mm  {verdict}"
