"""Model versions: published whole or not at all, promoted and rolled back, never changed."""

import os
import shutil
import stat
from dataclasses import replace

import pytest

from segstudio.errors import LibraryError, ModelError
from segstudio.learning import ClassVerdict, Verdict
from segstudio.networks import read_spec

VERDICT = Verdict(True, "Better.", 4, (ClassVerdict(1, "liver", 0.8, 0.9, 5.0, None),))


@pytest.fixture
def publish(library, model):
    def make(weights: bytes, name: str = "organs", kind: str = "fine-tune", verdict: Verdict = VERDICT):
        library.add_job(kind, name, {} if kind == "fine-tune" else {"corrections": []})
        job = library.claim_job()
        job.folder.mkdir()
        staging = job.folder / "candidate"
        shutil.copytree(model("whatever", 9, weights), staging)
        return library.publish(staging, job=job, verdict=verdict)

    return make


def test_the_first_version_of_a_name_is_in_use_and_the_next_waits(library, publish):
    first, second = publish(b"1"), publish(b"2")
    assert (first.label, first.state) == ("organs@1", "current")
    assert (second.label, second.state) == ("organs@2", "candidate")
    assert library.model("organs").label == "organs@1"
    assert library.model("organs@2").verdict == VERDICT


def test_a_published_folder_says_its_own_name_and_is_read_only(publish):
    entry = publish(b"1")
    assert read_spec(entry.folder).label == "organs@1"
    for file in entry.folder.iterdir():
        assert not file.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


def test_publishing_ends_the_job(library, publish):
    publish(b"1")
    job = library.job(1)
    assert (job.state, job.done, job.result) == ("done", 1, "organs@1")


def test_fine_tuning_always_starts_from_the_root(library, publish):
    publish(b"1", kind="train")
    publish(b"2")
    library.promote("organs@2")
    assert publish(b"3").base == "organs@1"
    assert library.job(3).request["base"] == "organs@1"
    retrained = publish(b"4", kind="train")
    assert retrained.base == "organs@4"


@pytest.mark.parametrize("step", ["rename", "row"])
def test_publishing_that_breaks_halfway_shows_no_version(library, publish, monkeypatch, step):
    publish(b"1")
    if step == "rename":
        monkeypatch.setattr("segstudio.library.models.move", lambda *_: (_ for _ in ()).throw(OSError("no")))
    else:
        monkeypatch.setattr("segstudio.library.models.to_plain", lambda *_: (_ for _ in ()).throw(OSError("no")))
    with pytest.raises(LibraryError):
        publish(b"2")
    monkeypatch.undo()
    assert [entry.label for entry in library.models()] == ["organs@1"]
    assert library.job(2).state == "running"
    library.sweep()
    assert [folder.name for folder in (library.folder / "models" / "organs").iterdir()] == ["1"]


def test_a_half_written_candidate_is_not_published(library, model):
    library.add_job("fine-tune", "organs", {})
    folder = model()
    (folder / "weights.safetensors").write_bytes(b"half")
    with pytest.raises(ModelError, match="hash differs"):
        library.publish(folder, job=library.claim_job())
    assert library.models() == []


def test_promotion_and_rollback_move_along_a_history(library, publish):
    for weights in (b"1", b"2", b"3"):
        publish(weights)
    library.promote("organs@2", person="Dr. Roe")
    library.promote("organs@3", person="Dr. Roe")
    assert _states(library) == {"organs@1": "retired", "organs@2": "retired", "organs@3": "current"}
    assert library.rollback("organs", person="Dr. Roe").label == "organs@2"
    assert library.rollback("organs").label == "organs@1"
    with pytest.raises(ModelError, match="before this one") as error:
        library.rollback("organs")
    assert error.value.hint
    library.promote("organs@3")
    assert library.rollback("organs").label == "organs@1"


def test_promotions_are_in_the_audit_log_with_the_person(library, publish):
    publish(b"1"), publish(b"2")
    library.promote("organs@2", person="Dr. Roe")
    library.rollback("organs", person="Dr. Poe")
    told = [(event.verb, event.subject, event.person) for event in library.audit()[-2:]]
    assert told == [("promote", "organs@2", "Dr. Roe"), ("rollback", "organs@1", "Dr. Poe")]


def test_a_person_may_overrule_the_gate_and_the_log_keeps_it(library, publish):
    publish(b"1")
    refused = publish(b"2", verdict=replace(VERDICT, promote=False, reason="Worse."))
    assert library.promote(refused.label, person="anna").state == "current"
    assert library.audit()[-1].detail == {"overruled": True}


def test_promoting_what_is_in_use_changes_nothing(library, publish):
    publish(b"1")
    before = library.audit()
    assert library.promote("organs@1").state == "current"
    assert library.audit() == before


def _states(library):
    return {entry.label: entry.state for entry in library.models()}


@pytest.mark.parametrize("label", ["organs", "organs@7", "organs@x", "organs@", ""])
def test_an_unknown_model_is_told(library, label):
    with pytest.raises(ModelError, match="there is no model") as error:
        library.model(label)
    assert error.value.hint


def test_importing_keeps_the_version_where_it_is_free(library, model):
    assert library.import_model(model(version=5)).label == "organs@5"
    assert library.import_model(model(version=5, weights=b"others")).label == "organs@6"


def test_importing_twice_is_importing_once(library, model):
    first = library.import_model(model())
    assert library.import_model(model() / "model.json").label == first.label
    assert len(library.models()) == 1


def test_the_card_of_a_model_comes_along_with_its_pictures(library, model, tmp_path):
    bare, told = model(), model("bones", weights=b"others")
    (told / "card.md").write_text("# bones\n\n![what it draws](drawn.jpg)\n")
    (told / "drawn.jpg").write_bytes(b"picture")
    (told / "notes.txt").write_text("mine")
    assert library.import_model(bare).card is None
    entry = library.import_model(told)
    assert entry.card.read_text().startswith("# bones")
    assert {file.name for file in entry.folder.iterdir()} == {
        "card.md", "drawn.jpg", "model.json", "weights.safetensors"
    }  # fmt: skip
    assert (library.export_model(entry.label, tmp_path / "out") / "card.md").is_file()


def test_an_exported_model_can_be_imported_elsewhere(library, model, tmp_path):
    entry = library.import_model(model())
    out = library.export_model(entry.label, tmp_path / "out")
    assert read_spec(out).label == entry.label
    assert os.access(out / "model.json", os.W_OK)
    with pytest.raises(ModelError, match="exists already"):
        library.export_model(entry.label, out)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: (folder / "weights.safetensors").unlink(), "has no weights"),
        (lambda folder: (folder / "weights.safetensors").write_bytes(b"other"), "hash differs"),
        (lambda folder: (folder / "model.json").unlink(), "holds no model"),
        (lambda folder: (folder / "model.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "model.json").write_text('{"format": 99}'), "format 99"),
    ],
)
def test_a_damaged_model_is_not_imported(library, model, harm, said):
    folder = model()
    harm(folder)
    with pytest.raises(ModelError, match=said) as error:
        library.import_model(folder)
    assert error.value.hint
    assert library.models() == []
    assert not list((library.folder / "incoming").iterdir())


@pytest.mark.parametrize("name", ["../escape", "a/b", "a@b", "", ".hidden", "two words", "dot."])
def test_a_name_that_cannot_be_a_folders_is_refused(library, model, tmp_path, name):
    folder = model("fine")
    text = (folder / "model.json").read_text()
    (folder / "model.json").write_text(text.replace('"fine"', f'"{name}"'))
    with pytest.raises(ModelError, match="cannot be named"):
        library.import_model(folder)
