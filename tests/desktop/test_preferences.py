"""Settings take hold when they are chosen, and are written at once."""

import pytest

from segstudio import settings
from segstudio.desktop.preferences import Preferences
from segstudio.viewer import look


@pytest.fixture
def dialog(tmp_path, monkeypatch, qtbot):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    dialog = Preferences()
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_a_chosen_look_is_written_and_told(dialog, qtbot):
    with qtbot.waitSignal(dialog.changed) as heard:
        dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
        dialog.theme.activated.emit(dialog.theme.currentIndex())
    assert heard.args == ["theme"]
    assert settings.load()[0].theme == "light"


def test_name_and_training_time_are_written(dialog):
    dialog.reader.setText(" Dr. Mu ")
    dialog.reader.editingFinished.emit()
    dialog.minutes.setValue(2.5)
    dialog.minutes.editingFinished.emit()
    found = settings.load()[0]
    assert (found.reader, found.minutes) == ("Dr. Mu", 2.5)


def test_a_device_that_the_list_does_not_know_is_kept(tmp_path, monkeypatch, qtbot):
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    settings.change(device="cuda:1")
    dialog = Preferences()
    qtbot.addWidget(dialog)
    assert dialog.device.currentData() == "cuda:1"


def test_settings_that_cannot_be_written_are_told_in_the_dialog(dialog, monkeypatch):
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    dialog.reader.setText("x")
    dialog.reader.editingFinished.emit()
    assert dialog.bar.said.tone == "error"


def choose_look(dialog, name):
    dialog.theme.setCurrentIndex(dialog.theme.findData(name))
    dialog.theme.activated.emit(dialog.theme.currentIndex())


def test_another_look_is_there_at_once_and_nothing_else_changes(opened, qtbot):
    opened.actions_by_name["settings"].trigger()
    (dialog,) = opened.findChildren(Preferences)
    scan = opened.session.scan
    for name in ("light", "contrast", "dark"):
        choose_look(dialog, name)
        color = look.THEMES[name].background
        assert color in opened.styleSheet()
        assert opened.menuBar().palette().window().color().name() == look.THEMES[name].panel
    assert opened.session.scan is scan
    assert not opened.bar.isVisible() or "next start" not in opened.bar.said.text


def test_another_device_offers_to_restart_and_nothing_is_lost(opened, qtbot):
    opened.actions_by_name["settings"].trigger()
    (dialog,) = opened.findChildren(Preferences)
    dialog.changed.emit("device")
    assert opened.bar.said.actions[0].text == "Restart now"
    opened.bar.said.actions[0].run()
    assert opened.again
    assert not opened.isVisible()


def test_the_name_in_the_settings_and_in_the_column_are_one(opened, qtbot):
    opened.actions_by_name["settings"].trigger()
    (dialog,) = opened.findChildren(Preferences)
    dialog.reader.setText("Dr. Mu")
    dialog.reader.editingFinished.emit()
    assert opened.session.reader == "Dr. Mu"
    settings.change(theme="light")
    opened.column.submit.reader.setText("Dr. Nu")
    opened.column.submit.reader.editingFinished.emit()
    found = settings.load()[0]
    assert (found.reader, found.theme) == ("Dr. Nu", "light")
