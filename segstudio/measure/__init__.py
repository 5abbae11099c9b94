"""How two masks compare: overlap, surface distance, volume, place; and the surfaces of their classes."""

from segstudio.measure.mesh import Mesh, class_boxes, mesh_of
from segstudio.measure.overlap import Overlap, overlap
from segstudio.measure.placement import Aside, aside
from segstudio.measure.scores import Scores, average, compare
from segstudio.measure.surface import SurfaceDistance, surface, surface_distance

__all__ = [
    "Aside",
    "Mesh",
    "Overlap",
    "Scores",
    "SurfaceDistance",
    "aside",
    "average",
    "class_boxes",
    "compare",
    "mesh_of",
    "overlap",
    "surface",
    "surface_distance",
]
