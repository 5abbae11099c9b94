"""Models from labelled scans and corrections. What goes in is described here; the work needs torch."""

from segstudio.learning.labelled import DicePoint, Example, Labelled, Point
from segstudio.learning.verdict import CaseVerdict, ClassVerdict, Verdict

__all__ = ["CaseVerdict", "ClassVerdict", "DicePoint", "Example", "Labelled", "Point", "Verdict"]
