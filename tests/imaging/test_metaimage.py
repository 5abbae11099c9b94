"""MetaImage as ITK writes it."""

import zlib

import numpy as np
import pytest
import SimpleITK

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging import LabelMap, read_labels, read_volume, write_labels

VOXELS = np.arange(120, dtype=np.int16).reshape(4, 5, 6)

HEADER = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "TransformMatrix": "1 0 0 0 1 0 0 0 1",
    "Offset": "10 20 30",
    "ElementSpacing": "0.7 0.8 2.5",
    "DimSize": "6 5 4",
    "ElementType": "MET_SHORT",
    "ElementDataFile": "LOCAL",
}


def saved(path, data=None, **fields):
    """Write a file by hand; a field given as None is left out."""
    last = {"ElementDataFile": fields.pop("ElementDataFile", "LOCAL")}
    header = {**{name: value for name, value in HEADER.items() if name not in last}, **fields, **last}
    text = "".join(f"{name} = {value}\n" for name, value in header.items() if value is not None)
    path.write_bytes(text.encode() + (VOXELS.astype("<i2").tobytes() if data is None else data))
    return path


def test_big_endian_and_packed_voxels_are_read(tmp_path):
    data = zlib.compress(VOXELS.astype(">i2").tobytes())
    path = saved(tmp_path / "scan.mha", data, BinaryDataByteOrderMSB="True", CompressedData="True")
    assert np.array_equal(read_volume(path).voxels[0, 0], VOXELS)


def test_voxels_may_lie_at_the_end_of_another_file(tmp_path):
    (tmp_path / "scan.dat").write_bytes(b"something else" + VOXELS.astype("<i2").tobytes())
    path = saved(tmp_path / "scan.mhd", b"", HeaderSize="-1", ElementDataFile="scan.dat")
    assert np.array_equal(read_volume(path).voxels[0, 0], VOXELS)


def test_the_older_names_of_fields_are_known(tmp_path):
    old = {"TransformMatrix": None, "Offset": None, "ElementSpacing": None}
    path = saved(
        tmp_path / "scan.mha", Rotation="1 0 0 0 1 0 0 0 1", Position="10 20 30", ElementSize="0.7 0.8 2.5", **old
    )
    volume = read_volume(path)
    assert volume.geometry.spacing == pytest.approx((2.5, 0.8, 0.7))
    assert volume.geometry.affine[:3, 3] == pytest.approx((10, 20, 30))


def test_a_size_that_nobody_gave_is_told(tmp_path):
    volume = read_volume(saved(tmp_path / "scan.mha", ElementSpacing=None))
    assert volume.geometry.spacing == pytest.approx((1, 1, 1))
    assert "1 mm" in volume.notes[0]


def test_labels_keep_what_the_header_says_beside_the_grid(tmp_path):
    volume = read_volume(saved(tmp_path / "scan.mha", Scanner="a good one", AnatomicalOrientation="RAI"))
    mask = LabelMap((volume.image[0] > 9).astype(np.uint8), volume.geometry)
    write_labels(mask, tmp_path / "mask.mha", source=volume.source)
    text = (tmp_path / "mask.mha").read_bytes()
    assert b"Scanner = a good one\n" in text
    assert text.count(b"ElementType") == 1
    assert read_labels(tmp_path / "mask.mha").geometry.same_space(volume.geometry)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"DimSize": None}, "how large"),
        ({"DimSize": "6 5"}, "how large"),
        ({"DimSize": "6 5 -4"}, "how large"),
        ({"DimSize": "10000 10000 10000"}, "too short for the 2 000 000 000"),
        ({"ElementNumberOfChannels": "0"}, "0 channels"),
        ({"ElementNumberOfChannels": "x"}, "ElementNumberOfChannels"),
        ({"ElementType": "MET_STRING"}, "MET_STRING"),
        ({"BinaryData": "False"}, "binary False"),
        ({"ElementDataFile": "LIST"}, "many files"),
        ({"ElementDataFile": "slice%03d.raw 1 4 1"}, "many files"),
        ({"ElementDataFile": "elsewhere.raw"}, "elsewhere.raw does not exist"),
        ({"ElementDataFile": None}, "no MetaImage"),
    ],
)
def test_a_header_that_cannot_be_is_refused(tmp_path, fields, words):
    with pytest.raises(ImageError, match=words) as error:
        read_volume(saved(tmp_path / "scan.mha", **fields))
    assert error.value.hint


@pytest.mark.parametrize(
    ("matrix", "word"),
    [
        ("1 0.5 0 0 1 0 0 0 1", "sheared"),
        ("0 0 0 0 1 0 0 0 1", "singular"),
        ("1 0 0", "lies"),
        ("a 0 0 0 1 0 0 0 1", "lies"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(tmp_path, matrix, word):
    with pytest.raises(GeometryError, match=rf"scan\.mha.*{word}"):
        read_volume(saved(tmp_path / "scan.mha", TransformMatrix=matrix))


def test_voxels_that_fail_their_checksum_are_refused(tmp_path, volume, as_itk):
    path = tmp_path / "scan.mha"
    SimpleITK.WriteImage(as_itk(volume("i2")), path, True)
    content = bytearray(path.read_bytes())
    content[-30] ^= 16
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"scan\.mha"):
        read_volume(path)


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_was_cut_off_is_refused(tmp_path, volume, as_itk, packed):
    path = tmp_path / "scan.mha"
    SimpleITK.WriteImage(as_itk(volume("i2")), path, packed)
    content = path.read_bytes()
    for kept in (4, 30, 200, len(content) - 60, len(content) - 1):
        path.write_bytes(content[:kept])
        with pytest.raises(ImageError, match=r"scan\.mha"):
            read_volume(path)
