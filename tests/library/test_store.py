"""The library's file: made, brought up to date, moved, and refused in words."""

import errno
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from segstudio.errors import LibraryError
from segstudio.library import Library, store
from segstudio.library.migrations import STEPS
from segstudio.library.store import disk_in_words

BEFORE_AND_AFTER = (*STEPS, "CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;\nINSERT INTO later VALUES (7);\n")


def test_opening_twice_keeps_what_is_there(tmp_path):
    first = Library.open(tmp_path / "library")
    first.add_job("fine-tune", "organs", {"minutes": 1})
    first.close()
    again = Library.open(tmp_path / "library")
    assert [job.model for job in again.jobs()] == ["organs"]
    again.close()


def test_the_folder_can_be_moved(library, scan, mask, model, tmp_path):
    case = library.add_case(scan(), patient="Jane")
    library.submit(case, mask(scan()), reader="r", model="organs")
    library.import_model(model())
    library.close()
    shutil.move(library.folder, tmp_path / "elsewhere")
    moved = Library.open(tmp_path / "elsewhere")
    (correction,) = moved.corrections()
    assert (moved.load(correction).labels.labels == mask(scan()).labels).all()
    assert moved.model("organs").folder.is_dir()
    moved.close()


def test_an_older_library_is_backed_up_before_it_is_changed(tmp_path, monkeypatch):
    old = Library.open(tmp_path)
    old.add_job("train", "organs", {})
    old.close()
    monkeypatch.setattr(store, "STEPS", BEFORE_AND_AFTER)
    new = Library.open(tmp_path)
    assert new._rows("SELECT id FROM later")[0][0] == 7
    assert len(new.jobs()) == 1
    new.close()
    (backup,) = (tmp_path / "backups").iterdir()
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
        assert connection.execute("SELECT model FROM jobs").fetchall() == [("organs",)]


def test_a_migration_that_fails_leaves_the_library_as_it_was(tmp_path, monkeypatch):
    Library.open(tmp_path).close()
    monkeypatch.setattr(store, "STEPS", (*STEPS, "CREATE TABLE half (id INTEGER);\nCREATE TABLE jobs (id INTEGER);\n"))
    with pytest.raises(LibraryError, match="already exists"):
        Library.open(tmp_path)
    monkeypatch.undo()
    same = Library.open(tmp_path)
    assert not same._rows("SELECT name FROM sqlite_master WHERE name = 'half'")
    same.close()


def test_a_library_of_a_newer_version_is_refused_and_not_touched(tmp_path, monkeypatch):
    with monkeypatch.context() as newer:
        newer.setattr(store, "STEPS", BEFORE_AND_AFTER)
        Library.open(tmp_path).close()
    before = (tmp_path / "library.db").read_bytes()
    with pytest.raises(LibraryError, match="newer SegStudio") as error:
        Library.open(tmp_path)
    assert "Update" in error.value.hint
    assert (tmp_path / "library.db").read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_not_touched(tmp_path):
    (tmp_path / "library.db").write_bytes(b"a letter to my aunt " * 100)
    with pytest.raises(LibraryError, match="is no SegStudio library") as error:
        Library.open(tmp_path)
    assert error.value.hint
    assert (tmp_path / "library.db").read_bytes() == b"a letter to my aunt " * 100


def test_another_programs_database_is_refused_and_not_touched(tmp_path):
    with closing(sqlite3.connect(tmp_path / "library.db")) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = (tmp_path / "library.db").read_bytes()
    with pytest.raises(LibraryError, match="is no SegStudio library"):
        Library.open(tmp_path)
    assert (tmp_path / "library.db").read_bytes() == before


def test_a_damaged_file_is_told(library):
    library.add_job("train", "organs", {})
    library.close()
    file = library.folder / "library.db"
    file.write_bytes(file.read_bytes()[:4096] + b"\0" * 20000)
    with pytest.raises(LibraryError, match="damaged") as error:
        Library.open(library.folder).jobs()
    assert "backups" in error.value.hint


def test_a_locked_library_is_told_and_free_again_afterwards(library):
    impatient = Library.open(library.folder, patience=0.01)
    with library._writing():
        with pytest.raises(LibraryError, match="is locked") as error:
            impatient.add_job("train", "organs", {})
        assert impatient.jobs() == [], "reading goes on while another program writes"
    assert error.value.hint
    impatient.add_job("train", "organs", {})
    impatient.close()


def test_a_full_disk_is_told_and_nothing_is_stored(library):
    connection = library._connection()
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryError, match="is full") as error:
        library.add_job("train", "organs", {"corrections": list(range(5000))})
    assert "room" in error.value.hint
    connection.execute("PRAGMA max_page_count = 1000000")
    assert library.jobs() == []
    assert library.audit() == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk of the library .* is full"),
        (errno.EDQUOT, "your share of the disk of the library .* is used up"),
        (errno.EFBIG, "no file of the library .* may grow any larger"),
        (errno.EROFS, "the disk of the library .* is read-only"),
        (errno.EACCES, "cannot be written to"),
    ],
)
def test_what_a_disk_refuses_has_words_of_its_own(code, words, tmp_path):
    told = disk_in_words(OSError(code, os.strerror(code), str(tmp_path / "x")), tmp_path)
    assert re.search(words, told.message)
    assert told.hint


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no process's files")
def test_a_limit_on_the_size_of_files_is_told_as_one_and_the_library_goes_on_without_it(library):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    longest = max(file.stat().st_size for file in library.folder.glob("library.db*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest + 4096, before[1]))
    try:
        with pytest.raises(LibraryError, match="may grow any larger") as error:
            library.add_job("train", "organs", {"corrections": list(range(50_000))})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "limit" in error.value.hint
    assert not list((library.folder / "incoming").iterdir())
    assert library.jobs() == []
    library.add_job("train", "organs", {})


def test_a_disk_that_fails_without_a_reason_is_told_as_failing(library):
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorname = "SQLITE_IOERR_READ"
    with pytest.raises(LibraryError, match="does not answer"), library._told():
        raise failed


def test_a_disk_that_fills_up_under_a_correction_leaves_no_trace(library, scan, mask, monkeypatch):
    case = library.add_case(scan(), patient="Jane")

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("segstudio.library.store.sync", full)
    with pytest.raises(LibraryError, match="is full"):
        library.submit(case, mask(scan()), reader="r", model="organs")
    assert library.corrections() == []
    assert not list((library.folder / "incoming").iterdir())
    assert not list((library.folder / "corrections").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no read-only folders in this sense")
@pytest.mark.parametrize("there", [True, False])
def test_a_read_only_folder_is_told(tmp_path, there):
    folder = tmp_path / "library"
    if there:
        Library.open(folder).close()
    folder.mkdir(exist_ok=True)
    parts = [folder, *folder.rglob("*")]
    for part in parts:
        part.chmod(0o555 if part.is_dir() else 0o444)
    try:
        said = _open_as_somebody(folder)
    finally:
        for part in parts:
            part.chmod(0o755 if part.is_dir() else 0o644)
    assert said == f"the library {folder} cannot be written to | Choose a library folder that you may write to."


def _open_as_somebody(folder: Path) -> str:
    """What opening and adding a job says, as a person whom the permission bits bind (they do not bind root)."""
    for part in folder.parents:
        if os.getuid() == 0 and part.is_relative_to("/tmp") and part != Path("/tmp"):
            part.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path; from segstudio.library import Library\n"
        "from segstudio.errors import SegStudioError\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: Library.open(Path(sys.argv[1])).add_job('train', 'm', {})\n"
        "except SegStudioError as error: print(error.message, '|', error.hint)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.check_output([sys.executable, "-c", code, str(folder)], env=env, text=True).strip()


def test_threads_write_at_the_same_time(library):
    def add() -> None:
        for _ in range(20):
            library.add_job("train", "organs", {})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [job.id for job in library.jobs()] == list(range(80, 0, -1))


def test_processes_open_a_new_library_at_the_same_time(tmp_path):
    code = (
        "import sys; from pathlib import Path; from segstudio.library import Library\n"
        "library = Library.open(Path(sys.argv[1]))\n"
        "for _ in range(10): library.add_job('train', 'm', {})"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    folder = tmp_path / "library"
    runs = [subprocess.Popen([sys.executable, "-c", code, str(folder)], env=env) for _ in range(3)]
    assert [run.wait() for run in runs] == [0, 0, 0]
    library = Library.open(folder)
    assert len(library.jobs()) == 30
    library.close()


@pytest.mark.parametrize("table", ["audit", "corrections", "promotions", "patients"])
@pytest.mark.parametrize("change", ["UPDATE {} SET rowid = rowid + 100", "DELETE FROM {}"])
def test_history_cannot_be_changed(library, scan, mask, model, table, change):
    library.submit(library.add_case(scan(), patient="Jane"), mask(scan()), reader="r", model="organs")
    library.import_model(model())
    before = [tuple(row) for row in library._rows(f"SELECT * FROM {table}")]
    assert before
    if table == "patients" and change.startswith("UPDATE"):
        change = "UPDATE {} SET split = 'holdout'"
    with pytest.raises(LibraryError, match=r"append-only|frozen|drawn once"), library._writing() as connection:
        connection.execute(change.format(table))
    assert [tuple(row) for row in library._rows(f"SELECT * FROM {table}")] == before


def test_the_audit_log_tells_who_did_what(library, scan, mask):
    case = library.add_case(scan(), patient="Jane")
    library.submit(case, mask(scan()), reader="Dr. Roe", model="organs@2")
    last = next(event for event in library.audit() if event.verb == "submit")
    assert (last.subject, last.person) == ("correction 1", "Dr. Roe")
    assert last.detail["model"] == "organs@2"
    assert last.at.endswith("Z")


def test_two_workers_cannot_have_one_library(library):
    other = Library.open(library.folder)
    with library.lock_worker():
        with pytest.raises(LibraryError, match="another window or worker") as error:
            other.lock_worker()
        assert error.value.hint
    other.lock_worker().release()
    other.close()
