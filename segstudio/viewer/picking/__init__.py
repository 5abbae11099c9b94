"""Which of several series is to be opened: a list with pictures, words and keys."""

from segstudio.viewer.picking.picker import SeriesPicker
from segstudio.viewer.picking.rows import Choosing

__all__ = ["Choosing", "SeriesPicker"]
