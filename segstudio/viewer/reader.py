"""napari's own way of opening a file, for scans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from segstudio.imaging import read_volume
from segstudio.viewer.layers import scan_layers

LayerData = tuple[Any, dict[str, Any], str]


def get_reader(path: str | Sequence[str]) -> Callable[[str], list[LayerData]] | None:
    """A reader of one file or one DICOM folder; napari's stacks of files are not ours.

    Parameters
    ----------
    path
        What napari was asked to open.
    """
    return read if isinstance(path, str) and Path(path).exists() else None


def read(path: str) -> list[LayerData]:
    """A scan as napari's layer data, on its display grid.

    Raises
    ------
    ImageError, GeometryError
        The file is not what it claims to be.
    """
    return [(picture, options, "image") for picture, options in scan_layers(read_volume(path))]
