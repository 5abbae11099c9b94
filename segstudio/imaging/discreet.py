"""Keeps other packages from quoting a patient's file in what they say."""

from __future__ import annotations

import logging
import warnings

_TALKERS = ("pydicom", "highdicom", "pynetdicom")


def be_discreet() -> None:
    """Have the packages that read DICOM say nothing of values that they find odd: such values may be names."""
    for name in _TALKERS:
        talker = logging.getLogger(name)
        talker.propagate = False  # a level would be set anew when the package is imported
        if not talker.handlers:
            talker.addHandler(logging.NullHandler())
        warnings.filterwarnings("ignore", module=name)
