"""Scans as hospitals have them: DICOM.

`scan` finds the series at a place, `read` reads one of them. On the way: `elements` reads a header, `header` makes it
pictures, `stacks` takes those of a series apart, `grid` finds the regular grid that they form or says why there is
none, `pixels` and `values` read voxels.
"""

from segstudio.imaging.dicom.choice import Choice, chosen, exists
from segstudio.imaging.dicom.reading import NAME, SeveralScans, Tilted, is_dicom, is_meant, read, volume_of
from segstudio.imaging.dicom.scan import Contents, Series, Unread, scan, scan_files
from segstudio.imaging.dicom.stacks import Stack

__all__ = [
    "NAME",
    "Choice",
    "Contents",
    "Series",
    "SeveralScans",
    "Stack",
    "Tilted",
    "Unread",
    "chosen",
    "exists",
    "is_dicom",
    "is_meant",
    "read",
    "scan",
    "scan_files",
    "volume_of",
]
