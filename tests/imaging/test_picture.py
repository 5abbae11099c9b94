"""Pictures are scans of one slice, or stacks of slices."""

import numpy as np
import pytest
import SimpleITK
import tifffile
from PIL import Image

from segstudio.errors import ImageError
from segstudio.imaging import Geometry, Volume, read_labels, read_volume, write_volume

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (5, 7)).astype(np.uint8)
COLOR = RANDOM.integers(0, 256, (5, 7, 3)).astype(np.uint8)


def flat(voxels, spacing=(1.0, 0.5, 0.25)):
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = (*spacing, 1)
    return Volume.of(voxels, Geometry(voxels.shape[-3:], affine))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_a_grey_picture_is_one_slice_of_1_mm_and_that_is_told(tmp_path, name):
    Image.fromarray(GREY).save(tmp_path / name)
    volume = read_volume(tmp_path / name)
    assert volume.voxels.shape == (1, 1, 1, 5, 7)
    assert np.array_equal(volume.image[0, 0], GREY)
    assert volume.geometry.spacing == pytest.approx((1, 1, 1))
    assert volume.geometry.orientation == "SPL"
    assert "1 mm" in volume.notes[0]


@pytest.mark.parametrize("name", ["a.png", "a.tiff"])
def test_colours_are_channels(tmp_path, name):
    Image.fromarray(COLOR).save(tmp_path / name)
    volume = read_volume(tmp_path / name)
    assert volume.channels == ("red", "green", "blue")
    assert np.array_equal(volume.image[:, 0], np.moveaxis(COLOR, -1, 0))


def test_jpeg_is_read_and_its_screen_resolution_is_not_believed(tmp_path):
    Image.fromarray(COLOR).save(tmp_path / "a.jpg", dpi=(72, 72))
    volume = read_volume(tmp_path / "a.jpg")
    assert volume.voxels.shape == (1, 3, 1, 5, 7)
    assert volume.geometry.spacing == pytest.approx((1, 1, 1))


def test_a_png_with_a_resolution_has_a_size_and_that_is_told(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png", dpi=(254, 127))
    volume = read_volume(tmp_path / "a.png")
    assert volume.geometry.spacing == pytest.approx((1, 0.2, 0.1), rel=1e-3)
    assert "resolution" in volume.notes[0]


@pytest.mark.parametrize(("unit", "mm"), [("CENTIMETER", 0.1), ("INCH", 0.254)])
def test_a_tiff_has_a_size_where_it_gives_the_unit(tmp_path, unit, mm):
    tifffile.imwrite(tmp_path / "a.tif", GREY, resolution=(100, 50), resolutionunit=unit)
    assert read_volume(tmp_path / "a.tif").geometry.spacing == pytest.approx((1, 2 * mm, mm))


def test_a_tiff_without_a_unit_has_no_size(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, resolution=(100, 50), resolutionunit="NONE")
    volume = read_volume(tmp_path / "a.tif")
    assert volume.geometry.spacing == pytest.approx((1, 1, 1))
    assert "1 mm" in volume.notes[0]


def test_pages_of_a_tiff_are_slices(tmp_path):
    stack = RANDOM.integers(0, 65536, (3, 5, 7)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack")
    volume = read_volume(tmp_path / "a.tif")
    assert np.array_equal(volume.image[0], stack)


def test_an_imagej_hyperstack_has_time_slices_channels_and_micrometres(tmp_path):
    stack = RANDOM.integers(0, 256, (2, 3, 4, 5, 7)).astype(np.uint8)
    known = {"axes": "TZCYX", "spacing": 3.0, "unit": "um"}
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, resolution=(2, 4), metadata=known)
    volume = read_volume(tmp_path / "a.tif")
    assert volume.voxels.shape == (2, 4, 3, 5, 7)
    assert np.array_equal(volume.voxels.swapaxes(1, 2), stack)
    assert volume.geometry.spacing == pytest.approx((0.003, 0.00025, 0.0005))


def test_sixteen_bits_a_colour_are_kept(tmp_path):
    deep = RANDOM.integers(0, 65536, (5, 7, 3)).astype(np.uint16)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(deep, isVector=True), tmp_path / "a.png")
    volume = read_volume(tmp_path / "a.png")
    assert np.array_equal(volume.image[:, 0], np.moveaxis(deep, -1, 0))
    write_volume(volume, tmp_path / "b.png")
    assert np.array_equal(read_volume(tmp_path / "b.png").voxels, volume.voxels)


def test_sixteen_bits_of_grey_are_kept(tmp_path):
    deep = RANDOM.integers(0, 65536, (5, 7)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    volume = read_volume(tmp_path / "a.png")
    assert volume.voxels.dtype == np.uint16
    assert np.array_equal(volume.image[0, 0], deep)


def test_alpha_is_no_channel_and_told_where_it_matters(tmp_path):
    for opacity, notes in ((255, 1), (100, 2)):
        alpha = np.full((5, 7, 1), opacity, np.uint8)
        Image.fromarray(np.concatenate([COLOR, alpha], -1)).save(tmp_path / "a.png")
        volume = read_volume(tmp_path / "a.png")
        assert volume.voxels.shape[1] == 3
        assert len(volume.notes) == notes


def test_a_palette_is_colours_in_a_scan_and_numbers_in_a_mask(tmp_path):
    numbers = (GREY % 3).astype(np.uint8)
    picture = Image.fromarray(numbers)
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    picture.save(tmp_path / "a.png")
    assert read_volume(tmp_path / "a.png").voxels.shape[1] == 3
    assert np.array_equal(read_labels(tmp_path / "a.png").labels[0], numbers)


def test_one_bit_is_zero_or_one(tmp_path):
    Image.fromarray(GREY > 99).save(tmp_path / "a.png")
    assert np.array_equal(read_labels(tmp_path / "a.png").labels[0], GREY > 99)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "u2", "i4", "u4", "f4", "f8"])
def test_tiff_keeps_slices_channels_frames_and_size(tmp_path, volume, dtype):
    scan = volume(dtype, frames=2, channels=3)
    write_volume(scan, tmp_path / "a.tif")
    found = read_volume(tmp_path / "a.tif")
    assert np.array_equal(found.voxels, scan.voxels)
    assert found.voxels.dtype == scan.voxels.dtype
    assert found.geometry.spacing == pytest.approx(scan.geometry.spacing)


@pytest.mark.parametrize("voxels", [GREY[None], GREY[None].astype(np.uint16) * 200, np.moveaxis(COLOR, -1, 0)[:, None]])
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_one_slice_is_written_as_a_picture_with_its_size(tmp_path, voxels, name):
    write_volume(flat(voxels), tmp_path / name)
    found = read_volume(tmp_path / name)
    assert np.array_equal(found.image, voxels.reshape(found.image.shape))
    assert found.geometry.spacing[1:] == pytest.approx((0.5, 0.25))


@pytest.mark.parametrize(
    ("name", "voxels", "words"),
    [
        ("a.png", np.zeros((2, 5, 7), np.uint8), "one slice"),
        ("a.png", np.zeros((1, 5, 7), np.int16), "int16"),
        ("a.png", np.zeros((2, 1, 5, 7), np.uint8), "one slice"),
        ("a.jpg", np.zeros((1, 5, 7), np.uint8), "JPEG"),
    ],
)
def test_what_a_picture_cannot_hold_is_refused_and_nothing_is_left(tmp_path, name, voxels, words):
    with pytest.raises(ImageError, match=words) as error:
        write_volume(flat(voxels), tmp_path / name)
    assert error.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_a_damaged_picture_is_refused(tmp_path, name):
    Image.fromarray(RANDOM.integers(0, 256, (99, 99, 3)).astype(np.uint8)).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    for kept in (1, 7, 20, len(content) // 2):
        (tmp_path / name).write_bytes(content[:kept])
        with pytest.raises(ImageError, match=name):
            read_volume(tmp_path / name)


def test_a_picture_that_claims_a_trillion_pixels_is_refused(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    content = bytearray((tmp_path / "a.png").read_bytes())
    content[16:24] = (1_000_000).to_bytes(4) * 2
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ImageError, match=r"a\.png"):
        read_volume(tmp_path / "a.png")
