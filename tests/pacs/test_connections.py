"""Connections are kept by name without their passwords, and nothing is spoken in the clear."""

import json

import pytest

from segstudio.errors import PacsError
from segstudio.pacs import Connection, Passwords, add, connection, connections, remove

URL = "https://pacs.example.org/dicom-web"


def test_without_a_connection_there_is_none():
    assert connections() == []


def test_a_connection_is_kept_and_its_password_in_the_keyring_alone(tmp_path):
    add(Connection("ward", URL, "reader"), "open sesame")
    assert connection("ward") == Connection("ward", URL, "reader")
    assert Passwords().get(connection("ward")) == "open sesame"
    assert all("sesame" not in path.read_text() for path in (tmp_path / "home").rglob("*") if path.is_file())


def test_a_connection_of_the_same_name_takes_the_place_of_the_first():
    add(Connection("ward", URL))
    add(Connection("ward", "https://other.example.org"))
    assert [each.url for each in connections()] == ["https://other.example.org"]


def test_a_removed_connection_takes_its_password_with_it(ring):
    add(Connection("ward", URL, "reader"), "open sesame")
    remove("ward")
    assert connections() == []
    assert ring.kept == {}


def test_another_address_does_not_get_the_password_of_the_first():
    add(Connection("ward", URL, "reader"), "open sesame")
    assert Passwords().get(Connection("ward", "https://evil.example.org", "reader")) == ""


@pytest.mark.parametrize(
    "url",
    [
        "pacs.example.org", "ftp://pacs.example.org", "https://", "https://u:p@pacs.example.org",
        "https://pacs.example.org/?a=b", "https://[bad", "http://pacs.example.org", "http://10.0.0.5:8042/dicom-web",
        "https://pacs.example.org:port",
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_or_speaks_in_the_clear_is_refused(url):
    with pytest.raises(PacsError) as error:
        Connection("ward", url)
    assert error.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:8042", "http://localhost:8042/dicom-web", "http://[::1]:8042"])
def test_on_this_machine_no_encryption_is_needed(url):
    assert Connection("here", url).url == url


@pytest.mark.parametrize("name", ["", "  ", " a", "a\nb"])
def test_a_name_is_a_word_or_two(name):
    with pytest.raises(PacsError, match="no name"):
        Connection(name, URL)


@pytest.mark.parametrize("content", ["{", "[1]", '[{"name": "a"}]', '[{"name": "a", "url": "http://x"}]'])
def test_a_damaged_file_is_told(tmp_path, content):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "connections.json").write_text(content)
    with pytest.raises(PacsError):
        connections()


def test_a_keyring_that_does_not_answer_is_told_and_nothing_is_set_up(ring, monkeypatch):
    def locked(*_words):
        raise RuntimeError("locked")

    monkeypatch.setattr(ring, "set_password", locked)
    with pytest.raises(PacsError, match="keyring"):
        add(Connection("ward", URL, "reader"), "open sesame")
    assert connections() == []


def test_the_file_is_plain_to_read(tmp_path):
    add(Connection("ward", URL, "reader"), "open sesame")
    (kept,) = json.loads((tmp_path / "home" / "connections.json").read_text())
    assert kept == {"name": "ward", "url": URL, "user": "reader", "certificate": ""}
