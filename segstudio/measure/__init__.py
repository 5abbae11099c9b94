"""How two masks compare: overlap, surface distance, volume; and the surfaces of their classes."""

from segstudio.measure.mesh import Mesh, class_boxes, mesh_of
from segstudio.measure.overlap import Overlap, overlap
from segstudio.measure.scores import Scores, average, compare
from segstudio.measure.surface import SurfaceDistance, surface, surface_distance

__all__ = [
    "Mesh",
    "Overlap",
    "Scores",
    "SurfaceDistance",
    "average",
    "class_boxes",
    "compare",
    "mesh_of",
    "overlap",
    "surface",
    "surface_distance",
]
