"""Corrections of a mask: pure operations, and the one door through which they are written."""

from segstudio.editing.edit import Edit
from segstudio.editing.journal import Journal, Kept
from segstudio.editing.limits import Limits
from segstudio.editing.mask import Mask, Stroke

__all__ = ["Edit", "Journal", "Kept", "Limits", "Mask", "Stroke"]
