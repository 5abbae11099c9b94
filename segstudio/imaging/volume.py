"""A scan: voxels, where they lie, and what is known of how they were made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segstudio.errors import ImageError
from segstudio.imaging.box import Box
from segstudio.imaging.geometry import Geometry

MODALITIES = ("CT", "MR", "PT", "US", "XR", "OT")
"""DICOM's abbreviations for what SegStudio tells apart; "OT" for anything else."""


@dataclass(frozen=True, eq=False)
class Source:
    """The file a volume came from.

    Parameters
    ----------
    format
        `NAME` of the module that read it.
    header
        The reader's own (a NIfTI header's record, a dict of NRRD or MetaImage fields), kept so that labels written
        beside the scan say the same.
    title
        What the file calls the scan, as DICOM describes a series; "" where it does not.
    """

    path: Path
    format: str
    header: Any = None
    title: str = ""


@dataclass(frozen=True, eq=False)
class Volume:
    """A scan on one grid.

    Parameters
    ----------
    voxels
        Shape (frame, channel, z, y, x), in the file's own number type; CT in HU. Several sequences or
        colours on one grid are channels; time points are frames.
    geometry
        Of one frame of one channel.
    frame
        The chosen time point, 0 to frames - 1.
    channels
        A name for each channel, for example ("T1", "FLAIR").
    modality
        One of `MODALITIES`, or "" where the file does not say (NIfTI never does).
    notes
        What the reader had to decide, one sentence each, to be told to the person.

    Raises
    ------
    ImageError
        The shapes of voxels, geometry and channel names contradict each other.
    """

    voxels: NDArray[Any]
    geometry: Geometry
    frame: int = 0
    channels: tuple[str, ...] = ("",)
    modality: str = ""
    source: Source | None = None
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.voxels.ndim != 5 or self.voxels.shape[2:] != self.geometry.shape:
            raise ImageError(f"voxels of shape {self.voxels.shape} do not lie on a grid of {self.geometry.shape}")
        if len(self.channels) != self.voxels.shape[1]:
            raise ImageError(f"{self.voxels.shape[1]} channels have {len(self.channels)} names")
        if not 0 <= self.frame < self.voxels.shape[0]:
            raise ImageError(
                f"frame {self.frame} of a scan with {self.voxels.shape[0]}", hint="Frames are counted from 0."
            )

    @classmethod
    def of(cls, image: NDArray[Any], geometry: Geometry, **known: Any) -> Volume:
        """A volume of one frame from an array of shape (z, y, x) or (channel, z, y, x)."""
        image = image if image.ndim == 4 else image[None]
        known.setdefault("channels", ("",) * image.shape[0])
        return cls(image[None], geometry, **known)

    @property
    def image(self) -> NDArray[Any]:
        """The chosen frame, shape (channel, z, y, x)."""
        image: NDArray[Any] = self.voxels[self.frame]
        return image

    @property
    def frames(self) -> int:
        """How many time points there are."""
        return int(self.voxels.shape[0])

    def at(self, frame: int) -> Volume:
        """The same scan with another time point chosen."""
        return replace(self, frame=frame)

    def cropped(self, box: Box) -> Volume:
        """The part of the scan inside a box, without its source header."""
        return replace(self, voxels=self.voxels[(..., *box)], geometry=self.geometry.cropped(box), source=None)


def require_finite(image: NDArray[Any], name: str) -> None:
    """Raise `ImageError` if any voxel is NaN or infinite."""
    if not np.issubdtype(image.dtype, np.floating):
        return
    planes = (image[at] for at in np.ndindex(image.shape[:-2]))  # a large scan has no room for a copy
    if bad := sum(plane.size - int(np.isfinite(plane).sum()) for plane in planes):
        raise ImageError(
            f"{name} holds {bad} voxels that are no numbers (NaN or Inf)",
            hint=f"`segstudio convert {name} OUT` writes a copy with 0 in their place.",
        )
