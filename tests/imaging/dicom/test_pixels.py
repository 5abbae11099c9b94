"""Whatever way pixels are stored, the voxels are what was measured; what cannot be decoded is named."""

import base64
import io
import struct

import numpy as np
import openjpeg.utils
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless, generate_uid

from segstudio.errors import ImageError
from segstudio.imaging import read_volume
from segstudio.imaging.dicom import Choice
from tests.imaging.dicom.test_reading import PIXELS, SERIES, saved

LARGE = np.random.default_rng(2).integers(0, 4096, (3, 64, 48)).astype(np.uint16)
"""JPEG 2000 has no pictures as small as those of the other tests."""


RAMP = (np.arange(64 * 64) % 4096).reshape(64, 64).astype(np.uint16)
RAMP_IN_HTJ2K = base64.b64decode(
    "/0//UQApQAAAAABAAAAAQAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB/1wAEyCI"
    "kJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAQIAAf+TwAArAP9/te21/2vaAoG0AMAAE0AA"
    "E4BC/AACdAAiKZIAw1QAwAATwAAVgAAAoKfCdQCQhAQSSP7AUoHstgDAABVwAAWoAAAA58Cnp6dCeABGGjFixIgRI0b+/ZCAe/ZC"
    "Aey6AMAAFdAABdIAAAD5/xT09PT09PTyfAAePTw8PDw8PDw8PDw8PDw8/v94YMYHv2MYHv2MYHv2MYHsswHAAC04AAXdgAAAAAD+"
    "v/wClKUpSlKUpSlL7wB+3/d93/d93/d93/d93/d93/d93/d93/f/f9sAQge/YQge/YQge/YQge/YQge/YQge/YQge/YQgeyzAv/Z"
)
"""That ramp in High-Throughput JPEG 2000 without loss, as OpenJPH packs it."""


def again(folder, change):
    """Change each file of a series."""
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        change(data)
        data.save_as(path)
    return folder


def as_j2k(data):
    """pydicom packs JPEG 2000 only with one more package."""
    kind = np.int16 if data.PixelRepresentation else np.uint16
    plane = np.frombuffer(data.PixelData, kind).reshape(data.Rows, data.Columns)
    packed = openjpeg.utils.encode_array(plane, bits_stored=data.BitsStored, photometric_interpretation=2)
    data.PixelData = encapsulate([bytes(packed)])
    data["PixelData"].is_undefined_length = True
    data.file_meta.TransferSyntaxUID = JPEG2000Lossless


@pytest.mark.parametrize(
    "pack", [lambda data: data.compress(RLELossless), lambda data: data.compress(JPEGLSLossless), as_j2k]
)
def test_packed_pixels_are_what_they_were(tmp_path, pack):
    assert np.array_equal(read_volume(again(saved(tmp_path / "series", count=3, pixels=LARGE), pack)).image[0], LARGE)


def packed_as(syntax, payload):
    def change(data):
        data.PixelData = encapsulate([payload])
        data["PixelData"].is_undefined_length = True
        data.file_meta.TransferSyntaxUID = UID(syntax)

    return change


def test_high_throughput_jpeg_2000_is_decoded_to_the_bit(tmp_path):
    folder = saved(tmp_path / "series", count=3, pixels=np.stack([RAMP] * 3))
    voxels = read_volume(again(folder, packed_as("1.2.840.10008.1.2.4.201", RAMP_IN_HTJ2K))).image[0]
    assert np.array_equal(voxels, np.stack([RAMP] * 3))


def test_baseline_jpeg_is_decoded_and_its_loss_is_told(tmp_path):
    smooth = np.add.outer(np.arange(64), np.arange(48)).astype(np.uint8)
    packed = io.BytesIO()
    Image.fromarray(smooth).save(packed, "JPEG", quality=95)
    folder = saved(
        tmp_path / "series", count=3, pixels=np.stack([smooth] * 3), BitsAllocated=8, BitsStored=8, HighBit=7
    )
    volume = read_volume(again(folder, packed_as(JPEGBaseline8Bit, packed.getvalue())))
    assert np.abs(volume.image[0].astype(int) - smooth).max() <= 2
    assert any("packed with loss" in note for note in volume.notes)


def test_packed_signed_pixels_keep_their_sign(tmp_path):
    signed = LARGE.astype(np.int16) - 2048
    folder = saved(tmp_path / "series", count=3, pixels=signed, PixelRepresentation=1, BitsStored=16, HighBit=15)
    assert np.array_equal(read_volume(again(folder, as_j2k)).image[0], signed)


def test_a_deflated_file_is_unpacked(tmp_path):
    def deflate(data):
        data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1.99")

    assert np.array_equal(read_volume(again(saved(tmp_path / "series"), deflate)).image[0], PIXELS)


def test_big_endian_is_turned_round(tmp_path):
    folder = saved(tmp_path / "series")
    for path in folder.iterdir():
        data = pydicom.dcmread(path)
        data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
        data.PixelData = np.frombuffer(data.PixelData, "<u2").astype(">u2").tobytes()
        data["PixelData"].VR = "OW"
        pydicom.dcmwrite(path, data, little_endian=False, implicit_vr=False, force_encoding=True)
    assert np.array_equal(read_volume(folder).image[0], PIXELS)


def test_what_has_no_free_decoder_is_named(tmp_path):
    def claim(data):
        data.PixelData = encapsulate([b"\xff\x0a" + bytes(100)])
        data["PixelData"].is_undefined_length = True
        data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.100")

    with pytest.raises(ImageError, match="MPEG2") as error:
        read_volume(again(saved(tmp_path / "series"), claim))
    assert "uncompressed" in error.value.hint


def test_a_packed_picture_of_another_size_than_its_header_is_refused(tmp_path):
    def shrink(data):
        as_j2k(data)
        data.Rows = 60000

    with pytest.raises(ImageError, match=r"not as the file says|more than it can hold"):
        read_volume(again(saved(tmp_path / "series", count=3, pixels=LARGE), shrink))


@pytest.mark.parametrize(
    ("tags", "pixels", "kind"),
    [
        ({"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}, (PIXELS % 256).astype(np.uint8), np.uint8),
        ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, PIXELS.astype(np.uint32) * 100_000, np.int32),
        ({"BitsStored": 16, "HighBit": 15}, PIXELS * 16, np.uint16),
        ({"BitsStored": 16, "HighBit": 15, "PixelRepresentation": 1}, PIXELS.astype(np.int16) - 2000, np.int16),
    ],
)
def test_numbers_of_any_width_keep_their_type(tmp_path, tags, pixels, kind):
    volume = read_volume(saved(tmp_path / "series", pixels=pixels, **tags))
    assert volume.voxels.dtype == kind
    assert np.array_equal(volume.image[0], pixels)


def test_numbers_in_the_upper_bits_are_brought_down(tmp_path):
    volume = read_volume(saved(tmp_path / "series", pixels=PIXELS << 4 | 0xF, HighBit=15))
    assert np.array_equal(volume.image[0], PIXELS)


def test_a_ct_of_sixteen_signed_bits_stays_in_sixteen(tmp_path):
    tags = {"BitsStored": 16, "HighBit": 15, "PixelRepresentation": 1, "RescaleSlope": 1, "RescaleIntercept": -1024}
    volume = read_volume(saved(tmp_path / "series", pixels=PIXELS.astype(np.int16), Modality="CT", **tags))
    assert volume.voxels.dtype == np.int16
    assert np.array_equal(volume.image[0], PIXELS.astype(int) - 1024)


def test_intercepts_of_each_slice_are_their_own(tmp_path):
    shifts = [-1000, -900, 0, 30000, 40000]
    volume = read_volume(saved(tmp_path / "series", RescaleSlope=1, RescaleIntercept=shifts))
    assert np.array_equal(volume.image[0], PIXELS.astype(int) + np.array(shifts)[:, None, None])


def test_palette_colours_are_looked_up(tmp_path):
    colors = np.random.default_rng(1).integers(0, 256, (3, 256)).astype(np.uint8)

    def paint(data):
        for at, values in enumerate(colors):
            data.add_new(0x00281101 + at, "US", [256, 0, 8])
            data.add_new(0x00281201 + at, "OW", values.tobytes())

    tags = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PhotometricInterpretation": "PALETTE COLOR"}
    pixels = (PIXELS % 256).astype(np.uint8)
    folder = again(saved(tmp_path / "series", pixels=pixels, **tags), paint)
    volume = read_volume(folder)
    assert volume.channels == ("red", "green", "blue")
    assert np.array_equal(volume.image, np.moveaxis(colors.T[pixels], -1, 0))


def test_planes_of_colours_one_after_the_other_are_put_together(tmp_path):
    color = np.random.default_rng(0).integers(0, 256, (5, 3, 6, 7)).astype(np.uint8)
    depth = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "SamplesPerPixel": 3, "PlanarConfiguration": 1}
    folder = saved(tmp_path / "series", pixels=color, PhotometricInterpretation="RGB", Modality="US", **depth, Rows=6,
                   Columns=7)  # fmt: skip
    assert np.array_equal(read_volume(folder).image, np.moveaxis(color, 0, 1))


def test_padding_is_kept_and_told(tmp_path):
    pixels = PIXELS.copy()
    pixels[:, 0] = 63
    volume = read_volume(saved(tmp_path / "series", pixels=pixels, Modality="CT", PixelPaddingValue=63, RescaleSlope=1,
                               RescaleIntercept=-1024))  # fmt: skip
    assert "Voxels of -961 in series are padding" in " ".join(volume.notes)


def test_pet_is_in_its_own_unit_and_in_uptake_values_when_asked(tmp_path):
    dose = Dataset()
    dose.RadionuclideTotalDose, dose.RadionuclideHalfLife = 370e6, 6586.2
    dose.RadiopharmaceuticalStartTime = "100000"
    tags = {"Units": "BQML", "DecayCorrection": "START", "PatientWeight": 70, "SeriesDate": "20240131"}
    tags |= {"SeriesTime": "110000", "AcquisitionDate": "20240131", "AcquisitionTime": "110000"}
    folder = saved(tmp_path / "series", Modality="PT", RescaleSlope=2, RescaleIntercept=0, **tags)
    again(folder, lambda data: setattr(data, "RadiopharmaceuticalInformationSequence", [dose]))
    plain = read_volume(folder)
    assert np.array_equal(plain.image[0], PIXELS * 2.0)
    assert "Bq/ml" in plain.notes[-1]
    factor = 70_000 / (370e6 * 2 ** (-3600 / 6586.2))
    assert read_volume(Choice(folder, SERIES, how="suv").named).image[0] == pytest.approx(PIXELS * 2 * factor, rel=1e-5)


def test_uptake_values_without_what_they_take_are_refused(tmp_path):
    folder = saved(tmp_path / "series", Modality="PT")
    with pytest.raises(ImageError, match="lacks the unit"):
        read_volume(Choice(folder, SERIES, how="suv").named)
    assert "scanner's own unit" in read_volume(folder).notes[-1]


def enhanced(path, *, frames=6, order=None, **tags):
    """Write an enhanced multi-frame file of two time points of three slices each."""
    data = pydicom.dcmread(saved(path.parent / "model", count=1).joinpath("001.dcm"))
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        del data[name]
    data.NumberOfFrames = frames
    shared, measures, plane = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.8, 0.7], 3
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    data.SharedFunctionalGroupsSequence, groups = [shared], []
    for at in range(frames) if order is None else order:
        group, content, position, values = (Dataset() for _ in range(4))
        content.TemporalPositionIndex, content.StackID = at // 3 + 1, "1"
        position.ImagePositionPatient = [-10, -20, 30 + 2.5 * (at % 3)]
        values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 1, at, "US"
        group.FrameContentSequence, group.PlanePositionSequence = [content], [position]
        group.PixelValueTransformationSequence = [values]
        groups.append(group)
    data.PerFrameFunctionalGroupsSequence = groups
    data.PixelData = np.resize(PIXELS, (frames, 6, 7)).tobytes()
    for name, value in tags.items():
        setattr(data, name, value)
    data.save_as(path)
    return path


@pytest.mark.parametrize("order", [range(6), (0, 3, 1, 4, 2, 5), (5, 4, 3, 2, 1, 0)])
def test_frames_of_an_enhanced_file_lie_where_their_groups_say(tmp_path, order):
    (tmp_path / "e").mkdir()
    volume = read_volume(enhanced(tmp_path / "e" / "one.dcm", order=order))
    assert volume.voxels.shape == (2, 1, 3, 6, 7)
    assert volume.geometry.spacing == pytest.approx((2.5, 0.8, 0.7))
    stored = np.resize(PIXELS, (6, 6, 7)).astype(int)
    for frame, at in enumerate(order):
        assert np.array_equal(volume.voxels[at // 3, 0, at % 3], stored[frame] + at)


def test_an_enhanced_file_that_describes_fewer_frames_than_it_claims_is_refused(tmp_path):
    with pytest.raises(ImageError, match="claims 7 pictures and describes 6"):
        read_volume(enhanced(tmp_path / "one.dcm", NumberOfFrames=7, PixelData=np.resize(PIXELS, (7, 6, 7)).tobytes()))


def test_a_film_is_time_points_of_one_plane(tmp_path):
    path = tmp_path / "film.dcm"
    data = pydicom.dcmread(saved(tmp_path / "model", count=1).joinpath("001.dcm"))
    data.NumberOfFrames, data.FrameTime, data.Modality = 5, 40, "US"
    data.FrameIncrementPointer = 0x00181063
    data.PixelData, data.SOPInstanceUID = PIXELS.tobytes(), generate_uid()
    for name in ("ImagePositionPatient", "ImageOrientationPatient"):
        del data[name]
    data.save_as(path)
    volume = read_volume(path)
    assert volume.voxels.shape == (5, 1, 1, 6, 7)
    assert "does not say where it lies" in " ".join(volume.notes)


def test_doses_lie_at_their_offsets_in_their_unit(tmp_path):
    path = tmp_path / "dose.dcm"
    data = pydicom.dcmread(saved(tmp_path / "model", count=1, Modality="RTDOSE").joinpath("001.dcm"))
    data.NumberOfFrames, data.GridFrameOffsetVector, data.DoseGridScaling = 5, [0, 3, 6, 9, 12], 0.01
    data.PixelData = PIXELS.tobytes()
    data.save_as(path)
    volume = read_volume(path)
    assert volume.geometry.spacing[0] == pytest.approx(3)
    assert volume.image[0] == pytest.approx(PIXELS * 0.01)


def csa(**fields):
    """A Siemens header of the kind SV10 with such fields."""
    made = b"SV10\x04\x03\x02\x01" + struct.pack("<II", len(fields), 77)
    for name, values in fields.items():
        made += struct.pack("<64si4siii", name.encode(), 1, b"FD", 0, len(values), 77)
        for value in values:
            raw = str(value).encode() + b"\0"
            made += struct.pack("<4i", len(raw), len(raw), 77, len(raw)) + raw.ljust(-(-len(raw) // 4) * 4, b"\0")
    return made


@pytest.mark.parametrize("up", [1, -1])
def test_tiles_of_a_mosaic_are_slices_the_way_their_normal_says(tmp_path, up):
    tiles = np.random.default_rng(3).integers(0, 4096, (5, 4, 6)).astype(np.uint16)
    grid = np.zeros((3, 4, 3, 6), np.uint16)
    for at, tile in enumerate(tiles):
        grid[at // 3, :, at % 3] = tile
    pixels = grid.reshape(1, 12, 18)
    folder = saved(tmp_path / "series", count=1, pixels=pixels, ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"],
                   SpacingBetweenSlices=3)  # fmt: skip
    header = csa(NumberOfImagesInMosaic=[5], SliceNormalVector=[0, 0, up])

    def tell(data):
        data.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", header)

    volume = read_volume(again(folder, tell))
    assert np.array_equal(volume.image[0], tiles[::up])
    corner = np.array([-10 + 0.7 * (18 - 6) / 2, -20 + 0.8 * (12 - 4) / 2, 30 if up == 1 else 30 - 4 * 3])
    assert volume.geometry.affine[:3, 3] == pytest.approx(corner)
    assert volume.geometry.spacing == pytest.approx((3, 0.8, 0.7))


@pytest.mark.parametrize(
    "tags", [{"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]}, {"Manufacturer": "UIH", "grid": 30}]
)
def test_many_slices_in_one_picture_that_cannot_be_taken_apart_are_told(tmp_path, tags):
    grid = tags.pop("grid", None)

    def tell(data):
        if grid:
            data.add_new(0x00650010, "LO", "Image Private Header")
            data.add_new(0x00651050, "DS", str(grid))

    with pytest.raises(ImageError, match=r"mosaic of slices|grids of many slices"):
        read_volume(again(saved(tmp_path / "series", **tags), tell))
