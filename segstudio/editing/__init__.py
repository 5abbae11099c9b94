"""Corrections of a mask: pure operations, and the one door through which they are written."""

from segstudio.editing.edit import Edit
from segstudio.editing.mask import Mask, Stroke

__all__ = ["Edit", "Mask", "Stroke"]
