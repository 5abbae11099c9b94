"""How long it takes to find the series among 10 000 DICOM files of many patients, from folder and from zip.

The files have headers as long as those of scanners: some 150 elements, private ones and sequences among them. pydicom
reading the same elements of a tenth of the files is the peer, in the same run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import zipfile
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from segstudio.imaging.dicom import scan

SLICES = 40
SIDE = 64
WANTED = ["SeriesInstanceUID", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns"]


def make(folder: Path, count: int) -> None:
    """Write series of 40 slices in folders of their own, five series a patient."""
    random = np.random.default_rng(0)
    for number in range(count // SLICES):
        series = generate_uid()
        here = folder / f"patient{number // 5}" / f"series{number}"
        here.mkdir(parents=True)
        data = _header(series, number)
        for at in range(SLICES):
            data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
            data.InstanceNumber, data.ImagePositionPatient = at + 1, [-30, -30, at * 2.5]
            data.PixelData = random.integers(0, 4096, (SIDE, SIDE)).astype(np.uint16).tobytes()
            data.save_as(here / f"{at:04}", enforce_file_format=True)


def _header(series: str, number: int) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = MRImageStorage
    data.PatientID, data.StudyInstanceUID = str(number // 5), f"1.2.{number // 5}"
    data.SeriesInstanceUID, data.SeriesNumber, data.SeriesDescription = series, number % 5 + 1, f"T{number % 5} axial"
    data.Modality, data.ImageType, data.SeriesDate = "MR", ["ORIGINAL", "PRIMARY", "M"], "20240131"
    data.ImageOrientationPatient, data.PixelSpacing, data.SliceThickness = [1, 0, 0, 0, 1, 0], [1, 1], 2.5
    data.Rows = data.Columns = SIDE
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 12, 11
    for group in (0x0019, 0x0021, 0x0043, 0x0051):
        block = data.private_block(group, "SOME SCANNER", create=True)
        for element in range(30):
            block.add_new(element, "DS", f"{element}.5")
    referenced = Dataset()
    referenced.ReferencedSOPClassUID, referenced.ReferencedSOPInstanceUID = MRImageStorage, generate_uid()
    data.ReferencedImageSequence = [referenced] * 3
    data.private_block(0x0029, "SOME SCANNER", create=True).add_new(0x10, "OB", bytes(8192))
    return data


def timed(path: Path) -> tuple[float, int]:
    """Seconds to find the series at a place and to say what each is, and how many there are."""
    start = time.perf_counter()
    found = scan(path)
    for series in found.series:
        assert len(series.stacks) == 1, series.problems
    return time.perf_counter() - start, len(found.series)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "archive"
        maker = get_context("spawn").Process(target=make, args=(folder, asked.files))
        maker.start()
        maker.join()
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        start = time.perf_counter()
        for path in files[::10]:
            pydicom.dcmread(path, stop_before_pixels=True, specific_tags=WANTED)
        peer = (time.perf_counter() - start) / len(files[::10]) * len(files)
        seconds, series = timed(folder)
        packed = Path(name) / "archive.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path in files:
                archive.write(path, path.relative_to(folder))
        zipped, also = timed(packed)
    assert series == also == len(files) // SLICES
    print(f"{len(files)} files, {series} series")
    print(f"{'':24}{'seconds':>10}{'ms a file':>12}")
    for what, took in (("pydicom", peer), ("scan of a folder", seconds), ("scan of a zip", zipped)):
        print(f"{what:24}{took:>10.2f}{1000 * took / len(files):>12.2f}")
    if asked.json:
        figures = {"files": len(files), "series": series, "pydicom_seconds": peer}
        print(json.dumps({**figures, "scan_seconds": seconds, "zip_seconds": zipped}))


if __name__ == "__main__":
    main()
