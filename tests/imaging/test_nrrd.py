"""NRRD as ITK and 3D Slicer write it."""

import gzip

import numpy as np
import pytest
import SimpleITK

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging import LabelMap, read_labels, read_volume, write_labels

VOXELS = np.arange(120, dtype=np.int16).reshape(4, 5, 6)

HEADER = {
    "type": "short",
    "dimension": "3",
    "space": "left-posterior-superior",
    "sizes": "6 5 4",
    "space directions": "(0.7,0,0) (0,0.8,0) (0,0,2.5)",
    "kinds": "domain domain domain",
    "endian": "little",
    "encoding": "raw",
    "space origin": "(10,20,30)",
}


def saved(path, data=None, more="", **fields):
    """Write a file by hand; a field given as None is left out, underscores stand for blanks."""
    named = {name.replace("_", " "): value for name, value in fields.items()}
    header = {name: value for name, value in {**HEADER, **named}.items() if value is not None}
    text = "NRRD0005\n# a comment\n" + "".join(f"{name}: {value}\n" for name, value in header.items()) + more
    path.write_bytes(text.encode() + b"\n" + (VOXELS.astype("<i2").tobytes() if data is None else data))
    return path


@pytest.mark.parametrize(
    ("space", "signs"), [("LPS", (1, 1, 1)), ("RAS", (-1, -1, 1)), ("left-anterior-superior", (1, -1, 1))]
)
def test_every_space_is_brought_to_lps(tmp_path, space, signs):
    volume = read_volume(saved(tmp_path / "scan.nrrd", space=space))
    assert volume.geometry.affine[:3, 3] == pytest.approx(np.array([10, 20, 30]) * signs)
    assert volume.geometry.to_world(np.array([[0, 0, 1.0]]))[0, 0] == pytest.approx(10.7 * signs[0])
    assert volume.notes == ()


def test_big_endian_and_gzip_are_read(tmp_path):
    data = gzip.compress(VOXELS.astype(">i2").tobytes())
    volume = read_volume(saved(tmp_path / "scan.nrrd", data, endian="big", encoding="gzip"))
    assert np.array_equal(volume.voxels[0, 0], VOXELS)


def test_voxels_may_lie_at_the_end_of_another_file(tmp_path):
    (tmp_path / "scan.dat").write_bytes(b"something else" + VOXELS.astype("<i2").tobytes())
    volume = read_volume(saved(tmp_path / "scan.nhdr", b"", data_file="scan.dat", byte_skip="-1"))
    assert np.array_equal(volume.voxels[0, 0], VOXELS)


def test_spacing_without_a_space_is_taken_and_told(tmp_path):
    path = saved(tmp_path / "scan.nrrd", space=None, space_directions=None, space_origin=None, spacings="0.7 0.8 2.5")
    volume = read_volume(path)
    assert volume.geometry.spacing == pytest.approx((2.5, 0.8, 0.7))
    assert "which way the patient lies" in volume.notes[0]


@pytest.mark.parametrize(("unit", "mm"), [("mm", 1), ("um", 0.001), ("m", 1000)])
def test_lengths_are_brought_to_millimetres(tmp_path, unit, mm):
    volume = read_volume(saved(tmp_path / "scan.nrrd", space_units=f'"{unit}" "{unit}" "{unit}"'))
    assert volume.geometry.spacing == pytest.approx(np.array([2.5, 0.8, 0.7]) * mm)


def test_a_picture_is_one_slice(tmp_path):
    path = saved(
        tmp_path / "scan.nrrd",
        dimension="2",
        sizes="6 20",
        space_directions="(0.7,0,0) (0,0,-0.8)",
        kinds="domain domain",
    )
    volume = read_volume(path)
    assert volume.voxels.shape == (1, 1, 1, 20, 6)
    assert volume.geometry.orientation[1:] == "IL"


def test_labels_keep_the_space_and_the_names_that_slicer_gave(tmp_path):
    more = "Segment0_Name:=left: kidney\nSegment0_LabelValue:=1\n"
    volume = read_volume(saved(tmp_path / "scan.nrrd", space="right-anterior-superior", more=more))
    mask = LabelMap((volume.image[0] > 9).astype(np.uint8), volume.geometry)
    write_labels(mask, tmp_path / "mask.nrrd", source=volume.source)
    text = (tmp_path / "mask.nrrd").read_bytes()
    assert b"space: right-anterior-superior\n" in text
    assert b"Segment0_Name:=left: kidney\n" in text
    assert b"type: uint8" in text
    assert read_labels(tmp_path / "mask.nrrd").geometry.same_space(volume.geometry)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sizes": None}, "how large"),
        ({"sizes": "6 5"}, "how large"),
        ({"sizes": "6 5 0"}, "how large"),
        ({"sizes": "10000 10000 10000"}, "too short for the 2 000 000 000"),
        ({"type": "block"}, "block"),
        ({"type": None}, "kind"),
        ({"encoding": "bzip2"}, "bzip2"),
        ({"encoding": None}, "nothing known"),
        ({"data_file": "LIST"}, "many files"),
        ({"data_file": "elsewhere.raw"}, "elsewhere.raw does not exist"),
        ({"byte_skip": "many"}, "byte skip"),
        ({"line_skip": "2"}, "where its voxels begin"),
        ({"sizes": "6 5 2 2", "dimension": "4"}, "axes of kinds"),
    ],
)
def test_a_header_that_cannot_be_is_refused(tmp_path, fields, words):
    with pytest.raises(ImageError, match=words) as error:
        read_volume(saved(tmp_path / "scan.nrrd", **fields))
    assert error.value.hint


@pytest.mark.parametrize(
    ("directions", "word"),
    [
        ("(1,0.5,0) (0,1,0) (0,0,1)", "sheared"),
        ("(0,0,0) (0,1,0) (0,0,1)", "singular"),
        ("(1,a,0) (0,1,0) (0,0,1)", "lies"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(tmp_path, directions, word):
    with pytest.raises(GeometryError, match=rf"scan\.nrrd.*{word}"):
        read_volume(saved(tmp_path / "scan.nrrd", space_directions=directions))


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_was_cut_off_is_refused(tmp_path, volume, as_itk, packed):
    path = tmp_path / "scan.nrrd"
    SimpleITK.WriteImage(as_itk(volume("i2")), path, packed)
    content = path.read_bytes()
    for kept in (4, 30, 200, len(content) - 60, len(content) - 1):
        path.write_bytes(content[:kept])
        with pytest.raises(ImageError, match=r"scan\.nrrd"):
            read_volume(path)
