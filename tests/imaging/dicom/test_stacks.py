"""What one series can hold, taken apart or told; and how one finds its way through folders, zips and CDs."""

import shutil
import zipfile

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet
from pydicom.uid import generate_uid

from segstudio.errors import ImageError, Stopped
from segstudio.imaging import read_volume
from segstudio.imaging.dicom import Choice, scan
from tests.imaging.dicom.test_reading import PIXELS, SERIES, saved

AXES = ((1, 0, 0), (0, 1, 0)), ((0, 1, 0), (0, 0, -1)), ((1, 0, 0), (0, 0, -1))


def stacks(folder):
    (series,) = scan(folder).series
    return {stack.name: stack for stack in series.stacks}


def two(folder, first, second, **both):
    """The same places twice in one series, numbered through."""
    saved(folder, name="a", InstanceNumber=[1, 2, 3, 4, 5], **both, **first)
    return saved(folder, name="b", InstanceNumber=[6, 7, 8, 9, 10], pixels=PIXELS + 1, **both, **second)


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ({"EchoTime": 5}, {"EchoTime": 80}, {"echo 1", "echo 2"}),
        ({"InversionTime": 300}, {"InversionTime": 900}, {"inversion 300 ms", "inversion 900 ms"}),
        (
            {"ImageType": ["ORIGINAL", "PRIMARY", "M"]},
            {"ImageType": ["ORIGINAL", "PRIMARY", "P"]},
            {"magnitude", "phase"},
        ),
        (
            {"ImageType": ["DERIVED", "PRIMARY", "WATER"]},
            {"ImageType": ["DERIVED", "PRIMARY", "FAT"]},
            {"water", "fat"},
        ),
        ({"SeriesNumber": 3}, {"SeriesNumber": 4}, {"series 3", "series 4"}),
    ],
)
def test_what_differs_at_one_place_takes_a_series_apart(tmp_path, first, second, names):
    folder = two(tmp_path / "series", first, second)
    assert set(stacks(folder)) == names
    with pytest.raises(ImageError, match="several kinds"):
        read_volume(folder)
    keys = [stack.key for stack in stacks(folder).values()]
    for key, wanted in zip(keys, (PIXELS, PIXELS + 1), strict=True):
        assert np.array_equal(read_volume(Choice(folder, SERIES, key).named).image[0], wanted)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ({"DiffusionBValue": 0.0}, {"DiffusionBValue": 1000.0}, "b-values (0, 1000 s/mm²)"),
        ({"TriggerTime": 10}, {"TriggerTime": 400}, "phases"),
        ({"TemporalPositionIdentifier": 1}, {"TemporalPositionIdentifier": 2}, "time points"),
        ({"AcquisitionNumber": 1}, {"AcquisitionNumber": 2}, "time points"),
    ],
)
def test_b_values_phases_and_time_points_are_frames_of_one_stack(tmp_path, first, second, words):
    volume = read_volume(two(tmp_path / "series", first, second))
    assert volume.frames == 2
    assert np.array_equal(volume.voxels[1, 0], PIXELS + 1)
    assert words in " ".join(volume.notes)


def test_planes_of_a_localiser_are_stacks_by_name(tmp_path):
    for name, (rows, columns) in zip("abc", AXES, strict=True):
        step = np.cross(rows, columns) * 20.0
        saved(tmp_path / "series", name=name, rows=rows, columns=columns, step=step, count=3, SeriesInstanceUID=SERIES)
    assert set(stacks(tmp_path / "series")) == {"axial", "sagittal", "coronal"}
    with pytest.raises(ImageError, match="several directions: axial"):
        read_volume(tmp_path / "series")


def test_two_slabs_of_one_series_are_told_apart_by_their_acquisition(tmp_path):
    saved(tmp_path / "series", name="a", AcquisitionNumber=1)
    saved(tmp_path / "series", name="b", at=[41, 42, 43, 44, 45], AcquisitionNumber=2, pixels=PIXELS + 1)
    found = stacks(tmp_path / "series")
    assert set(found) == {"acquisition 1", "acquisition 2"}


def test_files_that_are_there_twice_are_read_once(tmp_path):
    folder = saved(tmp_path / "series")
    shutil.copy(folder / "002.dcm", folder / "copy.dcm")
    volume = read_volume(folder)
    assert np.array_equal(volume.image[0], PIXELS)
    assert "there twice" in volume.notes[0]


def test_two_files_that_claim_to_be_one_picture_and_differ_are_refused(tmp_path):
    folder = saved(tmp_path / "series")
    data = pydicom.dcmread(folder / "002.dcm")
    data.PixelData = bytes(len(data.PixelData))
    data.save_as(folder / "copy.dcm")
    with pytest.raises(ImageError, match="claim to be one picture, and differ"):
        read_volume(folder)


def test_a_damaged_file_of_a_series_is_not_left_out_in_silence(tmp_path):
    folder = saved(tmp_path / "series")
    data = pydicom.dcmread(folder / "001.dcm")
    data.Rows = 0
    data.save_as(folder / "001.dcm")
    (series,) = scan(folder).series
    assert "cannot be read" in series.problems[0]
    with pytest.raises(ImageError, match=r"001\.dcm: its picture has 0 rows"):
        read_volume(folder)


def test_overlapping_slices_lie_where_they_lie_and_are_told(tmp_path):
    volume = read_volume(saved(tmp_path / "series", SliceThickness=5))
    assert volume.geometry.spacing[0] == pytest.approx(2.5)
    assert "5 mm thick and 2.5 mm apart" in volume.notes[0]


def test_a_sheared_stack_is_brought_upright_when_asked(tmp_path):
    pixels = np.zeros((5, 20, 16), np.uint16)
    pixels[:, 8:12, 6:10] = 1000
    folder = saved(tmp_path / "series", step=(0, 0.8, 2.5), pixels=pixels, Modality="CT")
    volume = read_volume(Choice(folder, SERIES, how="untilted").named)
    assert volume.geometry.shape == (5, 24, 16)
    assert volume.geometry.spacing == pytest.approx((2.5, 0.8, 0.7))
    assert [int(np.flatnonzero(plane.any(axis=1))[0]) for plane in volume.image[0]] == [8, 9, 10, 11, 12]
    assert "corrected" in " ".join(volume.notes)


@settings(max_examples=25)
@given(
    turn=arrays(float, 3, elements=st.floats(-3, 3)),
    spacing=st.tuples(*[st.floats(0.3, 5)] * 3),
    order=st.permutations(range(4)),
)
def test_any_direction_and_order_of_files_gives_each_voxel_its_place(tmp_path_factory, turn, spacing, order):
    from scipy.spatial.transform import Rotation

    row, column, _ = Rotation.from_rotvec(turn).as_matrix().T
    step = np.cross(row, column) * spacing[0]
    folder = tmp_path_factory.mktemp("any") / "series"
    saved(
        folder, count=4, at=order, rows=[float(f"{x:.9f}") for x in row], columns=[float(f"{x:.9f}") for x in column],
        step=[float(f"{x:.9f}") for x in step], PixelSpacing=[float(f"{x:.9f}") for x in spacing[1:]],
    )  # fmt: skip
    volume = read_volume(folder)
    for index, place in enumerate(order):
        world = np.array([-10, -20, 30]) + place * step + 3 * column * spacing[1] + 5 * row * spacing[2]
        at = np.rint(volume.geometry.to_index(world[None])[0]).astype(int)
        assert volume.geometry.to_world(at[None].astype(float))[0] == pytest.approx(world, abs=1e-3)
        assert volume.image[0][tuple(at)] == PIXELS[index, 3, 5]


def test_a_zip_is_read_as_the_folder_that_it_holds(tmp_path):
    folder = saved(tmp_path / "series")
    packed = tmp_path / "study.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, f"a folder/{path.name}")
        archive.writestr("notes.txt", "exported on a Tuesday")
    assert np.array_equal(read_volume(packed).image[0], PIXELS)
    assert np.array_equal(read_volume(f"{packed}#{SERIES}").image[0], PIXELS)


def test_a_zip_that_is_none_or_locked_is_told(tmp_path):
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ImageError, match="broken"):
        read_volume(tmp_path / "broken.zip")


def test_a_dicomdir_leads_to_its_files_and_tells_of_those_that_are_missing(tmp_path):
    files = FileSet()
    for path in saved(tmp_path / "series").iterdir():
        data = pydicom.dcmread(path)
        data.StudyInstanceUID, data.StudyDate, data.StudyTime, data.StudyID = "1.2.3", "20240131", "101010", "1"
        data.SeriesNumber, data.PatientID = 1, "4711"
        files.add(data)
    files.write(tmp_path / "cd")
    assert np.array_equal(read_volume(tmp_path / "cd" / "DICOMDIR").image[0], PIXELS)
    next(path for path in (tmp_path / "cd").rglob("*") if path.is_file() and path.name != "DICOMDIR").unlink()
    assert "names 1 files that are not there" in scan(tmp_path / "cd" / "DICOMDIR").notes[0]


def test_scanning_says_how_far_it_is_and_stops(tmp_path):
    folder = saved(tmp_path / "series")
    heard = []
    scan(folder, progress=lambda part, what: heard.append((part, what)))
    assert heard[-1][1] == "looking through 5 files"
    with pytest.raises(Stopped):
        scan(folder, stop=lambda: True)


def test_patients_are_numbers_and_series_are_named_in_their_own_letters(tmp_path):
    saved(tmp_path / "a", SeriesDescription="Schädel", SpecificCharacterSet="ISO_IR 192")
    saved(tmp_path / "b", SeriesDescription="頭部", SpecificCharacterSet="ISO_IR 192", PatientID="4712",
          SeriesInstanceUID=generate_uid())  # fmt: skip
    found = scan(tmp_path)
    assert [(each.about.patient, each.title) for each in found.series] == [(1, "Schädel"), (2, "頭部")]
    assert "4711" not in repr(found)


def test_reports_and_other_files_are_counted_not_opened(tmp_path):
    folder = saved(tmp_path / "series")
    data = pydicom.dcmread(folder / "001.dcm")
    report = Dataset()
    report.file_meta = data.file_meta
    report.SOPClassUID, report.SOPInstanceUID, report.Modality = data.SOPClassUID, generate_uid(), "SR"
    report.save_as(folder / "report.dcm", enforce_file_format=True)
    found = scan(folder)
    assert (len(found.series), found.others) == (1, 1)
