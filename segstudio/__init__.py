"""SegStudio: predict, correct and learn on medical scans. Research use only, not a medical device."""

__version__ = "0.1.0"
