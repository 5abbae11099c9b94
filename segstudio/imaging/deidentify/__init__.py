"""DICOM files without what tells who the patient is (PS3.15, Annex E)."""

from segstudio.imaging.deidentify.folder import Report, SetAside, deidentify, deidentify_file, series_folder
from segstudio.imaging.deidentify.options import Dates, Options
from segstudio.imaging.deidentify.secret import Secret

__all__ = ["Dates", "Options", "Report", "Secret", "SetAside", "deidentify", "deidentify_file", "series_folder"]
