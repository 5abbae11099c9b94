"""NRRD with 3D Slicer's segment metadata: opened there as a segmentation with names and colours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from segstudio.export.classes import all_the_same, drawn, require_same, shortened
from segstudio.export.written import RESEARCH, Author, Written
from segstudio.imaging import LabelMap, Source, Volume, read_labels, write_labels
from segstudio.imaging import nrrd as files
from segstudio.imaging.segments import fields_of
from segstudio.imaging.storing import storing
from segstudio.measure import class_boxes
from segstudio.progress import Progress, Stop, check, never, silent


def write(
    labels: LabelMap, scan: Volume, path: Path, *, author: Author, progress: Progress = silent, stop: Stop = never
) -> Written:
    """Write a mask as NRRD with the names, colours and codes of its classes.

    Raises
    ------
    ImageError
        The file read back differs, or the disk refuses.
    GeometryError
        The mask is not on the scan's grid.
    Stopped
        `stop()` became true; nothing was written.
    """
    scan.geometry.require_same_space(labels.geometry, mine="the scan", others="the mask")
    classes = tuple(replace(each, name=shortened(each.name)) for each in drawn(labels))
    fields = {"content": f"Segmentation ({RESEARCH})"} | fields_of(classes, class_boxes(labels.labels, stop=stop))
    if author.model:
        fields["SegStudio_Model:="] = f"{author.model} {author.version}".strip()
    with storing(path) as draft:
        progress(0.2, "Writing")
        write_labels(labels, draft, source=Source(draft, files.NAME, fields))
        progress(0.7, "Reading back")
        check(stop)
        require_same(read_labels(draft), labels, classes, path.name)
    return Written((path,), (all_the_same(labels),))
