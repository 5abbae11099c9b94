"""Scans, patients, splits and frozen corrections."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.errors import GeometryError, LibraryError
from segstudio.imaging import Geometry, LabelMap, Volume
from segstudio.library import Library
from segstudio.library.snapshots import hash_image

PATIENT = "DOE^JANE 1970-01-01"


def test_a_scan_comes_back_as_it_was(library, scan):
    volume = scan(modality="CT", channels=("venous",))
    case = library.add_case(volume, patient=PATIENT, modality="CT")
    found = library.load_scan(library.case(case.id))
    assert (found.image == volume.image).all()
    assert found.image.dtype == np.int16
    assert (found.geometry.affine == volume.geometry.affine).all()
    assert (found.modality, found.channels) == ("CT", ("venous",))


def test_of_a_series_of_frames_the_chosen_one_is_kept(library, scan):
    frames = np.stack([scan(seed).image for seed in range(3)])
    case = library.add_case(Volume(frames, scan().geometry, frame=2), patient=PATIENT)
    assert (library.load_scan(case).image == scan(2).image).all()


def test_several_channels_come_back_in_order(library, scan):
    both = np.concatenate([scan(0).image, scan(1).image])
    case = library.add_case(Volume.of(both, scan().geometry, channels=("T1", "FLAIR")), patient=PATIENT)
    found = library.load_scan(case)
    assert (found.image == both).all()
    assert found.channels == ("T1", "FLAIR")


def test_the_same_scan_again_is_the_same_case(library, scan):
    first = library.add_case(scan(), patient=PATIENT)
    again = library.add_case(scan(), patient=f" {PATIENT} ")
    assert first.id == again.id
    assert len(library.cases()) == 1


def test_the_same_scan_without_a_patient_is_the_same_case(library, scan):
    first = library.add_case(scan(), patient=PATIENT)
    assert library.add_case(scan(), patient="").id == first.id


def test_the_same_scan_under_another_patient_is_refused(library, scan):
    library.add_case(scan(), patient=PATIENT)
    with pytest.raises(LibraryError, match="as case 1 of another patient") as error:
        library.add_case(scan(), patient="somebody else")
    assert "same patient" in error.value.hint
    assert len(library.cases()) == 1


def test_scans_without_a_patient_are_patients_of_their_own(library, scan):
    keys = {library.add_case(scan(seed), patient="").patient_key for seed in range(3)}
    assert len(keys) == 3


def test_scans_of_one_patient_share_pseudonym_and_split(library, scan):
    cases = [library.add_case(scan(seed), patient=PATIENT) for seed in range(6)]
    assert len({(case.pseudonym, case.split) for case in cases}) == 1
    assert len(cases[0].pseudonym) == 4
    assert set(cases[0].pseudonym) <= set("0123456789abcdef")


def test_patient_ids_are_nowhere_in_the_library(library, scan, mask):
    case = library.add_case(scan(), patient=PATIENT)
    library.submit(case, mask(scan()), reader="r", model="organs")
    library.draw_split(0.5, 0, [PATIENT, "ROE^RICHARD"])
    library.close()
    for file in library.folder.rglob("*"):
        assert not any(word in file.name for word in ("DOE", "ROE"))
        if file.is_file():
            assert b"DOE^" not in file.read_bytes()
            assert b"ROE^" not in file.read_bytes()


def test_two_libraries_know_a_patient_by_different_keys(library, scan, tmp_path):
    other = Library.open(tmp_path / "other")
    assert library.add_case(scan(), patient=PATIENT).patient_key != other.add_case(scan(), patient=PATIENT).patient_key
    other.close()


def test_of_every_five_new_patients_one_is_held_out_and_never_the_first(library, scan):
    splits = [library.add_case(scan(seed), patient=f"p{seed}").split for seed in range(20)]
    for start in range(0, 20, 5):
        assert splits[start] == "train"
        assert splits[start : start + 5].count("holdout") == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(2, 40), st.floats(0.01, 0.9), st.integers(0, 1000))
def test_a_drawn_split_is_the_same_in_every_library_and_leaves_someone_on_each_side(
    tmp_path_factory, count, part, seed
):
    patients = [f"patient {number}" for number in range(count)]
    found = []
    for order in (patients, patients[::-1]):
        library = Library.open(tmp_path_factory.mktemp("library"))
        library.draw_split(part, seed, order)
        found.append([_split(library, patient) for patient in patients])
        library.close()
    assert found[0] == found[1]
    assert found[0].count("holdout") == min(count - 1, max(1, round(part * count)))


def _split(library: Library, patient: str) -> str:
    with library._writing() as connection:
        return library._split_of(connection, library._key(patient))


def test_a_holdout_of_nothing_trains_on_all(library):
    library.draw_split(0, 0, ["a", "b", "c"])
    assert {_split(library, patient) for patient in "abc"} == {"train"}


def test_patients_are_never_drawn_again(library):
    library.draw_split(0.5, 0, [f"p{number}" for number in range(10)])
    before = [_split(library, f"p{number}") for number in range(10)]
    library.draw_split(0.9, 1, [f"p{number}" for number in range(12)])
    assert [_split(library, f"p{number}") for number in range(10)] == before


@pytest.mark.parametrize("part", [-0.1, 1.0, 20])
def test_a_holdout_of_everyone_is_refused(library, part):
    with pytest.raises(LibraryError, match="holdout"):
        library.draw_split(part, 0, ["a"])


def test_a_correction_comes_back_as_it_was(library, scan, mask):
    volume = scan()
    box = (slice(1, 3), slice(0, 6), slice(2, 5))
    correction = library.submit(
        library.add_case(volume, patient=PATIENT),
        mask(volume),
        reader="Dr. Roe",
        model="organs@3",
        predicted=mask(volume, 1).labels,
        box=box,
    )
    found = library.load(library.correction(correction.id))
    assert (found.labels.labels == mask(volume).labels).all()
    assert found.labels.classes == mask(volume).classes
    assert found.predicted is not None
    assert (found.predicted == mask(volume, 1).labels).all()
    assert found.box == box
    assert (correction.reader, correction.model_name) == ("Dr. Roe", "organs")
    assert (found.volume.image == volume.image).all()


def test_the_latest_correction_of_a_case_and_model_counts(library, scan, mask):
    volume = scan()
    case = library.add_case(volume, patient=PATIENT)
    for seed, model in enumerate(("organs@1", "organs@2", "vessels@1")):
        library.submit(case, mask(volume, seed), reader="r", model=model)
    assert [each.id for each in library.corrections()] == [2, 3]
    assert [each.id for each in library.corrections(model="organs")] == [2]
    assert [each.id for each in library.corrections(latest=False)] == [1, 2, 3]


def test_the_same_mask_handed_over_again_by_its_reader_is_the_same_correction(library, scan, mask):
    case = library.add_case(scan(), patient=PATIENT)
    again = {library.submit(case, mask(scan()), reader="r", model="organs@1").id for _ in range(2)}
    assert len(again) == 1
    library.submit(case, mask(scan()), reader="somebody else", model="organs@1")
    assert [each.reader for each in library.corrections(latest=False)] == ["r", "somebody else"]
    assert len({each.file for each in library.corrections(latest=False)}) == 1


def test_a_mask_on_another_grid_is_refused(library, scan, mask):
    case = library.add_case(scan(), patient=PATIENT)
    shifted = scan().geometry.affine.copy()
    shifted[0, 3] += 5
    elsewhere = LabelMap(mask(scan()).labels, Geometry((4, 6, 8), shifted), mask(scan()).classes)
    with pytest.raises(GeometryError, match="different places"):
        library.submit(case, elsewhere, reader="r", model="organs")
    assert library.corrections() == []


def test_files_are_read_only(library, scan, mask):
    correction = library.submit(library.add_case(scan(), patient=PATIENT), mask(scan()), reader="r", model="organs")
    for file in (correction.file, library.case(1).image):
        assert not file.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


@pytest.mark.parametrize("harm", ["missing", "changed"])
@pytest.mark.parametrize("what", ["correction", "scan"])
def test_a_harmed_file_is_told_with_its_case_and_others_are_not_affected(library, scan, mask, harm, what):
    first, second = (
        library.submit(library.add_case(scan(seed), patient=str(seed)), mask(scan(seed)), reader="r", model="organs")
        for seed in range(2)
    )
    _harm(first.file if what == "correction" else library.case(first.case_id).image, harm)
    with pytest.raises(LibraryError, match="case 1") as error:
        library.load(first)
    assert "again" in error.value.hint
    assert (library.load(second).labels.labels == mask(scan(1)).labels).all()


def _harm(file: Path, harm: str) -> None:
    file.chmod(0o644)
    if harm == "missing":
        file.unlink()
    else:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 0xFF
        file.write_bytes(data)


def test_a_missing_scan_is_put_back_by_submitting_it_again(library, scan):
    case = library.add_case(scan(), patient=PATIENT)
    case.image.unlink()
    assert library.add_case(scan(), patient=PATIENT).id == case.id
    assert (library.load_scan(case).image == scan().image).all()


def test_numbers_and_places_make_a_scan_what_it_is(scan):
    volume = scan()
    assert hash_image(volume) == hash_image(replace(volume, voxels=volume.voxels.astype(np.float64)))
    moved = volume.geometry.affine.copy()
    moved[2, 3] += 1
    assert hash_image(volume) != hash_image(replace(volume, geometry=Geometry((4, 6, 8), moved)))
    assert hash_image(volume) != hash_image(scan(1))


def test_files_of_a_transaction_that_never_was_are_put_aside(library, scan, mask, model):
    case = library.add_case(scan(), patient=PATIENT)
    library.submit(case, mask(scan()), reader="r", model="organs")
    library.import_model(model())
    (library.folder / "corrections" / "0123.npz").write_bytes(b"orphan")
    (library.folder / "models" / "organs" / "7").mkdir()
    left = library.folder / "incoming" / "half.npz"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert library.sweep() == ["corrections/0123.npz", "models/organs/7"]
    assert (library.folder / "orphans" / "corrections-0123.npz").read_bytes() == b"orphan"
    assert not left.exists()
    assert library.sweep() == []
    library.load(library.corrections()[0])
    assert library.model("organs").folder.is_dir()
