"""A folder with one series is a scan, and anything else is told apart from it."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, RLELossless, generate_uid

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging import read_volume

PIXELS = np.random.default_rng(0).integers(0, 4096, (5, 6, 7)).astype(np.uint16)
SERIES = generate_uid()


def saved(
    folder, *, count=5, step=(0, 0, 2.5), rows=(1, 0, 0), columns=(0, 1, 0), pixels=PIXELS, at=None, name="", **tags
):
    """Write axial slices, the last one first, as a scanner would but with a patient of our own."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        plane = pixels[index % len(pixels)]
        data = Dataset()
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = MRImageStorage
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid()
        data.PatientName, data.PatientID = "Doe^Jane", "4711"
        data.SeriesInstanceUID, data.Modality, data.InstanceNumber = SERIES, "MR", count - index
        data.Rows, data.Columns = plane.shape[:2]
        data.PixelSpacing = [0.8, 0.7]
        data.ImageOrientationPatient = [*rows, *columns]
        place = np.array([-10.0, -20.0, 30.0]) + np.array(step) * (index if at is None else at[index])
        data.ImagePositionPatient = [float(part) for part in place]
        data.SamplesPerPixel = 1
        data.PhotometricInterpretation = "MONOCHROME2"
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
        data.PixelData = plane.tobytes()
        for tag, value in tags.items():
            setattr(data, tag, value[index] if isinstance(value, list) and len(value) == count else value)
        data.save_as(folder / f"{name}{count - index:03}.dcm", enforce_file_format=True)
    return folder


def test_slices_are_ordered_by_position_not_by_number_or_name(tmp_path):
    volume = read_volume(saved(tmp_path / "series"))
    assert np.array_equal(volume.image[0], PIXELS)
    assert volume.geometry.spacing == pytest.approx((2.5, 0.8, 0.7))
    assert volume.geometry.orientation == "SPL"
    assert volume.geometry.affine[:3, 3] == pytest.approx((-10, -20, 30))
    assert volume.modality == "MR"
    assert volume.notes == ()


def test_spacing_comes_from_positions_not_from_thickness(tmp_path):
    assert read_volume(saved(tmp_path / "series", SliceThickness=1.0)).geometry.spacing[0] == pytest.approx(2.5)


def test_sagittal_and_oblique_slices_lie_where_their_headers_say(tmp_path):
    turn = np.radians(20)
    rows, columns = (0, np.cos(turn), np.sin(turn)), (0, np.sin(turn), -np.cos(turn))
    volume = read_volume(saved(tmp_path / "series", rows=rows, columns=columns, step=(-1.5, 0, 0)))
    assert volume.geometry.orientation == "RIP"
    corner = volume.geometry.to_world(np.array([[4.0, 5.0, 6.0]]))[0]
    wanted = (
        np.array([-10, -20, 30]) + 4 * np.array([-1.5, 0, 0]) + 5 * 0.8 * np.array(columns) + 6 * 0.7 * np.array(rows)
    )
    assert corner == pytest.approx(wanted, abs=1e-4)


def test_ct_is_in_hounsfield_units(tmp_path):
    volume = read_volume(saved(tmp_path / "series", Modality="CT", RescaleSlope=1, RescaleIntercept=-1024))
    assert volume.modality == "CT"
    assert volume.voxels.dtype == np.int16
    assert np.array_equal(volume.image[0], PIXELS.astype(int) - 1024)


def test_a_slope_of_each_slice_is_its_own(tmp_path):
    slopes = [0.5, 1.0, 1.5, 2.0, 2.5]
    volume = read_volume(saved(tmp_path / "series", Modality="PT", RescaleSlope=slopes, RescaleIntercept=0))
    assert volume.voxels.dtype == np.float32
    assert np.allclose(volume.image[0], PIXELS * np.array(slopes)[:, None, None])


def test_signed_pixels_keep_their_sign_and_overlays_in_spare_bits_are_left_out(tmp_path):
    signed = (PIXELS.astype(np.int16) - 2048) & 0x0FFF | 0x4000
    volume = read_volume(saved(tmp_path / "series", pixels=signed.astype(np.uint16), PixelRepresentation=1))
    assert np.array_equal(volume.image[0], PIXELS.astype(int) - 2048)


def test_low_as_white_is_turned_for_x_rays_but_not_where_numbers_have_a_meaning(tmp_path):
    white = {"PhotometricInterpretation": "MONOCHROME1"}
    assert np.array_equal(read_volume(saved(tmp_path / "pet", Modality="PT", **white)).image[0], PIXELS)
    volume = read_volume(saved(tmp_path / "film", Modality="DX", **white))
    assert np.array_equal(volume.image[0], 4095 - PIXELS)
    assert volume.modality == "XR"
    assert "inverted" in volume.notes[0]


def test_colours_are_channels(tmp_path):
    color = np.random.default_rng(0).integers(0, 256, (5, 6, 7, 3)).astype(np.uint8)
    depth = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "SamplesPerPixel": 3, "PlanarConfiguration": 0}
    folder = saved(tmp_path / "series", pixels=color, PhotometricInterpretation="RGB", Modality="US", **depth)
    volume = read_volume(folder)
    assert volume.channels == ("red", "green", "blue")
    assert np.array_equal(np.moveaxis(volume.image, 0, -1), color)


def test_pictures_of_the_same_places_are_time_points(tmp_path):
    saved(tmp_path / "series", InstanceNumber=[11, 12, 13, 14, 15], name="b")
    saved(tmp_path / "series", InstanceNumber=[1, 2, 3, 4, 5], pixels=PIXELS + 1, name="a")
    volume = read_volume(tmp_path / "series", frame=1)
    assert volume.frames == 2
    assert np.array_equal(volume.image[0], PIXELS)
    assert "2 pictures of each place" in volume.notes[0]


def test_one_slice_has_the_thickness_that_it_gives(tmp_path):
    volume = read_volume(saved(tmp_path / "series", count=1, SliceThickness=4))
    assert volume.geometry.spacing == pytest.approx((4, 0.8, 0.7))
    assert "one slice" in volume.notes[0]


def test_run_length_packing_is_read(tmp_path):
    folder = saved(tmp_path / "series")
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        data.compress(RLELossless)
        data.save_as(path)
    assert np.array_equal(read_volume(folder).image[0], PIXELS)


def test_other_files_in_the_folder_are_passed_over(tmp_path):
    folder = saved(tmp_path / "series")
    (folder / "README.txt").write_text("exported on a Tuesday")
    (folder / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    (folder / "more").mkdir()
    assert read_volume(folder).geometry.shape == PIXELS.shape


def test_nothing_of_the_patient_is_kept(tmp_path):
    volume = read_volume(saved(tmp_path / "series"))
    assert "Doe" not in repr(volume)
    assert "4711" not in repr(volume)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"SeriesInstanceUID": ["1.2", "1.2", "1.3", "1.3", "1.3"]}, "2 series of 3, 2 files"),
        ({"at": [0, 1, 2, 4, 5]}, "lacks 1 slice in"),
        ({"at": [0, 1, 2.4, 3, 4]}, "1.5 to 3.5 mm apart"),
        ({"at": [0, 1, 1, 2, 3]}, "more or fewer"),
        ({"NumberOfFrames": 3, "PixelData": PIXELS[:3].tobytes()}, "multi-frame"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "MOSAIC"]}, "mosaic"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "palette"),
        ({"ImagePositionPatient": None}, "where its slices lie"),
        ({"PixelSpacing": [[1, 1], [1, 1], [2, 2], [1, 1], [1, 1]]}, "several sizes"),
        ({"ImageOrientationPatient": [[1, 0, 0, 0, 1, 0]] * 4 + [[0, 1, 0, 0, 0, 1]]}, "several directions"),
        ({"PixelData": b"too short"}, "ends before all its pixels"),
    ],
)
def test_what_would_be_shown_wrongly_is_refused_with_a_way_out(tmp_path, tags, words):
    with pytest.raises(ImageError, match=words) as error:
        read_volume(saved(tmp_path / "series", **tags))
    assert "series" in error.value.message
    assert error.value.hint
    assert "Doe" not in error.value.message


def test_a_tilted_gantry_is_refused(tmp_path):
    with pytest.raises(GeometryError, match="tilt") as error:
        read_volume(saved(tmp_path / "series", step=(0, 0.6, 2.5)))
    assert "+untilted" in error.value.hint


def test_a_folder_without_slices_says_what_to_choose(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageError, match="no DICOM") as error:
        read_volume(tmp_path / "empty")
    assert "holds the slices" in error.value.hint


def test_a_folder_of_folders_with_one_series_is_that_series(tmp_path):
    saved(tmp_path / "study" / "series")
    (tmp_path / "study" / "README.txt").write_text("exported on a Tuesday")
    assert np.array_equal(read_volume(tmp_path / "study").image[0], PIXELS)


def test_one_file_of_a_series_stands_for_all_that_lie_beside_it(tmp_path):
    folder = saved(tmp_path / "series")
    saved(folder, SeriesInstanceUID=generate_uid(), name="other", pixels=PIXELS + 1)
    assert np.array_equal(read_volume(folder / "001.dcm").image[0], PIXELS)
