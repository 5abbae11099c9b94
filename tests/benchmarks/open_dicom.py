"""How long opening a CT of 300 DICOM slices of 512×512 takes, and how much memory, beside SimpleITK's series reader.

Each run is a process of its own. Times leave out starting Python and importing numpy, but not what reading imports.
Memory is the most that was resident during the run, less what was before it, as a multiple of the array's size.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

SHAPE = (300, 512, 512)

RUN = """
import json, resource, sys, time
from pathlib import Path
import numpy as np
{imports}

def peak():
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says begins at the parent's peak there
        return 1024 * int(status.read_text().partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

before = peak()
start = time.perf_counter()
{work}
seconds = time.perf_counter() - start
more = peak() - before
print(json.dumps([seconds, more, float(array.mean(dtype=float)), list(array.shape)]))
"""

ITK = (
    "import SimpleITK",
    """
reader = SimpleITK.ImageSeriesReader()
reader.SetFileNames(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(sys.argv[1]))
image = reader.Execute()
array = SimpleITK.GetArrayViewFromImage(image)
""",
)
OURS = ("import segstudio.imaging", "array = segstudio.imaging.read_volume(sys.argv[1]).image[0]")


def make(folder: Path) -> None:
    """Write the series; in a process of its own, because a child's peak memory starts at its parent's."""
    random = np.random.default_rng(0)
    series, study, frame = (generate_uid() for _ in range(3))
    z, y, x = np.ogrid[tuple(slice(-1, 1, side * 1j) for side in SHAPE)]
    for at in range(SHAPE[0]):
        plane = np.where(x[0] ** 2 / 0.7 + y[0] ** 2 / 0.5 < 1 - 0.2 * z[at] ** 2, 1064, 24)
        data = Dataset()
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = CTImageStorage
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
        data.SeriesInstanceUID, data.StudyInstanceUID, data.FrameOfReferenceUID = series, study, frame
        data.Modality, data.ImageType, data.InstanceNumber = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"], at + 1
        data.ImagePositionPatient, data.ImageOrientationPatient = [-200, -200, at * 1.25], [1, 0, 0, 0, 1, 0]
        data.PixelSpacing, data.SliceThickness = [0.8, 0.8], 1.25
        data.Rows, data.Columns, data.SamplesPerPixel = *SHAPE[1:], 1
        data.PhotometricInterpretation, data.PixelRepresentation = "MONOCHROME2", 1
        data.BitsAllocated, data.BitsStored, data.HighBit = 16, 16, 15
        data.RescaleSlope, data.RescaleIntercept = 1, -1024
        data.PixelData = (plane + random.normal(0, 12, plane.shape)).astype(np.int16).tobytes()
        data.save_as(folder / f"{generate_uid()}.dcm", enforce_file_format=True)


def measured(work: tuple[str, str], folder: Path) -> tuple[float, float, float]:
    """Seconds, bytes and mean intensity of one run."""
    program = RUN.format(imports=work[0], work=work[1])
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    seconds, size, mean, shape = json.loads(done.stdout)
    assert tuple(shape) == SHAPE
    return seconds, size, mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        maker = get_context("spawn").Process(target=make, args=(folder,))
        maker.start()
        maker.join()
        measured(OURS, folder)
        pairs = [(measured(ITK, folder), measured(OURS, folder)) for _ in range(asked.runs)]
    assert all(abs(itk[2] - ours[2]) < 1e-6 for itk, ours in pairs)
    size = int(np.prod(SHAPE)) * 2
    itk, ours = (statistics.median(pair[which][0] for pair in pairs) for which in (0, 1))
    memory = [statistics.median(pair[which][1] for pair in pairs) / size for which in (0, 1)]
    print(f"300 slices of 512×512, {size / 1e6:.0f} MB, median of {asked.runs}")
    print(f"{'':24}{'seconds':>10}{'ratio':>8}{'memory / array':>16}")
    print(f"{'SimpleITK':24}{itk:>10.3f}{1:>8.2f}{memory[0]:>16.2f}")
    print(f"{'read_volume':24}{ours:>10.3f}{ours / itk:>8.2f}{memory[1]:>16.2f}")
    if asked.json:
        figures = {
            "itk_seconds": itk,
            "open_seconds": ours,
            "time_ratio": ours / itk,
            "memory_ratio": memory[1],
            "itk_memory_ratio": memory[0],
            "array_bytes": size,
            "runs": asked.runs,
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
