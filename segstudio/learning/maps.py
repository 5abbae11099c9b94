"""Label maps to synthesise scans from, brought once to the network's orientation, cropped and mapped into memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError, ModelError
from segstudio.imaging import LabelMap, Reorientation, bounds, present_values, read_labels
from segstudio.progress import Progress, Stop, check

_SUFFIXES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")
_MARGIN = 2
"""Voxels of background kept round a map, which goes on beyond its edges as it is there."""

_MOST_VALUES = 256


@dataclass(frozen=True, eq=False)
class Map:
    """A label map ready for scans to be made from.

    Parameters
    ----------
    voxels
        Indices into `values`, shape (z, y, x), cropped to what is no background.
    values
        Ascending; the same of all maps that belong together.
    middle
        Of what is to be learned: its centre of mass, in voxels.
    """

    voxels: NDArray[np.uint8]
    values: tuple[int, ...]
    spacing: tuple[float, float, float]
    middle: tuple[float, float, float]


def label_files(folder: Path) -> tuple[Path, ...]:
    """The files in a folder that may be label maps, by name.

    Raises
    ------
    ImageError
        There is none.
    """
    found = tuple(sorted(path for path in folder.glob("[!.]*") if path.name.lower().endswith(_SUFFIXES)))
    if not found:
        raise ImageError(f"there is no label map in {folder}", hint="They are NIfTI, NRRD or MetaImage files.")
    return found


def prepare_maps(
    paths: Sequence[Path], learned: Sequence[int], orientation: str, folder: Path, *, progress: Progress, stop: Stop
) -> list[Map]:
    """Read label maps, or find them in the folder from before the job was interrupted.

    Parameters
    ----------
    learned
        Values whose middle is the middle of a map.

    Raises
    ------
    ImageError
        A file is no label map, or they hold more than 256 values.
    ModelError
        There is none.
    """
    if not paths:
        raise ModelError("there is no label map to synthesise scans from", hint="Give a folder with label maps.")
    known = folder / "values.json"
    if not known.exists():
        _write_all(paths, learned, orientation, folder, progress, stop)
    values = tuple(json.loads(known.read_text(encoding="utf8")))
    return [_read(folder, index, values) for index in range(len(paths))]


def _write_all(
    paths: Sequence[Path], learned: Sequence[int], orientation: str, folder: Path, progress: Progress, stop: Stop
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    values: set[int] = {0}
    for done, path in enumerate(paths):
        check(stop)
        progress(done / len(paths), f"reading label map {done + 1} of {len(paths)}")
        turned, about = _turned(read_labels(path), learned, orientation)
        values.update(int(value) for value in about["values"])
        np.save(folder / f"{done}.whole.npy", turned)
        (folder / f"{done}.json").write_text(json.dumps(about), encoding="utf8")
    if len(values) > _MOST_VALUES:
        raise ImageError(
            f"the label maps hold {len(values)} values, more than {_MOST_VALUES}", hint="Merge some of them."
        )
    table = np.zeros(max(values) + 1, np.uint8)
    table[sorted(values)] = np.arange(len(values))
    for done in range(len(paths)):
        whole = folder / f"{done}.whole.npy"
        np.save(folder / f"{done}.npy", table[np.load(whole)])
        whole.unlink()
    writing = folder / "values.writing"
    writing.write_text(json.dumps(sorted(values)), encoding="utf8")
    writing.replace(folder / "values.json")


def turned_part(
    labels: LabelMap, orientation: str, values: Sequence[int] = ()
) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """The box round some values, or round all that is no background, in another orientation; and its spacing in mm.

    Raises
    ------
    ImageError
        There is nothing of them.
    """
    turn = Reorientation.to(labels.geometry, orientation)
    whole = turn.apply(labels.labels)
    found = bounds(np.isin(whole, values) if len(values) else whole > 0)
    if found is None:
        raise ImageError("a label map holds nothing of what is to be learned", hint="Name the classes that it has.")
    z, y, x = (slice(max(0, side.start - _MARGIN), side.stop + _MARGIN) for side in found)
    part = whole[z, y, x]
    return np.ascontiguousarray(part, np.uint16), turn.geometry(labels.geometry).spacing


def _turned(
    labels: LabelMap, learned: Sequence[int], orientation: str
) -> tuple[NDArray[np.uint16], dict[str, list[float] | list[int]]]:
    """All of a map that is no background, and what is known of it."""
    part, spacing = turned_part(labels, orientation)
    wanted = np.isin(part, learned)
    sums = [wanted.sum(axis=others) for others in ((1, 2), (0, 2), (0, 1))]
    middle = [float(np.average(np.arange(len(each)), weights=each)) for each in sums]
    return part, {"values": [int(value) for value in present_values(part)], "middle": middle, "spacing": list(spacing)}


def _read(folder: Path, index: int, values: tuple[int, ...]) -> Map:
    about = json.loads((folder / f"{index}.json").read_text(encoding="utf8"))
    voxels = np.load(folder / f"{index}.npy")
    return Map(voxels, values, tuple(about["spacing"]), tuple(about["middle"]))
