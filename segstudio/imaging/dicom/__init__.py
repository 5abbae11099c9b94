"""Scans as hospitals have them: DICOM."""

from segstudio.imaging.dicom.folder import NAME, is_dicom, read

__all__ = ["NAME", "is_dicom", "read"]
