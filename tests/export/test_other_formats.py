"""NRRD, NIfTI, surfaces and key pictures."""

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK

from segstudio.errors import ImageError
from segstudio.export import capture, nifti, nrrd, surface
from segstudio.export.formats import FORMATS, format_named
from segstudio.imaging import LabelClass, LabelMap, Volume, classes_named, read_labels
from segstudio.imaging.segments import classes_of
from tests.export.conftest import BY_MODEL, CLASSES, mask_on
from tests.export.series import turned

OBLIQUE = turned(25, (1, 2, 3))


def ball(scan, value=2):
    z, y, x = np.indices(scan.geometry.shape)
    away = sum(
        ((axis - (side - 1) / 2) * mm) ** 2
        for axis, side, mm in zip((z, y, x), scan.geometry.shape, scan.geometry.spacing, strict=True)
    )
    return LabelMap((away < 81).astype(np.uint8) * value, scan.geometry, CLASSES)


def triangles(path):
    data = path.read_bytes()
    kind = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("rest", "<u2")])
    return np.frombuffer(data, kind, int(np.frombuffer(data, "<u4", 1, 80)[0]), 84)


@pytest.fixture
def around(series):
    """An oblique series in which a ball of 9 mm has room."""
    return series(shape=(10, 30, 34), rows_columns=OBLIQUE)


def test_slicer_finds_names_colours_values_and_extents(tmp_path, around):
    mask = ball(around)
    nrrd.write(mask, around, tmp_path / "m.seg.nrrd", author=BY_MODEL)
    image = SimpleITK.ReadImage(str(tmp_path / "m.seg.nrrd"))
    assert image.GetMetaData("Segment0_Name") == "liver"
    assert image.GetMetaData("Segment0_LabelValue") == "2"
    assert "SCT^10200004^Liver" in image.GetMetaData("Segment0_Tags")
    colors = [float(part) for part in image.GetMetaData("Segment0_Color").split()]
    assert colors == pytest.approx([part / 255 for part in CLASSES[0].color], abs=1e-5)
    extent = [int(part) for part in image.GetMetaData("Segment0_Extent").split()]
    there = np.argwhere(mask.labels)
    assert extent == [part for axis in (2, 1, 0) for part in (there[:, axis].min(), there[:, axis].max())]
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), mask.labels)
    assert b"Research use only" in (tmp_path / "m.seg.nrrd").read_bytes()


def test_classes_of_a_segmentation_come_back_with_the_mask(tmp_path, series):
    scan = series()
    nrrd.write(mask_on(scan), scan, tmp_path / "m.seg.nrrd", author=BY_MODEL)
    found = read_labels(tmp_path / "m.seg.nrrd", scan=scan)
    assert [(each.value, each.name, each.color) for each in found.classes] == [
        (each.value, each.name, each.color) for each in CLASSES[:3]
    ]
    assert found.classes[0].code == CLASSES[0].code


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Segment0_LabelValue:=": "many"},
        {"Segment0_LabelValue:=": "0"},
        {"Segment0_LabelValue:=": "3", "Segment1_LabelValue:=": "3"},
    ],
)
def test_segments_that_make_no_sense_are_passed_over(fields):
    assert classes_of(fields) == ()


def test_nifti_lies_where_the_scan_does_and_says_what_it_is_for(tmp_path, around):
    mask = ball(around)
    nifti.write(mask, around, tmp_path / "m.nii.gz", author=BY_MODEL)
    image = nibabel.load(tmp_path / "m.nii.gz")
    lps = np.diag([-1.0, -1, 1, 1]) @ image.affine
    assert lps[:, [2, 1, 0, 3]] == pytest.approx(around.geometry.affine, abs=1e-3)
    assert np.array_equal(np.asarray(image.dataobj).T, mask.labels)
    assert b"Research use only" in bytes(image.header["descrip"])


def test_a_surface_lies_round_its_class_in_the_patient(tmp_path, around):
    mask = ball(around)
    done = surface.write_stl(mask, around, tmp_path / "m.stl", author=BY_MODEL)
    corners = triangles(tmp_path / "m.stl")["corners"].astype(float)
    middle = around.geometry.to_world((np.array([around.geometry.shape]) - 1) / 2)[0]
    away = np.linalg.norm(corners.reshape(-1, 3) - middle, axis=1)
    assert away.mean() == pytest.approx(9, abs=0.4)
    assert away.std() < 0.5
    assert "SPACE=LPS" in (tmp_path / "m.stl").read_bytes()[:80].decode()
    assert "liver encloses" in done.checks[0]


def test_triangles_face_outwards_in_every_handedness(tmp_path, series):
    for at, rows_columns in enumerate((OBLIQUE, OBLIQUE[::-1], -OBLIQUE)):
        scan = series(f"s{at}", shape=(10, 30, 34), rows_columns=rows_columns)
        surface.write_stl(ball(scan), scan, tmp_path / f"{at}.stl", author=BY_MODEL)
        found = triangles(tmp_path / f"{at}.stl")
        middle = found["corners"].reshape(-1, 3).mean(axis=0)
        outwards = found["corners"].mean(axis=1) - middle
        assert ((found["normal"] * outwards).sum(axis=1) > 0).mean() > 0.99


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (5.0, 0.7, 0.7)])
def test_a_single_voxel_and_a_thin_plate_have_a_surface(tmp_path, series, spacing):
    scan = series(shape=(7, 9, 9), spacing=spacing)
    labels = np.zeros(scan.geometry.shape, np.uint8)
    labels[1, 1, 1], labels[4] = 2, 7
    done = surface.write_stl(LabelMap(labels, scan.geometry, CLASSES), scan, tmp_path / "m.stl", author=BY_MODEL)
    for path, voxels in zip(done.paths, (1, 81), strict=True):
        one, two, three = np.moveaxis(triangles(path)["corners"].astype(float), 1, 0)
        ml = ((one - one[0]) * np.cross(two - one[0], three - one[0])).sum() / 6000
        assert 0.2 < ml / (voxels * scan.geometry.voxel_ml) < 1.1


def test_obj_holds_every_class_as_an_object_with_its_colour(tmp_path, around):
    mask = ball(around)
    mask.labels[:5][mask.labels[:5] > 0] = 7
    done = surface.write_obj(mask, around, tmp_path / "m.obj", author=BY_MODEL)
    text = (tmp_path / "m.obj").read_text()
    assert [line for line in text.splitlines() if line.startswith("o ")] == ["o liver", "o kidney left"]
    assert "SPACE=LPS" in text
    assert "newmtl class_7" in (tmp_path / "m.mtl").read_text()
    assert {path.name for path in done.paths} == {"m.obj", "m.mtl"}


def test_files_of_several_classes_are_told_apart_even_if_names_are_odd(tmp_path, around):
    mask = ball(around)
    mask.labels[:5][mask.labels[:5] > 0] = 7
    odd = LabelMap(mask.labels, mask.geometry, classes_named([(2, "a/b"), (7, "a:b")]))
    done = surface.write_stl(odd, around, tmp_path / "m.stl", author=BY_MODEL)
    assert [path.name for path in done.paths] == ["m-a-b-2.stl", "m-a-b-7.stl"]


def test_a_key_picture_shows_the_slice_where_a_class_is_largest(tmp_path, around):
    mask = ball(around)
    capture.write(mask, around, tmp_path / "m.dcm", author=BY_MODEL)
    data = pydicom.dcmread(tmp_path / "m.dcm")
    pixels = data.pixel_array
    assert pixels.shape[2] == 3
    assert (pixels == CLASSES[0].color).all(axis=2).sum() > 100
    assert data.SOPClassUID.name == "Secondary Capture Image Storage"
    source = data.SourceImageSequence[0].ReferencedSOPInstanceUID
    files = [pydicom.dcmread(path, stop_before_pixels=True) for path in (tmp_path / "series").iterdir()]
    place = next(each.ImagePositionPatient for each in files if each.SOPInstanceUID == source)
    assert round(around.geometry.to_index(np.array([place], float))[0, 0]) in (4, 5)
    assert "Research use only" in data.SeriesDescription
    assert data.BurnedInAnnotation == "NO"


@pytest.mark.parametrize("name", ["stl", "obj", "capture"])
def test_an_empty_mask_has_nothing_to_show(tmp_path, series, name):
    scan = series()
    empty = LabelMap(np.zeros(scan.geometry.shape, np.uint8), scan.geometry, CLASSES)
    with pytest.raises(ImageError, match="empty"):
        format_named(name).write(empty, scan, tmp_path / "m", author=BY_MODEL)


def require_written(done):
    assert done.paths
    assert all(path.stat().st_size > 0 for path in done.paths)


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
def test_a_class_that_nobody_named_goes_out_all_the_same(tmp_path, series, name):
    scan = series(shape=(10, 30, 34))
    mask = LabelMap(ball(scan, 9).labels, scan.geometry, (LabelClass(1, "other", (1, 2, 3)),))
    chosen = format_named(name)
    require_written(chosen.write(mask, scan, chosen.place(tmp_path / "m"), author=BY_MODEL))


@pytest.mark.parametrize("name", [each.name for each in FORMATS if not each.refers])
def test_what_refers_to_nothing_needs_no_dicom(tmp_path, series, name):
    scan = series(shape=(10, 30, 34))
    alone, chosen = Volume.of(scan.image, scan.geometry), format_named(name)
    require_written(chosen.write(ball(scan), alone, chosen.place(tmp_path / "m"), author=BY_MODEL))
