"""Whatever was done to a file, the person hears of it in words: never a traceback, never a wait for memory."""

import pickle

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset

from segstudio.errors import ImageError, SegStudioError
from segstudio.imaging import Geometry, Volume, read_labels, read_volume, stream, write_volume

NAMES = ["a.nii", "a.nii.gz", "a.nrrd", "a.mha", "a.png", "a.tif", "slice.dcm"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A sound file of each kind, as bytes."""
    folder = tmp_path_factory.mktemp("whole")
    voxels = np.random.default_rng(0).integers(0, 9, (1, 8, 9)).astype(np.uint8)
    for name in NAMES[:-1]:
        write_volume(Volume.of(voxels, Geometry(voxels.shape, np.eye(4)[:, [2, 1, 0, 3]])), folder / name)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = pydicom.uid.CTImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = "1.2.3"
    data.Modality, data.SeriesInstanceUID, data.InstanceNumber, data.PixelSpacing = "CT", "1.2", 1, [1, 1]
    data.ImagePositionPatient, data.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = 8, 9, 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation, data.PixelData = 7, 0, voxels.tobytes()
    data.save_as(folder / NAMES[-1], enforce_file_format=True)
    return {name: (folder / name).read_bytes() for name in NAMES}


def read_or_be_told(folder, name, content):
    (folder / name).write_bytes(content)
    for read in (read_volume, read_labels):
        try:
            read(folder if name.endswith(".dcm") else folder / name)
        except SegStudioError as error:
            told = pickle.loads(pickle.dumps(error))
        else:
            continue
        assert told.message
        assert "\n" not in told.message


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bits_are_read_or_told(whole, tmp_path, name, data):
    content = bytearray(whole[name])
    size = len(content)
    for place, bit in data.draw(
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, 7)), min_size=1, max_size=6)
    ):
        content[place] ^= 1 << bit
    read_or_be_told(tmp_path, name, bytes(content))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_cut_off_and_overwritten_files_are_read_or_told(whole, tmp_path, name, data):
    content = bytearray(whole[name])
    start = data.draw(st.integers(0, len(content)))
    junk = data.draw(st.binary(max_size=20))
    content[start : start + len(junk)] = junk
    read_or_be_told(tmp_path, name, bytes(content[: data.draw(st.integers(0, len(content)))]))


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha"])
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_other_words_in_a_written_header_are_read_or_told(whole, tmp_path, name, data):
    lines = whole[name].split(b"\n")
    count = 12 if name == "a.mha" else 10
    place = data.draw(st.integers(0, count - 1))
    separator = b"=" if name == "a.mha" else b":"
    key = lines[place].partition(separator)[0]
    words = [
        "0",
        "-1",
        "1e99",
        "nan",
        "inf",
        "none",
        "()",
        "(1,2",
        "(nan,0,0)",
        "True",
        "raw",
        "",
        "99999999999999999999",
    ]
    value = data.draw(st.one_of(st.lists(st.sampled_from(words), max_size=5).map(" ".join), st.text(max_size=30)))
    lines[place] = key + separator + b" " + value.encode("utf-8", "surrogatepass").replace(b"\n", b" ")
    read_or_be_told(tmp_path, name, b"\n".join(lines))


def test_a_scan_that_memory_cannot_hold_is_refused_before_it_is_read(tmp_path, monkeypatch):
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal:       8000000 kB\nMemAvailable:   1000000 kB\n")
    monkeypatch.setattr(stream, "_MEMORY", memory)
    stream.require_memory(tmp_path / "scan.nii", 600 << 20)
    with pytest.raises(ImageError, match=r"scan.nii needs 1\.5 GB of memory, and 1\.0 GB are free"):
        stream.require_memory(tmp_path / "scan.nii", 1 << 30)
