"""A de-identified export belongs to the de-identified scan, and says nothing of the patient."""

import numpy as np
import pytest

from segstudio.export import hidden
from segstudio.export.formats import FORMATS, format_named
from segstudio.export.written import Author
from segstudio.imaging import LabelMap, classes_named, dicom, read_volume
from segstudio.imaging.deidentify import deidentify
from tests.imaging.patients import assert_nothing_left, picture, saved


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))


@pytest.fixture
def scan(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 4096, (12, 14)).astype(np.uint16)
    for number in range(1, 5):
        data = picture(number=number, Rows=12, Columns=14, PixelData=(pixels + number).tobytes())
        saved(tmp_path / "in" / f"{number}.dcm", data)
    return read_volume(tmp_path / "in")


@pytest.fixture
def mask(scan):
    labels = np.zeros(scan.geometry.shape, np.uint8)
    labels[1:3, 3:9, 4:10] = 1
    return LabelMap(labels, scan.geometry, classes_named([(1, "lesion")]))


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
def test_no_format_says_whose_it_is(scan, mask, tmp_path, name):
    kind = format_named(name)
    (tmp_path / "out").mkdir()
    done = hidden.write(kind, mask, scan, kind.place(tmp_path / "out" / "mask"), author=Author())
    assert all(path.is_file() for path in done.paths)
    assert (hidden.NOTE in done.notes) == kind.refers
    assert_nothing_left(tmp_path / "out")


def test_a_segmentation_refers_to_the_de_identified_scan(scan, mask, tmp_path):
    (tmp_path / "out").mkdir()
    hidden.write(format_named("seg"), mask, scan, tmp_path / "out" / "mask.dcm", author=Author())
    report = deidentify([tmp_path / "in"], tmp_path / "new")
    new = read_volume(report.written[0].parent)
    assert np.array_equal(dicom.seg.read(tmp_path / "out" / "mask.dcm", new).labels, mask.labels)


def test_an_export_about_a_de_identified_scan_still_refers_to_it(scan, mask, tmp_path):
    report = deidentify([tmp_path / "in"], tmp_path / "new")
    new = read_volume(report.written[0].parent)
    (tmp_path / "out").mkdir()
    hidden.write(format_named("seg"), mask, new, tmp_path / "out" / "mask.dcm", author=Author())
    assert np.array_equal(dicom.seg.read(tmp_path / "out" / "mask.dcm", new).labels, mask.labels)
