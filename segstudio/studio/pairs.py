"""Labelled scans that a person has as files: all are checked, then all are taken into the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segstudio.errors import ModelError
from segstudio.imaging import LabelClass, LabelMap, Volume, read_labels, read_volume
from segstudio.library import Library
from segstudio.progress import Progress, Stop, check


@dataclass(frozen=True)
class Pair:
    """A scan and its mask to train on; without a patient, the scan's file name stands for one."""

    image: Path
    labels: Path
    patient: str = ""

    @property
    def owner(self) -> str:
        """Equal for the scans of one patient."""
        return self.patient or self.image.name.removesuffix(".gz").rpartition(".")[0] or self.image.name

    def read(self, classes: Sequence[LabelClass]) -> tuple[Volume, LabelMap]:
        """The scan, and its mask on the same grid.

        Raises
        ------
        ImageError, GeometryError
            A file is damaged, or they do not belong together.
        ModelError
            The mask holds a class that is not among these.
        """
        volume = read_volume(self.image)
        labels = read_labels(self.labels, classes=tuple(classes))
        volume.geometry.require_same_space(labels.geometry, mine=str(self.image), others=str(self.labels))
        if labels.unknown_values:
            raise ModelError(
                f"{self.labels} holds the class {labels.unknown_values[0]}, which is not among those to learn",
                hint="Name every class of the masks, for example 1=Anterior,2=Posterior.",
            )
        return volume, labels


def check_pairs(pairs: Sequence[Pair], classes: Sequence[LabelClass], *, progress: Progress, stop: Stop) -> None:
    """Read every file, so that a bad one is told before anything is stored; raises as `Pair.read`, and `Stopped`."""
    for done, pair in enumerate(pairs):
        check(stop)
        progress(done / len(pairs), "checking scans")
        pair.read(classes)


def take_pairs(
    library: Library,
    pairs: Sequence[Pair],
    classes: Sequence[LabelClass],
    *,
    model: str,
    modality: str,
    reader: str,
    progress: Progress,
    stop: Stop,
) -> list[int]:
    """Make each pair a case with its correction; returns the numbers of the corrections.

    Parameters
    ----------
    model
        NAME that is to learn from them.
    modality
        Where the files do not say (NIfTI never does).

    Raises
    ------
    LibraryError
        There is no room.
    Stopped
        `stop()` became true; what was taken stays.
    """
    corrections = []
    for done, pair in enumerate(pairs):
        check(stop)
        progress(done / len(pairs), "taking scans into the library")
        volume, labels = pair.read(classes)
        case = library.add_case(volume, patient=pair.owner, modality=volume.modality or modality)
        corrections.append(library.submit(case, labels, reader=reader, model=model).id)
    return corrections
