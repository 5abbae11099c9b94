"""Settings survive damage, and damage survives them."""

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from segstudio import settings
from segstudio.errors import SegStudioError
from segstudio.settings import Settings


def test_settings_come_back_as_they_were(tmp_path):
    mine = Settings(reader="Dr. Ümit", device="cpu", minutes=2.5, library="/elsewhere", theme="light")
    settings.store(mine, tmp_path / "deep" / "settings.json")
    assert settings.load(tmp_path / "deep" / "settings.json") == (mine, ())


def test_changing_one_value_keeps_what_others_have_set(tmp_path):
    file = tmp_path / "settings.json"
    settings.store(Settings(reader="me"), file)
    assert settings.change(file, theme="light") == Settings(reader="me", theme="light")
    assert settings.load(file)[0] == Settings(reader="me", theme="light")


def test_no_file_is_no_trouble(tmp_path):
    assert settings.load(tmp_path / "none.json") == (Settings(), ())


@pytest.mark.parametrize("damage", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"null"])
def test_a_damaged_file_is_set_aside_and_told(tmp_path, damage):
    file = tmp_path / "settings.json"
    file.write_bytes(damage)
    found, notes = settings.load(file)
    assert found == Settings()
    assert len(notes) == 1
    assert "settings.json.damaged" in notes[0]
    assert (tmp_path / "settings.json.damaged").read_bytes() == damage
    assert not file.exists()


ANYTHING = st.none() | st.integers() | st.text() | st.lists(st.integers())


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["reader", "device", "minutes", "theme", "later"]), ANYTHING))
def test_single_values_that_make_no_sense_are_told_and_the_rest_is_kept(tmp_path, plain):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({**plain, "library": "/mine"}))
    found, notes = settings.load(file)
    assert found.library == "/mine"
    assert isinstance(found.reader, str)
    assert isinstance(found.minutes, float)
    told = {name for name in plain if any(f"'{name}'" in note for note in notes)}
    assert "later" not in told
    assert all(name in told or getattr(found, name) == plain[name] for name in plain if name != "later")


def test_settings_that_cannot_be_written_are_told_and_the_old_ones_stay(tmp_path, monkeypatch):
    file = tmp_path / "settings.json"
    settings.store(Settings(reader="old"), file)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(SegStudioError, match="No space left") as error:
        settings.store(Settings(reader="new"), file)
    monkeypatch.undo()
    assert error.value.hint
    assert settings.load(file)[0].reader == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["settings.json"]
