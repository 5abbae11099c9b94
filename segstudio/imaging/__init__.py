"""Scans and masks, and their files."""

from segstudio.imaging.box import Box, around, bounds, inner, whole, within
from segstudio.imaging.files import read_labels, read_volume, write_labels, write_volume
from segstudio.imaging.geometry import CANONICAL, Affine, Geometry, Reorientation, Shape
from segstudio.imaging.labels import (
    Code,
    Color,
    LabelClass,
    LabelMap,
    as_labels,
    classes_named,
    color_of,
    mirrored_values,
    nameless,
    parse_classes,
    present_values,
    unnamed_values,
    without_side,
)
from segstudio.imaging.origin import Origin, origin_of, scans_below
from segstudio.imaging.thumbnail import thumbnail
from segstudio.imaging.volume import MODALITIES, Source, Volume, require_finite

__all__ = [
    "CANONICAL",
    "MODALITIES",
    "Affine",
    "Box",
    "Code",
    "Color",
    "Geometry",
    "LabelClass",
    "LabelMap",
    "Origin",
    "Reorientation",
    "Shape",
    "Source",
    "Volume",
    "around",
    "as_labels",
    "bounds",
    "classes_named",
    "color_of",
    "inner",
    "mirrored_values",
    "nameless",
    "origin_of",
    "parse_classes",
    "present_values",
    "read_labels",
    "read_volume",
    "require_finite",
    "scans_below",
    "thumbnail",
    "unnamed_values",
    "whole",
    "within",
    "without_side",
    "write_labels",
    "write_volume",
]
