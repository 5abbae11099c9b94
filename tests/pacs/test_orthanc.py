"""The whole way through a real archive: find a study, fetch it, segment it, store the mask, read it again."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest

from segstudio.errors import PacsError, Stopped
from segstudio.export import seg
from segstudio.export.written import Author
from segstudio.imaging import LabelMap, classes_named, read_volume
from segstudio.imaging.deidentify import Options
from segstudio.pacs import Archive, Query
from tests.imaging.patients import FAMILY, NUMBER, assert_nothing_left, picture, saved

pytestmark = pytest.mark.slow

STUDY, SERIES = "1.2.826.0.1.3680043.8.498.5", "1.2.826.0.1.3680043.8.498.7"


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """A CT of six slices whose voxels differ."""
    folder = tmp_path_factory.mktemp("scan")
    random = np.random.default_rng(0)
    for number in range(1, 7):
        pixels = random.integers(0, 4096, (16, 20)).astype(np.uint16)
        data = picture(SERIES, number, Rows=16, Columns=20, PixelData=pixels.tobytes())
        saved(folder / f"{number}.dcm", data)
    return folder


@pytest.fixture(scope="module")
def stored(orthanc, scan):
    with Archive(orthanc.connection, orthanc.password) as archive:
        archive.store(sorted(scan.iterdir()))


@pytest.fixture
def archive(orthanc, stored):
    with Archive(orthanc.connection, orthanc.password) as archive:
        yield archive


def test_a_study_is_found_fetched_segmented_stored_and_read_again(archive, scan, tmp_path):
    (study,) = archive.studies(Query(patient_id=NUMBER, modality="ct"))
    assert (study.uid, study.patient_name, study.date) == (STUDY, "Zyxwinkel, Quirinia", "1999-03-14")
    ct = [each for each in archive.series(study.uid) if each.modality == "CT"]
    assert [(each.uid, each.instances) for each in ct] == [(SERIES, 6)]

    fetched = archive.fetch(ct, tmp_path / "fetched")
    assert fetched.files == 6
    volume = read_volume(fetched.folders[0])
    assert np.array_equal(volume.voxels, read_volume(scan).voxels)
    assert volume.geometry.same_space(read_volume(scan).geometry)

    labels = np.zeros(volume.geometry.shape, np.uint8)
    labels[2:4, 5:9, 6:12] = 1
    labels[4, 10:12, 3:5] = 2
    mask = LabelMap(labels, volume.geometry, classes_named([(1, "lesion"), (2, "cyst")]))
    seg.write(mask, volume, tmp_path / "mask.dcm", author=Author())
    archive.store([tmp_path / "mask.dcm"])

    masks = [each for each in archive.series(STUDY) if each.modality == "SEG"]
    again = archive.fetch(masks[-1:], tmp_path / "again")
    (file,) = again.folders[0].iterdir()
    stored = pydicom.dcmread(tmp_path / "mask.dcm")
    assert pydicom.dcmread(file).SOPInstanceUID == stored.SOPInstanceUID
    from segstudio.imaging import dicom

    back = dicom.seg.read(file, volume)
    assert np.array_equal(back.labels, labels)


def test_what_does_not_fit_is_not_found(archive):
    assert archive.studies(Query(patient_id="nobody")) == []
    assert archive.studies(Query(patient_name="Nob")) == []
    assert archive.studies(Query(days="20220101-")) == []
    assert archive.studies(Query(modality="MR")) == []


def test_a_beginning_of_a_name_and_a_span_of_days_find(archive):
    assert [each.uid for each in archive.studies(Query(patient_name="zyx"))] == [STUDY]
    assert [each.uid for each in archive.studies(Query(days="19990301-19990331"))] == [STUDY]


def test_what_is_fetched_de_identified_says_nothing_of_the_patient(archive, tmp_path):
    series = [each for each in archive.series(STUDY) if each.modality == "CT"]
    fetched = archive.fetch(series, tmp_path / "fetched", hide=Options())
    assert fetched.files == 6
    assert fetched.report.patients[0].startswith("P")
    assert_nothing_left(tmp_path / "fetched")
    assert read_volume(fetched.folders[0]).geometry.shape == (6, 16, 20)


def test_a_fetch_that_is_cancelled_leaves_nothing(archive, tmp_path):
    series, told = archive.series(STUDY), []
    with pytest.raises(Stopped):
        archive.fetch(
            series, tmp_path / "fetched", progress=lambda part, _what: told.append(part), stop=lambda: len(told) > 3
        )
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_password_is_told(orthanc):
    with Archive(orthanc.connection, "wrong") as archive, pytest.raises(PacsError, match="let you in") as error:
        archive.studies(Query())
    assert "password" in error.value.hint


def test_a_certificate_that_nobody_vouches_for_is_refused(orthanc):
    stranger = replace(orthanc.connection, certificate="")
    with Archive(stranger, orthanc.password) as archive, pytest.raises(PacsError, match="prove who it is"):
        archive.studies(Query())


def test_the_wrong_path_is_told(orthanc):
    elsewhere = replace(orthanc.connection, url=orthanc.connection.url.replace("dicom-web", "dicomweb"))
    with Archive(elsewhere, orthanc.password) as archive, pytest.raises(PacsError, match="does not have this"):
        archive.studies(Query())


def test_what_is_no_dicom_is_not_stored(archive, tmp_path):
    (tmp_path / "letter.dcm").write_text(FAMILY)
    with pytest.raises(PacsError, match="no DICOM"):
        archive.store([tmp_path / "letter.dcm"])
