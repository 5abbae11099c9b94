"""The display grid: how a scan is put on the screen, its pictures, and the colours of its classes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from segstudio.imaging import Box, Geometry, LabelClass, Reorientation, Volume, nameless
from segstudio.inference.fit import CT_BELOW

AXES = ("z", "y", "x")
PLANES: dict[str, tuple[int, int, int]] = {"axial": (0, 1, 2), "coronal": (1, 0, 2), "sagittal": (2, 0, 1)}
"""Display axes of each plane: the one that is scrolled, rows, columns."""

MASK_OPACITY = 0.45
_SAMPLES = 200_000
_CT_WINDOW = (-160.0, 240.0)
RGB = (("red", "green", "blue"), ("r", "g", "b"))
"""What the channels of a colour picture are called."""

_UNKNOWN, _NOTHING = (0.6, 0.6, 0.6, 1.0), (0.0, 0.0, 0.0, 0.0)

GREYS = {"colormap": "gray", "interpolation2d": "linear", "blending": "translucent"}
"""How napari draws intensities."""


@dataclass(frozen=True, eq=False)
class Display:
    """How a grid is put on the screen: its axes permuted and flipped to the closest canonical ones, never resampled.

    Parameters
    ----------
    source
        The scan's own grid.
    turn
        From the scan's axes to the display's: slices from foot to head, rows to the back, columns to the left.
    """

    source: Geometry
    turn: Reorientation

    @classmethod
    def of(cls, geometry: Geometry) -> Display:
        """The display of a scan's grid."""
        return cls(geometry, Reorientation.to(geometry))

    @cached_property
    def shown(self) -> Geometry:
        """The display grid."""
        return self.turn.geometry(self.source)

    @property
    def scale(self) -> tuple[float, float, float]:
        """Millimetres from voxel to voxel along the display axes."""
        z, y, x = (float(side) for side in self.shown.spacing)
        return z, y, x

    @property
    def translate(self) -> tuple[float, float, float]:
        """Where the first voxel goes, so that the middle of the scan lies at its true place in LPS millimetres.

        For a scan that is not oblique, every voxel then does.
        """
        sides = np.array(self.shown.shape, float)
        middle = self.shown.to_world((sides - 1)[None] / 2)[0]
        z, y, x = (float(mm) for mm in middle[::-1] - self.shown.spacing * (sides - 1) / 2)
        return z, y, x

    @property
    def options(self) -> dict[str, Any]:
        """What every layer of this grid is made with."""
        return {
            "scale": self.scale,
            "translate": self.translate,
            "units": ("mm",) * 3,
            "axis_labels": AXES,
            "metadata": {"geometry": self.source, "reorientation": self.turn},
        }

    def to_shown(self, box: Box) -> Box:
        """A box of the scan's own grid on the display grid."""
        return self.turn.box(box, self.source.shape)

    def to_source(self, box: Box) -> Box:
        """A box of the display grid on the scan's own."""
        back = np.argsort(self.turn.axes)
        inverse = Reorientation(
            tuple(int(axis) for axis in back),  # type: ignore[arg-type]
            tuple(self.turn.flips[axis] for axis in back),  # type: ignore[arg-type]
        )
        return inverse.box(box, self.shown.shape)

    def voxel_at(self, position: Sequence[float]) -> tuple[int, int, int]:
        """The nearest voxel of the display grid to a position in napari's millimetres; may lie outside."""
        z, y, x = np.rint((np.asarray(position[-3:]) - self.translate) / self.scale).astype(int)
        return int(z), int(y), int(x)

    def position_of(self, voxel: Sequence[float] | NDArray[np.float64]) -> tuple[float, float, float]:
        """Where a voxel of the display grid is, in napari's millimetres (z, y, x)."""
        z, y, x = (float(mm) for mm in np.asarray(voxel, float) * self.scale + self.translate)
        return z, y, x

    @property
    def plane(self) -> str:
        """The plane in which the scan was made: across the axis whose spacing differs from the two others', or along
        which there are far fewer voxels; axial where neither tells.
        """
        across = _odd_one_out(self.shown.spacing)
        if across is None:
            fewest = int(np.argmin(self.shown.shape))
            others = [side for axis, side in enumerate(self.shown.shape) if axis != fewest]
            across = fewest if 2 * self.shown.shape[fewest] < min(others) else 0
        return next(name for name, order in PLANES.items() if order[0] == across)


def _odd_one_out(spacing: NDArray[np.float64]) -> int | None:
    """The axis whose spacing differs from those of the two others, which are alike."""
    for axis in range(3):
        one, other = np.delete(spacing, axis)
        if np.isclose(one, other, rtol=0.01) and not np.isclose(spacing[axis], one, rtol=0.01):
            return axis
    return None


def scan_layers(volume: Volume) -> list[tuple[NDArray[Any], dict[str, Any]]]:
    """Voxels and options of the image layers that show a scan."""
    options = Display.of(volume.geometry).options
    return [
        (
            picture,
            {
                "name": name,
                "visible": index == 0,
                "rgb": picture.ndim == 4,
                **options,
                **_greys(picture, volume.modality),
            },
        )
        for index, (name, picture) in enumerate(pictures(volume))
    ]


def pictures(volume: Volume) -> list[tuple[str, NDArray[Any]]]:
    """Name and voxels on the display grid, as views: (z, y, x) for each channel, or one of (z, y, x, 3) for colours."""
    turned = Display.of(volume.geometry).turn.apply(volume.image)
    if tuple(name.lower() for name in volume.channels[:3]) in RGB:
        return [("scan", np.moveaxis(turned[:3], 0, -1))]
    if len(turned) == 1:
        return [("scan", turned[0])]
    return [(name or f"channel {index + 1}", turned[index]) for index, name in enumerate(volume.channels)]


def window_of(picture: NDArray[Any], modality: str = "") -> tuple[float, float]:
    """Darkest and brightest intensity to show.

    CT gets the soft tissue window, 400 HU wide round 40; anything else the 0.5th to 99.5th percentile of what is not
    background, from a sample of voxels. A scan of unknown modality that reaches far below zero is taken for CT.
    """
    sample = _sampled(picture)
    if modality == "CT" or (not modality and sample.size and np.percentile(sample, 1) < CT_BELOW):
        return _CT_WINDOW
    inside = sample[sample > sample.min()] if sample.size else sample
    if not inside.size:
        return 0.0, 1.0
    low, high = (float(edge) for edge in np.percentile(inside, (0.5, 99.5)))
    low = min(low, float(sample.min())) if low < 0.2 * high else low
    return (low, high) if high > low else (low, low + 1.0)


def digits_of(picture: NDArray[Any]) -> int:
    """Decimals that tell a picture's intensities apart: 0 for whole numbers, else a thousandth of their range."""
    sample = _sampled(picture)
    if np.issubdtype(picture.dtype, np.integer) or not sample.size or (sample == np.rint(sample)).all():
        return 0
    low, high = np.percentile(sample, (0.5, 99.5))
    return int(np.clip(3 - np.ceil(np.log10(high - low)), 0, 6)) if high > low else 3


def _sampled(picture: NDArray[Any]) -> NDArray[np.float64]:
    step = max(1, round((picture.size / _SAMPLES) ** (1 / 3)))
    sample = picture[::step, ::step, ::step].astype(np.float64).ravel()
    finite: NDArray[np.float64] = sample[np.isfinite(sample)]
    return finite


def _greys(picture: NDArray[Any], modality: str) -> dict[str, Any]:
    if picture.ndim == 4:
        return {}
    return {"contrast_limits": window_of(picture, modality), **GREYS}


def colormap_of(
    classes: Sequence[LabelClass],
    unnamed: Collection[int] = (),
    *,
    hidden: Collection[int] = (),
    only: int | None = None,
) -> DirectLabelColormap:
    """Each class in its colour, hidden ones and background not at all; or `only` one class.

    Parameters
    ----------
    unnamed
        Values that are drawn, too, though no class names them; any other that turns up is grey until it is told.
    """
    colors = {each.value: each.color for each in (*map(nameless, unnamed), *classes)}
    table: dict[int | None, Any] = {None: _UNKNOWN if only is None else _NOTHING, 0: _NOTHING}
    for value, color in colors.items():
        drawn = value not in hidden and only in (None, value)
        table[value] = (*(part / 255 for part in color), 1.0) if drawn else _NOTHING
    return DirectLabelColormap(color_dict=table)
