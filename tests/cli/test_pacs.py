"""`pacs` on a real archive, and on none."""

import io

import keyring
import pytest

from segstudio.pacs import Archive
from tests.imaging.patients import FAMILY, NUMBER, assert_nothing_left, picture, saved
from tests.pacs.conftest import MemoryKeyring, orthanc  # noqa: F401


@pytest.fixture(autouse=True)
def ring():
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def ward(run, orthanc, tmp_path, monkeypatch):  # noqa: F811
    """A connection to an archive with one study of two slices."""
    with Archive(orthanc.connection, orthanc.password) as archive:
        archive.store([saved(tmp_path / "in" / f"{number}.dcm", picture(number=number)) for number in (1, 2)])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{orthanc.password}\n"))
    words = ("--user", orthanc.connection.user, "--certificate", orthanc.connection.certificate)
    assert run("pacs", "add", "ward", orthanc.connection.url, *words).code == 0
    return "ward"


def test_without_a_connection_nothing_is_asked(run, fails):
    assert run("pacs", "--json").json == []
    assert "no archive" in run("pacs", "list").out
    assert "no connection" in fails("pacs", "find", "ward").err


def test_an_address_in_the_clear_is_refused(fails):
    assert "https" in fails("pacs", "add", "ward", "http://pacs.example.org").err


@pytest.mark.slow
def test_a_study_is_found_and_fetched(run, ward, tmp_path):
    (study,) = run("pacs", "find", ward, "--patient-id", NUMBER, "--json").json
    assert FAMILY in run("pacs", "find", ward).out
    (series,) = run("pacs", "find", ward, "--study", study["uid"], "--json").json
    told = run("pacs", "fetch", ward, f"{study['uid']}#{series['uid']}", tmp_path / "out", "--json").json
    assert told["files"] == 2
    assert told["report"] is None
    assert run("info", tmp_path / "out" / told["folders"][0], "--json").json["shape"] == [2, 4, 5]


@pytest.mark.slow
def test_a_series_that_the_study_does_not_have_is_told(fails, ward, tmp_path):
    assert "no such series" in fails("pacs", "fetch", ward, "1.2.826.0.1.3680043.8.498.5#1.2.3", tmp_path / "out").err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_study_is_fetched_without_its_patient(run, ward, tmp_path):
    (study,) = run("pacs", "find", ward, "--json").json
    said = run("pacs", "fetch", ward, study["uid"], tmp_path / "out", "--deidentify", "--json")
    assert said.json["files"] == 2
    assert said.json["report"]["patients"][0].startswith("P")
    assert FAMILY not in said.out + said.err
    assert_nothing_left(tmp_path / "out")


@pytest.mark.slow
def test_files_are_stored_and_a_forgotten_connection_is_gone(run, fails, ward, tmp_path):
    path = saved(tmp_path / "more" / "3.dcm", picture(number=3))
    assert run("pacs", "store", ward, path, "--json").json == {"stored": 1}
    assert run("pacs", "remove", ward).code == 0
    assert "no connection" in fails("pacs", "store", ward, path).err
