"""Archives that refuse, lie, or are gone half way: each told in words, and nothing half-written counts."""

import io
import json
import time

import pydicom
import pytest

from segstudio.errors import PacsError, Stopped
from segstudio.pacs import Archive, Connection, Query, SeriesFound, web
from segstudio.pacs import archive as archive_module
from tests.imaging.patients import picture, saved
from tests.pacs.conftest import Answer

SERIES = SeriesFound("1.2.7", "1.2.5", 1, "CT", "", "", 2)
PATH = "studies/1.2.5/series/1.2.7/instances"


def told(**values):
    return {tag.strip("_"): {"vr": "UI", "Value": [value]} for tag, value in values.items()}


def listed(*items):
    return Answer(json.dumps(items).encode())


def wrapped(content, boundary="x"):
    body = (
        f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + content + f"\r\n--{boundary}--".encode()
    )
    return Answer(body, kind=f'multipart/related; type="application/dicom"; boundary={boundary}')


def dicom_bytes(uid):
    data = picture()
    data.SOPInstanceUID = uid
    data.file_meta.MediaStorageSOPClassUID, data.file_meta.MediaStorageSOPInstanceUID = data.SOPClassUID, uid
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


@pytest.fixture
def archive(server):
    with Archive(Connection("here", server.url, "reader"), "open sesame") as archive:
        yield archive


@pytest.fixture
def two(server):
    """A series of two pictures."""
    server.answers[PATH] = listed(told(_00080018="1.2.7.1", _00200013=1), told(_00080018="1.2.7.2", _00200013=2))
    for at in (1, 2):
        server.answers[f"{PATH}/1.2.7.{at}"] = wrapped(dicom_bytes(f"1.2.7.{at}"))
    return server


def test_all_pages_are_asked_for(archive, server, monkeypatch):
    monkeypatch.setattr(archive_module, "PAGE", 3)
    every = [told(_0020000D=f"1.2.{at}") for at in range(8)]
    server.answers["studies"] = lambda asked: listed(*every[int(asked["offset"][0]) :][: int(asked["limit"][0])])
    assert len(archive.studies(Query())) == 8
    assert len(server.asked) == 3


def test_an_archive_that_knows_no_pages_is_not_asked_for_ever(archive, server, monkeypatch):
    monkeypatch.setattr(archive_module, "PAGE", 3)
    server.answers["studies"] = listed(*(told(_0020000D=f"1.2.{at}") for at in range(8)))
    assert len(archive.studies(Query())) == 8
    assert len(archive.studies(Query(), at_most=5)) == 5


def test_nothing_found_is_an_empty_list(archive, server):
    server.answers["studies"] = Answer(b"", 204)
    assert archive.studies(Query()) == []


def test_what_is_asked_is_what_the_person_wrote(archive, server):
    server.answers["studies"] = listed()
    archive.studies(Query(patient_id="47 11&x=1", patient_name="Müller", days="20260101-", modality="mr"))
    for part in (
        "PatientID=47%2011%26x%3D1",
        "PatientName=M%C3%BCller*",
        "StudyDate=20260101-",
        "ModalitiesInStudy=MR",
    ):
        assert part in server.asked[0]
    assert server.headers[0]["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"", 401), "let you in"),
        (Answer(b"", 403), "forbids"),
        (Answer(b"", 404), "does not have this"),
        (Answer(b"", 302), "another address"),
        (Answer(b"", 500), "500"),
        (Answer(b"", 503), "too much to do"),
        (Answer(b"<html>hello</html>", kind="text/html"), "not as a DICOMweb"),
        (Answer(b'{"a": 1}'), "not as a DICOMweb"),
        (Answer(b"[1, 2]"), "not as a DICOMweb"),
        (Answer(b"[{", claims=5000), "half way"),
        (listed({"00100020": {}}), "no UID"),
        (listed(told(_0020000D="../../etc")), "no UID"),
    ],
)
def test_every_refusal_is_told_with_a_hint(archive, server, answer, words):
    server.answers["studies"] = answer
    with pytest.raises(PacsError, match=words) as error:
        archive.studies(Query())
    assert error.value.hint
    assert "sesame" not in str(error.value)


def test_a_server_that_does_not_answer_in_time_is_told(archive, server, monkeypatch):
    monkeypatch.setattr(web, "READ_S", 0.2)
    server.answers["studies"] = Answer(wait=1.0)
    with pytest.raises(PacsError, match="in time"):
        archive.studies(Query())


def test_an_address_where_nobody_is_is_told(server):
    with (
        Archive(Connection("gone", "http://127.0.0.1:1/web"), "") as archive,
        pytest.raises(PacsError, match="reached"),
    ):
        archive.studies(Query())
    with (
        Archive(Connection("gone", "https://nobody.invalid/web"), "") as archive,
        pytest.raises(PacsError, match="reached"),
    ):
        archive.studies(Query())


def test_plain_http_behind_an_https_address_is_told(server):
    address = server.url.replace("http://", "https://")
    with Archive(Connection("plain", address), "") as archive, pytest.raises(PacsError, match="prove who it is"):
        archive.studies(Query())


def test_a_certificate_file_that_is_missing_is_told(tmp_path):
    gone = Connection("gone", "https://localhost:1/web", certificate=str(tmp_path / "no.pem"))
    with Archive(gone, "") as archive, pytest.raises(PacsError, match="certificate"):
        archive.studies(Query())


def test_pictures_are_fetched_byte_for_byte_under_names_that_say_nothing(archive, two, tmp_path):
    done = []
    fetched = archive.fetch([SERIES], tmp_path / "out", progress=lambda part, what: done.append((part, what)))
    files = sorted(fetched.folders[0].iterdir())
    assert [path.read_bytes() for path in files] == [dicom_bytes("1.2.7.1"), dicom_bytes("1.2.7.2")]
    assert [path.name[:6] for path in files] == ["00001-", "00002-"]
    assert fetched.files == 2
    assert done[-1] == (0.5, "fetching picture 2 of 2")


@pytest.mark.parametrize("boundary", ["x", '"a b"', "MessageBoundary.1"])
def test_answers_are_taken_apart_whatever_their_marks(archive, two, tmp_path, boundary):
    bare = boundary.strip('"')
    answer = wrapped(dicom_bytes("1.2.7.1"), bare)
    answer.kind = f"multipart/related; boundary={boundary}; type=application/dicom"
    two.answers[f"{PATH}/1.2.7.1"] = answer
    assert archive.fetch([SERIES], tmp_path / "out").files == 2


def test_a_plain_file_is_taken_too(archive, two, tmp_path):
    two.answers[f"{PATH}/1.2.7.1"] = Answer(dicom_bytes("1.2.7.1"), kind="application/dicom")
    assert archive.fetch([SERIES], tmp_path / "out").files == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(wrapped(dicom_bytes("1.2.7.2")).content, claims=90_000, kind=wrapped(b"").kind), "half way"),
        (Answer(wrapped(dicom_bytes("1.2.7.2")).content[:-4], kind=wrapped(b"").kind), "not whole"),
        (Answer(b"", kind=wrapped(b"").kind), "not whole"),
        (Answer(b"<html>", kind="text/html"), "not whole"),
        (wrapped(b"rubbish"), "another picture"),
        (wrapped(dicom_bytes("1.2.7.9")), "another picture"),
        (Answer(code=404), "does not have"),
    ],
)
def test_a_fetch_that_fails_half_way_leaves_nothing(archive, two, tmp_path, answer, words):
    two.answers[f"{PATH}/1.2.7.2"] = answer
    with pytest.raises(PacsError, match=words):
        archive.fetch([SERIES], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_series_without_pictures_is_told(archive, server, tmp_path):
    server.answers[PATH] = listed()
    with pytest.raises(PacsError, match="no pictures"):
        archive.fetch([SERIES], tmp_path / "out")


def test_a_fetch_is_cancelled_between_and_within_pictures(archive, two, tmp_path):
    for least in (0, 1, 2, 3):
        asked = []

        def stop(asked=asked, least=least):
            asked.append(1)
            return len(asked) > least

        with pytest.raises(Stopped):
            archive.fetch([SERIES], tmp_path / "out", stop=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_stored_file_arrives_byte_for_byte_and_counts_when_the_archive_says_so(archive, server, tmp_path):
    path = saved(tmp_path / "a.dcm", picture())
    uid = pydicom.dcmread(path).SOPInstanceUID
    server.answers["POST"] = Answer(json.dumps({"00081199": {"Value": [told(_00081155=str(uid))]}}).encode())
    archive.store([path])
    assert path.read_bytes() in server.stored[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [(Answer(b"", 409), "does not take"), (Answer(b"{}"), "does not say"), (Answer(b"{}", 202), "does not say")],
)
def test_a_file_that_is_not_taken_is_told_with_what_was_stored_before(archive, server, tmp_path, answer, words):
    first, second = saved(tmp_path / "a.dcm", picture(number=1)), saved(tmp_path / "b.dcm", picture(number=2))
    good = Answer(json.dumps([str(pydicom.dcmread(first).SOPInstanceUID)]).encode())
    server.answers["POST"] = lambda _asked: good if len(server.stored) == 1 else answer
    with pytest.raises(PacsError, match=words) as error:
        archive.store([first, second])
    assert "1 files were stored before it" in error.value.message


def test_a_query_with_a_date_that_is_none_is_refused():
    with pytest.raises(PacsError, match="no date"):
        Query(days="last week")
    with pytest.raises(PacsError, match="no UID"):
        Query(study="../x")


def test_nothing_is_asked_before_it_has_to_be(server):
    with Archive(Connection("here", server.url), ""):
        time.sleep(0.05)
    assert server.asked == []
