"""Scans that the tests of this room make for themselves."""

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK

from segstudio.imaging import Affine, Geometry, Volume


def turned(degrees: float, about: tuple[float, float, float]) -> np.ndarray:
    """A rotation matrix (Rodrigues)."""
    x, y, z = np.array(about) / np.linalg.norm(about)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


@pytest.fixture
def oblique() -> Geometry:
    """An axial grid turned by 25°, unequal sides, unequal spacing, off the centre."""
    affine: Affine = np.eye(4)
    affine[:3, :3] = turned(25, (1, 2, 3)) @ np.eye(3)[:, ::-1] * (2.5, 0.8, 0.7)
    affine[:3, 3] = (-31.5, 47.25, 1012.0)
    return Geometry((4, 5, 6), affine)


@pytest.fixture
def volume(oblique: Geometry) -> Callable[..., Volume]:
    """Makes a scan of any number type, with frames and channels, on the oblique grid."""

    def make(dtype: str = "i2", *, frames: int = 1, channels: int = 1) -> Volume:
        kind = np.dtype(dtype)
        random = np.random.default_rng(5)
        shape = (frames, channels, *oblique.shape)
        if kind.kind == "f":
            voxels = random.normal(0, 1000, shape).astype(kind)
        else:
            limits = np.iinfo(kind)
            voxels = random.integers(limits.min, limits.max, shape, kind.newbyteorder("="), endpoint=True).astype(kind)
        return Volume(voxels, oblique, channels=("",) * channels)

    return make


@pytest.fixture
def as_itk() -> Callable[[Volume], SimpleITK.Image]:
    """Makes the same scan as ITK holds it."""

    def make(scan: Volume) -> SimpleITK.Image:
        voxels = np.moveaxis(scan.voxels, 1, -1)
        voxels = voxels[0] if scan.frames == 1 else voxels
        several = scan.voxels.shape[1] > 1
        image = SimpleITK.GetImageFromArray(voxels if several else voxels[..., 0], isVector=several)
        size = image.GetDimension()
        spacing, origin, directions = np.ones(size), np.zeros(size), np.eye(size)
        spacing[:3], origin[:3] = scan.geometry.spacing[::-1], scan.geometry.affine[:3, 3]
        directions[:3, :3] = scan.geometry.directions[:, ::-1]
        image.SetSpacing(spacing)
        image.SetOrigin(origin)
        image.SetDirection(directions.ravel())
        return image

    return make
