"""How two masks compare: overlap, surface distance, volume."""

from segstudio.measure.overlap import Overlap, overlap
from segstudio.measure.scores import Scores, average, compare
from segstudio.measure.surface import SurfaceDistance, surface, surface_distance

__all__ = ["Overlap", "Scores", "SurfaceDistance", "average", "compare", "overlap", "surface", "surface_distance"]
