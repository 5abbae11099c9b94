"""Files about a series, as segmentations and structure sets are: how they are opened, and whether they are about it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from segstudio.errors import ImageError, SegStudioError
from segstudio.imaging.dicom.grid import Grid
from segstudio.imaging.dicom.instances import Series, series_of
from segstudio.imaging.stream import telling
from segstudio.imaging.volume import Volume


@contextmanager
def hushed() -> Iterator[None]:
    """Within this pydicom and highdicom are silent: what they warn of quotes headers, which may name the patient."""
    loggers = [logging.getLogger(name) for name in ("pydicom", "highdicom")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(pydicom|highdicom)\b")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The dataset of a file; whatever it lacks or holds too much of is told in words.

    Raises
    ------
    ImageError
        It is no DICOM file, or damaged.
    """
    import pydicom

    with telling(path), hushed():
        try:
            yield pydicom.dcmread(path, force=True)
        except (SegStudioError, OSError, MemoryError):
            raise
        except Exception as error:  # pydicom raises nearly anything on a damaged file
            raise ImageError(
                f"{path.name} cannot be understood ({type(error).__name__})", hint="The file is damaged; copy it again."
            ) from error


def series_meant(data: Any, name: str, scan: Volume) -> Series | None:
    """The series that a scan was read from, if the file is about it; None for a scan of another format.

    Raises
    ------
    ImageError
        The file is about another series, or about places in another frame of reference.
    """
    if scan.source is None or not isinstance(scan.source.header, Grid):
        return None
    series = series_of(scan)
    meant = set(_series_named(data))
    frame = str(data.get("FrameOfReferenceUID") or "")
    elsewhere = bool(frame and series.frame_of_reference) and frame != series.frame_of_reference
    if (meant and series.uid not in meant) or (not meant and elsewhere):
        raise ImageError(f"{name} was drawn on another series", hint="Open the series that it was drawn on.")
    return series


def _series_named(data: Any) -> Iterator[str]:
    for each in data.get("ReferencedSeriesSequence") or ():
        yield str(each.SeriesInstanceUID)
    for frame in data.get("ReferencedFrameOfReferenceSequence") or ():
        for study in frame.get("RTReferencedStudySequence") or ():
            for each in study.get("RTReferencedSeriesSequence") or ():
                yield str(each.SeriesInstanceUID)
