"""NIfTI as nibabel reads and writes it, in LPS and (z, y, x)."""

import gzip
from itertools import permutations, product

import nibabel
import numpy as np
import pytest

from segstudio.errors import GeometryError, ImageError
from segstudio.imaging import Geometry, LabelMap, Volume, read_labels, read_volume, write_labels, write_volume

ORIENTATIONS = [(axes, signs) for axes in permutations(range(3)) for signs in product((1, -1), repeat=3)]
RAS = np.array([[0.7, 0, 0, -20], [0, 0.8, 0, 30], [0, 0, 2.5, -5], [0, 0, 0, 1]])
VOXELS = np.random.default_rng(0).integers(-1000, 2000, (6, 5, 4)).astype(np.int16)


def saved(path, voxels=VOXELS, affine=RAS, kind=nibabel.Nifti1Image, **fields):
    """Save with nibabel, any header field set."""
    image = kind(voxels, affine)
    image.header.set_xyzt_units("mm")
    for name, value in fields.items():
        image.header[name] = value
    nibabel.save(image, path)
    return path


def changed(path, at, data):
    """A file with other bytes at a place of its header."""
    content = bytearray(path.read_bytes())
    content[at : at + len(data)] = data
    path.write_bytes(content)
    return path


def in_world(volume):
    """Values by their place in LPS, rounded to a tenth of a millimetre."""
    index = np.stack(np.meshgrid(*map(np.arange, volume.geometry.shape), indexing="ij")).reshape(3, -1).T
    places = np.round(volume.geometry.to_world(index.astype(float)), 1) + 0.0
    return dict(zip(map(tuple, places), volume.voxels[0, 0].ravel(), strict=True))


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_every_voxel_lies_where_nibabel_puts_it_in_all_orientations(tmp_path, axes, signs):
    affine = np.eye(4)
    affine[:3, :3] = 0
    for column, (axis, sign, mm) in enumerate(zip(axes, signs, (0.7, 0.8, 2.5), strict=True)):
        affine[axis, column] = sign * mm
    affine[:3, 3] = (4, -5, 6)
    volume = read_volume(saved(tmp_path / "scan.nii.gz", affine=affine))
    places = nibabel.affines.apply_affine(affine, np.argwhere(np.ones(VOXELS.shape))) * (-1, -1, 1)
    assert in_world(volume) == dict(zip(map(tuple, np.round(places, 1) + 0.0), VOXELS.ravel(), strict=True))
    assert volume.geometry.spacing == pytest.approx((2.5, 0.8, 0.7))


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_number_type_is_kept_in_either_byte_order(tmp_path, dtype, order):
    header = nibabel.Nifti1Header(endianness=order)
    image = nibabel.Nifti1Image(np.abs(VOXELS).astype(dtype), RAS, header, dtype=dtype)
    nibabel.save(image, tmp_path / "scan.nii")
    volume = read_volume(tmp_path / "scan.nii")
    assert volume.voxels.dtype == np.dtype(dtype)
    assert np.array_equal(volume.voxels[0, 0].T, image.get_fdata())


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_both_versions_are_read_packed_and_plain(tmp_path, kind, name):
    volume = read_volume(saved(tmp_path / name, kind=kind))
    assert (volume.voxels[0, 0].T == VOXELS).all()
    assert volume.modality == ""
    assert volume.notes == ()


@pytest.mark.parametrize("name", ["scan.hdr", "scan.img"])
def test_a_pair_of_files_is_read_by_either_name(tmp_path, name):
    nibabel.save(nibabel.Nifti1Pair(VOXELS, RAS), tmp_path / "scan.hdr")
    assert (read_volume(tmp_path / name).voxels[0, 0].T == VOXELS).all()


def test_a_packed_file_is_known_by_its_bytes_not_its_name(tmp_path):
    packed = saved(tmp_path / "scan.nii.gz")
    packed.rename(tmp_path / "scan.nii")
    assert (read_volume(tmp_path / "scan.nii").voxels[0, 0].T == VOXELS).all()


@pytest.mark.parametrize("slope", [0.0, np.nan, 1.0])
def test_a_slope_that_changes_nothing_leaves_the_integers(tmp_path, slope):
    path = changed(saved(tmp_path / "scan.nii"), 112, np.array([slope, 0], "<f4").tobytes())
    assert read_volume(path).voxels.dtype == np.int16


@pytest.mark.parametrize(("slope", "inter"), [(2.5, -10.0), (1.0, -1024.0), (-1.0, 0.0)])
def test_a_slope_is_applied(tmp_path, slope, inter):
    path = changed(saved(tmp_path / "scan.nii"), 112, np.array([slope, inter], "<f4").tobytes())
    volume = read_volume(path)
    assert volume.voxels.dtype == np.float32
    assert np.allclose(volume.voxels[0, 0].T, VOXELS * slope + inter)


def test_a_fourth_dimension_is_time_and_a_frame_is_chosen(tmp_path):
    voxels = np.stack([VOXELS, VOXELS + 1, VOXELS + 2], axis=-1)
    volume = read_volume(saved(tmp_path / "scan.nii.gz", voxels), frame=2)
    assert volume.frames == 3
    assert (volume.image[0].T == VOXELS + 2).all()


def test_a_frame_that_is_not_there_is_told_with_the_file(tmp_path):
    with pytest.raises(ImageError, match=r"scan\.nii.*frame 1"):
        read_volume(saved(tmp_path / "scan.nii"), frame=1)


def test_a_fifth_dimension_holds_channels(tmp_path):
    voxels = np.stack([VOXELS, -VOXELS], axis=-1)[:, :, :, None, :]
    volume = read_volume(saved(tmp_path / "scan.nii", voxels, intent_code=1007))
    assert volume.voxels.shape == (1, 2, 4, 5, 6)
    assert (volume.image[1].T == -VOXELS).all()


def test_colours_are_channels(tmp_path):
    colors = np.zeros(VOXELS.shape, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colors["G"] = VOXELS % 256
    volume = read_volume(saved(tmp_path / "scan.nii", colors))
    assert volume.channels == ("red", "green", "blue")
    assert (volume.image[1].T == VOXELS % 256).all()
    assert not volume.image[[0, 2]].any()


@pytest.mark.parametrize(("unit", "mm"), [("meter", 1000.0), ("mm", 1.0), ("micron", 0.001), ("unknown", 1.0)])
def test_lengths_are_brought_to_millimetres(tmp_path, unit, mm):
    image = nibabel.Nifti1Image(VOXELS, RAS)
    image.header.set_xyzt_units(unit)
    nibabel.save(image, tmp_path / "scan.nii")
    volume = read_volume(tmp_path / "scan.nii")
    assert volume.geometry.spacing == pytest.approx(np.array([2.5, 0.8, 0.7]) * mm)
    assert volume.geometry.affine[:3, 3] == pytest.approx(np.array([20, -30, -5]) * mm)
    assert volume.notes == ()


def test_an_unknown_unit_is_told(tmp_path):
    assert "unit" in read_volume(saved(tmp_path / "scan.nii", xyzt_units=5)).notes[0]


def test_two_positions_that_disagree_are_told_in_mm_and_the_sform_counts(tmp_path):
    image = nibabel.Nifti1Image(VOXELS, RAS)
    moved = RAS.copy()
    moved[0, 3] += 12
    image.set_qform(RAS, 1)
    image.set_sform(moved, 2)
    nibabel.save(image, tmp_path / "scan.nii")
    volume = read_volume(tmp_path / "scan.nii")
    assert volume.geometry.affine[0, 3] == pytest.approx(8)
    assert "12 mm" in volume.notes[0]


def test_the_qform_alone_places_an_oblique_scan(tmp_path, oblique):
    ras = np.diag([-1.0, -1, 1, 1]) @ oblique.affine[:, [2, 1, 0, 3]]
    image = nibabel.Nifti1Image(VOXELS, None)
    image.set_qform(ras, 1)
    nibabel.save(image, tmp_path / "scan.nii")
    volume = read_volume(tmp_path / "scan.nii")
    assert volume.geometry.same_space(oblique)
    assert volume.notes == ()


def sheared():
    affine = RAS.copy()
    affine[0, 1] = 0.4
    return affine


@pytest.mark.parametrize("sform", [sheared(), np.diag([1.0, 0, 1, 1])])
def test_an_sform_that_is_no_grid_gives_way_to_the_qform_and_is_told(tmp_path, sform):
    path = saved(tmp_path / "scan.nii", qform_code=1)
    changed(path, 280, sform[:3].astype("<f4").tobytes())
    volume = read_volume(path)
    assert volume.geometry.spacing == pytest.approx((2.5, 0.8, 0.7))
    assert "qform" in volume.notes[0]


@pytest.mark.parametrize(
    ("sform", "word"),
    [(sheared(), "sheared"), (np.diag([1.0, 0, 1, 1]), "singular"), (np.full((4, 4), np.nan), "finite")],
)
def test_a_grid_that_cannot_be_is_refused_with_the_file_and_a_hint(tmp_path, sform, word):
    path = saved(tmp_path / "scan.nii", qform_code=0)
    changed(path, 280, sform[:3].astype("<f4").tobytes())
    with pytest.raises(GeometryError, match=rf"scan\.nii.*{word}") as error:
        read_volume(path)
    assert error.value.hint


def test_a_header_without_a_position_is_told_and_placed_as_nibabel_does(tmp_path):
    path = changed(saved(tmp_path / "scan.nii"), 252, bytes(4))
    volume = read_volume(path)
    ras = nibabel.load(path).affine
    assert volume.geometry.affine == pytest.approx(np.diag([-1.0, -1, 1, 1]) @ ras[:, [2, 1, 0, 3]])
    assert "does not say where it lies" in volume.notes[0]


def test_a_single_slice_may_have_no_thickness(tmp_path):
    flat = np.array([[0.7, 0, 0, -20], [0, 0.8, 0, 30], [0, 0, 0, -5], [0, 0, 0, 1]])
    path = saved(tmp_path / "scan.nii", VOXELS[:, :, :1], qform_code=0)
    changed(path, 280, flat[:3].astype("<f4").tobytes())
    assert read_volume(path).geometry.spacing == pytest.approx((1.0, 0.8, 0.7))


def test_nan_is_refused_unless_it_is_to_be_repaired(tmp_path):
    voxels = VOXELS.astype(np.float32)
    voxels[0, 0, 0], voxels[1, 0, 0] = np.nan, np.inf
    path = saved(tmp_path / "scan.nii.gz", voxels)
    with pytest.raises(ImageError, match=r"scan\.nii\.gz holds 2 voxels"):
        read_volume(path)
    repaired = read_volume(path, repair=True)
    assert not repaired.image[0, 0, 0, :2].any()
    assert (repaired.image[0].T[2:] == voxels[2:]).all()
    assert "2 voxels" in repaired.notes[0]


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i2"])
@pytest.mark.parametrize(("frames", "channels"), [(1, 1), (3, 1), (1, 2), (2, 3)])
def test_what_is_written_is_what_nibabel_and_we_read(tmp_path, volume, dtype, frames, channels):
    scan = volume(dtype, frames=frames, channels=channels)
    write_volume(scan, tmp_path / "out.nii.gz")
    back = read_volume(tmp_path / "out.nii.gz")
    assert back.voxels.dtype == scan.voxels.dtype.newbyteorder("=")
    assert (back.voxels == scan.voxels).all()
    assert back.geometry.same_space(scan.geometry)
    theirs = nibabel.load(tmp_path / "out.nii.gz")
    assert theirs.get_qform() == pytest.approx(theirs.get_sform(), abs=1e-4)
    assert np.asarray(theirs.dataobj).ravel(order="F").tolist() == scan.voxels.swapaxes(0, 1).ravel().tolist()


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_a_fresh_header_has_a_qform_in_every_orientation(tmp_path, axes, signs):
    affine = np.eye(4)
    affine[:3, :3] = 0
    for column, (axis, sign, mm) in enumerate(zip(axes, signs, (5.0, 0.7, 0.8), strict=True)):
        affine[axis, column] = sign * mm
    write_volume(Volume.of(VOXELS, Geometry(VOXELS.shape, affine)), tmp_path / "out.nii")
    theirs = nibabel.load(tmp_path / "out.nii")
    assert theirs.get_qform() == pytest.approx(theirs.get_sform(), abs=1e-5)


def test_labels_keep_the_header_of_their_scan_but_for_the_voxels(tmp_path):
    scan = saved(
        tmp_path / "scan.nii.gz",
        np.stack([VOXELS, VOXELS], -1),
        descrip=b"a scanner wrote this",
        qform_code=1,
        sform_code=3,
        cal_max=400,
        slice_code=2,
        aux_file=b"aux",
    )
    volume = read_volume(scan)
    mask = LabelMap((volume.image[0] > 0).astype(np.uint8), volume.geometry)
    write_labels(mask, tmp_path / "mask.nii.gz", source=volume.source)
    before, after = nibabel.load(scan).header, nibabel.load(tmp_path / "mask.nii.gz").header
    expected = {"dim", "pixdim", "datatype", "bitpix", "cal_max", "scl_slope", "scl_inter", "vox_offset"}
    assert {name for name in before if not np.array_equal(before[name], after[name], equal_nan=False)} <= expected
    assert (before["pixdim"][:4] == after["pixdim"][:4]).all()
    assert after["cal_max"] == 0
    assert after["dim"].tolist() == [3, 6, 5, 4, 1, 1, 1, 1]
    assert after.get_slope_inter() == (1, 0) or after.get_slope_inter() == (None, None)


def test_labels_of_a_crop_do_not_take_the_place_of_the_whole(tmp_path):
    volume = read_volume(saved(tmp_path / "scan.nii"))
    box = (slice(1, 3), slice(2, 4), slice(3, 6))
    part = volume.geometry.cropped(box)
    write_labels(LabelMap(np.ones(part.shape, np.uint8), part), tmp_path / "mask.nii", source=volume.source)
    assert read_labels(tmp_path / "mask.nii").geometry.same_space(part)


def test_extensions_are_left_out_because_they_may_name_the_patient(tmp_path):
    image = nibabel.Nifti1Image(VOXELS, RAS)
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"Doe^Jane"))
    nibabel.save(image, tmp_path / "scan.nii")
    volume = read_volume(tmp_path / "scan.nii")
    assert (volume.voxels[0, 0].T == VOXELS).all()
    write_volume(volume, tmp_path / "out.nii")
    assert b"Doe" not in (tmp_path / "out.nii").read_bytes()


def test_more_than_32767_voxels_along_an_axis_make_a_nifti_2(tmp_path):
    scan = Volume.of(np.zeros((1, 1, 40000), np.uint8), Geometry((1, 1, 40000), np.eye(4)))
    write_volume(scan, tmp_path / "long.nii.gz")
    assert isinstance(nibabel.load(tmp_path / "long.nii.gz"), nibabel.Nifti2Image)


@pytest.mark.parametrize("code", [1, 32, 1536, 1792, 2048, 999])
def test_numbers_of_another_kind_are_refused(tmp_path, code):
    path = changed(saved(tmp_path / "scan.nii"), 70, np.array(code, "<i2").tobytes())
    with pytest.raises(ImageError, match=f"type {code}"):
        read_volume(path)


def test_a_header_that_claims_a_trillion_voxels_is_refused_before_any_memory_is_taken(tmp_path):
    for name in ("scan.nii", "scan.nii.gz"):
        path = saved(tmp_path / name, kind=nibabel.Nifti2Image)
        packed = path.suffix == ".gz"
        content = bytearray(gzip.decompress(path.read_bytes()) if packed else path.read_bytes())
        content[16:48] = np.array([3, 10000, 10000, 10000], "<i8").tobytes()
        path.write_bytes(gzip.compress(bytes(content)) if packed else content)
        with pytest.raises(ImageError, match="too short for the 2 000 000 000 544 bytes"):
            read_volume(path)


@pytest.mark.parametrize(
    "dim", [[0] * 8, [9, 1, 1, 1, 1, 1, 1, 1], [3, 6, -5, 4, 1, 1, 1, 1], [7, 2, 2, 2, 2, 2, 2, 2]]
)
def test_dimensions_that_cannot_be_are_refused(tmp_path, dim):
    with pytest.raises(ImageError, match="dimensions"):
        read_volume(changed(saved(tmp_path / "scan.nii"), 40, np.array(dim, "<i2").tobytes()))


@pytest.mark.parametrize("kept", [1, 100, 347, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_a_file_that_was_cut_off_is_refused(tmp_path, name, kept):
    path = saved(tmp_path / name)
    content = path.read_bytes()
    path.write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    with pytest.raises(ImageError, match=r"scan\.nii") as error:
        read_volume(path)
    assert error.value.hint


def test_a_packed_file_whose_checksum_is_wrong_is_refused(tmp_path):
    path = saved(tmp_path / "scan.nii.gz")
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    with pytest.raises(ImageError, match="unpacked"):
        read_volume(path)


def test_all_real_scans_lie_where_nibabel_puts_them(shared_data):
    for path in sorted(shared_data.glob("hippocampus/*/*.nii.gz"))[::10] + sorted(
        shared_data.glob("dicom/*/Ref/*.nii")
    ):
        theirs = nibabel.load(path)
        volume = read_volume(path)
        assert volume.geometry.affine == pytest.approx(
            np.diag([-1, -1, 1, 1]) @ theirs.affine[:, [2, 1, 0, 3]], abs=1e-4
        )
        voxels = np.asarray(theirs.dataobj).astype(volume.voxels.dtype)
        assert (volume.voxels[:, 0].transpose(3, 2, 1, 0).reshape(voxels.shape) == voxels).all()
