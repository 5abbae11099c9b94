"""Whether what a model drew can be what it was made for: a scan of something else gets a warning with its mask."""

from __future__ import annotations

from segstudio.imaging import LabelMap
from segstudio.networks import ModelSpec

_BEYOND = 1.5
"""A class is of a usual size up to this many times the most, and down to as small a part of the least, ever seen."""

_MOST = 2 / 3
"""As many of the classes are of a usual size in nearly every scan of what a model was made for."""


def odd_sizes(mask: LabelMap, spec: ModelSpec) -> str:
    """What is odd about the volumes of the classes, as a sentence; "" where nothing is, or nothing is known."""
    count = len(spec.classes)
    if not count or len(spec.usual_ml) != count:
        return ""
    volumes = mask.volumes_ml()
    usual = sum(
        least / _BEYOND <= volumes[each.value] <= most * _BEYOND
        for each, (least, most) in zip(spec.classes, spec.usual_ml, strict=True)
    )
    if usual >= _MOST * count:
        return ""
    some = f"Only {usual} of {count} structures are" if usual else f"None of {count} structures is"
    return f"{some} of a usual size: the scan may show another part than {spec.label} was made for, or not all of it."
