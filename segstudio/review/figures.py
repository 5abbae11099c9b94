"""A case in a few figures, by which it is like or unlike others."""

from __future__ import annotations

import numpy as np

from segstudio.imaging import LabelMap, Volume

_SAMPLE = 200_000
"""Voxels that are looked at; more change no digit that matters."""


def figures_of(volume: Volume, labels: LabelMap) -> tuple[float, ...]:
    """Size of each class (log of millilitres), brightness and spread of the scan as a whole and inside each class.

    Intensities are those of the first channel, in parts of the scan's own range, so that scans of one scanner lie
    together; a class that is not there has the scan's figures.
    """
    image, mask = volume.image[0].reshape(-1), labels.labels.reshape(-1)
    step = max(1, image.size // _SAMPLE)
    values, classes = np.asarray(image[::step], np.float32), mask[::step]
    low, high = np.percentile(values, [1, 99])
    values = (np.clip(values, low, high) - low) / max(float(high - low), 1e-6)
    whole = (float(values.mean()), float(values.std()))
    volumes = labels.volumes_ml()
    found = [*whole, *np.log10(volume.geometry.spacing).tolist()]
    for each in labels.classes:
        inside = values[classes == each.value]
        found += [np.log10(0.01 + volumes[each.value]), *((inside.mean(), inside.std()) if len(inside) > 1 else whole)]
    return tuple(float(each) for each in found)
